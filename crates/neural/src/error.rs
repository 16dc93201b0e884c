//! What can go wrong with neural models.

use std::io;
use std::path::PathBuf;

/// Why a model could not be built, run, read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NeuralError {
    /// A setting is out of its range.
    #[error("setting `{name}` is {found}, expected {want}")]
    Setting {
        /// The setting.
        name: &'static str,
        /// What it should be.
        want: String,
        /// What it is.
        found: String,
    },
    /// The device that was asked for is not there.
    #[error("device `{wanted}` cannot be used: {reason}")]
    Device {
        /// The device.
        wanted: String,
        /// Why it cannot be used.
        reason: String,
    },
    /// An argument has another shape than the operation needs.
    #[error("`{what}` has shape {found:?}, expected {want}")]
    Shape {
        /// The argument.
        what: &'static str,
        /// What it should be.
        want: String,
        /// What it is.
        found: Vec<usize>,
    },
    /// An id is beyond the vocabulary.
    #[error("id {id} at place {at}, but there are only {limit} of `{what}`")]
    Id {
        /// What is counted by the ids.
        what: &'static str,
        /// The id.
        id: u32,
        /// Where it stands.
        at: usize,
        /// How many there are.
        limit: usize,
    },
    /// A parameter is missing, twice there, or of another shape.
    #[error("parameter `{name}`: {reason}")]
    Parameter {
        /// The parameter.
        name: String,
        /// What is wrong.
        reason: String,
    },
    /// A file of parameters could not be used.
    #[error("cannot use {path}: {reason}")]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The operating system refused.
    #[error("cannot read or write {path}")]
    Io {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// An operation on tensors failed.
    #[error(transparent)]
    Candle(#[from] candle_core::Error),
    /// Training went wrong beyond repair.
    #[error("training diverged: the {what} is {found} at step {step}, batch {batch} of epoch {epoch}")]
    Diverged {
        /// What is no finite number: `loss`, or `gradient of NAME`.
        what: String,
        /// What it is.
        found: f64,
        /// The step, counted from 1.
        step: u64,
        /// The epoch, counted from 0.
        epoch: u64,
        /// The batch in that epoch, counted from 0.
        batch: u64,
    },
    /// The observer asked to stop.
    #[error("training was stopped after {steps} steps")]
    Interrupted {
        /// Steps that were made.
        steps: u64,
    },
    /// The state of a run could not be written down.
    #[error("the state of training could not be kept")]
    Keep(#[source] io::Error),
    /// The log of a run could not be written.
    #[error("the log of training could not be written")]
    Log(#[source] io::Error),
    /// The vocabulary or the corpus has a fault.
    #[error(transparent)]
    Vocab(#[from] sememe_vocab::VocabError),
}

impl NeuralError {
    pub(crate) fn setting(name: &'static str, want: impl Into<String>, found: impl ToString) -> Self {
        Self::Setting { name, want: want.into(), found: found.to_string() }
    }

    pub(crate) fn shape(what: &'static str, want: impl Into<String>, found: &[usize]) -> Self {
        Self::Shape { what, want: want.into(), found: found.to_vec() }
    }

    pub(crate) fn file(path: &std::path::Path, reason: impl ToString) -> Self {
        Self::File { path: path.to_owned(), reason: reason.to_string() }
    }

    pub(crate) fn parameter(name: &str, reason: impl Into<String>) -> Self {
        Self::Parameter { name: name.to_owned(), reason: reason.into() }
    }
}

/// Ops of candle have to answer with its own error.
impl From<NeuralError> for candle_core::Error {
    fn from(error: NeuralError) -> Self {
        match error {
            NeuralError::Candle(error) => error,
            error => Self::wrap(error),
        }
    }
}

/// The result of what this crate does.
pub type Result<T, E = NeuralError> = std::result::Result<T, E>;
