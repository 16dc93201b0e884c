//! What can go wrong with word vectors.

use sememe_kernels::ShapeError;
use sememe_text::TextError;
use sememe_vocab::VocabError;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Why word vectors could not be made, read, written or used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VectorsError {
    /// The operating system refused to read.
    #[error("cannot read {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// The file cannot be opened.
    #[error(transparent)]
    Text(#[from] TextError),
    /// A file that is mapped cannot be decompressed.
    #[error("{path}: {format} files are mapped into memory, so they cannot be compressed")]
    Compressed {
        /// The file.
        path: PathBuf,
        /// The format.
        format: crate::VectorFormat,
    },
    /// A file of Python objects, which are code as much as data.
    #[error(
        "{path} is a Python pickle, which is not read, since it can run any code; write it in gensim with \
         `KeyedVectors.load(\"...\").save_word2vec_format(\"vectors.bin\", binary=True)` and read that"
    )]
    Pickle {
        /// The file.
        path: PathBuf,
    },
    /// The operating system refused to write.
    #[error("cannot write {path}")]
    Write {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// The file is in no format that [`detect`](crate::detect) knows.
    #[error(
        "{path}: expected vectors of word2vec, GloVe, fastText, finalfusion, numpy or safetensors, found a file \
         starting with `{found}`"
    )]
    UnknownFormat {
        /// The file.
        path: PathBuf,
        /// Its first bytes, escaped.
        found: String,
    },
    /// The first line is not the header of a word2vec file.
    #[error(
        "{path}:1: expected the number of words and a dimension from 1 to {max}, found `{found}`",
        max = crate::MAX_DIM
    )]
    Header {
        /// The file.
        path: PathBuf,
        /// What stands there, escaped and cut.
        found: String,
    },
    /// One line or entry of a file is wrong.
    #[error("{path}{place}: {problem}")]
    Entry {
        /// The file.
        path: PathBuf,
        /// Where in it.
        place: Place,
        /// What is wrong.
        problem: Problem,
    },
    /// The file holds more or fewer words than its header says.
    #[error("{path}: the header promises {want} words, found {found}")]
    Count {
        /// The file.
        path: PathBuf,
        /// Words promised.
        want: u64,
        /// Words found; one more than promised if there are too many.
        found: u64,
    },
    /// The file is not valid safetensors.
    #[error("{path} is not a valid safetensors file")]
    Safetensors {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: safetensors::SafeTensorError,
    },
    /// A tensor is missing or does not fit the others.
    #[error("{path}: tensor `{tensor}`: expected {want}, found {found}")]
    Tensor {
        /// The file.
        path: PathBuf,
        /// The tensor.
        tensor: &'static str,
        /// What should be there.
        want: String,
        /// What is there.
        found: String,
    },
    /// The file ends too early or goes on too long beside another file.
    #[error("{path}: expected {want}, found {found}")]
    Unexpected {
        /// The file.
        path: PathBuf,
        /// What should be there.
        want: String,
        /// What is there.
        found: String,
    },
    /// The words of a file are no vocabulary.
    #[error("the words of {path} are no vocabulary")]
    Words {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: VocabError,
    },
    /// A word has no place in the format asked for.
    #[error("the word `{word}` cannot be written as {format}: {reason}")]
    Unwritable {
        /// The word, escaped.
        word: String,
        /// The format.
        format: crate::VectorFormat,
        /// Why not.
        reason: &'static str,
    },
    /// Something has no place in the format asked for.
    #[error("{format} files have no place for {what}")]
    NoPlace {
        /// The format.
        format: crate::VectorFormat,
        /// What it is.
        what: &'static str,
    },
    /// A vector holds a number that is not finite.
    #[error("the vector of `{word}` holds {found} in column {column}")]
    NotFinite {
        /// The word.
        word: String,
        /// Column from 0.
        column: usize,
        /// NaN or an infinity.
        found: f32,
    },
    /// A number does not fit a 16-bit float.
    #[error(
        "the vector of `{word}` holds {found} in column {column}, beyond 65504, the largest 16-bit float"
    )]
    BeyondF16 {
        /// The word.
        word: String,
        /// Column from 0.
        column: usize,
        /// The number.
        found: f32,
    },
    /// Vocabulary and matrix are of different lengths.
    #[error("expected a vector for each of {words} words, found {rows}")]
    Rows {
        /// Words in the vocabulary.
        words: usize,
        /// Rows of the matrix.
        rows: usize,
    },
    /// The dimension is 0 or beyond [`MAX_DIM`](crate::MAX_DIM).
    #[error("expected vectors of 1 to {max} numbers, found {found}", max = crate::MAX_DIM)]
    Dimension {
        /// The dimension given.
        found: usize,
    },
    /// A vector or matrix has other columns than these embeddings.
    #[error("expected {want} numbers a vector, found {found}")]
    Columns {
        /// The dimension of the embeddings.
        want: usize,
        /// The columns given.
        found: usize,
    },
    /// Settings of n-grams that make no sense.
    #[error(
        "expected n-grams of 1 to {max} characters in 1 to {max_buckets} buckets, \
         found {min_n} to {max_n} in {n_buckets}",
        max = crate::Subwords::MAX_N,
        max_buckets = crate::Subwords::MAX_BUCKETS
    )]
    Subwords {
        /// Characters of the shortest n-grams.
        min_n: u32,
        /// Characters of the longest n-grams.
        max_n: u32,
        /// The number of buckets.
        n_buckets: u32,
    },
    /// n-grams hashed in a way that is not known.
    #[error("expected n-grams hashed as `fasttext` or `finalfusion` do, found `{found}`")]
    NgramHash {
        /// The name of the hash, escaped.
        found: String,
    },
    /// The vectors of buckets fit neither their subwords nor the vectors of the words.
    #[error("expected {want} for the buckets of subwords, found {found}")]
    Buckets {
        /// What should be there.
        want: String,
        /// What is there.
        found: String,
    },
    /// A setting out of its range.
    #[error("`{setting}`: expected {want}, found {found}")]
    Setting {
        /// Its name.
        setting: &'static str,
        /// What it may be.
        want: &'static str,
        /// What it is.
        found: f64,
    },
    /// There are not enough vectors for the work.
    #[error("expected at least {want} vectors, found {found}")]
    TooFew {
        /// The least number.
        want: usize,
        /// The number given.
        found: usize,
    },
    /// There are too many vectors for the work.
    #[error("expected at most {limit} vectors, found {found}")]
    TooMany {
        /// The greatest number.
        limit: usize,
        /// The number given.
        found: usize,
    },
    /// Vectors and those they are to become are of different numbers.
    #[error("expected as many targets as sources, {from}, found {to}")]
    Pairs {
        /// Vectors to be taken somewhere.
        from: usize,
        /// Vectors to be taken to.
        to: usize,
    },
    /// There is not a weight for each word.
    #[error("expected a weight for each of {want} words, found {found}")]
    Weights {
        /// The number of words.
        want: usize,
        /// The number of weights.
        found: usize,
    },
    /// A dictionary that names no vectors.
    #[error("no pair of the dictionary has vectors in both spaces")]
    NoPairs,
    /// A row of a matrix holds a NaN or an infinity.
    #[error("vector {row}, counted from 0, holds a number that is not finite")]
    RowNotFinite {
        /// The row.
        row: usize,
    },
    /// A word that has no vector.
    #[error("no vector for the word `{word}`")]
    UnknownWord {
        /// The word.
        word: String,
    },
    /// The weight parameter of smooth inverse frequency is of no use.
    #[error("expected a positive weight parameter for SIF, found {found}")]
    SifWeight {
        /// The parameter.
        found: f64,
    },
    /// Counts are needed and there are none.
    #[error("the vocabulary of the vectors holds no counts: files of word2vec and GloVe do not keep them")]
    NoCounts,
    /// An encoder of another crate failed.
    #[error("cannot encode the texts")]
    Encoder(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A matrix has a wrong shape.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// The observer asked to stop.
    #[error("interrupted")]
    Interrupted,
}

