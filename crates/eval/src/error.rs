//! What can be wrong with the input of a metric or with a stored report.

/// Why a metric could not be computed, or a report not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EvalError {
    /// Nothing to measure.
    #[error("no items: at least {needed} needed")]
    Empty {
        /// The fewest items with which the metric is defined.
        needed: usize,
    },
    /// Two columns that belong together differ in length.
    #[error("{what}: expected {want} values, one for each item, found {found}")]
    Lengths {
        /// The column that does not fit.
        what: &'static str,
        /// The length of the first column.
        want: usize,
        /// Its length.
        found: usize,
    },
    /// A class id beyond the list of classes.
    #[error("class {found}: expected an id below {n_classes}, the number of classes")]
    Class {
        /// The id.
        found: u32,
        /// The number of classes.
        n_classes: usize,
    },
    /// The same name for two classes.
    #[error("class name `{name}` stands twice in the list of classes")]
    Duplicate {
        /// The name.
        name: String,
    },
    /// A weight that is negative or not finite.
    #[error("item {item}: expected a weight of 0 or more, found {found}")]
    Weight {
        /// 0-based number of the item.
        item: usize,
        /// The weight.
        found: f64,
    },
    /// A logarithm of a probability that is positive or not a number.
    #[error("expected the logarithm of a probability (0 or less), found {found}")]
    Probability {
        /// The value.
        found: f64,
    },
    /// A report written by a version that this one does not know.
    #[error("report of format version {found}: expected version {want} or older")]
    Version {
        /// The newest version known.
        want: u32,
        /// The version of the report.
        found: u32,
    },
    /// Text that is not a report.
    #[error("not a report in JSON")]
    Json(#[from] serde_json::Error),
}

/// Refuses a second column that is not as long as the first.
pub(crate) fn same_length(what: &'static str, want: usize, found: usize) -> Result<(), EvalError> {
    if want == found { Ok(()) } else { Err(EvalError::Lengths { what, want, found }) }
}
