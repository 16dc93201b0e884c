//! The kernels once, over vectors of any width.
//!
//! Every function here is inlined into a wrapper that switches an instruction set on (see
//! [`x86`]); it must not be called from anywhere else, or its loads and stores become calls.

#[cfg(target_arch = "x86_64")]
pub(crate) mod x86;

use crate::shared::SharedRow;

/// Output rows whose old values and sums stay in registers together: six is a positive word and five
/// negatives, and 2 x 6 vectors leave room for the operands in the sixteen registers of AVX2.
pub(crate) const OUTPUTS_AT_ONCE: usize = 6;

/// A vector register of floats.
///
/// # Safety
/// All functions may be called only where the instruction set of the implementation is known to be present;
/// `load` and `store` touch `WIDTH` floats from `at` on, which must be valid, at any alignment.
pub(crate) unsafe trait Lanes: Copy {
    /// Floats in the register.
    const WIDTH: usize;
    unsafe fn splat(x: f32) -> Self;
    unsafe fn load(at: *const f32) -> Self;
    unsafe fn store(self, at: *mut f32);
    unsafe fn add(self, other: Self) -> Self;
    /// self·by + plus, rounded once.
    unsafe fn mul_add(self, by: Self, plus: Self) -> Self;
    /// The sum of all lanes.
    unsafe fn sum(self) -> f32;
}

/// Σ xᵢ·yᵢ.
///
/// # Safety
/// As [`Lanes`]; `x` and `y` are valid for reads of `n` floats.
#[inline(always)]
pub(crate) unsafe fn dot<V: Lanes>(x: *const f32, y: *const f32, n: usize) -> f32 {
    // SAFETY: offsets stay below `n`, as the loop bounds say; the rest is the caller's promise.
    unsafe {
        let mut sums = [V::splat(0.0); 4];
        let mut i = 0;
        while i + 4 * V::WIDTH <= n {
            for (lane, sum) in sums.iter_mut().enumerate() {
                let at = i + lane * V::WIDTH;
                *sum = V::load(x.add(at)).mul_add(V::load(y.add(at)), *sum);
            }
            i += 4 * V::WIDTH;
        }
        while i + V::WIDTH <= n {
            sums[0] = V::load(x.add(i)).mul_add(V::load(y.add(i)), sums[0]);
            i += V::WIDTH;
        }
        let mut total = sums[0].add(sums[1]).add(sums[2].add(sums[3])).sum();
        while i < n {
            total += *x.add(i) * *y.add(i);
            i += 1;
        }
        total
    }
}

/// yᵢ += a·xᵢ.
///
/// # Safety
/// As [`Lanes`]; `x` is valid for reads and `y` for writes of `n` floats, and they do not overlap.
#[inline(always)]
pub(crate) unsafe fn axpy<V: Lanes>(a: f32, x: *const f32, y: *mut f32, n: usize) {
    // SAFETY: offsets stay below `n`, as the loop bounds say; the rest is the caller's promise.
    unsafe {
        let factor = V::splat(a);
        let mut i = 0;
        while i + V::WIDTH <= n {
            factor.mul_add(V::load(x.add(i)), V::load(y.add(i))).store(y.add(i));
            i += V::WIDTH;
        }
        while i < n {
            *y.add(i) += a * *x.add(i);
            i += 1;
        }
    }
}

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

