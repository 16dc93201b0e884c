//! The inner loops: one thread, one shard.

use super::Run;
use super::learner::Learner;
use crate::EmbedError;
use crate::pace::Pacer;
use crate::plan::Plan;
use crate::sentences::for_each_piece;
use crate::settings::Architecture;
use sememe_kernels::{Rng, SharedRow};
use sememe_vocab::WordId;

/// All that a thread owns while it trains a shard.
pub(super) struct Worker<'a> {
    run: Run<'a>,
    thread: usize,
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
            mean: run.mean(thread),
            thread,
        }
    }

    pub(super) fn train_shard(mut self, shard: usize) -> Result<(), EmbedError> {
        for_each_piece(self.run.corpus, shard, |ids| self.train_sentence(ids))?;
        let loss = self.learner.take_loss();
        self.pacer.report(loss)
    }

    fn train_sentence(&mut self, ids: &[WordId]) -> Result<(), EmbedError> {
        let (model, rng) = (self.run.model, &mut self.rng);
        self.plan.subsample(ids, model.rows(), &model.subsampler, rng)?;
        self.plan.draw_windows(self.run.settings.window, rng);
        self.plan.draw_outputs(&model.objective, rng);
        for centre in 0..self.plan.words.len() {
            self.run.prefetch(&self.plan, centre);
            self.train_window(centre);
        }
        let learner = &mut self.learner;
        self.pacer.advance(ids.len() as u64, || learner.take_loss())
    }

    fn train_window(&mut self, centre: usize) {
        let model = self.run.model;
        self.inputs.clear();
        for words in self.plan.contexts(centre) {
            self.run.inputs(self.thread, words, &mut self.inputs);
        }
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
        let rows = self.run.settings.mean_step(&self.inputs, self.mean);
        let (word, outputs) = (self.plan.words[centre], self.plan.outputs(centre));
        self.learner.step_mean(rows, word, outputs, self.pacer.learning_rate());
    }
}
