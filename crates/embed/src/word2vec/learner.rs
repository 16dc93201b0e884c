//! Steps of gradient descent, and the loss before them.

use super::Model;
use crate::objective::{Objective, Pattern};
use sememe_kernels::{Gradient, MeanStep, SharedRow, Targets};

/// The loss is measured at one step in this many: logarithms would be a tenth of the work.
const LOSS_EVERY: u32 = 32;

/// What a thread needs to make steps.
pub(super) struct Learner<'a> {
    model: &'a Model,
    outputs: Vec<SharedRow<'a>>,
    pattern: Pattern,
    /// `f32[n_inputs, n_outputs]`
    steps: Vec<f32>,
    loss: Loss,
    n_steps: u32,
}

/// A running mean, in nats per prediction.
#[derive(Default)]
struct Loss {
    sum: f64,
    n: u64,
}

impl<'a> Learner<'a> {
    pub(super) fn new(model: &'a Model) -> Self {
        let (outputs, pattern, steps) = (Vec::new(), Pattern::default(), Vec::new());
        Self { model, outputs, pattern, steps, loss: Loss::default(), n_steps: 0 }
    }

    /// Moves every input towards `word`: to the output rows that speak for it and away from the others.
    #[inline]
    pub(super) fn step(&mut self, inputs: &[SharedRow<'_>], word: u32, outputs: &[u32], rate: f32) {
        let kernels = self.model.kernels;
        self.with_targets(inputs.len(), (word, outputs), rate, |outputs, targets, steps| {
            kernels.descend(inputs, outputs, targets, steps);
        });
    }

    /// As [`Self::step`], for rows that predict as one.
    #[inline]
    pub(super) fn step_mean(&mut self, rows: MeanStep<'_>, word: u32, outputs: &[u32], rate: f32) {
        let kernels = self.model.kernels;
        self.with_targets(1, (word, outputs), rate, |outputs, targets, steps| {
            kernels.descend_mean(rows, outputs, targets, steps);
        });
    }

    /// The changes that [`Self::step`] would make: of the inputs, then of the outputs.
    pub(super) fn gradient(
        &mut self,
        inputs: &[SharedRow<'_>],
        prediction: (u32, &[u32]),
        rate: f32,
        changes: &mut [f32],
    ) {
        let kernels = self.model.kernels;
        self.with_targets(inputs.len(), prediction, rate, |outputs, targets, steps| {
            kernels.gradient(inputs, outputs, targets, Gradient { steps, changes });
        });
    }

    /// The changes that [`Self::step_mean`] would make: of the inputs, which is one, then of the outputs.
    pub(super) fn gradient_mean(
        &mut self,
        rows: MeanStep<'_>,
        prediction: (u32, &[u32]),
        rate: f32,
        changes: &mut [f32],
    ) {
        let kernels = self.model.kernels;
        self.with_targets(1, prediction, rate, |outputs, targets, steps| {
            kernels.gradient_mean(rows, outputs, targets, Gradient { steps, changes });
        });
    }

    /// Calls `kernel` with the output rows for a word, what they are to become and room for the steps, and measures
    /// the loss now and then.
    #[inline]
    fn with_targets(
        &mut self,
        n_inputs: usize,
        (word, outputs): (u32, &[u32]),
        rate: f32,
        kernel: impl FnOnce(&[SharedRow<'_>], Targets<'_>, &mut [f32]),
    ) {
        self.outputs.clear();
        self.model.output.rows(outputs, &mut self.outputs);
        let targets = match &self.model.objective {
            Objective::Negative { .. } => self.pattern.negative(n_inputs, outputs.len(), rate),
            Objective::Tree(tree) => self.pattern.path(n_inputs, tree.path(word).1, rate),
        };
        self.steps.resize(n_inputs * outputs.len(), 0.0);
        kernel(&self.outputs, targets, &mut self.steps);
        self.n_steps = self.n_steps.wrapping_add(1);
        if self.n_steps.is_multiple_of(LOSS_EVERY) {
            self.loss.add(&self.steps, targets, n_inputs);
        }
    }

    /// The mean loss since the last call, if a step was measured.
    pub(super) fn take_loss(&mut self) -> Option<f64> {
        let Loss { sum, n } = std::mem::take(&mut self.loss);
        (n > 0).then(|| sum / n as f64)
    }
}

impl Loss {
    /// Adds −Σ ln p(label), where 1 − p(label) = |label − σ(score)| = |step / rate|, for `n` predictions.
    fn add(&mut self, steps: &[f32], targets: Targets<'_>, n: usize) {
        let miss = |(step, rate): (&f32, &f32)| f64::from((step / rate).abs());
        let loss = steps.iter().zip(targets.rates).map(|pair| -(1.0 - miss(pair).min(1.0 - 1e-7)).ln());
        self.sum += loss.sum::<f64>();
        // `min` drops what is no number.
        self.sum += if steps.iter().all(|step| step.is_finite()) { 0.0 } else { f64::NAN };
        self.n += n as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loss(steps: &[f32]) -> Loss {
        let mut loss = Loss::default();
        let targets = Targets { labels: &[1.0, 0.0, 1.0, 0.0], rates: &[0.5; 4] };
        loss.add(steps, targets, 2);
        loss
    }

    #[test]
    fn loss_is_that_of_the_probabilities() {
        // σ = 0.5, 0.25, 1 and 0.
        let loss = loss(&[0.25, -0.125, 0.0, 0.0]);
        assert_eq!(loss.n, 2);
        assert!((loss.sum + 0.5f64.ln() + 0.75f64.ln()).abs() < 1e-6);
    }

    #[test]
    fn a_probability_that_is_no_number_shows_in_the_loss() {
        assert!(loss(&[0.25, f32::NAN, 0.0, 0.0]).sum.is_nan());
    }
}
