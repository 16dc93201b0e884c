//! Normalisation with a gain.

use crate::{Init, Param, Params, Result, ops};
use candle_core::Tensor;
use serde::{Deserialize, Serialize};

/// How the last dimension is normalised.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NormKind {
    /// By mean and variance, with a gain and a bias.
    #[default]
    Layer,
    /// By the mean of squares, with a gain.
    Rms,
}

/// A normalisation of the last dimension.
#[derive(Clone, Debug)]
pub struct Norm {
    weight: Param,       // [dim]
    bias: Option<Param>, // [dim]
}

impl Norm {
    const EPSILON: f64 = 1e-5;

    /// Gains start at 1, biases at 0.
    ///
    /// # Errors
    /// If names are taken.
    pub fn new(params: &Params, dim: usize, kind: NormKind) -> Result<Self> {
        let weight = params.free("weight", &[dim], Init::Constant(1.0))?;
        let bias = match kind {
            NormKind::Layer => Some(params.free("bias", &[dim], Init::Constant(0.0))?),
            NormKind::Rms => None,
        };
        Ok(Self { weight, bias })
    }

    /// `[.., dim]` to `[.., dim]`.
    ///
    /// # Errors
    /// If shapes do not fit.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        match &self.bias {
            Some(bias) => ops::layer_norm(x, &self.weight.tensor(), &bias.tensor(), Self::EPSILON),
            None => ops::rms_norm(x, &self.weight.tensor(), Self::EPSILON),
        }
    }
}