/// Where in a file something is wrong. Prints as what follows the name of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place {
    /// A line, from 1.
    Line(u64),
    /// An entry of a binary file, from 1, and the offset of its first byte.
    Entry {
        /// Number of the entry.
        entry: u64,
        /// Offset of its first byte in the file.
        offset: u64,
    },
    /// A byte of a file, from 0.
    Byte(u64),
    /// A vector, from 1: of a word, or after those of all words of a bucket.
    Row(u64),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => write!(f, ":{line}"),
            Self::Entry { entry, offset } => write!(f, ": entry {entry} at byte {offset}"),
            Self::Byte(offset) => write!(f, ": byte {offset}"),
            Self::Row(row) => write!(f, ": row {row}"),
        }
    }
}

/// What is wrong with a line or an entry.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// Another dimension than in the header or the lines before.
    #[error("expected {want} numbers, found {found}")]
    Dim {
        /// Numbers wanted.
        want: usize,
        /// Numbers found.
        found: usize,
    },
    /// Text where a number should be.
    #[error("expected a number in column {column}, found `{found}`")]
    Number {
        /// Column from 0.
        column: usize,
        /// The text, escaped and cut.
        found: String,
    },
    /// NaN or an infinity.
    #[error("expected a finite number in column {column}, found {found}")]
    NotFinite {
        /// Column from 0.
        column: usize,
        /// The number.
        found: f32,
    },
    /// No word before the numbers.
    #[error("expected a word before the numbers, found none")]
    NoWord,
    /// A word that is not UTF-8.
    #[error("expected a word in UTF-8, found `{found}` with an invalid byte at {offset}")]
    Encoding {
        /// The word, escaped and cut.
        found: String,
        /// Offset of the first invalid byte in the file.
        offset: u64,
    },
    /// A line or a word that does not end.
    #[error("expected `{want}` within {limit} bytes, found none")]
    TooLong {
        /// What should have come.
        want: &'static str,
        /// Bytes looked at.
        limit: usize,
    },
    /// The file ends inside an entry.
    #[error("expected {want} bytes of vector, found the end of the file after {found}")]
    Truncated {
        /// Bytes wanted.
        want: usize,
        /// Bytes found.
        found: usize,
    },
    /// Something else than the format has in this place.
    #[error("expected {want}, found {found}")]
    Unexpected {
        /// What should be there.
        want: String,
        /// What is there.
        found: String,
    },
    /// Something else than the words of a question or a pair.
    #[error("expected {want}, found `{found}`")]
    Fields {
        /// What should be there.
        want: &'static str,
        /// The line, escaped and cut.
        found: String,
    },
}

