//! y = x·W + b.

use super::fused::{Arg, FusedOp, apply2, apply3, can_fuse};
use super::real::Real;
use super::threads::{product, sum_rows};
use super::{check_shape, reference, width};
use crate::{NeuralError, Result};
use candle_core::Tensor;
use sememe_kernels::{View, ViewMut};

/// x·W + b: `x` is `[.., n_in]`, `weight` `[n_in, n_out]`, `bias` `[n_out]`, the result `[.., n_out]`.
///
/// Weights lie as `[in, out]`, not as PyTorch has them: a small batch times a transpose is packed anew at every step.
///
/// # Errors
/// If the shapes do not fit.
pub fn linear(x: &Tensor, weight: &Tensor, bias: Option<&Tensor>) -> Result<Tensor> {
    let n_in = width("x", x)?;
    let &[rows, n_out] = weight.dims() else {
        return Err(NeuralError::shape("weight", "[in, out]", weight.dims()));
    };
    check_shape("weight", weight, &[n_in, n_out])?;
    bias.map_or(Ok(()), |bias| check_shape("bias", bias, &[n_out]))?;
    debug_assert_eq!(rows, n_in);
    Ok(match bias {
        _ if !can_fuse(x) => reference::linear(x, weight, bias)?,
        Some(bias) => apply3(x, weight, bias, Linear)?,
        None => apply2(x, weight, Linear)?,
    })
}

struct Linear;

/// y = b + x·W.
fn forward<T: Real>(x: Arg<'_, T>, weight: Arg<'_, T>, bias: Option<&[T]>) -> (Vec<T>, Vec<usize>) {
    let (n_in, n_out) = (weight.dims[0], weight.dims[1]);
    let n: usize = x.dims[..x.dims.len() - 1].iter().product();
    let mut y = vec![T::ZERO; n * n_out]; // [n, n_out]
    if let Some(bias) = bias.filter(|bias| !bias.is_empty()) {
        y.chunks_exact_mut(n_out).for_each(|row| row.copy_from_slice(bias));
    }
    let keep = if bias.is_some() { T::ONE } else { T::ZERO };
    let (x_view, w_view) = (View::new(x.values, n, n_in), View::new(weight.values, n_in, n_out));
    product(T::ONE, x_view, w_view, keep, ViewMut::new(&mut y, n, n_out));
    let mut dims = x.dims.to_vec();
    if let Some(last) = dims.last_mut() {
        *last = n_out;
    }
    (y, dims)
}

/// dx = g·Wᵀ and dW = xᵀ·g.
fn backward<T: Real>(
    x: Arg<'_, T>,
    weight: Arg<'_, T>,
    grad: &[T],
    [want_x, want_w]: [bool; 2],
) -> [Option<Vec<T>>; 2] {
    let (n_in, n_out) = (weight.dims[0], weight.dims[1]);
    let n: usize = x.dims[..x.dims.len() - 1].iter().product();
    let g = View::new(grad, n, n_out);
    let of_x = || {
        let mut dx = vec![T::ZERO; n * n_in]; // [n, n_in]
        let w_t = View::new(weight.values, n_in, n_out).t();
        product(T::ONE, g, w_t, T::ZERO, ViewMut::new(&mut dx, n, n_in));
        dx
    };
    let of_weight = || {
        let mut dw = vec![T::ZERO; n_in * n_out]; // [n_in, n_out]
        let x_t = View::new(x.values, n, n_in).t();
        product(T::ONE, x_t, g, T::ZERO, ViewMut::new(&mut dw, n_in, n_out));
        dw
    };
    [want_x.then(of_x), want_w.then(of_weight)]
}

impl FusedOp<2> for Linear {
    const NAME: &'static str = "linear";

    fn forward<T: Real>(&self, [x, w]: [Arg<'_, T>; 2]) -> candle_core::Result<(Vec<T>, Vec<usize>)> {
        Ok(forward(x, w, None))
    }

    fn backward<T: Real>(
        &self,
        [x, w]: [Arg<'_, T>; 2],
        _out: &[T],
        grad: &[T],
        wanted: [bool; 2],
    ) -> candle_core::Result<[Option<Vec<T>>; 2]> {
        Ok(backward(x, w, grad, wanted))
    }
}

impl FusedOp<3> for Linear {
    const NAME: &'static str = "linear";

    fn forward<T: Real>(&self, [x, w, b]: [Arg<'_, T>; 3]) -> candle_core::Result<(Vec<T>, Vec<usize>)> {
        Ok(forward(x, w, Some(b.values)))
    }

    fn backward<T: Real>(
        &self,
        [x, w, b]: [Arg<'_, T>; 3],
        _out: &[T],
        grad: &[T],
        [want_x, want_w, want_b]: [bool; 3],
    ) -> candle_core::Result<[Option<Vec<T>>; 3]> {
        let [dx, dw] = backward(x, w, grad, [want_x, want_w]);
        Ok([dx, dw, want_b.then(|| sum_rows(grad, b.values.len()))])
    }
}
