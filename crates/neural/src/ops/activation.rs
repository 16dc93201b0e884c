//! What stands between the two products of a feed-forward layer.

use super::fused::{Arg, FusedOp, apply1, can_fuse};
use super::real::Real;
use super::threads::{map, rows_of_piece};
use super::{reference, width};
use crate::{NeuralError, Result};
use candle_core::Tensor;
use sememe_kernels::wide;
use serde::{Deserialize, Serialize};

/// A function of each number, or of pairs of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Activation {
    /// ½x·(1 + tanh(√(2/π)·(x + 0.044715x³))) (Hendrycks and Gimpel 2016), as GPT-2 has it.
    #[default]
    Gelu,
    /// x·σ(x).
    Silu,
    /// Of `[.., 2n]` to `[.., n]`: the first half through x·σ(x), times the second (Shazeer 2020).
    SwiGlu,
}

impl Activation {
    /// How many numbers become one.
    pub fn inputs(self) -> usize {
        if self == Self::SwiGlu { 2 } else { 1 }
    }
}

/// Applies `activation` to `x`: `[.., n]`, or `[.., 2n]` for [`Activation::SwiGlu`]; the result is `[.., n]`.
///
/// # Errors
/// If the last dimension of `x` is odd where two halves are needed.
pub fn activate(x: &Tensor, activation: Activation) -> Result<Tensor> {
    if width("x", x)? % activation.inputs() != 0 {
        return Err(NeuralError::shape("x", "an even last dimension", x.dims()));
    }
    match can_fuse(x) {
        true => Ok(apply1(x, Activate(activation))?),
        false => reference::activate(x, activation),
    }
}

/// √(2/π).
const SQRT_2_OVER_PI: f64 = 0.797_884_560_802_865_4;
const CUBIC: f64 = 0.044_715;

#[inline(always)]
fn gelu<T: Real>(x: T) -> T {
    let t = Real::tanh(T::of(SQRT_2_OVER_PI) * (x + T::of(CUBIC) * x * x * x));
    T::of(0.5) * x * (T::ONE + t)
}

#[inline(always)]
fn gelu_slope<T: Real>(x: T) -> T {
    let t = Real::tanh(T::of(SQRT_2_OVER_PI) * (x + T::of(CUBIC) * x * x * x));
    let inner = T::of(SQRT_2_OVER_PI) * (T::ONE + T::of(3.0 * CUBIC) * x * x);
    T::of(0.5) * (T::ONE + t) + T::of(0.5) * x * (T::ONE - t * t) * inner
}

#[inline(always)]
fn silu<T: Real>(x: T) -> T {
    x * x.sigmoid()
}

#[inline(always)]
fn silu_slope<T: Real>(x: T) -> T {
    let s = x.sigmoid();
    s * (T::ONE + x * (T::ONE - s))
}

struct Activate(Activation);

impl Activate {
    /// Of rows: `x` is `[n, inputs·d]`, `y` `[n, d]`.
    #[inline(always)]
    fn rows<T: Real>(&self, x: &[T], y: &mut [T], d: usize) {
        match self.0 {
            Activation::Gelu => y.iter_mut().zip(x).for_each(|(y, x)| *y = gelu(*x)),
            Activation::Silu => y.iter_mut().zip(x).for_each(|(y, x)| *y = silu(*x)),
            Activation::SwiGlu => {
                for (y, x) in y.chunks_exact_mut(d).zip(x.chunks_exact(2 * d)) {
                    let (gate, up) = x.split_at(d);
                    y.iter_mut().zip(gate.iter().zip(up)).for_each(|(y, (g, u))| *y = silu(*g) * *u);
                }
            }
        }
    }

    /// The gradient of x, times that of y: `dx` is `[n, inputs·d]`, `grad` `[n, d]`.
    #[inline(always)]
    fn slopes<T: Real>(&self, x: &[T], grad: &[T], dx: &mut [T], d: usize) {
        let all = dx.iter_mut().zip(x.iter().zip(grad));
        match self.0 {
            Activation::Gelu => all.for_each(|(dx, (x, g))| *dx = *g * gelu_slope(*x)),
            Activation::Silu => all.for_each(|(dx, (x, g))| *dx = *g * silu_slope(*x)),
            Activation::SwiGlu => {
                let rows = dx.chunks_exact_mut(2 * d).zip(x.chunks_exact(2 * d)).zip(grad.chunks_exact(d));
                for ((dx, x), grad) in rows {
                    let ((d_gate, d_up), (gate, up)) = (dx.split_at_mut(d), x.split_at(d));
                    for j in 0..d {
                        d_gate[j] = grad[j] * up[j] * silu_slope(gate[j]);
                        d_up[j] = grad[j] * silu(gate[j]);
                    }
                }
            }
        }
    }

    /// The width of a row of the result, and so many of them as a piece has.
    fn pieces(&self, dims: &[usize]) -> (usize, usize) {
        let d = dims.last().map_or(0, |width| width / self.0.inputs()).max(1);
        let n_rows = dims.iter().rev().skip(1).product();
        (d, rows_of_piece(n_rows, d))
    }
}

impl FusedOp<1> for Activate {
    const NAME: &'static str = "activate";

    fn forward<T: Real>(&self, [x]: [Arg<'_, T>; 1]) -> candle_core::Result<(Vec<T>, Vec<usize>)> {
        let n = self.0.inputs();
        let mut dims = x.dims.to_vec();
        dims.iter_mut().rev().take(1).for_each(|width| *width /= n);
        let mut y = vec![T::ZERO; x.values.len() / n];
        let (d, per_piece) = self.pieces(x.dims);
        let pieces = y.chunks_mut(per_piece * d).zip(x.values.chunks(per_piece * d * n)).collect();
        map(pieces, |(y, x): (&mut [T], &[T])| wide(|| self.rows(x, y, d)));
        Ok((y, dims))
    }

    fn backward<T: Real>(
        &self,
        [x]: [Arg<'_, T>; 1],
        _out: &[T],
        grad: &[T],
        _wanted: [bool; 1],
    ) -> candle_core::Result<[Option<Vec<T>>; 1]> {
        let n = self.0.inputs();
        let mut dx = vec![T::ZERO; x.values.len()];
        let (d, per_piece) = self.pieces(x.dims);
        let of_x = dx.chunks_mut(per_piece * d * n).zip(x.values.chunks(per_piece * d * n));
        let pieces = of_x.zip(grad.chunks(per_piece * d)).collect();
        map(pieces, |((dx, x), grad): ((&mut [T], &[T]), &[T])| wide(|| self.slopes(x, grad, dx, d)));
        Ok([Some(dx)])
    }
}