impl VectorsError {
    /// Adds the name of the file to a reading error.
    pub(crate) fn read(path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Read { path: path.to_owned(), source }
    }
}

/// The first bytes of `text` as they can be shown on one line.
pub(crate) fn excerpt(text: &[u8]) -> String {
    const SHOWN: usize = 40;
    let start = String::from_utf8_lossy(&text[..text.len().min(SHOWN)]).escape_debug().to_string();
    if text.len() > SHOWN { start + "…" } else { start }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_name_file_place_wanted_and_found() {
        let path = PathBuf::from("v.txt");
        let problem = Problem::Dim { want: 3, found: 2 };
        let text = VectorsError::Entry { path: path.clone(), place: Place::Line(7), problem };
        assert_eq!(text.to_string(), "v.txt:7: expected 3 numbers, found 2");
        let problem = Problem::Truncated { want: 12, found: 5 };
        let place = Place::Entry { entry: 2, offset: 30 };
        let binary = VectorsError::Entry { path, place, problem }.to_string();
        assert_eq!(
            binary,
            "v.txt: entry 2 at byte 30: expected 12 bytes of vector, found the end of the file after 5"
        );
    }

    #[test]
    fn excerpts_stay_on_one_short_line() {
        assert_eq!(excerpt(b"a\nb\xff"), "a\\nb\u{fffd}");
        assert_eq!(excerpt(&[b'x'; 50]), "x".repeat(40) + "…");
    }
}
