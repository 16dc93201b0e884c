//! Classifiers of texts: linear models over n-grams or word vectors.
//!
//! ```
//! use sememe_heads::{Dataset, Head, HeadSettings, TextClassifier};
//! use sememe_kernels::Silent;
//!
//! let train = Dataset::from_rows([("a fine day", "good"), ("what a fine view", "good"), ("rain again", "bad")]);
//! let classifier = TextClassifier::fit(&train, &HeadSettings::default(), None, 1, &mut Silent)?;
//! let said = classifier.predict(&["fine rain, a fine day"])?;
//! assert_eq!(classifier.labels()[said.targets[0] as usize], "good");
//! # Ok::<_, sememe_heads::HeadError>(())
//! ```
//!
//! A [`TextClassifier`] is features, n-grams by TF-IDF or averaged word vectors, and a [`Linear`] model over them:
//! support vector machines as liblinear trains them, or logistic regression as scikit-learn does, to the same
//! minimum. Training is deterministic, whatever the number of threads. What the predictions are worth is measured
//! elsewhere: this crate knows no metrics, and it neither reads corpora nor trains vectors.

mod classifier;
mod dataset;
mod error;
mod extract;
mod folder;
mod head;
mod linear;
mod python_shuffle;
mod scaling;
mod settings;
mod solve;
mod tensors;

pub use classifier::TextClassifier;
pub use dataset::{Dataset, UnknownLabel};
pub use error::HeadError;
pub use folder::Existing;
pub use head::{Head, Predictions};
pub use linear::{Features, FitReport, LabelledRows, Linear};
pub use python_shuffle::python_shuffle;
pub use settings::{ClassWeights, FeatureSettings, HeadSettings, ModelKind, ModelSettings, VectorFeatures};
