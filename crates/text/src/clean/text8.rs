//! The alphabet of the `text8` corpus: `a` to `z` and space (Mahoney, "About the Test Data", 2006).

use super::aligned::{Log, Rewrite};

const DIGITS: [&str; 10] = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];

/// The fast way, byte by byte. Gives what [`rewrite`] gives.
pub(super) fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut bytes = text.as_bytes();
    while let Some(start) = bytes.iter().position(u8::is_ascii_alphanumeric) {
        bytes = &bytes[start..];
        if !out.is_empty() {
            out.push(' ');
        }
        let n_letters = bytes.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        if n_letters == 0 {
            out.push_str(DIGITS[usize::from(bytes[0] - b'0')]);
        }
        out.extend(bytes[..n_letters].iter().map(|byte| char::from(byte.to_ascii_lowercase())));
        bytes = &bytes[n_letters.max(1)..];
    }
    out
}

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
