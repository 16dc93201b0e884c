//! One window: the rows that predict, those that are predicted, and the step that moves both.

use super::{Model, Run};
use crate::deterministic::Changes;
use crate::loss::Loss;
use crate::plan::Plan;
use crate::settings::Architecture;
use sememe_kernels::{Gradient, MeanStep, SharedRow, Targets};

/// What a thread needs for one window after the other.
pub(super) struct Window<'a> {
    run: Run<'a>,
    /// Rows of what predicts: words and n-grams.
    inputs: Vec<SharedRow<'a>>,
    input_rows: Vec<u32>,
    /// Rows of what is predicted, with labels and rates.
    outputs: Vec<SharedRow<'a>>,
    output_rows: Vec<u32>,
    labels: Vec<f32>,
    rates: Vec<f32>,
    steps: Vec<f32>,
    loss: Loss,
    /// Room for the mean of the inputs.
    mean: SharedRow<'a>,
}

impl<'a> Window<'a> {
    /// Scratch space is that of `thread`.
    pub(super) fn new(run: Run<'a>, thread: usize) -> Self {
        Self {
            run,
            inputs: Vec::new(),
            input_rows: Vec::new(),
            outputs: Vec::new(),
            output_rows: Vec::new(),
            labels: Vec::new(),
            rates: Vec::new(),
            steps: Vec::new(),
            loss: Loss::default(),
            mean: run.scratch.row(thread),
        }
    }

    /// Takes inputs and outputs for the window at `centre`; false if nothing is in it but the centre.
    pub(super) fn choose(&mut self, plan: &Plan, centre: usize, rate: f32) -> bool {
        if plan.window(centre).len() < 2 {
            return false;
        }
        let Model { input, output, .. } = self.run.model;
        self.input_rows.clear();
        self.output_rows.clear();
        let n_positives = self.choose_rows(plan, centre);
        self.inputs.clear();
        self.outputs.clear();
        input.rows(&self.input_rows, &mut self.inputs);
        output.rows(&self.output_rows, &mut self.outputs);
        self.choose_targets(n_positives, rate);
        true
    }

    /// Positive outputs stand before negative ones; how many they are.
    fn choose_rows(&mut self, plan: &Plan, centre: usize) -> usize {
        let (units, outputs) = (&self.run.model.units, plan.outputs(centre));
        match self.run.settings.architecture {
            Architecture::SkipGram => {
                self.input_rows.extend_from_slice(units.of(plan.words[centre]));
                plan.contexts(centre).into_iter().for_each(|words| self.output_rows.extend_from_slice(words));
            }
            Architecture::Cbow => {
                let words = plan.contexts(centre).into_iter().flatten();
                words.for_each(|&word| self.input_rows.extend_from_slice(units.of(word)));
                self.output_rows.push(outputs[0]);
            }
        }
        let n_positives = self.output_rows.len();
        self.output_rows.extend_from_slice(&outputs[1..]);
        n_positives
    }

    fn choose_targets(&mut self, n_positives: usize, rate: f32) {
        let n_outputs = self.outputs.len();
        self.labels.clear();
        self.labels.resize(n_positives, 1.0);
        self.labels.resize(n_outputs, 0.0);
        self.rates.clear();
        self.rates.resize(n_positives, rate);
        // Every prediction has its negatives: those that are shared count for all.
        let share = (n_positives * self.run.settings.negatives) as f32 / (n_outputs - n_positives) as f32;
        self.rates.resize(n_outputs, rate * share);
        self.steps.resize(n_outputs, 0.0);
    }

    /// Moves the inputs, as one, towards the positive outputs and away from the negative ones.
    pub(super) fn step(&mut self) {
        let rows = mean_step(&self.inputs, self.mean);
        let targets = Targets { labels: &self.labels, rates: &self.rates };
        self.run.model.kernels.descend_mean(rows, &self.outputs, targets, &mut self.steps);
        self.loss.observe(&self.steps, targets, 1);
    }

    /// Writes down what [`Self::step`] would change.
    pub(super) fn write(&mut self, into: &mut Changes) {
        let rows = mean_step(&self.inputs, self.mean);
        let targets = Targets { labels: &self.labels, rates: &self.rates };
        let changes = into.room(&self.input_rows, true, &self.output_rows, self.mean.len());
        let gradient = Gradient { steps: &mut self.steps, changes };
        self.run.model.kernels.gradient_mean(rows, &self.outputs, targets, gradient);
        self.loss.observe(&self.steps, targets, 1);
    }

    /// The mean loss since the last call, if a step was measured.
    pub(super) fn take_loss(&mut self) -> Option<f64> {
        self.loss.take()
    }
}

/// How the mean of `inputs` is taken, and how they move with it.
fn mean_step<'a>(inputs: &'a [SharedRow<'a>], mean: SharedRow<'a>) -> MeanStep<'a> {
    MeanStep { inputs, scale: 1.0 / inputs.len() as f32, share: 1.0, mean }
}
