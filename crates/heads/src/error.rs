//! What can go wrong with classifiers.

use sememe_text::TextError;
use sememe_vectors::VectorsError;
use sememe_vocab::VocabError;
use std::io;
use std::path::{Path, PathBuf};

/// Why a classifier could not be trained, asked, written or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HeadError {
    /// A setting has a value that makes no sense.
    #[error("`{name}` must be {want}, found {found}")]
    Setting {
        /// The setting, as job files spell it.
        name: &'static str,
        /// What it may be.
        want: &'static str,
        /// What it was.
        found: String,
    },
    /// Texts, targets and labels do not fit each other.
    #[error("expected {want} {what}, found {found}")]
    Count {
        /// What was counted.
        what: &'static str,
        /// How many there must be.
        want: usize,
        /// How many there were.
        found: usize,
    },
    /// A target is the number of no class.
    #[error("row {row}: target {target}, but there are {n_classes} classes")]
    Target {
        /// The row, from 0.
        row: usize,
        /// Its target.
        target: u32,
        /// The number of classes.
        n_classes: usize,
    },
    /// The same label was given twice.
    #[error("label `{label}` stands twice among the labels")]
    DuplicateLabel {
        /// The label.
        label: String,
    },
    /// A label that is not among those asked for.
    #[error("document {document}: the label `{label}` is unknown, expected one of {n_labels} trained labels")]
    UnknownLabel {
        /// The document, from 1.
        document: usize,
        /// The label.
        label: String,
        /// How many labels are known.
        n_labels: usize,
    },
    /// A document without a label, or with several.
    #[error("document {document}: expected one label, found {found}")]
    NotOneLabel {
        /// The document, from 1.
        document: usize,
        /// How many labels it has.
        found: usize,
    },
    /// A label that the classifier does not know was asked for.
    #[error("no class is labelled `{label}`")]
    NoSuchLabel {
        /// The label.
        label: String,
    },
    /// There is nothing to tell apart.
    #[error("a classifier needs rows of at least two classes, found {found}")]
    TooFewClasses {
        /// Classes with rows.
        found: usize,
    },
    /// A class without training rows.
    #[error("label `{label}` has no training rows")]
    EmptyClass {
        /// The label, or the number of the class where it has none.
        label: String,
    },
    /// A feature is infinite or not a number.
    #[error("row {row}, column {column}: the feature is not a finite number")]
    NotFinite {
        /// The row, from 0.
        row: usize,
        /// The column, from 0.
        column: usize,
    },
    /// Features of word vectors were asked for, but there are no word vectors.
    #[error("features of word vectors need word vectors, and none were given")]
    NoVectors,
    /// Training ran into infinite weights.
    #[error("the weights left the range of numbers; a smaller `cost` may help")]
    Diverged,
    /// The observer asked to stop.
    #[error("interrupted")]
    Interrupted,
    /// The documents could not be read, or there is no way to split texts.
    #[error("cannot read or split texts")]
    Text(#[from] TextError),
    /// The n-grams of the texts could not be made, written or read.
    #[error("cannot make features of n-grams")]
    Vocab(#[from] VocabError),
    /// The vectors of the texts could not be made, written or read.
    #[error("cannot make features of word vectors")]
    Vectors(#[from] VectorsError),
    /// The output is there already.
    #[error("{path} exists already")]
    Exists {
        /// The folder.
        path: PathBuf,
    },
    /// A folder that is to be written over holds something else.
    #[error("{path} holds no classifier and is not empty; choose another folder")]
    Foreign {
        /// The folder.
        path: PathBuf,
    },
    /// The operating system refused.
    #[error("cannot read or write {path}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// A file of a saved classifier is damaged, cut off or of another kind.
    #[error("{path} is not part of a sound classifier: {reason}")]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// Wanted and found.
        reason: String,
    },
    /// A classifier was saved by a version of this program that is not understood.
    #[error("{path}: expected a classifier of version {want}, found version {found}")]
    Version {
        /// The file.
        path: PathBuf,
        /// The version that can be read.
        want: u32,
        /// The version found.
        found: u32,
    },
}

impl HeadError {
    /// Names the file or folder that an operation failed on.
    pub(crate) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { path: path.to_owned(), source }
    }

    pub(crate) fn corrupt(path: &Path, reason: impl ToString) -> Self {
        Self::Corrupt { path: path.to_owned(), reason: reason.to_string() }
    }
}
