//! The window kernels: every input against every output.

// Counted loops over registers: adaptors of iterators may be compiled without the caller's instruction set, and are
// then called once a register.
#![allow(clippy::needless_range_loop)]

use super::Lanes;
use crate::scalar::logistic;
use crate::shared::SharedRow;

/// Output rows whose old values and sums stay in registers together: six is a positive word and five
/// negatives, and 2 x 6 vectors leave room for the operands in the sixteen registers of AVX2.
pub(crate) const OUTPUTS_AT_ONCE: usize = 6;

/// Registers that tiles of twice the size take; AVX2 has only half of them.
const MANY: usize = 32;

/// Floats that [`to_steps`] takes at once, one vector of the widest instruction set.
const STEPS_AT_ONCE: usize = 16;

/// All dot products of inputs and outputs; see [`Kernels::scores`](crate::Kernels::scores).
///
/// # Safety
/// As [`Lanes`]; all rows have the same length and `scores` has a place for each pair.
#[inline(always)]
pub(crate) unsafe fn scores<V: Lanes>(
    inputs: &[SharedRow<'_>],
    outputs: &[SharedRow<'_>],
    scores: &mut [f32],
) {
    let n_outputs = outputs.len();
    for (tile, outputs) in outputs.chunks(OUTPUTS_AT_ONCE).enumerate() {
        let scores = &mut scores[tile * OUTPUTS_AT_ONCE..];
        // SAFETY: the caller's promise; each arm names the length of the chunk.
        unsafe {
            match outputs.len() {
                1 => score_tile::<V, 1>(inputs, outputs, scores, n_outputs),
                2 => score_tile::<V, 2>(inputs, outputs, scores, n_outputs),
                3 => score_tile::<V, 3>(inputs, outputs, scores, n_outputs),
                4 => score_tile::<V, 4>(inputs, outputs, scores, n_outputs),
                5 => score_tile::<V, 5>(inputs, outputs, scores, n_outputs),
                _ => score_tile::<V, 6>(inputs, outputs, scores, n_outputs),
            }
        }
    }
}

/// Scores of `N` outputs against all inputs, several inputs at a time: an output is loaded once for them.
#[inline(always)]
unsafe fn score_tile<V: Lanes, const N: usize>(
    inputs: &[SharedRow<'_>],
    outputs: &[SharedRow<'_>],
    scores: &mut [f32],
    n_outputs: usize,
) {
    let outputs: [*mut f32; N] = std::array::from_fn(|o| outputs[o].start());
    let mut j = 0;
    // SAFETY: the caller's promise; slices are as long as the const parameter says.
    unsafe {
        while V::REGISTERS >= MANY && j + 4 <= inputs.len() {
            score_rows::<V, N, 4>(&inputs[j..j + 4], outputs, &mut scores[j * n_outputs..], n_outputs);
            j += 4;
        }
        while j + 2 <= inputs.len() {
            score_rows::<V, N, 2>(&inputs[j..j + 2], outputs, &mut scores[j * n_outputs..], n_outputs);
            j += 2;
        }
        if j < inputs.len() {
            score_rows::<V, N, 1>(&inputs[j..], outputs, &mut scores[j * n_outputs..], n_outputs);
        }
    }
}

/// The `M` x `N` dot products of `M` inputs and `N` outputs.
#[inline(always)]
unsafe fn score_rows<V: Lanes, const N: usize, const M: usize>(
    inputs: &[SharedRow<'_>],
    outputs: [*mut f32; N],
    scores: &mut [f32],
    n_outputs: usize,
) {
    let rows: [*mut f32; M] = std::array::from_fn(|j| inputs[j].start());
    let len = inputs[0].len();
    // SAFETY: `len` is a multiple of every vector width, so each load stays in its row.
    unsafe {
        let mut sums = [[V::splat(0.0); N]; M];
        let mut k = 0;
        while k < len {
            let mut values = [V::splat(0.0); M];
            for j in 0..M {
                values[j] = V::load(rows[j].add(k));
            }
            for o in 0..N {
                let output = V::load(outputs[o].add(k));
                for j in 0..M {
                    sums[j][o] = values[j].mul_add(output, sums[j][o]);
                }
            }
            k += V::WIDTH;
        }
        for j in 0..M {
            sum_each(&sums[j], &mut scores[j * n_outputs..]);
        }
    }
}

/// The sum of the lanes of each vector, four by four.
#[inline(always)]
unsafe fn sum_each<V: Lanes, const N: usize>(sums: &[V; N], totals: &mut [f32]) {
    let mut o = 0;
    // SAFETY: the caller's promise.
    unsafe {
        while o < N {
            let mut four = [V::splat(0.0); 4];
            let n = if N - o < 4 { N - o } else { 4 };
            four[..n].copy_from_slice(&sums[o..o + n]);
            totals[o..o + n].copy_from_slice(&V::sum_four(four)[..n]);
            o += 4;
        }
    }
}

/// Moves inputs and outputs along each other; see [`Kernels::update`](crate::Kernels::update).
///
/// # Safety
/// As [`Lanes`]; all rows have the same length and `steps` has a value for each pair.
#[inline(always)]
pub(crate) unsafe fn update<V: Lanes>(inputs: &[SharedRow<'_>], outputs: &[SharedRow<'_>], steps: &[f32]) {
    let n_outputs = outputs.len();
    for (tile, outputs) in outputs.chunks(OUTPUTS_AT_ONCE).enumerate() {
        let steps = &steps[tile * OUTPUTS_AT_ONCE..];
        // SAFETY: the caller's promise; each arm names the length of the chunk.
        unsafe {
            match outputs.len() {
                1 => update_tile::<V, 1>(inputs, outputs, steps, n_outputs),
                2 => update_tile::<V, 2>(inputs, outputs, steps, n_outputs),
                3 => update_tile::<V, 3>(inputs, outputs, steps, n_outputs),
                4 => update_tile::<V, 4>(inputs, outputs, steps, n_outputs),
                5 => update_tile::<V, 5>(inputs, outputs, steps, n_outputs),
                _ => update_tile::<V, 6>(inputs, outputs, steps, n_outputs),
            }
        }
    }
}

/// Columns are walked two vectors at a time where there are registers for it: a step is spread to all lanes
/// once for both.
#[inline(always)]
unsafe fn update_tile<V: Lanes, const N: usize>(
    inputs: &[SharedRow<'_>],
    outputs: &[SharedRow<'_>],
    steps: &[f32],
    n_outputs: usize,
) {
    let outputs_at: [*mut f32; N] = std::array::from_fn(|o| outputs[o].start());
    let len = outputs[0].len();
    assert!(inputs.is_empty() || steps.len() >= (inputs.len() - 1) * n_outputs + N);
    let mut k = 0;
    // SAFETY: row lengths are multiples of every vector width, and the loops leave `k` below them; the
    // assertion above covers the steps.
    unsafe {
        while V::REGISTERS >= MANY && k + 2 * V::WIDTH <= len {
            update_columns::<V, N, 2>(inputs, outputs_at, (steps.as_ptr(), n_outputs), k);
            k += 2 * V::WIDTH;
        }
        while k < len {
            update_columns::<V, N, 1>(inputs, outputs_at, (steps.as_ptr(), n_outputs), k);
            k += V::WIDTH;
        }
    }
}

/// `U` vectors of columns from `k` on: old and new values of the `N` outputs stay in registers while all
/// inputs pass by. `steps` is the first step and the distance of those of the next input.
#[inline(always)]
unsafe fn update_columns<V: Lanes, const N: usize, const U: usize>(
    inputs: &[SharedRow<'_>],
    outputs: [*mut f32; N],
    steps: (*const f32, usize),
    k: usize,
) {
    // SAFETY: the caller's promise.
    unsafe {
        let mut old = [[V::splat(0.0); U]; N];
        for o in 0..N {
            for u in 0..U {
                old[o][u] = V::load(outputs[o].add(k + u * V::WIDTH));
            }
        }
        let mut new = old;
        for (j, input) in inputs.iter().enumerate() {
            let (at, steps) = (input.start().add(k), steps.0.add(j * steps.1));
            let mut values = [V::splat(0.0); U];
            for u in 0..U {
                values[u] = V::load(at.add(u * V::WIDTH));
            }
            let mut moved = values;
            for o in 0..N {
                let step = V::splat(*steps.add(o));
                for u in 0..U {
                    new[o][u] = step.mul_add(values[u], new[o][u]);
                    moved[u] = step.mul_add(old[o][u], moved[u]);
                }
            }
            for u in 0..U {
                moved[u].store(at.add(u * V::WIDTH));
            }
        }
        for o in 0..N {
            for u in 0..U {
                new[o][u].store(outputs[o].add(k + u * V::WIDTH));
            }
        }
    }
}

/// Turns scores into steps; see [`Kernels::descend`](crate::Kernels::descend).
#[inline(always)]
pub(crate) fn to_steps(scores: &mut [f32], labels: &[f32], rates: &[f32]) {
    let mut i = 0;
    while i + STEPS_AT_ONCE <= scores.len() {
        let end = i + STEPS_AT_ONCE;
        to_steps_at_once(&mut scores[i..end], &labels[i..end], &rates[i..end]);
        i = end;
    }
    // A whole vector costs less than a loop over its part.
    let n_rest = scores.len() - i;
    let mut padded = [[0.0; STEPS_AT_ONCE]; 3];
    for r in 0..n_rest {
        (padded[0][r], padded[1][r], padded[2][r]) = (scores[i + r], labels[i + r], rates[i + r]);
    }
    let [rest, labels, rates] = &mut padded;
    to_steps_at_once(rest, labels, rates);
    scores[i..].copy_from_slice(&rest[..n_rest]);
}

/// One vector of [`to_steps`].
#[inline(always)]
fn to_steps_at_once(scores: &mut [f32], labels: &[f32], rates: &[f32]) {
    for i in 0..STEPS_AT_ONCE {
        scores[i] = rates[i] * (labels[i] - logistic(scores[i]));
    }
}
