//! The steps of a window as they would be taken, written beside instead of into the rows.

// Counted loops over registers, as in the window kernels.
#![allow(clippy::needless_range_loop)]

use super::Lanes;
use super::mean::gather;
use super::window::{OUTPUTS_AT_ONCE, scores, to_steps};
use crate::dispatch::{Gradient, MeanStep, Targets};
use crate::shared::SharedRow;

/// See [`Kernels::gradient`](crate::Kernels::gradient).
///
/// # Safety
/// As [`Lanes`]; all rows have the same length, `targets` and `steps` a place for each pair and `changes` a row
/// for each input and output.
#[inline(always)]
pub(crate) unsafe fn gradient<V: Lanes>(
    inputs: &[SharedRow<'_>],
    outputs: &[SharedRow<'_>],
    targets: Targets<'_>,
    into: Gradient<'_>,
) {
    let (len, Gradient { steps, changes }) = (outputs[0].len(), into);
    let (of_inputs, of_outputs) = changes.split_at_mut(inputs.len() * len);
    // SAFETY: the caller's promise; each arm names the length of the chunk.
    unsafe {
        scores::<V>(inputs, outputs, steps);
        to_steps(steps, targets.labels, targets.rates);
        let tiles = outputs.chunks(OUTPUTS_AT_ONCE).zip(of_outputs.chunks_mut(OUTPUTS_AT_ONCE * len));
        for (tile, (outputs, of_outputs)) in tiles.enumerate() {
            let steps = (&steps[tile * OUTPUTS_AT_ONCE..], steps.len() / inputs.len().max(1));
            let into =
                Into { inputs: of_inputs.as_mut_ptr(), outputs: of_outputs.as_mut_ptr(), first: tile == 0 };
            match outputs.len() {
                1 => tile_gradient::<V, 1>(inputs, outputs, steps, into),
                2 => tile_gradient::<V, 2>(inputs, outputs, steps, into),
                3 => tile_gradient::<V, 3>(inputs, outputs, steps, into),
                4 => tile_gradient::<V, 4>(inputs, outputs, steps, into),
                5 => tile_gradient::<V, 5>(inputs, outputs, steps, into),
                _ => tile_gradient::<V, 6>(inputs, outputs, steps, into),
            }
        }
    }
}

/// Where the changes of inputs and outputs go.
#[derive(Clone, Copy)]
struct Into {
    inputs: *mut f32,
    outputs: *mut f32,
    /// Whether nothing was written to `inputs` yet.
    first: bool,
}

/// `N` outputs: their values and changes stay in registers while all inputs pass by. `steps` are the steps from
/// the first of these outputs on and how many there are for an input.
#[inline(always)]
unsafe fn tile_gradient<V: Lanes, const N: usize>(
    inputs: &[SharedRow<'_>],
    outputs: &[SharedRow<'_>],
    steps: (&[f32], usize),
    into: Into,
) {
    let len = outputs[0].len();
    assert!(inputs.is_empty() || steps.0.len() >= (inputs.len() - 1) * steps.1 + N);
    let mut k = 0;
    while k < len {
        // SAFETY: row lengths are multiples of every vector width, and `into` has a row for each; the assertion
        // above covers the steps.
        unsafe {
            let (mut values, mut changes) = ([V::splat(0.0); N], [V::splat(0.0); N]);
            for o in 0..N {
                values[o] = V::load(outputs[o].start().add(k));
            }
            for (j, input) in inputs.iter().enumerate() {
                let (steps, at) = (steps.0.as_ptr().add(j * steps.1), into.inputs.add(j * len + k));
                let value = V::load(input.start().add(k));
                let mut change = if into.first { V::splat(0.0) } else { V::load(at) };
                for o in 0..N {
                    let step = V::splat(*steps.add(o));
                    changes[o] = step.mul_add(value, changes[o]);
                    change = step.mul_add(values[o], change);
                }
                change.store(at);
            }
            for o in 0..N {
                changes[o].store(into.outputs.add(o * len + k));
            }
        }
        k += V::WIDTH;
    }
}

/// See [`Kernels::gradient_mean`](crate::Kernels::gradient_mean).
///
/// # Safety
/// As [`Lanes`]; all rows have the same length, `targets` and `steps` a place for each output and `changes` a row
/// for the inputs together and one for each output.
#[inline(always)]
pub(crate) unsafe fn gradient_mean<V: Lanes>(
    rows: MeanStep<'_>,
    outputs: &[SharedRow<'_>],
    targets: Targets<'_>,
    into: Gradient<'_>,
) {
    let (len, Gradient { steps, changes }) = (rows.mean.len(), into);
    // SAFETY: the caller's promise.
    unsafe {
        gather::<V>(rows.scale, rows.inputs, rows.mean);
        scores::<V>(&[rows.mean], outputs, steps);
        to_steps(steps, targets.labels, targets.rates);
        let into = changes.as_mut_ptr();
        let mut k = 0;
        while k < len {
            let (mean, zero) = (V::load(rows.mean.start().add(k)), V::splat(0.0));
            let mut change = zero;
            for (o, output) in outputs.iter().enumerate() {
                let step = V::splat(steps[o]);
                change = step.mul_add(V::load(output.start().add(k)), change);
                step.mul_add(mean, zero).store(into.add((o + 1) * len + k));
            }
            V::splat(rows.share).mul_add(change, zero).store(into.add(k));
            k += V::WIDTH;
        }
    }
}

/// row += change; see [`Kernels::add`](crate::Kernels::add).
///
/// # Safety
/// As [`Lanes`]; `change` is as long as the row.
#[inline(always)]
pub(crate) unsafe fn add<V: Lanes>(change: &[f32], row: SharedRow<'_>) {
    let mut k = 0;
    while k < row.len() {
        // SAFETY: row lengths are multiples of every vector width.
        unsafe {
            let at = row.start().add(k);
            V::load(at).add(V::load(change.as_ptr().add(k))).store(at);
        }
        k += V::WIDTH;
    }
}
