//! URLs and e-mail addresses.

use super::aligned::{Log, Rewrite};
use memchr::memchr;

pub(super) fn urls<L: Log>(text: &mut Rewrite<'_, L>) {
    let mut inside_word = false;
    while let Some(&byte) = text.rest().as_bytes().first() {
        let len = if inside_word { 0 } else { url_len(text.rest()) };
        if len > 0 {
            text.replace(len, " ");
        } else {
            text.keep(char_len(byte));
        }
        inside_word = byte.is_ascii_alphanumeric() && len == 0;
    }
}

/// Bytes of the URL that `text` starts with, 0 if it starts with none.
fn url_len(text: &str) -> usize {
    let bytes = text.as_bytes();
    if !matches!(bytes.first(), Some(b'h' | b'H' | b'f' | b'F' | b'w' | b'W')) {
        return 0;
    }
    let starts =
        |prefix: &&str| bytes.get(..prefix.len()).is_some_and(|p| p.eq_ignore_ascii_case(prefix.as_bytes()));
    let Some(prefix) = ["http://", "https://", "ftp://", "www."].into_iter().find(starts) else { return 0 };
    let body = bytes[prefix.len()..].iter().take_while(|byte| is_url_byte(**byte)).count();
    let body = without_closing(&bytes[prefix.len()..prefix.len() + body]);
    if body == 0 { 0 } else { prefix.len() + body }
}

/// Visible ASCII but quotes, angle brackets and what RFC 3986 leaves out.
fn is_url_byte(byte: u8) -> bool {
    byte.is_ascii_graphic() && !br#""<>\^`{|}"#.contains(&byte)
}

/// Length without the punctuation at the end that belongs to the sentence. A closing parenthesis stays if it was
/// opened in the URL.
fn without_closing(body: &[u8]) -> usize {
    let opened = body.contains(&b'(');
    let is_closing = |byte: &u8| br#".,;:!?']*"#.contains(byte) || (*byte == b')' && !opened);
    body.len() - body.iter().rev().take_while(|byte| is_closing(byte)).count()
}

pub(super) fn emails<L: Log>(text: &mut Rewrite<'_, L>) {
    while let Some(at) = memchr(b'@', text.rest().as_bytes()) {
        let bytes = text.rest().as_bytes();
        let before = bytes[..at].iter().rev().take_while(|byte| is_mailbox_byte(**byte)).count();
        let behind = domain_len(&bytes[at + 1..]);
        if before > 0 && behind > 0 {
            text.keep(at - before);
            text.replace(before + 1 + behind, " ");
        } else {
            text.keep(at + 1);
        }
    }
}

fn is_mailbox_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"._%+-".contains(&byte)
}

/// Bytes of the domain name that `bytes` starts with: labels with dots between, the last of letters only.
fn domain_len(bytes: &[u8]) -> usize {
    let len = bytes.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b".-".contains(byte)).count();
    let end = bytes[..len].iter().rposition(u8::is_ascii_alphanumeric).map_or(0, |last| last + 1);
    let name = &bytes[..end];
    let Some(dot) = name.iter().rposition(|byte| *byte == b'.') else { return 0 };
    let last = &name[dot + 1..];
    if dot > 0 && last.len() > 1 && last.iter().all(u8::is_ascii_alphabetic) { end } else { 0 }
}

/// Bytes of the character whose first byte is `first`.
fn char_len(first: u8) -> usize {
    match first {
        0..0xC0 => 1,
        0xC0..0xE0 => 2,
        0xE0..0xF0 => 3,
        _ => 4,
    }
}
