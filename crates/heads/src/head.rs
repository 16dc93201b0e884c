//! What every classifier is to its users.

use crate::HeadError;
use sememe_kernels::Matrix;

/// A trained classifier of texts.
pub trait Head: Send + Sync {
    /// The names of the classes, in the order of their numbers.
    fn labels(&self) -> &[String];

    /// Predicts the class of each text.
    ///
    /// # Errors
    /// If the features of a text cannot be computed.
    fn predict(&self, texts: &[&str]) -> Result<Predictions, HeadError>;
}

/// Predicted classes.
#[derive(Clone, Debug, PartialEq)]
pub struct Predictions {
    /// The class of each row: the one with the highest score.
    pub targets: Vec<u32>,
    /// `f32[n_rows, n_classes]`, each row adding up to 1.
    pub probabilities: Matrix,
    /// What they were made from, `f32[n_rows, n_classes]`: margins of a support vector machine, logits of a
    /// logistic regression. With two classes and one weight vector, −s and s.
    pub scores: Matrix,
}
