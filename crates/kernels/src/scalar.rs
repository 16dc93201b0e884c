//! The specification of every kernel: plain code, one float at a time.
//!
//! Shared rows are read and written with relaxed atomics, so these versions have no data race even by the
//! letter of the memory model; the SIMD versions do the same work with vector loads and stores.

mod adagrad;

pub(crate) use adagrad::adagrad;

use crate::dispatch::{Gradient, MeanStep, Targets};
use crate::shared::SharedRow;
use crate::simd::window::OUTPUTS_AT_ONCE;
use std::sync::atomic::{AtomicU32, Ordering};

/// Σ xᵢ·yᵢ over `n` floats.
///
/// # Safety
/// `x` and `y` are valid for reads of `n` floats.
pub(crate) unsafe fn dot(x: *const f32, y: *const f32, n: usize) -> f32 {
    // SAFETY: the caller's promise.
    let (x, y) = unsafe { (std::slice::from_raw_parts(x, n), std::slice::from_raw_parts(y, n)) };
    x.iter().zip(y).map(|(x, y)| x * y).sum()
}

/// yᵢ += a·xᵢ over `n` floats.
///
/// # Safety
/// `x` is valid for reads and `y` for writes of `n` floats, and they do not overlap.
pub(crate) unsafe fn axpy(a: f32, x: *const f32, y: *mut f32, n: usize) {
    // SAFETY: the caller's promise.
    let (x, y) = unsafe { (std::slice::from_raw_parts(x, n), std::slice::from_raw_parts_mut(y, n)) };
    x.iter().zip(y).for_each(|(x, y)| *y += a * x);
}

/// See [`Kernels::scores`](crate::Kernels::scores).
pub(crate) unsafe fn scores(inputs: &[SharedRow<'_>], outputs: &[SharedRow<'_>], scores: &mut [f32]) {
    for (input, scores) in inputs.iter().zip(scores.chunks_exact_mut(outputs.len())) {
        for (output, score) in outputs.iter().zip(scores) {
            *score = (0..input.len()).map(|k| get(*input, k) * get(*output, k)).sum();
        }
    }
}

/// See [`Kernels::update`](crate::Kernels::update).
pub(crate) unsafe fn update(inputs: &[SharedRow<'_>], outputs: &[SharedRow<'_>], steps: &[f32]) {
    let n_outputs = outputs.len();
    for (tile, outputs) in outputs.chunks(OUTPUTS_AT_ONCE).enumerate() {
        let first = tile * OUTPUTS_AT_ONCE;
        for k in 0..outputs[0].len() {
            update_column(inputs, outputs, |j, o| steps[j * n_outputs + first + o], k);
        }
    }
}

