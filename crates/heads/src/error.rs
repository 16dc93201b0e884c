//! What can go wrong with classifiers.

use std::io;
use std::path::PathBuf;

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
    /// A label that the classifier does not know.
    #[error("line {line}: label `{label}` is not one of the {n_labels} labels that were trained")]
    UnknownLabel {
        /// The line or document, from 1.
        line: usize,
        /// The label.
        label: String,
        /// How many labels are known.
        n_labels: usize,
    },
    /// A document without a label, or with several.
    #[error("document {document} has {found} labels, expected one")]
    NotOneLabel {
        /// The document, from 1.
        document: usize,
        /// How many labels it has.
        found: usize,
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
    /// Training ran into infinite weights.
    #[error("the weights left the range of numbers; a smaller `cost` may help")]
    Diverged,
    /// The observer asked to stop.
    #[error("interrupted")]
    Interrupted,
    /// The operating system refused.
    #[error("cannot read or write {path}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// A file of a saved classifier is not what it should be.
    #[error("{path}: {reason}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Wanted and found.
        reason: String,
    },
}
