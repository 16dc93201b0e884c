//! Bytes of a set, found 64 at a time.
//!
//! Eight bytes lie side by side in a register, and one addition compares all of them with a bound (Mycroft 1987; Lamport
//! 1975): no branch is taken for a byte, where a loop over the bytes mispredicts the end of nearly every word.

/// Eight bytes; what is found of them is told by the topmost bit of each.
#[derive(Clone, Copy)]
pub(super) struct Bytes(u64);

/// So many bytes are a block.
pub(super) const BLOCK: usize = 64;

const TOP: u64 = 0x8080_8080_8080_8080;
const EACH: u64 = 0x0101_0101_0101_0101;

impl Bytes {
    /// Those among the ASCII bytes that are within `least` to `most`.
    #[inline]
    pub(super) fn ascii(self, least: u8, most: u8) -> u64 {
        self.low(least, most) & !self.0
    }

    /// Those among the bytes that are not ASCII that are within `least` to `most`, both at least 0x80.
    #[inline]
    pub(super) fn beyond_ascii(self, least: u8, most: u8) -> u64 {
        self.low(least & 0x7F, most & 0x7F) & self.0
    }

    /// Those whose lower seven bits are within `least` to `most`, at most 0x7F. Other bits than the topmost of each byte
    /// are arbitrary.
    #[inline]
    fn low(self, least: u8, most: u8) -> u64 {
        let low = self.0 & !TOP;
        // Seven bits and at most 0x80 do not carry into the next byte.
        let from = low + u64::from(0x80 - least) * EACH;
        let behind = low + u64::from(0x7F - most) * EACH;
        from & !behind
    }
}

/// Which bytes of `block` are found by `set`, which marks them with their topmost bits: bit i is set for byte i.
#[inline]
pub(super) fn find(block: &[u8; BLOCK], set: impl Fn(Bytes) -> u64) -> u64 {
    let (groups, _) = block.as_chunks::<8>();
    groups.iter().rev().fold(0, |found, &group| {
        let marks = (set(Bytes(u64::from_le_bytes(group))) & TOP) >> 7;
        // The product moves mark i, at bit 8 i, to bit 56 + i.
        found << 8 | marks.wrapping_mul(0x0102_0408_1020_4080) >> 56
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(set: impl Fn(Bytes) -> u64 + Copy, want: impl Fn(u8) -> bool) {
        for byte in 0..=u8::MAX {
            // Neighbours at both ends of the range must not disturb each other.
            for other in [0, 0x7F, 0x80, 0xFF] {
                for at in [0, 7, 8, 63] {
                    let mut block = [other; BLOCK];
                    block[at] = byte;
                    let bits = block.iter().rev().fold(0, |bits, &byte| bits << 1 | u64::from(want(byte)));
                    assert_eq!(find(&block, set), bits, "{byte:#x} at {at} among {other:#x}");
                }
            }
        }
    }

    #[test]
    fn ranges_are_exact() {
        check(|bytes| bytes.ascii(9, 13), |byte| (9..=13).contains(&byte));
        check(|bytes| bytes.ascii(0, 0x7F), |byte| byte.is_ascii());
        check(|bytes| bytes.beyond_ascii(0x80, 0xFF), |byte| !byte.is_ascii());
        check(|bytes| bytes.beyond_ascii(0xE1, 0xE3), |byte| (0xE1..=0xE3).contains(&byte));
    }
}
