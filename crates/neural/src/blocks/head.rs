//! From what a model knows of a place to a distribution over words.

mod adaptive;
mod full;
mod sampled;

pub use adaptive::AdaptiveHead;
pub use full::FullHead;
pub use sampled::SampledHead;

use super::Pass;
use crate::{NeuralError, Param, Params, Result};
use candle_core::Tensor;
use serde::{Deserialize, Serialize};

/// The kind of an output head.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum HeadKind {
    /// A softmax over all words.
    #[default]
    Full,
    /// Frequent words at once, others in clusters of fewer numbers each (Grave et al. 2017).
    Adaptive {
        /// The first ids of the clusters, rising; ids go by falling frequency.
        cutoffs: Vec<usize>,
        /// Each cluster has so many times fewer numbers than the one before.
        factor: usize,
    },
    /// A softmax over the targets and some words drawn at random when training, over all words otherwise (Jean et al.
    /// 2015).
    Sampled {
        /// How many words are drawn for a step.
        n_samples: usize,
    },
}

/// An output head of any kind.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Head {
    /// A softmax over all words.
    Full(FullHead),
    /// Clusters of words.
    Adaptive(AdaptiveHead),
    /// A softmax over some words when training.
    Sampled(SampledHead),
}

impl Head {
    /// From rows of `dim` numbers to `n_words` words. With `tied` the vectors of the words are those, `[n_words, dim]`.
    ///
    /// # Errors
    /// If settings are out of range, names are taken, or an adaptive head is to be tied.
    pub fn new(
        params: &Params,
        [n_words, dim]: [usize; 2],
        kind: &HeadKind,
        tied: Option<&Param>,
        smoothing: f64,
    ) -> Result<Self> {
        let full = || FullHead::new(params, [n_words, dim], tied, smoothing);
        match kind {
            HeadKind::Full => Ok(Self::Full(full()?)),
            HeadKind::Sampled { n_samples } => Ok(Self::Sampled(SampledHead::new(full()?, *n_samples)?)),
            HeadKind::Adaptive { .. } if tied.is_some() => {
                Err(NeuralError::setting("tied", "false with an adaptive head", true))
            }
            HeadKind::Adaptive { cutoffs, factor } => {
                Ok(Self::Adaptive(AdaptiveHead::new(params, [n_words, dim], cutoffs, *factor)?))
            }
        }
    }

    /// The mean of −ln p of the targets: `x` is `[rows, dim]`, a target may be [`IGNORED`](crate::ops::IGNORED).
    ///
    /// # Errors
    /// If shapes do not fit, or a target is no word.
    pub fn loss(&self, x: &Tensor, targets: &[u32], pass: &Pass) -> Result<Tensor> {
        match self {
            Self::Full(head) => head.loss(x, targets, pass),
            Self::Adaptive(head) => head.loss(x, targets),
            Self::Sampled(head) => head.loss(x, targets, pass),
        }
    }

    /// ln p of each target: `f32[rows]`; 0 where it is [`IGNORED`](crate::ops::IGNORED).
    ///
    /// # Errors
    /// If shapes do not fit, or a target is no word.
    pub fn ln_p(&self, x: &Tensor, targets: &[u32]) -> Result<Vec<f32>> {
        match self {
            Self::Full(head) => head.ln_p(x, targets),
            Self::Adaptive(head) => head.ln_p(x, targets),
            Self::Sampled(head) => head.full().ln_p(x, targets),
        }
    }

    /// ln p of all words: `[rows, n_words]`.
    ///
    /// # Errors
    /// If shapes do not fit.
    pub fn ln_p_of_all(&self, x: &Tensor) -> Result<Tensor> {
        match self {
            Self::Full(head) => head.ln_p_of_all(x),
            Self::Adaptive(head) => head.ln_p_of_all(x),
            Self::Sampled(head) => head.full().ln_p_of_all(x),
        }
    }
}
