//! The choice of kernels for the processor at hand.

mod adagrad;

use crate::scalar;
use crate::shared::SharedRow;

pub use adagrad::AdaGrad;

/// An instruction set that the kernels are written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Isa {
    /// Plain code, the specification of the others.
    Scalar,
    /// AVX2 and FMA: 8 floats at a time.
    Avx2,
    /// AVX-512 (F, VL, DQ): 16 floats at a time.
    Avx512,
    /// NEON, on 64-bit ARM: 4 floats at a time.
    Neon,
}

/// What the pairs of a window are to become: `f32[n_inputs, n_outputs]` each.
#[derive(Clone, Copy, Debug)]
pub struct Targets<'a> {
    /// 1 for a pair that belongs together, 0 for one that does not.
    pub labels: &'a [f32],
    /// The learning rate of the pair.
    pub rates: &'a [f32],
}

/// Rows that predict as one, by their mean.
#[derive(Clone, Copy)]
pub struct MeanStep<'a> {
    /// The rows.
    pub inputs: &'a [SharedRow<'a>],
    /// What their sum is multiplied with: 1 / n for the mean.
    pub scale: f32,
    /// How much of the change of the mean every row takes: 1 for all of it, as in word2vec, or 1 / n.
    pub share: f32,
    /// Room for the mean, which is left there.
    pub mean: SharedRow<'a>,
}

/// Room for a gradient.
pub struct Gradient<'a> {
    /// A step for each pair of input and output.
    pub steps: &'a mut [f32],
    /// A change for each row: `f32[n_rows, padded]`, with as many columns as a row has with its padding.
    pub changes: &'a mut [f32],
}

