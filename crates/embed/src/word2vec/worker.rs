//! The inner loops: one thread, one shard.

use super::Run;
use super::prediction::Prediction;
use crate::EmbedError;
use crate::settings::{Architecture, NegativeSharing};
use sememe_kernels::{Rng, SharedRow};
use sememe_vocab::WordId;
use std::ops::{ControlFlow, Range};

/// Longer sentences are cut here, so that learning rate and observer see steady progress.
const MAX_SENTENCE: usize = 10_000;

/// Words between two reports.
const REPORT: u64 = 10_000;

/// All that a thread owns while it trains a shard.
pub(super) struct Worker<'a> {
    run: Run<'a>,
    rng: Rng,
    learning_rate: f32,
    /// Rows of the words of the sentence that subsampling left.
    sentence: Vec<u32>,
    /// The words of a window but its centre.
    inputs: Vec<SharedRow<'a>>,
    prediction: Prediction<'a>,
    /// The mean of a CBOW window.
    mean: SharedRow<'a>,
    /// The mean before its update.
    mean_before: SharedRow<'a>,
    unreported: u64,
}

impl<'a> Worker<'a> {
    /// Random choices come from stream `stream` of the run's seed; scratch space is that of `thread`.
    pub(super) fn new(run: Run<'a>, stream: u64, thread: usize) -> Self {
        Self {
            run,
            rng: Rng::new(run.settings.seed, stream),
            learning_rate: run.learning_rate(),
            sentence: Vec::new(),
            inputs: Vec::with_capacity(2 * run.settings.window),
            prediction: Prediction::new(run.model),
            mean: run.scratch.row(2 * thread),
            mean_before: run.scratch.row(2 * thread + 1),
            unreported: 0,
        }
    }

    pub(super) fn train_shard(mut self, shard: usize) -> Result<(), EmbedError> {
        let mut result = Ok(());
        self.run.corpus.for_each_sentence(shard, &mut |ids| {
            result = ids.chunks(MAX_SENTENCE).try_for_each(|ids| self.train_sentence(ids));
            if result.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        result.and_then(|()| self.report())
    }

    fn train_sentence(&mut self, ids: &[WordId]) -> Result<(), EmbedError> {
        self.subsample(ids)?;
        for centre in 0..self.sentence.len() {
            self.prefetch(centre);
            self.train_window(centre);
        }
        self.unreported += ids.len() as u64;
        if self.unreported >= REPORT { self.report() } else { Ok(()) }
    }

    /// Fills `sentence`. Special words, the unknown word among them, are skipped as word2vec skips words
    /// outside its vocabulary: their neighbours move together.
    fn subsample(&mut self, ids: &[WordId]) -> Result<(), EmbedError> {
        let model = self.run.model;
        self.sentence.clear();
        for id in ids.iter().filter(|id| id.0 >= model.n_special) {
            let row = id.0 - model.n_special;
            if row as usize >= model.vocab.len() {
                let n_words = model.vocab.len() + model.n_special as usize;
                return Err(EmbedError::ForeignCorpus { found: id.0, n_words });
            }
            if model.subsampler.keeps(row, &mut self.rng) {
                self.sentence.push(row);
            }
        }
        Ok(())
    }

    /// Asks for the rows of the windows to come while this one is computed.
    fn prefetch(&self, centre: usize) {
        let (model, ahead) = (self.run.model, centre + self.run.settings.window + 1);
        if let Some(&row) = self.sentence.get(ahead) {
            model.input.row(row as usize).prefetch();
        }
        if let Some(&row) = self.sentence.get(centre + 2) {
            model.output.row(row as usize).prefetch();
        }
    }

    fn train_window(&mut self, centre: usize) {
        let window = self.window(centre);
        self.fill_inputs(window, centre);
        if self.inputs.is_empty() {
            return;
        }
        let (settings, word) = (self.run.settings, self.sentence[centre]);
        match (settings.architecture, settings.sharing) {
            (Architecture::Cbow, _) => self.train_mean(word),
            (Architecture::SkipGram, NegativeSharing::Window) => {
                self.prediction.draw(word, &mut self.rng);
                self.prediction.step(&self.inputs, self.learning_rate);
            }
            (Architecture::SkipGram, NegativeSharing::Pair) => {
                for input in &self.inputs {
                    self.prediction.draw(word, &mut self.rng);
                    self.prediction.step(&[*input], self.learning_rate);
                }
            }
        }
    }

    /// The positions around `centre` that are in reach; the reach is drawn from 1 to the window, which gives
    /// near words more weight.
    fn window(&mut self, centre: usize) -> Range<usize> {
        let reach = 1 + self.rng.below(self.run.settings.window as u64) as usize;
        centre.saturating_sub(reach)..(centre + reach + 1).min(self.sentence.len())
    }

    fn fill_inputs(&mut self, window: Range<usize>, centre: usize) {
        let Self { run, inputs, sentence, .. } = self;
        let around = window.filter(|&i| i != centre);
        inputs.clear();
        inputs.extend(around.map(|i| run.model.input.row(sentence[i] as usize)));
    }

    /// One CBOW window: the mean of the inputs predicts `word`; every input then moves by the whole change
    /// of the mean, as in word2vec.
    fn train_mean(&mut self, word: u32) {
        let kernels = self.run.model.kernels;
        kernels.gather(1.0 / self.inputs.len() as f32, &self.inputs, self.mean);
        kernels.gather(1.0, &[self.mean], self.mean_before);
        self.prediction.draw(word, &mut self.rng);
        self.prediction.step(&[self.mean], self.learning_rate);
        kernels.scatter(-1.0, self.mean_before, &[self.mean]);
        kernels.scatter(1.0, self.mean, &self.inputs);
    }

    fn report(&mut self) -> Result<(), EmbedError> {
        let (loss, meter) = (self.prediction.take_loss(), self.run.meter);
        if let Some(loss) = loss.filter(|loss| !loss.is_finite()) {
            return Err(EmbedError::Diverged { words: meter.done(), loss });
        }
        let flow = meter.advance(std::mem::take(&mut self.unreported), loss);
        self.learning_rate = self.run.learning_rate();
        match flow {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(EmbedError::Interrupted { words: meter.done() }),
        }
    }
}
