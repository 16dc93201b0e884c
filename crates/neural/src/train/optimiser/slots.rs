//! What an optimiser remembers of one parameter.

use super::rule::Rule;
use crate::train::gradients::misfit;
use crate::{Param, Result};
use candle_core::{CpuStorage, DType, Device, InplaceOp2, Layout, Tensor, bail};
use rayon::prelude::*;
use std::sync::{Mutex, PoisonError};

/// Numbers that are updated in one go; fewer are not worth a second thread.
const PIECE: usize = 1 << 14;

/// A slot for each thing that is remembered, each as long as the parameter: slices where the fused update runs, else
/// tensors on the parameter's device.
#[derive(Clone, Debug)]
pub(super) enum Slots {
    Slices(Vec<Vec<f32>>),
    Tensors(Vec<Tensor>),
}

impl Slots {
    /// `n` slots of zeros for `param`.
    pub(super) fn zeros(param: &Param, n: usize) -> Result<Self> {
        let var = param.var();
        if var.device().is_cpu() && var.dtype() == DType::F32 {
            return Ok(Self::Slices(vec![vec![0.0; var.elem_count()]; n]));
        }
        Ok(Self::Tensors((0..n).map(|_| var.zeros_like()).collect::<candle_core::Result<_>>()?))
    }

    /// The slots as tensors of the CPU, shaped as `param`.
    pub(super) fn export(&self, param: &Param) -> Result<Vec<Tensor>> {
        let dims = param.var().dims();
        match self {
            Self::Slices(slices) => {
                slices.iter().map(|slice| Ok(Tensor::from_slice(slice, dims, &Device::Cpu)?)).collect()
            }
            Self::Tensors(tensors) => tensors.iter().map(|x| Ok(x.to_device(&Device::Cpu)?)).collect(),
        }
    }

    /// Slots of `param` from what was exported.
    pub(super) fn import(param: &Param, tensors: &[Tensor]) -> Result<Self> {
        if let Some(tensor) = tensors.iter().find(|x| x.dims() != param.var().dims()) {
            return Err(misfit(param, tensor.dims()));
        }
        let var = param.var();
        match Self::zeros(param, 0)? {
            Self::Slices(_) => {
                let slice = |x: &Tensor| Ok(x.to_dtype(DType::F32)?.flatten_all()?.to_vec1()?);
                Ok(Self::Slices(tensors.iter().map(slice).collect::<Result<_>>()?))
            }
            Self::Tensors(_) => {
                let tensor = |x: &Tensor| Ok(x.to_dtype(var.dtype())?.to_device(var.device())?);
                Ok(Self::Tensors(tensors.iter().map(tensor).collect::<Result<_>>()?))
            }
        }
    }

    /// Changes `param` and what is remembered of it as `rule` says.
    pub(super) fn update(&mut self, rule: Rule, param: &Param, gradient: &Tensor) -> Result<()> {
        let var = param.var();
        if gradient.dims() != var.dims() {
            return Err(misfit(param, gradient.dims()));
        }
        match self {
            Self::Slices(slots) => {
                let update = Update { rule, slots: Mutex::new(slots) };
                Ok(var.as_tensor().inplace_op2(&gradient.contiguous()?, &update)?)
            }
            Self::Tensors(slots) => {
                let updated = rule.apply_tensors(&var.as_detached_tensor(), gradient, slots)?;
                Ok(var.set(&updated)?)
            }
        }
    }
}

/// Walks once through weights, gradient and slots; numbers are changed where they are.
struct Update<'a> {
    rule: Rule,
    slots: Mutex<&'a mut Vec<Vec<f32>>>,
}

impl InplaceOp2 for Update<'_> {
    fn name(&self) -> &'static str {
        "optimiser step"
    }

    fn cpu_fwd(
        &self,
        weights: &mut CpuStorage,
        weights_layout: &Layout,
        gradient: &CpuStorage,
        gradient_layout: &Layout,
    ) -> candle_core::Result<()> {
        let places = (weights_layout.contiguous_offsets(), gradient_layout.contiguous_offsets());
        let (CpuStorage::F32(weights), CpuStorage::F32(gradient), (Some(own), Some(other))) =
            (weights, gradient, places)
        else {
            bail!("the optimiser takes contiguous f32 gradients");
        };
        let (weights, gradient) = (&mut weights[own.0..own.1], &gradient[other.0..other.1]);
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        run(self.rule, weights, gradient, &mut slots);
        Ok(())
    }
}

/// Each number depends on its own place alone, so that pieces may be updated on any thread.
fn run(rule: Rule, weights: &mut [f32], gradient: &[f32], slots: &mut [Vec<f32>]) {
    if weights.len() <= PIECE {
        let mut slots: Vec<&mut [f32]> = slots.iter_mut().map(Vec::as_mut_slice).collect();
        return rule.apply(weights, gradient, &mut slots);
    }
    let n_pieces = weights.len().div_ceil(PIECE);
    let mut of_piece: Vec<Vec<&mut [f32]>> = (0..n_pieces).map(|_| Vec::new()).collect();
    for slot in slots {
        of_piece.iter_mut().zip(slot.chunks_mut(PIECE)).for_each(|(piece, chunk)| piece.push(chunk));
    }
    weights
        .par_chunks_mut(PIECE)
        .zip(gradient.par_chunks(PIECE))
        .zip(of_piece)
        .for_each(|((weights, gradient), mut slots)| rule.apply(weights, gradient, &mut slots));
}
