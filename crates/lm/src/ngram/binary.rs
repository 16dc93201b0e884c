//! The binary form of n-gram models.
//!
//! All numbers are little-endian, without padding:
//!
//! | part | bytes |
//! | --- | --- |
//! | `SEMENGRM` and the version, 1 | 8 + 4 |
//! | order N | 4 |
//! | first node of order 1 to N, and the number of nodes | 4 (N + 1) |
//! | number of special words | 4 |
//! | length of all words together | 8 |
//! | the words, one after the other, in UTF-8 | that length |
//! | length of each word | 4 a word |
//! | count of each word | 8 a word |
//! | last word of each node | 4 a node |
//! | ln p and suffix of each node | 4 + 4 a node |
//! | ln back-off and first child of each node below order N, and of one more | 4 + 4 a node |
//! | CRC-32 of all bytes before | 4 |
//!
//! The header tells the length of the file, which is checked before room is made for anything; then the
//! checksum, and last that every index is in range and every list sorted, so that no file can make a search
//! fail.

mod read;
mod write;

use super::NgramModel;
use crate::output::save;
use crate::{LmError, input};
use std::path::Path;

const VERSION: u32 = 1;

impl NgramModel {
    /// The first bytes of every file that [`NgramModel::save`] wrote.
    pub const MAGIC: [u8; 8] = *b"SEMENGRM";

    /// Writes the model to a file, which appears when it is whole.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), LmError> {
        save(path, |out| write::write(self, out))
    }

    /// Reads a file that [`NgramModel::save`] wrote.
    ///
    /// # Errors
    /// If the file cannot be read, is of another kind or version, or is damaged.
    pub fn load(path: &Path) -> Result<Self, LmError> {
        input::load(path, |file| {
            let length = file.get_ref().metadata()?.len();
            read::read(file, length)
        })
    }
}
