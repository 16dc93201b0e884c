//! What a linear model is and how hard it is trained.

use crate::HeadError;
use serde::{Deserialize, Serialize};

/// The kind of a linear model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ModelKind {
    /// Linear support vector machines with the squared hinge loss, one class against the rest (one machine for two
    /// classes): ½·(‖w‖² + b²) + C·Σ max(0, 1 − y·(w·x + b))², by dual coordinate descent.
    #[default]
    Svm,
    /// Multinomial logistic regression: ½·‖W‖² − C·Σ ln p(class), by L-BFGS. Two classes share one weight
    /// vector: p = σ(w·x + b).
    Logistic,
    /// As `logistic`, but two classes have a weight vector each, as a softmax layer of a network has.
    Softmax,
}

/// How much the rows of a class count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClassWeights {
    /// Every row counts the same.
    #[default]
    Uniform,
    /// Every class counts the same: a row counts rows / (classes · rows of its class). Of a support vector machine
    /// of one class against the rest this weighs the rows of the one class only, as liblinear does.
    Balanced,
}

/// A linear model and its training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ModelSettings {
    /// The kind of model.
    pub kind: ModelKind,
    /// C: how much the loss counts beside the penalty.
    pub cost: f64,
    /// When to stop. `svm`: the span of the projected gradients, as liblinear; the others: the largest partial
    /// derivative of the mean loss with its penalty, as scikit-learn.
    pub tolerance: f64,
    /// The most passes over the rows (`svm`) or steps of L-BFGS.
    pub max_iterations: u32,
    /// How much the rows of a class count.
    pub class_weights: ClassWeights,
    /// The order in which an `svm` visits the rows; the others make no random choice.
    pub seed: u64,
}

impl Default for ModelSettings {
    fn default() -> Self {
        Self {
            kind: ModelKind::default(),
            cost: 1.0,
            tolerance: 1e-4,
            max_iterations: 1000,
            class_weights: ClassWeights::default(),
            seed: 1,
        }
    }
}

impl ModelSettings {
    /// Refuses what cannot be trained.
    pub(crate) fn check(&self) -> Result<(), HeadError> {
        check_positive("cost", self.cost)?;
        check_positive("tolerance", self.tolerance)?;
        if self.max_iterations == 0 {
            return Err(HeadError::Setting { name: "max_iterations", want: "at least 1", found: "0".into() });
        }
        Ok(())
    }
}

fn check_positive(name: &'static str, value: f64) -> Result<(), HeadError> {
    if value > 0.0 && value.is_finite() {
        return Ok(());
    }
    Err(HeadError::Setting { name, want: "a number above 0", found: value.to_string() })
}
