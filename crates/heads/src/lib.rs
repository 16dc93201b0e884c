//! Classifiers over sparse features and word vectors.

mod error;
mod head;
mod linear;
mod python_shuffle;
mod settings;
mod solve;

pub use error::HeadError;
pub use head::{Head, Predictions};
pub use linear::{Features, FitReport, LabelledRows, Linear};
pub use python_shuffle::python_shuffle;
pub use settings::{ClassWeights, ModelKind, ModelSettings};