/// Scores of `N` outputs against all inputs, two inputs at a time: an output is loaded once for both.
#[inline(always)]
unsafe fn score_tile<V: Lanes, const N: usize>(
    inputs: &[SharedRow<'_>],
    outputs: &[SharedRow<'_>],
    scores: &mut [f32],
    n_outputs: usize,
) {
    let outputs: [*mut f32; N] = std::array::from_fn(|o| outputs[o].start());
    let mut j = 0;
    // SAFETY: the rows are valid for the length that `score_rows` is given.
    unsafe {
        while j + 2 <= inputs.len() {
            let rows = [inputs[j].start(), inputs[j + 1].start()];
            let sums = score_rows::<V, N, 2>(rows, outputs, inputs[j].len());
            scores[j * n_outputs..][..N].copy_from_slice(&sums[0]);
            scores[(j + 1) * n_outputs..][..N].copy_from_slice(&sums[1]);
            j += 2;
        }
        if j < inputs.len() {
            let sums = score_rows::<V, N, 1>([inputs[j].start()], outputs, inputs[j].len());
            scores[j * n_outputs..][..N].copy_from_slice(&sums[0]);
        }
    }
}

/// The `M` x `N` dot products of rows of `len` floats.
#[inline(always)]
unsafe fn score_rows<V: Lanes, const N: usize, const M: usize>(
    inputs: [*mut f32; M],
    outputs: [*mut f32; N],
    len: usize,
) -> [[f32; N]; M] {
    // SAFETY: `len` is a multiple of every vector width, so each load stays in its row.
    unsafe {
        let mut sums = [[V::splat(0.0); N]; M];
        let mut k = 0;
        while k < len {
            let values: [V; M] = std::array::from_fn(|j| V::load(inputs[j].add(k)));
            for o in 0..N {
                let output = V::load(outputs[o].add(k));
                for j in 0..M {
                    sums[j][o] = values[j].mul_add(output, sums[j][o]);
                }
            }
            k += V::WIDTH;
        }
        // Loops, not `array::map`: its closures are compiled without the instruction set of the caller.
        let mut totals = [[0.0; N]; M];
        for (totals, sums) in totals.iter_mut().zip(&sums) {
            for (total, sum) in totals.iter_mut().zip(sums) {
                *total = sum.sum();
            }
        }
        totals
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

/// One vector of columns at a time: old and new values of the `N` outputs stay in registers while all
/// inputs pass by.
#[inline(always)]
unsafe fn update_tile<V: Lanes, const N: usize>(
    inputs: &[SharedRow<'_>],
    outputs: &[SharedRow<'_>],
    steps: &[f32],
    n_outputs: usize,
) {
    let outputs_at: [*mut f32; N] = std::array::from_fn(|o| outputs[o].start());
    assert!(inputs.is_empty() || steps.len() >= (inputs.len() - 1) * n_outputs + N);
    let mut k = 0;
    while k < outputs[0].len() {
        // SAFETY: row lengths are multiples of every vector width, so loads and stores stay in their rows;
        // the assertion above covers the steps.
        unsafe {
            let old: [V; N] = std::array::from_fn(|o| V::load(outputs_at[o].add(k)));
            let mut new = old;
            for (j, input) in inputs.iter().enumerate() {
                let steps = steps.as_ptr().add(j * n_outputs);
                let value = V::load(input.start().add(k));
                let mut moved = value;
                for o in 0..N {
                    let step = V::splat(*steps.add(o));
                    new[o] = step.mul_add(value, new[o]);
                    moved = step.mul_add(old[o], moved);
                }
                moved.store(input.start().add(k));
            }
            for o in 0..N {
                new[o].store(outputs_at[o].add(k));
            }
        }
        k += V::WIDTH;
    }
}

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
            let sum = rows.iter().fold(zero, |sum, row| sum.add(V::load(row.start().add(k))));
            sum.mul_add(V::splat(scale), zero).store(into.start().add(k));
        }
        k += V::WIDTH;
    }
}

/// Every row += scale·from; see [`Kernels::scatter`](crate::Kernels::scatter).
///
/// # Safety
/// As [`Lanes`]; all rows have the length of `from`.
#[inline(always)]
pub(crate) unsafe fn scatter<V: Lanes>(scale: f32, from: SharedRow<'_>, rows: &[SharedRow<'_>]) {
    let mut k = 0;
    while k < from.len() {
        // SAFETY: row lengths are multiples of every vector width.
        unsafe {
            let (factor, value) = (V::splat(scale), V::load(from.start().add(k)));
            for row in rows {
                let at = row.start().add(k);
                factor.mul_add(value, V::load(at)).store(at);
            }
        }
        k += V::WIDTH;
    }
}