/// Column `k` of [`update`] for a tile of outputs; `step(j, o)` is the step of input j and output o.
fn update_column(
    inputs: &[SharedRow<'_>],
    outputs: &[SharedRow<'_>],
    step: impl Fn(usize, usize) -> f32,
    k: usize,
) {
    let old: Vec<f32> = outputs.iter().map(|output| get(*output, k)).collect();
    let mut new = old.clone();
    for (j, input) in inputs.iter().enumerate() {
        let value = get(*input, k);
        new.iter_mut().enumerate().for_each(|(o, new)| *new += step(j, o) * value);
        set(*input, k, value + old.iter().enumerate().map(|(o, old)| step(j, o) * old).sum::<f32>());
    }
    outputs.iter().zip(new).for_each(|(output, new)| set(*output, k, new));
}

/// See [`Kernels::descend`](crate::Kernels::descend).
pub(crate) unsafe fn descend(
    inputs: &[SharedRow<'_>],
    outputs: &[SharedRow<'_>],
    targets: Targets<'_>,
    steps: &mut [f32],
) {
    // SAFETY: the caller's promise is that of these two.
    unsafe {
        scores(inputs, outputs, steps);
        to_steps(steps, targets);
        update(inputs, outputs, steps);
    }
}

/// See [`Kernels::descend_mean`](crate::Kernels::descend_mean).
pub(crate) unsafe fn descend_mean(
    rows: MeanStep<'_>,
    outputs: &[SharedRow<'_>],
    targets: Targets<'_>,
    steps: &mut [f32],
) {
    // SAFETY: the caller's promise is that of these two.
    unsafe {
        gather(rows.scale, rows.inputs, rows.mean);
        scores(&[rows.mean], outputs, steps);
    }
    to_steps(steps, targets);
    for k in 0..rows.mean.len() {
        let change = |(output, step): (&SharedRow<'_>, &f32)| step * get(*output, k);
        let change: f32 = rows.share * outputs.iter().zip(&*steps).map(change).sum::<f32>();
        let move_output = |(output, step): (&SharedRow<'_>, &f32)| add(*output, k, step * get(rows.mean, k));
        outputs.iter().zip(&*steps).for_each(move_output);
        rows.inputs.iter().for_each(|input| add(*input, k, change));
    }
}

/// See [`Kernels::gradient`](crate::Kernels::gradient).
pub(crate) unsafe fn gradient(
    inputs: &[SharedRow<'_>],
    outputs: &[SharedRow<'_>],
    targets: Targets<'_>,
    into: Gradient<'_>,
) {
    let Gradient { steps, changes } = into;
    // SAFETY: the caller's promise.
    unsafe { scores(inputs, outputs, steps) };
    to_steps(steps, targets);
    let (len, n_outputs) = (outputs[0].len(), outputs.len());
    let (of_inputs, of_outputs) = changes.split_at_mut(inputs.len() * len);
    let step = |j: usize, o: usize| steps[j * n_outputs + o];
    let change = |rows: &[SharedRow<'_>], step: &dyn Fn(usize) -> f32, k: usize| -> f32 {
        rows.iter().enumerate().map(|(i, row)| step(i) * get(*row, k)).sum()
    };
    for (j, into) in of_inputs.chunks_exact_mut(len).enumerate() {
        into.iter_mut().enumerate().for_each(|(k, x)| *x = change(outputs, &|o| step(j, o), k));
    }
    for (o, into) in of_outputs.chunks_exact_mut(len).enumerate() {
        into.iter_mut().enumerate().for_each(|(k, x)| *x = change(inputs, &|j| step(j, o), k));
    }
}

/// See [`Kernels::gradient_mean`](crate::Kernels::gradient_mean).
pub(crate) unsafe fn gradient_mean(
    rows: MeanStep<'_>,
    outputs: &[SharedRow<'_>],
    targets: Targets<'_>,
    into: Gradient<'_>,
) {
    // SAFETY: the caller's promise; the mean is one input.
    unsafe {
        gather(rows.scale, rows.inputs, rows.mean);
        gradient(&[rows.mean], outputs, targets, Gradient { steps: into.steps, changes: into.changes });
    }
    into.changes[..rows.mean.len()].iter_mut().for_each(|x| *x *= rows.share);
}

/// See [`Kernels::add`](crate::Kernels::add).
pub(crate) unsafe fn add_row(change: &[f32], row: SharedRow<'_>) {
    change.iter().enumerate().for_each(|(k, x)| add(row, k, *x));
}

/// rate·(label − σ(score)) of each score.
fn to_steps(scores: &mut [f32], targets: Targets<'_>) {
    let targets = targets.labels.iter().zip(targets.rates);
    scores.iter_mut().zip(targets).for_each(|(x, (label, rate))| *x = rate * (label - logistic(*x)));
}

/// See [`Kernels::gather`](crate::Kernels::gather).
pub(crate) unsafe fn gather(scale: f32, rows: &[SharedRow<'_>], into: SharedRow<'_>) {
    for k in 0..into.len() {
        set(into, k, scale * rows.iter().map(|row| get(*row, k)).sum::<f32>());
    }
}

/// See [`Kernels::sigmoid`](crate::Kernels::sigmoid).
pub(crate) unsafe fn sigmoid(values: &mut [f32]) {
    values.iter_mut().for_each(|x| *x = logistic(*x));
}

/// σ(x) = 1 / (1 + e⁻ˣ), to a relative error of 10⁻⁶ for |x| ≤ 10 and 10⁻⁵ beyond.
///
/// e⁻ˣ = 2ⁿ·2ᶠ with n the nearest integer of −x·log₂e; 2ᶠ is its Taylor polynomial on \[−½, ½\]. There are no
/// branches, so loops over it become vector code, and every operation is one correctly rounded float
/// operation, so the result has the same bits on every instruction set.
#[inline(always)]
pub(crate) fn logistic(x: f32) -> f32 {
    /// 1.5·2²³: adding it to a small float rounds to an integer, left in the low mantissa bits.
    const ROUND: f32 = 12_582_912.0;
    let t = x.clamp(-80.0, 80.0) * -std::f32::consts::LOG2_E;
    let rounded = t + ROUND;
    let f = t - (rounded - ROUND);
    let two_to_f = 1.0
        + f * (std::f32::consts::LN_2
            + f * (0.240_226_5
                + f * (0.055_504_11 + f * (0.009_618_13 + f * (0.001_333_355_8 + f * 0.000_154_035_3)))));
    let two_to_n = f32::from_bits(rounded.to_bits().wrapping_add(127) << 23);
    1.0 / (1.0 + two_to_f * two_to_n)
}

fn cell(row: SharedRow<'_>, k: usize) -> &AtomicU32 {
    assert!(k < row.len());
    // SAFETY: the row is valid for `len` aligned floats as long as its matrix lives, and every other thread
    // that may reach it at this time also goes through relaxed atomics or the SIMD kernels.
    unsafe { AtomicU32::from_ptr(row.start().add(k).cast()) }
}

pub(crate) fn get(row: SharedRow<'_>, k: usize) -> f32 {
    f32::from_bits(cell(row, k).load(Ordering::Relaxed))
}

fn set(row: SharedRow<'_>, k: usize, value: f32) {
    cell(row, k).store(value.to_bits(), Ordering::Relaxed);
}

fn add(row: SharedRow<'_>, k: usize, value: f32) {
    set(row, k, get(row, k) + value);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logistic_agrees_with_f64() {
        for i in -90_000..90_000 {
            let x = i as f32 / 1000.0;
            let want = 1.0 / (1.0 + (-f64::from(x.clamp(-80.0, 80.0))).exp());
            let relative = (f64::from(logistic(x)) - want).abs() / want;
            assert!(relative < 1e-5, "σ({x}) = {} instead of {want}", logistic(x));
            assert!(x.abs() > 10.0 || relative < 1e-6, "σ({x}) is off by {relative}");
        }
    }
}
