//! The inner loops: one thread, one shard.

use super::learner::Learner;
use super::{Model, Run};
use crate::EmbedError;
use crate::pace::Pacer;
use crate::plan::Plan;
use crate::settings::{Architecture, CbowUpdate};
use sememe_kernels::{MeanStep, Rng, SharedRow};
use sememe_vocab::WordId;
use std::ops::ControlFlow;

/// Longer sentences are cut here, so that their plan stays in the cache.
const MAX_SENTENCE: usize = 1_000;

/// The rows of a window are asked for this many windows ahead.
const AHEAD: usize = 3;

/// All that a thread owns while it trains a shard.
pub(super) struct Worker<'a> {
    run: Run<'a>,
    rng: Rng,
    pacer: Pacer<'a>,
    plan: Plan,
    /// The words of a window but its centre.
    inputs: Vec<SharedRow<'a>>,
    learner: Learner<'a>,
    /// Room for the mean of a CBOW window.
    mean: SharedRow<'a>,
}

impl<'a> Worker<'a> {
    /// Random choices come from stream `stream` of the run's seed; scratch space is that of `thread`.
    pub(super) fn new(run: Run<'a>, stream: u64, thread: usize) -> Self {
        Self {
            run,
            rng: Rng::new(run.settings.seed, stream),
            pacer: Pacer::new(run.pace),
            plan: Plan::default(),
            inputs: Vec::with_capacity(2 * run.settings.window),
            learner: Learner::new(run.model),
            mean: run.scratch.row(thread),
        }
    }

    pub(super) fn train_shard(mut self, shard: usize) -> Result<(), EmbedError> {
        let mut result = Ok(());
        self.run.corpus.for_each_sentence(shard, &mut |ids| {
            result = ids.chunks(MAX_SENTENCE).try_for_each(|ids| self.train_sentence(ids));
            if result.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        result?;
        let loss = self.learner.take_loss();
        self.pacer.report(loss)
    }

    fn train_sentence(&mut self, ids: &[WordId]) -> Result<(), EmbedError> {
        let (model, rng) = (self.run.model, &mut self.rng);
        self.plan.subsample(ids, model.rows(), &model.subsampler, rng)?;
        self.plan.draw_windows(self.run.settings.window, rng);
        self.plan.draw_outputs(&model.objective, rng);
        for centre in 0..self.plan.words.len() {
            self.prefetch(centre);
            self.train_window(centre);
        }
        let learner = &mut self.learner;
        self.pacer.advance(ids.len() as u64, || learner.take_loss())
    }

    /// Asks for the rows of the windows to come while this one is computed.
    fn prefetch(&self, centre: usize) {
        let Model { input, output, .. } = self.run.model;
        if let Some(&row) = self.plan.words.get(centre + AHEAD + self.run.settings.window) {
            input.row(row as usize).prefetch();
        }
        self.plan.outputs(centre + AHEAD).iter().for_each(|&row| output.row(row as usize).prefetch());
    }

    fn train_window(&mut self, centre: usize) {
        let model = self.run.model;
        self.inputs.clear();
        self.plan.contexts(centre).into_iter().for_each(|words| model.input.rows(words, &mut self.inputs));
        if self.inputs.is_empty() {
            return;
        }
        let (word, outputs, rate) =
            (self.plan.words[centre], self.plan.outputs(centre), self.pacer.learning_rate());
        match self.run.settings.architecture {
            Architecture::Cbow => self.train_mean(centre),
            Architecture::SkipGram if model.objective.is_by_pair() => {
                let each = outputs.len() / self.inputs.len();
                for (input, outputs) in self.inputs.iter().zip(outputs.chunks_exact(each)) {
                    self.learner.step(&[*input], word, outputs, rate);
                }
            }
            Architecture::SkipGram => self.learner.step(&self.inputs, word, outputs, rate),
        }
    }

    /// One CBOW window: the mean of the inputs predicts the word in the centre, and every input moves by the
    /// change of the mean, whole as in word2vec, or its share of it.
    fn train_mean(&mut self, centre: usize) {
        let scale = 1.0 / self.inputs.len() as f32;
        let share = if self.run.settings.cbow_update == CbowUpdate::Classic { 1.0 } else { scale };
        let rows = MeanStep { inputs: &self.inputs, scale, share, mean: self.mean };
        let (word, outputs) = (self.plan.words[centre], self.plan.outputs(centre));
        self.learner.step_mean(rows, word, outputs, self.pacer.learning_rate());
    }
}
