//! Damage.

use sememe_kernels::Rng;
use std::ops::Range;

/// Where a file says how long its header is.
#[derive(Clone, Copy)]
pub(crate) struct Header {
    /// Offset of the number.
    pub(crate) at: usize,
    /// Its size.
    pub(crate) bytes: usize,
}

/// Numbers at which programs stumble.
const EXTREMES: [u64; 24] = [
    0,
    1,
    2,
    3,
    0x7f,
    0x80,
    0xff,
    0x100,
    0x7fff,
    0xffff,
    0x1_0000,
    0x10_0000,
    0x10_0001,
    0x3fff_ffff,
    0x4000_0000,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
    0x1_0000_0000,
    1_000_000_000_000,
    0x3fff_ffff_ffff_ffff,
    0x7fff_ffff_ffff_ffff,
    0x8000_0000_0000_0000,
    0xffff_ffff_ffff_ffff,
];

/// Floats at which programs stumble.
const FLOATS: [f32; 7] =
    [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, f32::MIN_POSITIVE, 1e-45, -0.0];

/// The same as text.
const WORDS: [&str; 10] =
    ["nan", "-inf", "1e999", "-0", "1e-999", "99999999999999999999999", "-1", "", "0x10", "\u{fffd}"];

/// Damages `bytes` once or, less often, several times, with pieces of `other`. A header whose length the file says may be given its new
/// length.
pub(crate) fn damaged(mut bytes: Vec<u8>, other: &[u8], header: Option<Header>, rng: &mut Rng) -> Vec<u8> {
    for _ in 0..=rng.next_u64().trailing_zeros().min(5) {
        let length = bytes.len();
        damage(&mut bytes, other, rng);
        if let Some(header) = header.filter(|_| rng.below(4) > 0) {
            header.move_end(&mut bytes, length);
        }
    }
    bytes
}

impl Header {
    /// Makes the header longer or shorter by what the file of `old` bytes has become so.
    fn move_end(self, bytes: &mut [u8], old: usize) {
        let moved = (bytes.len() as i64).wrapping_sub(old as i64);
        if let Some(field) = bytes.get_mut(self.at..self.at + self.bytes) {
            let mut number = [0; 8];
            number[..self.bytes].copy_from_slice(field);
            let number = i64::from_le_bytes(number).wrapping_add(moved).to_le_bytes();
            field.copy_from_slice(&number[..self.bytes]);
        }
    }
}

fn damage(bytes: &mut Vec<u8>, other: &[u8], rng: &mut Rng) {
    match rng.below(12) {
        0 => flip(bytes, rng),
        1 => bytes.truncate(below(bytes.len() + 1, rng)),
        2 => replace(bytes, other, rng),
        3 => repeat(bytes, rng),
        4 => drop(bytes.drain(span(bytes.len(), rng))),
        5 => exchange(bytes, rng),
        6 | 7 => set_field(bytes, rng),
        8 => set_float(bytes, rng),
        9 | 10 => set_digits(bytes, rng),
        _ => insert(bytes, rng),
    }
}

fn below(n: usize, rng: &mut Rng) -> usize {
    rng.below(n as u64) as usize
}

fn pick<T: Copy>(from: &[T], rng: &mut Rng) -> T {
    from[below(from.len(), rng)]
}

/// Some of `length` bytes: seldom many.
fn span(length: usize, rng: &mut Rng) -> Range<usize> {
    let start = below(length + 1, rng);
    let most = 1 << rng.below(12);
    start..start + below((length - start).min(most) + 1, rng)
}

fn flip(bytes: &mut [u8], rng: &mut Rng) {
    if !bytes.is_empty() {
        bytes[below(bytes.len(), rng)] ^= 1 << rng.below(8);
    }
}

/// Puts a piece of `other` into the place of a piece.
fn replace(bytes: &mut Vec<u8>, other: &[u8], rng: &mut Rng) {
    let piece = other[span(other.len(), rng)].to_vec();
    bytes.splice(span(bytes.len(), rng), piece);
}

fn repeat(bytes: &mut Vec<u8>, rng: &mut Rng) {
    let span = span(bytes.len(), rng);
    let times = 1 + below(if span.len() < 64 { 100 } else { 3 }, rng);
    let piece = bytes[span.clone()].repeat(times);
    bytes.splice(span.end..span.end, piece);
}

fn exchange(bytes: &mut [u8], rng: &mut Rng) {
    let (x, y) = (span(bytes.len(), rng), span(bytes.len(), rng));
    let n = x.len().min(y.len());
    (0..n).for_each(|i| bytes.swap(x.start + i, y.start + i));
}

fn insert(bytes: &mut Vec<u8>, rng: &mut Rng) {
    let at = below(bytes.len() + 1, rng);
    let bytes_in: Vec<u8> = (0..1 + rng.below(16)).map(|_| rng.next_u32() as u8).collect();
    bytes.splice(at..at, bytes_in);
}

/// Sets a number of 1 to 8 bytes, most often where one seems to be.
fn set_field(bytes: &mut [u8], rng: &mut Rng) {
    let width = pick(&[1, 2, 4, 4, 4, 8, 8], rng);
    let Some(last) = bytes.len().checked_sub(width) else { return };
    let is_field = |at: &usize| bytes[at + 1..at + width].iter().rev().take(width / 2).all(|&byte| byte == 0);
    let fields: Vec<usize> =
        if rng.below(4) > 0 { (0..=last).filter(is_field).collect() } else { Vec::new() };
    // Headers stand in front.
    let near = fields.partition_point(|&at| at < 256);
    let at = match fields.len() {
        0 => below(last + 1, rng),
        _ if near > 0 && rng.below(2) == 0 => fields[below(near, rng)],
        n => fields[below(n, rng)],
    };
    let mut old = [0; 8];
    old[..width].copy_from_slice(&bytes[at..at + width]);
    let old = u64::from_le_bytes(old);
    let new = match rng.below(6) {
        0 => old.wrapping_add(1),
        1 => old.wrapping_sub(1),
        2 => bytes.len() as u64,
        _ => pick(&EXTREMES, rng),
    };
    bytes[at..at + width].copy_from_slice(&new.to_le_bytes()[..width]);
}

fn set_float(bytes: &mut [u8], rng: &mut Rng) {
    if bytes.len() >= 4 {
        let at = below(bytes.len() - 3, rng);
        bytes[at..at + 4].copy_from_slice(&pick(&FLOATS, rng).to_le_bytes());
    }
}

/// Sets a number that is spelled out; those in front most often.
fn set_digits(bytes: &mut Vec<u8>, rng: &mut Rng) {
    let is_start = |&at: &usize| bytes[at].is_ascii_digit() && (at == 0 || !bytes[at - 1].is_ascii_digit());
    let starts: Vec<usize> = (0..bytes.len()).filter(is_start).collect();
    if starts.is_empty() {
        return set_field(bytes, rng);
    }
    let most = if rng.below(2) == 0 { starts.len() } else { starts.len().min(12) };
    let start = starts[below(most, rng)];
    let end = start + bytes[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let new = match rng.below(4) {
        0 => pick(&WORDS, rng).to_owned(),
        _ => pick(&EXTREMES, rng).to_string(),
    };
    bytes.splice(start..end, new.into_bytes());
}
