//! A random mask, made again for the backward pass rather than kept.

use super::fused::{Arg, FusedOp, apply1, can_fuse};
use super::real::Real;
use crate::Result;
use candle_core::Tensor;
use sememe_kernels::Rng;

/// `x` times a mask of 0 with probability `p` and else 1 / (1 − p), which repeats after `period` numbers.
///
/// # Errors
/// If candle fails.
pub(crate) fn drop_out(x: &Tensor, p: f64, period: usize, rng: Rng) -> Result<Tensor> {
    let mask = Mask { p, period, rng };
    if can_fuse(x) {
        return Ok(apply1(x, mask)?);
    }
    let factors: Vec<f32> = mask.factors::<f32>().into_iter().cycle().take(x.elem_count()).collect();
    let factors = Tensor::from_vec(factors, x.shape(), x.device())?;
    Ok((x * factors.to_dtype(x.dtype())?)?)
}

struct Mask {
    p: f64,
    period: usize,
    rng: Rng,
}

impl Mask {
    fn factors<T: Real>(&self) -> Vec<T> {
        let (mut rng, kept) = (self.rng.clone(), T::of(1.0 / (1.0 - self.p)));
        let below = (self.p * (1_u64 << 32) as f64) as u64;
        let factor = |bits: u64| if bits < below { T::ZERO } else { kept };
        let mut factors = Vec::with_capacity(self.period + 1);
        while factors.len() < self.period {
            let bits = rng.next_u64();
            factors.extend([factor(bits >> 32), factor(bits & 0xffff_ffff)]);
        }
        factors.truncate(self.period);
        factors
    }

    fn apply<T: Real>(&self, x: &[T]) -> Vec<T> {
        let factors = self.factors();
        let mut y = x.to_vec();
        for y in y.chunks_mut(self.period.max(1)) {
            y.iter_mut().zip(&factors).for_each(|(y, factor)| *y *= *factor);
        }
        y
    }
}

impl FusedOp<1> for Mask {
    const NAME: &'static str = "dropout";

    fn forward<T: Real>(&self, [x]: [Arg<'_, T>; 1]) -> candle_core::Result<(Vec<T>, Vec<usize>)> {
        Ok((self.apply(x.values), x.dims.to_vec()))
    }

    fn backward<T: Real>(
        &self,
        _args: [Arg<'_, T>; 1],
        _out: &[T],
        grad: &[T],
        _wanted: [bool; 1],
    ) -> candle_core::Result<[Option<Vec<T>>; 1]> {
        Ok([Some(self.apply(grad))])
    }
}
