//! Files seen as memory: the only `unsafe` code of this crate.

#![allow(unsafe_code)]

use crate::WordId;
use memmap2::Mmap;
use std::fs::File;
use std::io;

/// Maps `file` into memory, read only.
pub(crate) fn map(file: &File) -> io::Result<Mmap> {
    // SAFETY: the map is only read, and only as bytes or as numbers for which every bit pattern is valid.
    // Another process that changes or shortens the file meanwhile breaks the contract of any mapped file;
    // our own writers never change a file that has its name.
    unsafe { Mmap::map(file) }
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