/// All kernels of one instruction set.
pub(crate) struct Table {
    pub(crate) isa: Isa,
    pub(crate) dot: unsafe fn(*const f32, *const f32, usize) -> f32,
    pub(crate) axpy: unsafe fn(f32, *const f32, *mut f32, usize),
    pub(crate) scores: unsafe fn(&[SharedRow<'_>], &[SharedRow<'_>], &mut [f32]),
    pub(crate) update: unsafe fn(&[SharedRow<'_>], &[SharedRow<'_>], &[f32]),
    pub(crate) descend: unsafe fn(&[SharedRow<'_>], &[SharedRow<'_>], Targets<'_>, &mut [f32]),
    pub(crate) descend_mean: unsafe fn(MeanStep<'_>, &[SharedRow<'_>], Targets<'_>, &mut [f32]),
    pub(crate) gradient: unsafe fn(&[SharedRow<'_>], &[SharedRow<'_>], Targets<'_>, Gradient<'_>),
    pub(crate) gradient_mean: unsafe fn(MeanStep<'_>, &[SharedRow<'_>], Targets<'_>, Gradient<'_>),
    pub(crate) add: unsafe fn(&[f32], SharedRow<'_>),
    pub(crate) gather: unsafe fn(f32, &[SharedRow<'_>], SharedRow<'_>),
    pub(crate) sigmoid: unsafe fn(&mut [f32]),
    pub(crate) adagrad: unsafe fn(SharedRow<'_>, SharedRow<'_>, AdaGrad) -> f32,
}

static SCALAR: Table = Table {
    isa: Isa::Scalar,
    dot: scalar::dot,
    axpy: scalar::axpy,
    scores: scalar::scores,
    update: scalar::update,
    descend: scalar::descend,
    descend_mean: scalar::descend_mean,
    gradient: scalar::gradient,
    gradient_mean: scalar::gradient_mean,
    add: scalar::add_row,
    gather: scalar::gather,
    sigmoid: scalar::sigmoid,
    adagrad: scalar::adagrad,
};

/// The vector kernels, chosen once and passed down by value.
///
/// Sums are taken in another order on each instruction set, so results differ in the last bits between
/// machines; on one machine they are always the same.
#[derive(Clone, Copy)]
pub struct Kernels(&'static Table);

impl Kernels {
    /// The fastest kernels that this processor has.
    pub fn detect() -> Self {
        *Self::all().last().expect("scalar kernels are always there")
    }

    /// The specification.
    pub fn scalar() -> Self {
        Self(&SCALAR)
    }

    /// All kernels that this processor can run, slowest first.
    pub fn all() -> Vec<Self> {
        let mut all = vec![Self::scalar()];
        #[cfg(target_arch = "x86_64")]
        {
            use crate::simd::x86::{avx2, avx512};
            use std::arch::is_x86_feature_detected as has;
            if has!("avx2") && has!("fma") {
                all.push(Self(&avx2::TABLE));
                if has!("avx512f") && has!("avx512vl") && has!("avx512dq") {
                    all.push(Self(&avx512::TABLE));
                }
            }
        }
        #[cfg(target_arch = "aarch64")]
        all.push(Self(&crate::simd::neon::neon::TABLE));
        all
    }

    /// The instruction set of these kernels.
    pub fn isa(self) -> Isa {
        self.0.isa
    }

    /// Σ xᵢ·yᵢ. Panics unless both have the same length.
    #[inline]
    pub fn dot(&self, x: &[f32], y: &[f32]) -> f32 {
        assert_eq!(x.len(), y.len(), "vectors of different lengths");
        // SAFETY: both slices are valid for this length; the instruction set was detected.
        unsafe { (self.0.dot)(x.as_ptr(), y.as_ptr(), x.len()) }
    }

    /// yᵢ += a·xᵢ. Panics unless both have the same length.
    #[inline]
    pub fn axpy(&self, a: f32, x: &[f32], y: &mut [f32]) {
        assert_eq!(x.len(), y.len(), "vectors of different lengths");
        // SAFETY: both slices are valid for this length and cannot overlap; the instruction set was detected.
        unsafe { (self.0.axpy)(a, x.as_ptr(), y.as_mut_ptr(), x.len()) }
    }

    /// xᵢ = σ(xᵢ) = 1 / (1 + e⁻ˣ), to about six digits, the same bits on every instruction set.
    #[inline]
    pub fn sigmoid(&self, values: &mut [f32]) {
        // SAFETY: the instruction set was detected.
        unsafe { (self.0.sigmoid)(values) }
    }

    /// The dot products of every input and every output: `scores` is `f32[n_inputs, n_outputs]`.
    ///
    /// Panics if the rows differ in length or `scores` has another size.
    #[inline]
    pub fn scores(&self, inputs: &[SharedRow<'_>], outputs: &[SharedRow<'_>], scores: &mut [f32]) {
        assert_eq!(scores.len(), inputs.len() * outputs.len(), "a score for each pair");
        check_lengths(inputs.iter().chain(outputs));
        if !scores.is_empty() {
            // SAFETY: shapes were checked; the instruction set was detected.
            unsafe { (self.0.scores)(inputs, outputs, scores) }
        }
    }

    /// Moves every input and output along each other: `steps` is `f32[n_inputs, n_outputs]`.
    ///
    /// In tiles of six outputs, and with the values from before the tile on the right:
    /// outputₒ += Σⱼ stepsⱼₒ·inputⱼ and inputⱼ += Σₒ stepsⱼₒ·outputₒ. With steps
    /// lr·(label − σ(score)) this is a step of negative sampling (Mikolov et al. 2013, eq. 4) for all
    /// contexts of a window at once. If a row stands twice in a tile of outputs, only its last change counts.
    ///
    /// Panics if the rows differ in length or `steps` has another size.
    #[inline]
    pub fn update(&self, inputs: &[SharedRow<'_>], outputs: &[SharedRow<'_>], steps: &[f32]) {
        assert_eq!(steps.len(), inputs.len() * outputs.len(), "a step for each pair");
        check_lengths(inputs.iter().chain(outputs));
        if !steps.is_empty() {
            // SAFETY: shapes were checked; the instruction set was detected.
            unsafe { (self.0.update)(inputs, outputs, steps) }
        }
    }

    /// One step of logistic regression for every pair of a window: the scores of all pairs, the steps
    /// rate·(label − σ(score)), and [`Kernels::update`] with them (Mikolov et al. 2013, eq. 4, for all contexts
    /// at once). The steps are left in `steps`: label − step / rate is the probability that a pair had.
    ///
    /// Panics if the rows differ in length or `steps` or `targets` have another size.
    #[inline]
    pub fn descend(
        &self,
        inputs: &[SharedRow<'_>],
        outputs: &[SharedRow<'_>],
        targets: Targets<'_>,
        steps: &mut [f32],
    ) {
        let n_pairs = inputs.len() * outputs.len();
        let sizes = [steps.len(), targets.labels.len(), targets.rates.len()];
        assert_eq!(sizes, [n_pairs; 3], "a step, a label and a rate for each pair");
        check_lengths(inputs.iter().chain(outputs));
        if !steps.is_empty() {
            // SAFETY: shapes were checked; the instruction set was detected.
            unsafe { (self.0.descend)(inputs, outputs, targets, steps) }
        }
    }

    /// One step of logistic regression for the mean of `rows` and every output: with mean m = scale·Σ inputs and
    /// steps rate·(label − σ(m·output)), every output moves by step·m and every input by share·Σ step·output,
    /// with the outputs from before. The steps are left in `steps`.
    ///
    /// If a row stands twice in `outputs`, the second is moved from where the first has come to. Panics if the
    /// rows differ in length or `steps` or `targets` have another size than `outputs`.
    #[inline]
    pub fn descend_mean(
        &self,
        rows: MeanStep<'_>,
        outputs: &[SharedRow<'_>],
        targets: Targets<'_>,
        steps: &mut [f32],
    ) {
        let sizes = [steps.len(), targets.labels.len(), targets.rates.len()];
        assert_eq!(sizes, [outputs.len(); 3], "a step, a label and a rate for each output");
        check_lengths(rows.inputs.iter().chain(outputs).chain([&rows.mean]));
        // SAFETY: shapes were checked; the instruction set was detected.
        unsafe { (self.0.descend_mean)(rows, outputs, targets, steps) }
    }

    /// The changes that [`Kernels::descend`] would make, all of them with the values from before: those of the inputs,
    /// then those of the outputs.
    ///
    /// Panics if the rows differ in length, there are no outputs, or a slice has another size.
    #[inline]
    pub fn gradient(
        &self,
        inputs: &[SharedRow<'_>],
        outputs: &[SharedRow<'_>],
        targets: Targets<'_>,
        into: Gradient<'_>,
    ) {
        let sizes = [into.steps.len(), targets.labels.len(), targets.rates.len()];
        assert_eq!(sizes, [inputs.len() * outputs.len(); 3], "a step, a label and a rate for each pair");
        check_lengths(inputs.iter().chain(outputs));
        assert_eq!(
            into.changes.len(),
            (inputs.len() + outputs.len()) * outputs[0].len(),
            "a change for each row"
        );
        // SAFETY: shapes were checked; the instruction set was detected.
        unsafe { (self.0.gradient)(inputs, outputs, targets, into) }
    }

    /// The changes that [`Kernels::descend_mean`] would make: first the one of every input, then those of the
    /// outputs.
    ///
    /// Panics if the rows differ in length, there are no outputs, or a slice has another size.
    #[inline]
    pub fn gradient_mean(
        &self,
        rows: MeanStep<'_>,
        outputs: &[SharedRow<'_>],
        targets: Targets<'_>,
        into: Gradient<'_>,
    ) {
        let sizes = [into.steps.len(), targets.labels.len(), targets.rates.len()];
        assert_eq!(sizes, [outputs.len(); 3], "a step, a label and a rate for each output");
        check_lengths(rows.inputs.iter().chain(outputs).chain([&rows.mean]));
        assert_eq!(into.changes.len(), (1 + outputs.len()) * outputs[0].len(), "a change for each row");
        // SAFETY: shapes were checked; the instruction set was detected.
        unsafe { (self.0.gradient_mean)(rows, outputs, targets, into) }
    }

    /// row += change, over the padding as well. Panics if the lengths differ.
    #[inline]
    pub fn add(&self, change: &[f32], row: SharedRow<'_>) {
        assert_eq!(change.len(), row.len(), "a change as long as the row with its padding");
        // SAFETY: lengths were checked; the instruction set was detected.
        unsafe { (self.0.add)(change, row) }
    }

    /// into = scale·Σ rows. Panics if the rows differ in length.
    #[inline]
    pub fn gather(&self, scale: f32, rows: &[SharedRow<'_>], into: SharedRow<'_>) {
        check_lengths(rows.iter().chain([&into]));
        // SAFETY: lengths were checked; the instruction set was detected.
        unsafe { (self.0.gather)(scale, rows, into) }
    }
}

impl std::fmt::Debug for Kernels {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Kernels({:?})", self.isa())
    }
}

#[inline]
fn check_lengths<'a>(mut rows: impl Iterator<Item = &'a SharedRow<'a>>) {
    if let Some(first) = rows.next() {
        assert!(rows.all(|row| row.len() == first.len()), "rows of different lengths");
    }
}

#[cfg(test)]
mod tests;
