//! What can go wrong with vocabularies and corpora.

use std::io;
use std::path::PathBuf;

/// Why a vocabulary or a corpus could not be made, read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VocabError {
    /// The operating system refused.
    #[error("cannot read or write {path}")]
    Io {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// The same word was given twice.
    #[error("word `{word}` stands twice in the vocabulary, as {first} and {second}")]
    Duplicate {
        /// The word.
        word: String,
        /// Its first place.
        first: usize,
        /// Its second place.
        second: usize,
    },
}
