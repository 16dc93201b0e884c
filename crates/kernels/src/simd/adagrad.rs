//! A step of AdaGrad over vectors of any width.

use super::{Lanes, dot};
use crate::dispatch::AdaGrad;
use crate::shared::SharedRow;

/// What a step of AdaGrad needs besides [`Lanes`].
///
/// # Safety
/// As [`Lanes`].
pub(crate) unsafe trait Roots: Lanes {
    /// The product of each pair of lanes.
    unsafe fn mul(self, by: Self) -> Self;
    /// Each lane, but no less than −bound and no more than bound.
    unsafe fn clip(self, bound: Self) -> Self;
    /// plus − self·by, rounded once.
    unsafe fn neg_mul_add(self, by: Self, plus: Self) -> Self;
    /// 1/√self to a relative error of about 10⁻⁷, for lanes from 10⁻³⁰ to 10³⁰.
    unsafe fn inverse_root(self) -> Self;
}

/// See [`Kernels::adagrad`](crate::Kernels::adagrad).
///
/// # Safety
/// As [`Lanes`]; both rows have the same length, an even number of cache lines.
#[inline(always)]
pub(crate) unsafe fn adagrad<V: Roots>(x: SharedRow<'_>, y: SharedRow<'_>, step: AdaGrad) -> f32 {
    let half = x.len() / 2;
    let (x, y) = (x.start(), y.start());
    // SAFETY: both halves of both rows hold `half` floats, a multiple of every vector width.
    unsafe {
        let difference = dot::<V>(x, y, half) - step.target;
        let error = step.weight * difference;
        if !error.is_finite() {
            return difference;
        }
        let (error, rate) = (V::splat(error), V::splat(step.learning_rate));
        let clip = V::splat(step.clip);
        let mut k = 0;
        while k < half {
            let (old_x, old_y) = (V::load(x.add(k)), V::load(y.add(k)));
            let gradient_x = error.mul(old_y).clip(clip).mul(rate);
            let gradient_y = error.mul(old_x).clip(clip).mul(rate);
            descend(gradient_x, old_x, x.add(k), half);
            descend(gradient_y, old_y, y.add(k), half);
            k += V::WIDTH;
        }
        difference
    }
}

/// Moves the values at `at`, which are `old`, and their sums of squares, `half` floats on.
///
/// # Safety
/// As [`Lanes`]; a vector is valid for reads and writes at both places.
#[inline(always)]
unsafe fn descend<V: Roots>(gradient: V, old: V, at: *mut f32, half: usize) {
    // SAFETY: the caller's promise.
    unsafe {
        let squares = V::load(at.add(half));
        gradient.neg_mul_add(squares.inverse_root(), old).store(at);
        gradient.mul_add(gradient, squares).store(at.add(half));
    }
}
