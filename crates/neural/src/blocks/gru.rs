//! A layer of a GRU.

use super::dropout::Pass;
use crate::{Init, Param, Params, Result, ops};
use candle_core::Tensor;

/// A GRU layer (see [`ops::gru_seq`]).
#[derive(Clone, Debug)]
pub struct Gru {
    weight: Param,         // [in, 3·hidden]
    recurrent: Param,      // [hidden, 3·hidden]
    bias: Param,           // [3·hidden]
    recurrent_bias: Param, // [1, 3·hidden]
}

impl Gru {
    /// Biases start at 0.
    ///
    /// # Errors
    /// If names are taken.
    pub fn new(params: &Params, n_in: usize, hidden: usize) -> Result<Self> {
        let spread = 1.0 / (hidden as f64).sqrt();
        Ok(Self {
            weight: params.weight("weight", [n_in, 3 * hidden], Init::Uniform(spread))?,
            recurrent: params.weight("recurrent", [hidden, 3 * hidden], Init::Uniform(spread))?,
            bias: params.free("bias", &[3 * hidden], Init::Constant(0.0))?,
            recurrent_bias: params.free("recurrent_bias", &[1, 3 * hidden], Init::Constant(0.0))?,
        })
    }

    /// Runs over `x`, `[time, batch, in]`, from the state `h`, `[batch, hidden]`: h at every step, `[time, batch,
    /// hidden]`. When training, recurrent weights are dropped with probability `weight_drop`.
    ///
    /// # Errors
    /// If shapes do not fit.
    pub fn forward(&self, x: &Tensor, h: &Tensor, pass: &Pass, weight_drop: f64) -> Result<Tensor> {
        let gates = ops::linear(x, &self.weight.tensor(), Some(&self.bias.tensor()))?; // [time, batch, 3·hidden]
        let recurrent = pass.dropout(&self.recurrent.tensor(), weight_drop)?;
        let recurrent = Tensor::cat(&[&recurrent, &self.recurrent_bias.tensor()], 0)?; // [hidden + 1, 3·hidden]
        ops::gru_seq(&gates, &recurrent, h)
    }
}
