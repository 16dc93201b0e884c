//! A matrix and a bias.

use crate::{Init, Param, Params, Result, ops};
use candle_core::Tensor;

/// y = x·W + b.
#[derive(Clone, Debug)]
pub struct Linear {
    weight: Param,       // [in, out]
    bias: Option<Param>, // [out]
}

impl Linear {
    /// With a bias that starts at 0.
    ///
    /// # Errors
    /// If names are taken.
    pub fn new(params: &Params, [n_in, n_out]: [usize; 2], init: Init) -> Result<Self> {
        let bias = params.free("bias", &[n_out], Init::Constant(0.0))?;
        Ok(Self { bias: Some(bias), ..Self::without_bias(params, [n_in, n_out], init)? })
    }

    /// Without a bias.
    ///
    /// # Errors
    /// If names are taken.
    pub fn without_bias(params: &Params, shape: [usize; 2], init: Init) -> Result<Self> {
        Ok(Self { weight: params.weight("weight", shape, init)?, bias: None })
    }

    /// `[.., in]` to `[.., out]`.
    ///
    /// # Errors
    /// If shapes do not fit.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let bias = self.bias.as_ref().map(Param::tensor);
        ops::linear(x, &self.weight.tensor(), bias.as_ref())
    }
}
