//! The alphabet of the `text8` corpus: `a` to `z` and space (Mahoney, "About the Test Data", 2006).

use super::aligned::{Log, Rewrite};

const DIGITS: [&str; 10] = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];

/// The fast way, byte by byte. Gives what [`rewrite`] gives.
pub(super) fn clean(text: &str) -> String {
    // One byte more than the text, for a space that the next byte may take the place of.
    let mut out = vec![0; text.len() + 1];
    let (mut len, mut last) = (0, b' ');
    for byte in text.bytes() {
        let new = TABLE[usize::from(byte)];
        if new.is_ascii_digit() {
            let name = DIGITS[usize::from(new - b'0')].as_bytes();
            let gap = usize::from(last != b' ');
            // The name, a space before it and one behind take the place of one byte.
            out.resize(out.len() + name.len() + 1, 0);
            out[len] = b' ';
            out[len + gap..len + gap + name.len()].copy_from_slice(name);
            out[len + gap + name.len()] = b' ';
            len += gap + name.len() + 1;
            last = b' ';
        } else {
            out[len] = new;
            len += usize::from(new != b' ' || last != b' ');
            last = new;
        }
    }
    out.truncate(len - usize::from(len > 0 && last == b' '));
    String::from_utf8(out).expect("only ASCII was written")
}

/// Small letters for letters, digits for themselves, and a space for everything else.
const TABLE: [u8; 256] = {
    let mut table = [b' '; 256];
    let mut byte = 0;
    while byte < 128 {
        if (byte as u8).is_ascii_alphanumeric() {
            table[byte] = (byte as u8).to_ascii_lowercase();
        }
        byte += 1;
    }
    table
};

/// The plain way, which also knows where everything came from.
pub(super) fn rewrite<L: Log>(text: &mut Rewrite<'_, L>) {
    let end = text.input().rfind(|c: char| c.is_ascii_alphanumeric()).map_or(0, |last| last + 1);
    let mut gap = "";
    while text.input().len() - text.rest().len() < end {
        let rest = text.rest();
        let skipped = rest.find(|c: char| c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        replace_gap(text, skipped, gap);
        gap = " ";
        let n_letters = text.rest().bytes().take_while(u8::is_ascii_alphabetic).count();
        match text.rest().as_bytes() {
            [digit @ b'0'..=b'9', ..] => text.replace(1, DIGITS[usize::from(digit - b'0')]),
            _ => text.lower_ascii(n_letters),
        }
    }
    replace_gap(text, text.rest().len(), "");
}

fn replace_gap<L: Log>(text: &mut Rewrite<'_, L>, len: usize, gap: &str) {
    if text.rest()[..len] == *gap { text.keep(len) } else { text.replace(len, gap) }
}
