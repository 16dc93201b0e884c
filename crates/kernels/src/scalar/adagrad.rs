//! The specification of a step of AdaGrad.

use super::{get, set};
use crate::dispatch::AdaGrad;
use crate::shared::SharedRow;

/// See [`Kernels::adagrad`](crate::Kernels::adagrad).
pub(crate) unsafe fn adagrad(x: SharedRow<'_>, y: SharedRow<'_>, step: AdaGrad) -> f32 {
    let half = x.len() / 2;
    let difference = (0..half).map(|k| get(x, k) * get(y, k)).sum::<f32>() - step.target;
    let error = step.weight * difference;
    if !error.is_finite() {
        return difference;
    }
    let gradient = |other: f32| (error * other).clamp(-step.clip, step.clip) * step.learning_rate;
    for k in 0..half {
        let (gradient_x, gradient_y) = (gradient(get(y, k)), gradient(get(x, k)));
        descend(x, k, gradient_x);
        descend(y, k, gradient_y);
    }
    difference
}

/// Moves value `k` of `row`, and its sum of squares in the second half.
fn descend(row: SharedRow<'_>, k: usize, gradient: f32) {
    let squares = k + row.len() / 2;
    set(row, k, get(row, k) - gradient / get(row, squares).sqrt());
    set(row, squares, get(row, squares) + gradient * gradient);
}
