//! What can go wrong with vocabularies, corpora and features.

use sememe_text::TextError;
use std::io;
use std::path::{Path, PathBuf};

/// Why a vocabulary, a corpus or features could not be made, read or written.
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
    /// Somewhere to write to refused.
    #[error("cannot write the sentences")]
    Write {
        /// The reason.
        source: io::Error,
    },
    /// The documents could not be read, or there is no way to split them.
    #[error("cannot read or split the documents")]
    Text(#[from] TextError),
    /// The observer asked to stop.
    #[error("interrupted")]
    Interrupted,
    /// A setting makes no sense, alone or beside the others.
    #[error("setting `{name}`: {reason}")]
    Setting {
        /// The setting.
        name: &'static str,
        /// What is wrong.
        reason: String,
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
    /// More special words than words.
    #[error("{wanted} special words expected, but there are only {found} words in all")]
    Special {
        /// How many special words there should be.
        wanted: usize,
        /// How many words there are.
        found: usize,
    },
    /// Words are numbered with 32 bits.
    #[error("more than {} different words", u32::MAX)]
    TooManyWords,
    /// No feature stands in enough texts, and in few enough.
    #[error("no features are left of {n_texts} texts")]
    NoFeatures {
        /// How many texts there were.
        n_texts: usize,
    },
    /// A file is damaged, cut off or of another kind.
    #[error("{path} is not a sound {kind}: {reason}")]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What it should be.
        kind: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// A file is of a version that this program does not read.
    #[error("{path} is a {kind} of version {found}, expected version {wanted}")]
    Version {
        /// The file.
        path: PathBuf,
        /// What it is.
        kind: &'static str,
        /// The version that can be read.
        wanted: u32,
        /// The version of the file.
        found: u32,
    },
    /// A line of a text file is wrong.
    #[error("{path}:{line}: {reason}")]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        reason: String,
    },
    /// The output is there already.
    #[error("{path} exists already")]
    Exists {
        /// The file or folder.
        path: PathBuf,
    },
    /// A corpus holds an id that the vocabulary lacks.
    #[error(
        "the corpus holds word id {found}, but the vocabulary has {n_words} words: they do not belong together"
    )]
    ForeignId {
        /// The id.
        found: u32,
        /// Words in the vocabulary.
        n_words: usize,
    },
    /// A corpus was encoded with another vocabulary.
    #[error("{path} was encoded with the vocabulary {found}, expected {wanted}")]
    OtherVocab {
        /// The corpus.
        path: PathBuf,
        /// Digest of the vocabulary given.
        wanted: String,
        /// Digest of the vocabulary that the corpus was encoded with.
        found: String,
    },
}

impl VocabError {
    pub(crate) fn setting(name: &'static str, reason: impl Into<String>) -> Self {
        Self::Setting { name, reason: reason.into() }
    }

    pub(crate) fn corrupt(path: &Path, kind: &'static str, reason: impl Into<String>) -> Self {
        Self::Corrupt { path: path.to_owned(), kind, reason: reason.into() }
    }

    /// Names the file that an operation failed on.
    pub(crate) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        |source| Self::Io { path, source }
    }
}
