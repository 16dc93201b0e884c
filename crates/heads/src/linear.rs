//! Linear models over sparse or dense features.

mod fit;
mod predict;

use crate::{HeadError, ModelKind, ModelSettings, Predictions};
use sememe_kernels::{Matrix, Observer, SparseRows};
use serde::{Deserialize, Serialize};

/// Texts as numbers: one row a text.
#[derive(Clone, Debug, PartialEq)]
pub enum Features {
    /// Counts or weights of n-grams.
    Sparse(SparseRows),
    /// Vectors.
    Dense(Matrix),
}

/// Rows and the classes they belong to.
#[derive(Clone, Copy, Debug)]
pub struct LabelledRows<'a> {
    /// The rows.
    pub features: &'a Features,
    /// The class of each row.
    pub targets: &'a [u32],
    /// How many classes there are.
    pub n_classes: usize,
}

/// A linear model: a weight vector and a bias for each class, or one of both for two classes.
///
/// ```
/// use sememe_heads::{Features, LabelledRows, Linear, ModelSettings};
/// use sememe_kernels::{Matrix, Silent};
///
/// let features = Features::Dense(Matrix::from_vec(4, 1, vec![1.0, 2.0, -1.0, -3.0])?);
/// let rows = LabelledRows { features: &features, targets: &[1, 1, 0, 0], n_classes: 2 };
/// let (model, report) = Linear::fit(rows, &ModelSettings::default(), 1, &mut Silent)?;
/// assert!(report.converged);
/// assert_eq!(model.predict(&features, 1)?.targets, [1, 1, 0, 0]);
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Linear {
    kind: ModelKind,
    n_classes: usize,
    weights: Matrix,
    bias: Vec<f32>,
}

/// How training went.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FitReport {
    /// Training rows.
    pub n_rows: usize,
    /// Features of a row.
    pub n_features: usize,
    /// What was minimised, as [`ModelKind`] writes it, at the weights found; the sum over the machines of an `svm`.
    pub objective: f64,
    /// What the points of `curve` are.
    pub curve_name: String,
    /// A point for each iteration: the mean cross-entropy of a training row in nats (`logistic`, `softmax`), or the
    /// dual function, which falls to minus the objective, divided by the number of rows and summed over the
    /// machines (`svm`).
    pub curve: Vec<f64>,
    /// Steps, or passes of each machine.
    pub iterations: Vec<u32>,
    /// Whether the tolerance was reached before the most iterations allowed.
    pub converged: bool,
}

impl Features {
    /// The number of rows.
    pub fn n_rows(&self) -> usize {
        match self {
            Self::Sparse(rows) => rows.n_rows(),
            Self::Dense(rows) => rows.n_rows(),
        }
    }

    /// The number of features of a row.
    pub fn n_cols(&self) -> usize {
        match self {
            Self::Sparse(rows) => rows.n_cols(),
            Self::Dense(rows) => rows.n_cols(),
        }
    }
}

impl Linear {
    /// Trains a model. The result does not depend on `threads`.
    ///
    /// The observer hears of every step of L-BFGS with its loss, or of every pass of a support vector machine.
    ///
    /// # Errors
    /// If a setting makes no sense, rows and targets differ in number, a class has no rows, a feature is not finite,
    /// or the observer stops it.
    pub fn fit(
        rows: LabelledRows<'_>,
        settings: &ModelSettings,
        threads: usize,
        observer: &mut dyn Observer,
    ) -> Result<(Self, FitReport), HeadError> {
        fit::fit(rows, settings, threads.max(1), observer)
    }

    /// Takes weights trained before: `weights` is `f32[n_features, n_outputs]`, `bias` `f32[n_outputs]`, where
    /// `n_outputs` is 1 for two classes unless `kind` is softmax, else `n_classes`.
    ///
    /// # Errors
    /// If there are fewer than two classes, the shapes do not fit each other, or a weight is not finite.
    pub fn from_weights(
        kind: ModelKind,
        n_classes: usize,
        weights: Matrix,
        bias: Vec<f32>,
    ) -> Result<Self, HeadError> {
        if n_classes < 2 {
            return Err(HeadError::TooFewClasses { found: n_classes });
        }
        let want = n_outputs(kind, n_classes);
        for (what, found) in [("columns of weights", weights.n_cols()), ("biases", bias.len())] {
            if found != want {
                return Err(HeadError::Count { what, want, found });
            }
        }
        if !weights.as_slice().iter().chain(&bias).all(|weight| weight.is_finite()) {
            return Err(HeadError::Diverged);
        }
        Ok(Self { kind, n_classes, weights, bias })
    }

    /// Predicts the class of each row.
    ///
    /// The probabilities of a support vector machine are the softmax of its margins (σ of the one margin, for two
    /// classes): they keep the order of the margins of a text, but they were not fitted to be frequencies.
    ///
    /// # Errors
    /// If the rows have another number of features than the model, or one that is not finite.
    pub fn predict(&self, features: &Features, threads: usize) -> Result<Predictions, HeadError> {
        predict::predict(self, features, threads.max(1))
    }

    /// The kind of model.
    pub fn kind(&self) -> ModelKind {
        self.kind
    }

    /// The number of classes.
    pub fn n_classes(&self) -> usize {
        self.n_classes
    }

    /// The number of features of a row.
    pub fn n_features(&self) -> usize {
        self.weights.n_rows()
    }

    /// The weights: `f32[n_features, n_outputs]`.
    pub fn weights(&self) -> &Matrix {
        &self.weights
    }

    /// The biases: `f32[n_outputs]`.
    pub fn bias(&self) -> &[f32] {
        &self.bias
    }

    /// How much feature `feature` speaks for class `class`. Panics if there is no such feature or class.
    pub fn weight_for(&self, class: usize, feature: usize) -> f32 {
        match self.weights.row(feature) {
            [weight] if self.n_classes == 2 => {
                if class == 1 {
                    *weight
                } else {
                    -weight
                }
            }
            weights => weights[class],
        }
    }
}

/// Weight vectors of a model.
fn n_outputs(kind: ModelKind, n_classes: usize) -> usize {
    if n_classes == 2 && kind != ModelKind::Softmax { 1 } else { n_classes }
}
