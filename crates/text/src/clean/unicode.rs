//! Normal forms, case and accents.

use super::aligned::{Log, Rewrite};
use std::iter::once;
use unicode_normalization::char::canonical_combining_class;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick, is_nfkc_quick};

pub(super) fn nfc<L: Log>(text: &mut Rewrite<'_, L>) {
    by_segment(text, |c| is_nfc_quick(once(c)), |_| true, |segment, out| out.extend(segment.nfc()));
}

pub(super) fn nfkc<L: Log>(text: &mut Rewrite<'_, L>) {
    by_segment(text, |c| is_nfkc_quick(once(c)), |_| true, |segment, out| out.extend(segment.nfkc()));
}

pub(super) fn strip_accents<L: Log>(text: &mut Rewrite<'_, L>) {
    let is_accent = |c: &char| canonical_combining_class(*c) != 0;
    let is_bare = |c: char| once(c).nfd().eq(once(c));
    let strip = |segment: &str, out: &mut String| out.extend(segment.nfd().filter(|c| !is_accent(c)).nfc());
    by_segment(text, |c| is_nfc_quick(once(c)), is_bare, strip);
}

/// Rewrites the text in segments that do not act on each other.
///
/// A character that is `normal` by itself and no combining mark starts a segment (UAX #15, section 9.1), so that
/// the normal form of the whole is that of its segments, one after the other. A segment of one such character
/// for which `is_kept` holds is left alone.
fn by_segment<L: Log>(
    text: &mut Rewrite<'_, L>,
    normal: impl Fn(char) -> IsNormalized,
    is_kept: impl Fn(char) -> bool,
    rewrite: impl Fn(&str, &mut String),
) {
    let is_start =
        |c: char| is_plain(c) || (canonical_combining_class(c) == 0 && normal(c) == IsNormalized::Yes);
    let mut new = String::new();
    skip_plain(text);
    while let Some(first) = text.rest().chars().next() {
        let rest = text.rest();
        let after = &rest[first.len_utf8()..];
        let len = first.len_utf8() + after.find(is_start).unwrap_or(after.len());
        if len == first.len_utf8() && is_start(first) && is_kept(first) {
            text.keep(len);
        } else {
            new.clear();
            rewrite(&rest[..len], &mut new);
            if new == rest[..len] { text.keep(len) } else { text.replace(len, &new) }
        }
        skip_plain(text);
    }
}

/// Keeps the plain characters that come next, less the last, to which what follows may belong.
fn skip_plain<L: Log>(text: &mut Rewrite<'_, L>) {
    let rest = text.rest();
    match rest.find(|c| !is_plain(c)) {
        None => text.keep(rest.len()),
        Some(end) => text.keep(rest[..end].char_indices().next_back().map_or(0, |(last, _)| last)),
    }
}

/// Characters that no normal form changes, that join with none before them, and of which only ASCII has case.
fn is_plain(c: char) -> bool {
    c.is_ascii() || is_han(c)
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{4E00}'..='\u{9FFF}')
}

pub(super) fn lowercase<L: Log>(text: &mut Rewrite<'_, L>) {
    let mut buffer = String::new();
    while !text.rest().is_empty() {
        let rest = text.rest();
        let plain = rest.find(|c| !is_plain(c)).unwrap_or(rest.len());
        text.lower_ascii(plain);
        if let Some(c) = rest[plain..].chars().next() {
            lowercase_wide(text, c, &mut buffer);
        }
    }
}

fn lowercase_wide<L: Log>(text: &mut Rewrite<'_, L>, c: char, buffer: &mut String) {
    buffer.clear();
    match c {
        'Σ' if ends_word(text) => buffer.push('ς'),
        _ => buffer.extend(c.to_lowercase()),
    }
    match buffer.chars().eq(once(c)) {
        true => text.keep(c.len_utf8()),
        false => text.replace(c.len_utf8(), buffer),
    }
}

/// Whether the sigma that comes next has a letter before it and none behind it (Unicode, table 3-17, with
/// "cased letter" read as "letter" and nothing passed over).
fn ends_word<L: Log>(text: &Rewrite<'_, L>) -> bool {
    let (rest, input) = (text.rest(), text.input());
    let before = input[..input.len() - rest.len()].chars().next_back();
    let behind = rest.chars().nth(1);
    before.is_some_and(char::is_alphabetic) && !behind.is_some_and(char::is_alphabetic)
}
