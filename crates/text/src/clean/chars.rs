//! Steps that look at one character at a time: width and digits.

use super::aligned::{Log, Rewrite};

/// Replaces each character for which `new` has an answer.
fn map<L: Log>(text: &mut Rewrite<'_, L>, new: impl Fn(char) -> Option<char>) {
    for c in text.input().chars() {
        match new(c) {
            Some(new) => text.replace(c.len_utf8(), new.encode_utf8(&mut [0; 4])),
            None => text.keep(c.len_utf8()),
        }
    }
}

/// How far a full-width character of ASCII stands from its half-width one.
const WIDTH_STEP: u32 = 0xFEE0;

pub(super) fn half_width<L: Log>(text: &mut Rewrite<'_, L>) {
    map(text, |c| match c {
        '\u{3000}' => Some(' '),
        '！'..='～' => char::from_u32(c as u32 - WIDTH_STEP),
        '￠'..='￦' => "¢£¬¯¦¥₩".chars().nth(c as usize - '￠' as usize),
        _ => None,
    });
}

pub(super) fn full_width<L: Log>(text: &mut Rewrite<'_, L>) {
    map(text, |c| match c {
        ' ' => Some('\u{3000}'),
        '!'..='~' => char::from_u32(c as u32 + WIDTH_STEP),
        _ => None,
    });
}

pub(super) fn zero_digits<L: Log>(text: &mut Rewrite<'_, L>) {
    map(text, |c| match c {
        '1'..='9' | '０'..='９' => Some('0'),
        _ => None,
    });
}

/// The English names of the digits, between spaces.
const SPELLED: [&str; 10] =
    [" zero ", " one ", " two ", " three ", " four ", " five ", " six ", " seven ", " eight ", " nine "];

pub(super) fn spell_digits<L: Log>(text: &mut Rewrite<'_, L>) {
    for c in text.input().chars() {
        match digit(c) {
            Some(digit) => text.replace(c.len_utf8(), SPELLED[digit]),
            None => text.keep(c.len_utf8()),
        }
    }
}

fn digit(c: char) -> Option<usize> {
    match c {
        '0'..='9' => Some(c as usize - '0' as usize),
        '０'..='９' => Some(c as usize - '０' as usize),
        _ => None,
    }
}
