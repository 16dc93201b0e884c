//! Tokens as runs of bytes: the fast loops.

use super::block::{self, BLOCK, Bytes};
use crate::Token;

/// At NUL, tab, line feed, carriage return and space.
pub(super) fn ascii_whitespace<'t>(text: &'t str, sink: impl FnMut(Token<'t>)) {
    let set = |bytes: Bytes| {
        bytes.ascii(0, 0) | bytes.ascii(b'\t', b'\n') | bytes.ascii(b'\r', b'\r') | bytes.ascii(b' ', b' ')
    };
    between(text, set, |_, _| 1, sink);
}

/// At every character that has the property `White_Space`.
pub(super) fn whitespace<'t>(text: &'t str, sink: impl FnMut(Token<'t>)) {
    let set = |bytes: Bytes| {
        let ascii = bytes.ascii(b' ', b' ') | bytes.ascii(b'\t', b'\r');
        ascii | bytes.beyond_ascii(0xC2, 0xC2) | bytes.beyond_ascii(0xE1, 0xE3)
    };
    let gap = |bytes: &[u8], i: usize| if bytes[i].is_ascii() { 1 } else { whitespace_len(&bytes[i..]) };
    between(text, set, gap, sink);
}

/// At every character that is neither a letter, nor a digit, nor `_`.
pub(super) fn word_characters<'t>(text: &'t str, sink: impl FnMut(Token<'t>)) {
    let set = |bytes: Bytes| {
        let letters = bytes.ascii(b'A', b'Z') | bytes.ascii(b'a', b'z');
        let inside = letters | bytes.ascii(b'0', b'9') | bytes.ascii(b'_', b'_');
        !(inside | bytes.beyond_ascii(0x80, 0xBF))
    };
    let gap = |bytes: &[u8], i: usize| match bytes[i].is_ascii() {
        true => 1,
        false => text[i..].chars().next().filter(|c| !c.is_alphanumeric()).map_or(0, char::len_utf8),
    };
    between(text, set, gap, sink);
}

/// Runs of ASCII letters; digits one by one.
pub(super) fn letters_and_digits<'t>(text: &'t str, mut sink: impl FnMut(Token<'t>)) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        at += match bytes[start] {
            b'0'..=b'9' => 1,
            _ => bytes[start..].iter().take_while(|byte| byte.is_ascii_alphabetic()).count(),
        };
        if start < at {
            sink(Token { text: &text[start..at], start });
        } else {
            at += 1;
        }
    }
}

/// Tokens are what stands between gaps. A gap starts at a byte that `set` finds, if at all: `gap(bytes, i)` is the
/// length of the gap that starts there, or 0 where none starts. It never ends one inside a character, and inside a gap
/// there is no byte of the set.
#[inline]
fn between<'t>(
    text: &'t str,
    set: impl Fn(Bytes) -> u64,
    gap: impl Fn(&[u8], usize) -> usize,
    mut sink: impl FnMut(Token<'t>),
) {
    let bytes = text.as_bytes();
    let mut start = 0;
    let mut look = |mut found: u64, block: usize| {
        while found != 0 {
            let at = block * BLOCK + found.trailing_zeros() as usize;
            found &= found - 1;
            let skip = gap(bytes, at);
            if skip > 0 {
                if start < at {
                    sink(Token { text: &text[start..at], start });
                }
                start = at + skip;
            }
        }
    };
    let (blocks, rest) = bytes.as_chunks::<BLOCK>();
    blocks.iter().enumerate().for_each(|(i, block)| look(block::find(block, &set), i));
    let mut last = [0; BLOCK];
    last[..rest.len()].copy_from_slice(rest);
    look(block::find(&last, &set) & !(u64::MAX << rest.len()), blocks.len());
    if start < text.len() {
        sink(Token { text: &text[start..], start });
    }
}

/// Bytes of the white space beyond ASCII that `bytes` starts with, 0 if it starts with something else:
/// U+0085, U+00A0; U+1680; U+2000 to U+200A, U+2028, U+2029, U+202F, U+205F; U+3000.
fn whitespace_len(bytes: &[u8]) -> usize {
    match bytes {
        [0xC2, 0x85 | 0xA0, ..] => 2,
        [0xE1, 0x9A, 0x80, ..] => 3,
        [0xE2, 0x80, 0x80..=0x8A | 0xA8 | 0xA9 | 0xAF, ..] => 3,
        [0xE2, 0x81, 0x9F, ..] => 3,
        [0xE3, 0x80, 0x80, ..] => 3,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_is_all_that_char_knows() {
        for c in '\0'..=char::MAX {
            let (text, mut found) = (format!("a{c}b"), Vec::new());
            whitespace(&text, |token| found.push(token.text));
            assert_eq!(found, text.split_whitespace().collect::<Vec<_>>(), "{c:?}");
        }
    }
}
