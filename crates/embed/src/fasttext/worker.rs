//! The inner loops: one thread, one shard.

use super::{Model, Run};
use crate::EmbedError;
use crate::loss::Loss;
use crate::pace::Pacer;
use crate::plan::Plan;
use crate::sentences::for_each_piece;
use crate::settings::Architecture;
use sememe_kernels::{MeanStep, Rng, SharedRow, Targets};
use sememe_vocab::WordId;

/// The rows of a window are asked for this many windows ahead.
const AHEAD: usize = 1;

/// All that a thread owns while it trains a shard.
pub(super) struct Worker<'a> {
    run: Run<'a>,
    rng: Rng,
    pacer: Pacer<'a>,
    plan: Plan,
    /// Rows of what predicts: words and n-grams.
    inputs: Vec<SharedRow<'a>>,
    /// Rows of what is predicted, with labels and rates.
    outputs: Vec<SharedRow<'a>>,
    labels: Vec<f32>,
    rates: Vec<f32>,
    steps: Vec<f32>,
    loss: Loss,
    /// Room for the mean of the inputs.
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
            inputs: Vec::new(),
            outputs: Vec::new(),
            labels: Vec::new(),
            rates: Vec::new(),
            steps: Vec::new(),
            loss: Loss::default(),
            mean: run.scratch.row(thread),
        }
    }

    pub(super) fn train_shard(mut self, shard: usize) -> Result<(), EmbedError> {
        for_each_piece(self.run.corpus, shard, |ids| self.train_sentence(ids))?;
        let loss = self.loss.take();
        self.pacer.report(loss)
    }

    fn train_sentence(&mut self, ids: &[WordId]) -> Result<(), EmbedError> {
        let (model, rng) = (self.run.model, &mut self.rng);
        self.plan.subsample(ids, model.rows, &model.subsampler, rng)?;
        self.plan.draw_windows(self.run.settings.window, rng);
        self.plan.draw_negatives(&model.negatives, rng);
        for centre in 0..self.plan.words.len() {
            self.prefetch(centre + AHEAD);
            if self.plan.window(centre).len() > 1 {
                self.choose(centre);
                self.step();
            }
        }
        let loss = &mut self.loss;
        self.pacer.advance(ids.len() as u64, || loss.take())
    }

    /// Asks for the rows of the window at `centre`, if there is one.
    fn prefetch(&self, centre: usize) {
        let Model { input, output, units, .. } = self.run.model;
        let last = match self.run.settings.architecture {
            Architecture::SkipGram => self.plan.words.get(centre),
            // The other words were in the window before.
            Architecture::Cbow => self.plan.words.get(centre + self.run.settings.window),
        };
        for &row in last.map_or(&[][..], |&word| units.of(word)) {
            input.row(row as usize).prefetch();
        }
        self.plan.outputs(centre).iter().for_each(|&row| output.row(row as usize).prefetch());
    }

    /// Fills inputs and outputs for the window at `centre`.
    fn choose(&mut self, centre: usize) {
        let Model { input, output, units, .. } = self.run.model;
        let rate = self.pacer.learning_rate();
        let negatives = self.plan.outputs(centre);
        self.inputs.clear();
        self.outputs.clear();
        let n_positives = match self.run.settings.architecture {
            Architecture::SkipGram => {
                input.rows(units.of(self.plan.words[centre]), &mut self.inputs);
                self.plan
                    .contexts(centre)
                    .into_iter()
                    .for_each(|words| output.rows(words, &mut self.outputs));
                self.outputs.len()
            }
            Architecture::Cbow => {
                let words = self.plan.contexts(centre).into_iter().flatten();
                words.for_each(|&word| input.rows(units.of(word), &mut self.inputs));
                output.rows(&negatives[..1], &mut self.outputs);
                1
            }
        };
        output.rows(&negatives[1..], &mut self.outputs);
        let n_negatives = negatives.len() - 1;
        self.labels.clear();
        self.labels.resize(n_positives, 1.0);
        self.labels.resize(n_positives + n_negatives, 0.0);
        self.rates.clear();
        self.rates.resize(n_positives, rate);
        // Every prediction has its negatives: those that are shared count for all.
        let share = (n_positives * self.run.settings.negatives) as f32 / n_negatives as f32;
        self.rates.resize(n_positives + n_negatives, rate * share);
    }

    /// Moves the inputs, as one, towards the positive outputs and away from the negative ones.
    fn step(&mut self) {
        let scale = 1.0 / self.inputs.len() as f32;
        let rows = MeanStep { inputs: &self.inputs, scale, share: 1.0, mean: self.mean };
        let targets = Targets { labels: &self.labels, rates: &self.rates };
        self.steps.resize(self.labels.len(), 0.0);
        self.run.model.kernels.descend_mean(rows, &self.outputs, targets, &mut self.steps);
        self.loss.observe(&self.steps, targets, 1);
    }
}
