//! Files seen as memory: the only `unsafe` code of this crate.

#![allow(unsafe_code)]

use crate::WordId;
use memmap2::Mmap;
use std::fs::File;
use std::io;
use std::ops::Range;

/// Maps `file` into memory, read only.
pub(crate) fn map(file: &File) -> io::Result<Mmap> {
    // SAFETY: the map is only read, and only as bytes or as numbers for which every bit pattern is valid.
    // Another process that changes or shortens the file meanwhile breaks the contract of any mapped file;
    // our own writers never change a file that has its name.
    unsafe { Mmap::map(file) }
}

/// Lets the system take back the memory of `range` of `map`; what is read again comes from the file again.
pub(crate) fn release(map: &Mmap, range: Range<usize>) {
    #[cfg(unix)]
    if range.start < range.end && range.end <= map.len() {
        // SAFETY: the map is shared with its file and was never written, so its pages hold what the file holds, whether
        // they were dropped meanwhile or not. A refusal costs nothing but the memory.
        let _ = unsafe {
            map.unchecked_advise_range(memmap2::UncheckedAdvice::DontNeed, range.start, range.len())
        };
    }
    #[cfg(not(unix))]
    let _ = (map, range);
}

/// The ids that little-endian `bytes` hold, without a copy; `None` if they do not lie on whole, aligned
/// numbers or the machine is big-endian.
pub(crate) fn word_ids(bytes: &[u8]) -> Option<&[WordId]> {
    // SAFETY: `WordId` is a transparent `u32`, for which every bit pattern is valid.
    let (before, ids, after) = unsafe { bytes.align_to::<WordId>() };
    (before.is_empty() && after.is_empty() && cfg!(target_endian = "little")).then_some(ids)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn what_was_released_is_read_again() {
        let mut file = tempfile::tempfile().unwrap();
        let bytes: Vec<u8> = (0..100_000_u32).flat_map(u32::to_le_bytes).collect();
        file.write_all(&bytes).unwrap();
        let map = map(&file).unwrap();
        for range in [0..0, 5..90_001, 0..bytes.len(), bytes.len()..bytes.len() + 1] {
            assert!(map[..] == bytes);
            release(&map, range);
        }
        assert!(map[..] == bytes);
    }

    #[test]
    fn whole_aligned_numbers_only() {
        let numbers: Vec<u64> = vec![u64::from_le_bytes([1, 0, 0, 0, 2, 0, 0, 0])];
        // SAFETY: any initialised memory can be seen as bytes.
        let (_, bytes, _) = unsafe { numbers.align_to::<u8>() };
        assert_eq!(word_ids(bytes), Some(&[WordId(1), WordId(2)][..]));
        assert_eq!((word_ids(&bytes[1..5]), word_ids(&bytes[..6])), (None, None));
        assert_eq!(word_ids(&bytes[..0]), Some(&[][..]));
    }
}
