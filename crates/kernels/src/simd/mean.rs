//! Kernels that take many rows as one: their mean.

use super::Lanes;
use super::window::{scores, to_steps};
use crate::dispatch::{MeanStep, Targets};
use crate::shared::SharedRow;

/// into = scale·Σ rows; see [`Kernels::gather`](crate::Kernels::gather).
///
/// # Safety
/// As [`Lanes`]; all rows have the length of `into`.
#[inline(always)]
pub(crate) unsafe fn gather<V: Lanes>(scale: f32, rows: &[SharedRow<'_>], into: SharedRow<'_>) {
    let mut k = 0;
    while k < into.len() {
        // SAFETY: row lengths are multiples of every vector width.
        unsafe {
            let zero = V::splat(0.0);
            let mut sum = zero;
            for row in rows {
                sum = sum.add(V::load(row.start().add(k)));
            }
            sum.mul_add(V::splat(scale), zero).store(into.start().add(k));
        }
        k += V::WIDTH;
    }
}

/// One step for the mean of some rows; see [`Kernels::descend_mean`](crate::Kernels::descend_mean).
///
/// # Safety
/// As [`Lanes`]; all rows have the same length and `targets` and `steps` a place for each output.
#[inline(always)]
pub(crate) unsafe fn descend_mean<V: Lanes>(
    rows: MeanStep<'_>,
    outputs: &[SharedRow<'_>],
    targets: Targets<'_>,
    steps: &mut [f32],
) {
    // SAFETY: the caller's promise.
    unsafe {
        gather::<V>(rows.scale, rows.inputs, rows.mean);
        scores::<V>(&[rows.mean], outputs, steps);
        to_steps(steps, targets.labels, targets.rates);
        let mut k = 0;
        while k < rows.mean.len() {
            let mean = V::load(rows.mean.start().add(k));
            let mut change = V::splat(0.0);
            for (o, output) in outputs.iter().enumerate() {
                let (at, step) = (output.start().add(k), V::splat(*steps.get_unchecked(o)));
                let value = V::load(at);
                change = step.mul_add(value, change);
                step.mul_add(mean, value).store(at);
            }
            let share = V::splat(rows.share);
            for input in rows.inputs {
                let at = input.start().add(k);
                share.mul_add(change, V::load(at)).store(at);
            }
            k += V::WIDTH;
        }
    }
}
