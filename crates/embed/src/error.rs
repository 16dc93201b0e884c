//! What can go wrong while training.

use sememe_text::TextError;
use sememe_vectors::VectorsError;
use sememe_vocab::VocabError;
use std::io;
use std::path::PathBuf;

/// Why no vectors came out of training.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EmbedError {
    /// A setting is outside its range.
    #[error("`{name}` is {found}, expected {expected}")]
    Setting {
        /// The setting.
        name: &'static str,
        /// What it may be.
        expected: &'static str,
        /// What it is.
        found: String,
    },
    /// The vocabulary has no words to train.
    #[error("nothing to train: the vocabulary has no words but special ones")]
    EmptyVocabulary,
    /// A word of the vocabulary was never counted, so it has no sampling probability.
    #[error("nothing to train: no word of the vocabulary was ever counted")]
    NoCounts,
    /// The corpus uses an id that the vocabulary lacks.
    #[error(
        "the corpus holds word id {found}, but the vocabulary has {n_words} words: they do not belong together"
    )]
    ForeignCorpus {
        /// The id.
        found: u32,
        /// Words in the vocabulary.
        n_words: usize,
    },
    /// The loss is no longer a number.
    #[error("training diverged after {done} {unit}: the loss is {loss}; a smaller learning rate may help")]
    Diverged {
        /// How much was trained until then.
        done: u64,
        /// Of what.
        unit: &'static str,
        /// The loss.
        loss: f64,
    },
    /// The observer asked to stop.
    #[error("interrupted after {done} {unit}")]
    Interrupted {
        /// How much was done until then.
        done: u64,
        /// Of what.
        unit: &'static str,
    },
    /// A temporary file cannot be read or written.
    #[error("cannot read or write temporary files in {}", dir.display())]
    Scratch {
        /// Their folder.
        dir: PathBuf,
        /// What is wrong.
        source: io::Error,
    },
    /// There are more words than pairs of them can be numbered.
    #[error("the vocabulary has {n_words} words, but pairs can be counted of at most {most}")]
    TooManyWords {
        /// Words in the vocabulary.
        n_words: usize,
        /// The most there may be.
        most: usize,
    },
    /// There are more dimensions than words.
    #[error("`dim` is {dim}, but there are only {n_words} words: a decomposition has no more dimensions")]
    FewWords {
        /// Numbers in a vector.
        dim: usize,
        /// Words that would get one.
        n_words: usize,
    },
    /// The matrix of pointwise mutual information is empty.
    #[error("nothing to decompose: no two words meet more often than by chance; a smaller shift may help")]
    NothingToDecompose,
    /// A run cannot be resumed.
    #[error("cannot resume from {path}: {reason}")]
    Checkpoint {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// The state of the run cannot be written.
    #[error("cannot keep the state of the run")]
    Keep(#[source] io::Error),
    /// The vectors to start from are of another dimension.
    #[error("the vectors to start from have {found} numbers, expected {want}")]
    Start {
        /// Numbers in a vector of this run.
        want: usize,
        /// Numbers in a vector to start from.
        found: usize,
    },
    /// There is not one tag for each document.
    #[error("there are {found} tags for {want} documents")]
    Tags {
        /// Documents of the corpus.
        want: u64,
        /// Tags given.
        found: usize,
    },
    /// A file is no model of documents, or is damaged.
    #[error("{path} is no sound doc2vec model: {reason}")]
    Model {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A model has no pipeline, so it cannot say what the words of a text are.
    #[error("the model does not say how texts become words")]
    NoPipeline,
    /// A model cannot be read or written.
    #[error("cannot read or write {path}")]
    Io {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// Text cannot be read, written or split.
    #[error(transparent)]
    Text(#[from] TextError),
    /// The corpus cannot be read.
    #[error("cannot read the corpus")]
    Corpus(#[from] VocabError),
    /// The trained rows are no vectors.
    #[error("cannot make vectors of what was trained")]
    Vectors(#[from] VectorsError),
}
