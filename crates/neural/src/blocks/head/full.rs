//! A softmax over all words.

use crate::blocks::Pass;
use crate::ops::{self, CrossEntropy, reference};
use crate::{Init, NeuralError, Param, Params, Result};
use candle_core::Tensor;

/// A vector and a bias for each word.
#[derive(Clone, Debug)]
pub struct FullHead {
    weight: Param, // [words, dim]
    bias: Param,   // [words]
    smoothing: f64,
}

impl FullHead {
    /// Words have vectors of their own, or those of `tied` (Press and Wolf 2017), `[n_words, dim]`. When training, the
    /// share `smoothing` of the target's probability goes to all words.
    ///
    /// # Errors
    /// If names are taken, or `tied` has another shape.
    pub fn new(
        params: &Params,
        [n_words, dim]: [usize; 2],
        tied: Option<&Param>,
        smoothing: f64,
    ) -> Result<Self> {
        if !(0.0..1.0).contains(&smoothing) {
            return Err(NeuralError::setting("label_smoothing", "in [0, 1)", smoothing));
        }
        let weight = match tied {
            Some(tied) => tied.clone(),
            None => params.weight("weight", [n_words, dim], Init::Normal(0.02))?,
        };
        if weight.var().dims() != [n_words, dim] {
            return Err(NeuralError::shape("tied", format!("[{n_words}, {dim}]"), weight.var().dims()));
        }
        Ok(Self { weight, bias: params.free("bias", &[n_words], Init::Constant(0.0))?, smoothing })
    }

    /// Vectors, `[words, dim]`, and biases, `[words]`.
    pub(super) fn words(&self) -> [Tensor; 2] {
        [self.weight.tensor(), self.bias.tensor()]
    }

    pub(super) fn smoothing(&self) -> f64 {
        self.smoothing
    }

    /// See [`Head::loss`](super::Head::loss).
    ///
    /// # Errors
    /// If shapes do not fit, or a target is no word.
    pub fn loss(&self, x: &Tensor, targets: &[u32], pass: &Pass) -> Result<Tensor> {
        let smoothing = if pass.is_training() { self.smoothing } else { 0.0 };
        let asked = CrossEntropy { smoothing, ..CrossEntropy::new(targets.to_vec()) };
        let [weight, bias] = self.words();
        ops::softmax_cross_entropy(x, &weight, &bias, asked)
    }

    /// See [`Head::ln_p`](super::Head::ln_p).
    ///
    /// # Errors
    /// If shapes do not fit, or a target is no word.
    pub fn ln_p(&self, x: &Tensor, targets: &[u32]) -> Result<Vec<f32>> {
        let [weight, bias] = self.words();
        ops::ln_probabilities(x, &weight, &bias, targets)
    }

    /// See [`Head::ln_p_of_all`](super::Head::ln_p_of_all).
    ///
    /// # Errors
    /// If shapes do not fit.
    pub fn ln_p_of_all(&self, x: &Tensor) -> Result<Tensor> {
        let [weight, bias] = self.words();
        reference::ln_softmax(&reference::scores(&x.detach(), &weight.detach(), &bias.detach())?)
    }
}
