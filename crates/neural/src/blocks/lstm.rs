//! A layer of an LSTM.

use super::dropout::Pass;
use crate::ops::{self, LstmOutput};
use crate::{Init, Param, Params, Result};
use candle_core::Tensor;

/// An LSTM layer (see [`ops::lstm_seq`]).
#[derive(Clone, Debug)]
pub struct Lstm {
    weight: Param,    // [in, 4·hidden]
    recurrent: Param, // [hidden, 4·hidden]
    bias: Param,      // [4·hidden]
}

impl Lstm {
    /// Biases of the forget gate start at 1 (Józefowicz et al. 2015), all others at 0.
    ///
    /// # Errors
    /// If names are taken.
    pub fn new(params: &Params, n_in: usize, hidden: usize) -> Result<Self> {
        let spread = 1.0 / (hidden as f64).sqrt();
        let bias = (0..4 * hidden).map(|j| f32::from(u8::from(j / hidden == 1))).collect();
        Ok(Self {
            weight: params.weight("weight", [n_in, 4 * hidden], Init::Uniform(spread))?,
            recurrent: params.weight("recurrent", [hidden, 4 * hidden], Init::Uniform(spread))?,
            bias: params.free("bias", &[4 * hidden], Init::Values(bias))?,
        })
    }

    /// Runs over `x`, `[time, batch, in]`, from the state `h` and `c`, `[batch, hidden]` each. When training, recurrent
    /// weights are dropped with probability `weight_drop`, the same ones at all steps (Merity et al. 2018).
    ///
    /// # Errors
    /// If shapes do not fit.
    pub fn forward(
        &self,
        x: &Tensor,
        [h, c]: [&Tensor; 2],
        pass: &Pass,
        weight_drop: f64,
    ) -> Result<LstmOutput> {
        let gates = ops::linear(x, &self.weight.tensor(), Some(&self.bias.tensor()))?; // [time, batch, 4·hidden]
        let recurrent = pass.dropout(&self.recurrent.tensor(), weight_drop)?;
        ops::lstm_seq(&gates, &recurrent, h, c)
    }
}
