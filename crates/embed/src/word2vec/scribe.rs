//! The changes of windows, for training that is the same on any number of threads.

use super::Run;
use super::learner::Learner;
use super::worker::Worker;
use crate::EmbedError;
use crate::deterministic::{self, Changes, Windows};
use crate::plan::{Plan, Rows};
use crate::settings::Architecture;
use sememe_kernels::{Kernels, Rng, SharedMatrix, SharedRow};
use sememe_vocab::WordId;

impl<'a> Windows for Run<'a> {
    type Scribe = Scribe<'a>;

    fn train_shard(&self, thread: usize, stream: u64, shard: usize) -> Result<(), EmbedError> {
        Worker::new(*self, stream, thread).train_shard(shard)
    }

    fn scribe(&self, thread: usize) -> Scribe<'a> {
        let (learner, mean) = (Learner::new(self.model), self.mean(thread));
        Scribe { run: *self, learner, inputs: Vec::new(), input_rows: Vec::new(), mean }
    }

    fn rows(&self) -> Rows {
        self.model.rows()
    }

    fn plan(&self, plan: &mut Plan, ids: &[WordId], rng: &mut Rng) -> Result<(), EmbedError> {
        plan.subsample(ids, self.model.rows(), &self.model.subsampler, rng)?;
        plan.draw_windows(self.settings.window, rng);
        plan.draw_outputs(&self.model.objective, rng);
        Ok(())
    }

    fn matrices(&self) -> [&SharedMatrix; 2] {
        [&self.model.input, &self.model.output]
    }

    fn is_frozen(&self, input: u32) -> bool {
        self.model.is_frozen(input)
    }

    fn busiest(&self) -> f64 {
        self.model.busiest
    }

    fn kernels(&self) -> Kernels {
        self.model.kernels
    }
}

/// What one thread writes changes with.
pub(super) struct Scribe<'a> {
    run: Run<'a>,
    learner: Learner<'a>,
    inputs: Vec<SharedRow<'a>>,
    input_rows: Vec<u32>,
    /// Room for the mean of a CBOW window.
    mean: SharedRow<'a>,
}

impl deterministic::Scribe for Scribe<'_> {
    fn prefetch(&self, plan: &Plan, centre: usize) {
        self.run.prefetch(plan, centre);
    }

    fn write_window(&mut self, plan: &Plan, centre: usize, rate: f32, into: &mut Changes) {
        let model = self.run.model;
        self.inputs.clear();
        self.input_rows.clear();
        plan.contexts(centre).into_iter().for_each(|words| self.input_rows.extend_from_slice(words));
        model.input.rows(&self.input_rows, &mut self.inputs);
        if self.inputs.is_empty() {
            return;
        }
        let (word, outputs, width) = (plan.words[centre], plan.outputs(centre), self.mean.len());
        if self.run.settings.architecture == Architecture::Cbow {
            let rows = self.run.settings.mean_step(&self.inputs, self.mean);
            let changes = into.room(&self.input_rows, true, outputs, width);
            self.learner.gradient_mean(rows, (word, outputs), rate, changes);
        } else if model.objective.is_by_pair() {
            let each = outputs.len() / self.inputs.len();
            for (i, outputs) in outputs.chunks_exact(each).enumerate() {
                let changes = into.room(&self.input_rows[i..=i], false, outputs, width);
                self.learner.gradient(&self.inputs[i..=i], (word, outputs), rate, changes);
            }
        } else if !outputs.is_empty() {
            let changes = into.room(&self.input_rows, false, outputs, width);
            self.learner.gradient(&self.inputs, (word, outputs), rate, changes);
        }
    }

    fn take_loss(&mut self) -> Option<f64> {
        self.learner.take_loss()
    }
}
