//! Tokens as runs of bytes: the fast loops.

use crate::Token;

/// At NUL, tab, line feed, carriage return and space.
pub(super) fn ascii_whitespace<'t>(text: &'t str, sink: &mut dyn FnMut(Token<'t>)) {
    between(text, |bytes, i| usize::from(matches!(bytes[i], 0 | b'\t' | b'\n' | b'\r' | b' ')), sink);
}

/// At every character that has the property `White_Space`.
pub(super) fn whitespace<'t>(text: &'t str, sink: &mut dyn FnMut(Token<'t>)) {
    between(text, |bytes, i| whitespace_len(&bytes[i..]), sink);
}

/// At every character that is neither a letter, nor a digit, nor `_`.
pub(super) fn word_characters<'t>(text: &'t str, sink: &mut dyn FnMut(Token<'t>)) {
    let gap = |bytes: &[u8], i: usize| match bytes[i] {
        b'_' => 0,
        byte if byte.is_ascii() => usize::from(!byte.is_ascii_alphanumeric()),
        byte if is_continuation(byte) => 0,
        _ => text[i..].chars().next().filter(|c| !c.is_alphanumeric()).map_or(0, char::len_utf8),
    };
    between(text, gap, sink);
}

/// Runs of ASCII letters; digits one by one.
pub(super) fn letters_and_digits<'t>(text: &'t str, sink: &mut dyn FnMut(Token<'t>)) {
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

/// Tokens are what stands between gaps. `gap(bytes, i)` is the length of the gap that starts at `i`, or 0 where
/// none starts; it is never asked about the inside of a gap, and never ends one inside a character.
#[inline]
fn between<'t>(text: &'t str, gap: impl Fn(&[u8], usize) -> usize, sink: &mut dyn FnMut(Token<'t>)) {
    let bytes = text.as_bytes();
    let (mut start, mut at) = (0, 0);
    while at < bytes.len() {
        let skip = gap(bytes, at);
        if skip == 0 {
            at += 1;
            continue;
        }
        if start < at {
            sink(Token { text: &text[start..at], start });
        }
        at += skip;
        start = at;
    }
    if start < at {
        sink(Token { text: &text[start..], start });
    }
}

/// Bytes of the white space that `bytes` starts with, 0 if it starts with something else.
#[inline]
fn whitespace_len(bytes: &[u8]) -> usize {
    match bytes[0] {
        b' ' | b'\t'..=b'\r' => 1,
        0xC2 | 0xE1 | 0xE2 | 0xE3 => wide_whitespace_len(bytes),
        _ => 0,
    }
}

/// U+0085, U+00A0; U+1680; U+2000 to U+200A, U+2028, U+2029, U+202F, U+205F; U+3000.
fn wide_whitespace_len(bytes: &[u8]) -> usize {
    match bytes {
        [0xC2, 0x85 | 0xA0, ..] => 2,
        [0xE1, 0x9A, 0x80, ..] => 3,
        [0xE2, 0x80, 0x80..=0x8A | 0xA8 | 0xA9 | 0xAF, ..] => 3,
        [0xE2, 0x81, 0x9F, ..] => 3,
        [0xE3, 0x80, 0x80, ..] => 3,
        _ => 0,
    }
}

fn is_continuation(byte: u8) -> bool {
    byte & 0xC0 == 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_is_all_that_char_knows() {
        for c in '\0'..=char::MAX {
            let mut bytes = [0; 4];
            let found = whitespace_len(c.encode_utf8(&mut bytes).as_bytes());
            assert_eq!(found, if c.is_whitespace() { c.len_utf8() } else { 0 }, "{c:?}");
        }
    }
}
