//! Averages of weights.

use crate::train::gradients::misfit;
use crate::{NeuralError, Param, Result};
use candle_core::{Device, Tensor};
use std::collections::BTreeMap;

/// The mean of parameters over the steps since it was begun.
#[derive(Clone, Debug, Default)]
pub(super) struct Averages {
    begun: bool,
    n: u64,
    means: BTreeMap<String, Tensor>,
}

impl Averages {
    /// As far as a run had come; the means are still to be [imported](Averages::import).
    pub(super) fn restored(n: Option<u64>) -> Self {
        Self { begun: n.is_some(), n: n.unwrap_or(0), means: BTreeMap::new() }
    }

    pub(super) fn begin(&mut self) {
        self.begun = true;
    }

    pub(super) fn is_begun(&self) -> bool {
        self.begun
    }

    pub(super) fn n(&self) -> u64 {
        self.n
    }

    /// ā ← ā + (w − ā) / n.
    pub(super) fn add(&mut self, params: &[Param]) -> Result<()> {
        if !self.begun {
            return Ok(());
        }
        self.n += 1;
        for param in params {
            // A copy: the variable itself is changed in place by the next step.
            let weights = param.var().as_detached_tensor();
            let mean = match self.means.get(param.name()) {
                Some(mean) => (mean + ((weights - mean)? / self.n as f64)?)?,
                None => weights.copy()?,
            };
            self.means.insert(param.name().to_owned(), mean);
        }
        Ok(())
    }

    pub(super) fn swap(&mut self, params: &[Param]) -> Result<()> {
        for param in params {
            if let Some(mean) = self.means.get_mut(param.name()) {
                let weights = param.var().as_detached_tensor().copy()?;
                param.var().set(mean)?;
                *mean = weights;
            }
        }
        Ok(())
    }

    pub(super) fn export(&self, param: &Param) -> Result<Option<Tensor>> {
        let mean = self.means.get(param.name());
        Ok(mean.map(|mean| mean.to_device(&Device::Cpu)).transpose()?)
    }

    pub(super) fn import(&mut self, param: &Param, mean: &Tensor) -> Result<()> {
        if mean.dims() != param.var().dims() {
            return Err(misfit(param, mean.dims()));
        }
        let var = param.var();
        let mean = mean.to_dtype(var.dtype())?.to_device(var.device())?;
        self.means.insert(param.name().to_owned(), mean);
        Ok(())
    }

    /// Refuses averages of which parameters are missing, or that are of no steps.
    pub(super) fn check(&self, params: &[Param]) -> Result<()> {
        let want = if self.n > 0 { params.len() } else { 0 };
        if self.means.len() == want {
            return Ok(());
        }
        let reason =
            format!("{} averages of {} parameters over {} steps", self.means.len(), params.len(), self.n);
        Err(NeuralError::parameter("average", reason))
    }
}
