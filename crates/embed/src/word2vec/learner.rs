//! Steps of gradient descent, and the loss before them.

use super::Model;
use crate::loss::Loss;
use crate::objective::{Objective, Pattern};
use sememe_kernels::{Gradient, MeanStep, SharedRow, Targets};

/// What a thread needs to make steps.
pub(super) struct Learner<'a> {
    model: &'a Model,
    outputs: Vec<SharedRow<'a>>,
    pattern: Pattern,
    /// `f32[n_inputs, n_outputs]`
    steps: Vec<f32>,
    loss: Loss,
}

impl<'a> Learner<'a> {
    pub(super) fn new(model: &'a Model) -> Self {
        let (outputs, pattern, steps) = (Vec::new(), Pattern::default(), Vec::new());
        Self { model, outputs, pattern, steps, loss: Loss::default() }
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
        self.loss.observe(&self.steps, targets, n_inputs);
    }

    /// The mean loss since the last call, if a step was measured.
    pub(super) fn take_loss(&mut self) -> Option<f64> {
        self.loss.take()
    }
}
