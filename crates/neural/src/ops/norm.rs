//! Layer and root-mean-square normalisation of the last dimension.

use super::fused::{Arg, FusedOp, apply2, apply3, can_fuse};
use super::real::{Real, dot, sum, sum_of_squares};
use super::threads::{map, rows_of_piece, sum_all};
use super::{check_shape, reference, width};
use crate::Result;
use candle_core::Tensor;
use sememe_kernels::wide;

/// (x − mean) / √(variance + ε) · weight + bias over the last dimension (Ba et al. 2016): `x` is `[.., d]`, `weight`
/// and `bias` `[d]`.
///
/// # Errors
/// If the shapes do not fit.
pub fn layer_norm(x: &Tensor, weight: &Tensor, bias: &Tensor, epsilon: f64) -> Result<Tensor> {
    let d = width("x", x)?;
    check_shape("weight", weight, &[d])?;
    check_shape("bias", bias, &[d])?;
    match can_fuse(x) {
        true => Ok(apply3(x, weight, bias, Norm { epsilon, centred: true })?),
        false => reference::layer_norm(x, weight, bias, epsilon),
    }
}

/// x / √(mean of squares + ε) · weight over the last dimension (Zhang and Sennrich 2019): `x` is `[.., d]`, `weight`
/// `[d]`.
///
/// # Errors
/// If the shapes do not fit.
pub fn rms_norm(x: &Tensor, weight: &Tensor, epsilon: f64) -> Result<Tensor> {
    check_shape("weight", weight, &[width("x", x)?])?;
    match can_fuse(x) {
        true => Ok(apply2(x, weight, Norm { epsilon, centred: false })?),
        false => reference::rms_norm(x, weight, epsilon),
    }
}

struct Norm {
    epsilon: f64,
    /// Whether the mean is taken away.
    centred: bool,
}

impl Norm {
    /// The mean, or 0, and 1 / √(variance + ε).
    #[inline(always)]
    fn statistics<T: Real>(&self, x: &[T]) -> (T, T) {
        let n = T::of(x.len() as f64);
        let mean = if self.centred { sum(x) / n } else { T::ZERO };
        let variance = sum_of_squares(x, mean) / n;
        (mean, T::ONE / Real::sqrt(variance + T::of(self.epsilon)))
    }

    fn normalise<T: Real>(&self, x: &[T], weight: &[T], bias: Option<&[T]>) -> Vec<T> {
        let mut y = vec![T::ZERO; x.len()];
        let Some(d) = Some(weight.len()).filter(|&d| d > 0) else { return y };
        let per_piece = d * rows_of_piece(x.len() / d, d);
        let pieces = y.chunks_mut(per_piece).zip(x.chunks(per_piece)).collect();
        map(pieces, |(y, x): (&mut [T], &[T])| {
            wide(|| {
                for (y, x) in y.chunks_exact_mut(d).zip(x.chunks_exact(d)) {
                    let (mean, scale) = self.statistics(x);
                    for (y, (x, w)) in y.iter_mut().zip(x.iter().zip(weight)) {
                        *y = (*x - mean) * scale * *w;
                    }
                    if let Some(bias) = bias {
                        y.iter_mut().zip(bias).for_each(|(y, b)| *y += *b);
                    }
                }
            });
        });
        y
    }

    /// The gradients of x, of the weight and of the bias.
    ///
    /// With x̂ = (x − mean)·s and t = g∘weight: dx = s·(t − mean t − x̂·mean(t∘x̂)), where the mean of t is left out
    /// unless it is centred; d weight = Σ g∘x̂ and d bias = Σ g over all rows.
    fn gradients<T: Real>(&self, x: &[T], weight: &[T], grad: &[T]) -> [Vec<T>; 3] {
        let mut dx = vec![T::ZERO; x.len()];
        let d = weight.len();
        if d == 0 {
            return [dx, Vec::new(), Vec::new()];
        }
        let per_piece = d * rows_of_piece(x.len() / d, d);
        let pieces = dx.chunks_mut(per_piece).zip(x.chunks(per_piece)).zip(grad.chunks(per_piece)).collect();
        let sums = map(pieces, |((dx, x), grad): ((&mut [T], &[T]), &[T])| {
            let (mut dw, mut db, mut t) = (vec![T::ZERO; d], vec![T::ZERO; d], vec![T::ZERO; d]);
            wide(|| {
                let rows = dx.chunks_exact_mut(d).zip(x.chunks_exact(d)).zip(grad.chunks_exact(d));
                for ((dx, x), grad) in rows {
                    let (mean, scale) = self.statistics(x);
                    // dx holds x̂ until it is known how much of it goes.
                    for j in 0..d {
                        dx[j] = (x[j] - mean) * scale;
                        t[j] = grad[j] * weight[j];
                        dw[j] += grad[j] * dx[j];
                        db[j] += grad[j];
                    }
                    let n = T::of(d as f64);
                    let of_mean = if self.centred { sum(&t) / n } else { T::ZERO };
                    let of_scale = dot(&t, dx) / n;
                    dx.iter_mut().zip(&t).for_each(|(dx, t)| *dx = scale * (*t - of_mean - *dx * of_scale));
                }
            });
            (dw, db)
        });
        let (dw, db) = sums.into_iter().unzip();
        [dx, sum_all(dw, d), sum_all(db, d)]
    }
}

impl FusedOp<3> for Norm {
    const NAME: &'static str = "layer_norm";

    fn forward<T: Real>(&self, [x, w, b]: [Arg<'_, T>; 3]) -> candle_core::Result<(Vec<T>, Vec<usize>)> {
        Ok((self.normalise(x.values, w.values, Some(b.values)), x.dims.to_vec()))
    }

    fn backward<T: Real>(
        &self,
        [x, w, _]: [Arg<'_, T>; 3],
        _out: &[T],
        grad: &[T],
        _wanted: [bool; 3],
    ) -> candle_core::Result<[Option<Vec<T>>; 3]> {
        Ok(self.gradients(x.values, w.values, grad).map(Some))
    }
}

impl FusedOp<2> for Norm {
    const NAME: &'static str = "rms_norm";

    fn forward<T: Real>(&self, [x, w]: [Arg<'_, T>; 2]) -> candle_core::Result<(Vec<T>, Vec<usize>)> {
        Ok((self.normalise(x.values, w.values, None), x.dims.to_vec()))
    }

    fn backward<T: Real>(
        &self,
        [x, w]: [Arg<'_, T>; 2],
        _out: &[T],
        grad: &[T],
        _wanted: [bool; 2],
    ) -> candle_core::Result<[Option<Vec<T>>; 2]> {
        let [dx, dw, _] = self.gradients(x.values, w.values, grad);
        Ok([Some(dx), Some(dw)])
    }
}
