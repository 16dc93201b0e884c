//! What can go wrong with language models.

use sememe_vocab::VocabError;
use std::io;
use std::path::PathBuf;

/// Why a language model could not be estimated, read, written or used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LmError {
    /// A setting is out of its range.
    #[error("setting `{name}` is {found}, expected {want}")]
    Setting {
        /// The setting.
        name: &'static str,
        /// What it should be.
        want: &'static str,
        /// What it is.
        found: String,
    },
    /// The text gives no Kneser-Ney discounts for one order.
    #[error(
        "cannot estimate the Kneser-Ney discounts of the {order}-grams: {reason}; the numbers of {order}-grams \
         with adjusted counts 1 to 4 are {counts:?}, as in small or artificial text. Allow fallback discounts \
         for such orders, take a lower order, or remove repeated sentences"
    )]
    Discounts {
        /// The order of the n-grams.
        order: usize,
        /// How many n-grams of this order have the adjusted counts 1, 2, 3 and 4.
        counts: [u64; 4],
        /// Which condition fails.
        reason: String,
    },
    /// The text holds a word that the model keeps for itself.
    #[error(
        "sentence {sentence}: the special word `{word}` is in the text; skip special words, or estimate `<unk>` as a word"
    )]
    SpecialWord {
        /// The word.
        word: &'static str,
        /// The sentence, counted from 1.
        sentence: u64,
    },
    /// The corpus holds an id that the vocabulary lacks.
    #[error("the corpus holds word id {id}, but the vocabulary has {n_words} words")]
    UnknownId {
        /// The id.
        id: u32,
        /// The size of the vocabulary.
        n_words: usize,
    },
    /// The vocabulary does not begin with the special words.
    #[error(
        "the vocabulary's word {id} is {found}, expected `{want}`: n-gram models need `<unk>`, `<s>` and `</s>` as the first three words"
    )]
    SpecialIds {
        /// The id.
        id: usize,
        /// The word that should have it.
        want: &'static str,
        /// The word that has it.
        found: String,
    },
    /// There is no sentence to learn from.
    #[error("the text is empty: a language model needs at least one sentence")]
    Empty,
    /// A model or text is beyond what 32-bit indices reach.
    #[error("{what} exceed {limit}, the most that the in-memory engine takes")]
    TooLarge {
        /// What there is too much of.
        what: &'static str,
        /// The bound.
        limit: u64,
    },
    /// Text is not UTF-8.
    #[error("line {line}: invalid UTF-8 in a word")]
    Utf8 {
        /// The line, counted from 1.
        line: u64,
    },
    /// A word is too long to be one.
    #[error("line {line}: a word longer than {limit} bytes; is this a text?")]
    LongWord {
        /// The line, counted from 1.
        line: u64,
        /// The bound.
        limit: usize,
    },
    /// A model file in text form breaks its format.
    #[error("line {line}: expected {want}, found {found}")]
    Arpa {
        /// The line, counted from 1.
        line: u64,
        /// What the format asks for.
        want: String,
        /// What stands there.
        found: String,
    },
    /// A binary model file is damaged or of another kind.
    #[error("not a usable n-gram model: {0}")]
    Binary(String),
    /// A file could not be used.
    #[error("cannot read {path}")]
    File {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: Box<LmError>,
    },
    /// The operating system refused to write a file.
    #[error("cannot write {path}")]
    Write {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// A stream could not be read or written.
    #[error("input or output failed")]
    Io(#[from] io::Error),
    /// The vocabulary or the corpus has a fault.
    #[error(transparent)]
    Vocab(#[from] VocabError),
    /// The observer asked to stop.
    #[error("interrupted")]
    Interrupted,
}
