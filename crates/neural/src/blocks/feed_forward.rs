//! The feed-forward half of a transformer layer.

use super::Linear;
use crate::ops::{Activation, activate};
use crate::{Init, Params, Result};
use candle_core::Tensor;

/// Two products with an activation between them.
#[derive(Clone, Debug)]
pub struct FeedForward {
    up: Linear,   // [dim, hidden], twice as wide for SwiGLU
    down: Linear, // [hidden, dim]
    activation: Activation,
}

impl FeedForward {
    /// From `dim` to `hidden` and back; the way back starts with the spread `output_spread`.
    ///
    /// # Errors
    /// If names are taken.
    pub fn new(
        params: &Params,
        [dim, hidden]: [usize; 2],
        activation: Activation,
        output_spread: f64,
    ) -> Result<Self> {
        let up = Linear::new(&params.part("up"), [dim, hidden * activation.inputs()], Init::Normal(0.02))?;
        let down = Linear::new(&params.part("down"), [hidden, dim], Init::Normal(output_spread))?;
        Ok(Self { up, down, activation })
    }

    /// `[.., dim]` to `[.., dim]`.
    ///
    /// # Errors
    /// If shapes do not fit.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        self.down.forward(&activate(&self.up.forward(x)?, self.activation)?)
    }
}
