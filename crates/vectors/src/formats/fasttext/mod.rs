//! fastText's models: `.bin`, and `.ftz`, which is quantised.
//!
//! A file is: magic and version; settings; the dictionary; the input matrix with a row for each word and then for
//! each bucket; the output matrix. Only the first three make vectors.

mod matrix;
mod quantized;
mod read;
mod settings;
mod write;

pub(crate) use read::map;
pub(crate) use write::save;

/// The first four bytes, as a little-endian number.
const MAGIC: u32 = 793_712_314;

/// The version that is written.
const VERSION: u32 = 12;

/// The oldest version that is read: in it, supervised models have no n-grams of characters.
const OLD_VERSION: u32 = 11;

/// The first bytes of every such file.
pub(crate) const MAGIC_BYTES: [u8; 4] = MAGIC.to_le_bytes();

/// Entries of the dictionary that are words; others are labels.
const WORD: u8 = 0;
