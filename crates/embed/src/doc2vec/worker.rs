//! The inner loops: one thread, one shard.

use super::blocks::Blocks;
use super::{DocumentAlgorithm, Run, Stage};
use crate::EmbedError;
use crate::loss::Loss;
use crate::objective::Pattern;
use crate::pace::Pacer;
use crate::plan::Plan;
use crate::sentences::for_each_document_piece;
use sememe_kernels::{Gradient, MeanStep, Rng, SharedRow, Targets};
use sememe_vocab::WordId;

/// Rows are asked for so many words ahead.
const AHEAD: usize = 3;

/// All that a thread owns while it trains a shard.
pub(super) struct Worker<'a> {
    pub(super) run: Run<'a>,
    rng: Rng,
    pacer: Pacer<'a>,
    pub(super) plan: Plan,
    pub(super) blocks: Blocks,
    inputs: Vec<SharedRow<'a>>,
    outputs: Vec<SharedRow<'a>>,
    pattern: Pattern,
    rates: Vec<f32>,
    room: Room,
    loss: Loss,
    /// Room for a mean.
    mean: SharedRow<'a>,
}

/// Room for what a step comes to.
#[derive(Default)]
struct Room {
    steps: Vec<f32>,
    changes: Vec<f32>,
}

impl Room {
    /// One step of all that `rows` predict with, `document` among them, or of the document alone.
    fn descend(
        &mut self,
        run: Run<'_>,
        rows: MeanStep<'_>,
        document: SharedRow<'_>,
        (outputs, targets): (&[SharedRow<'_>], Targets<'_>),
    ) {
        let (kernels, width) = (run.net.kernels, document.len());
        self.steps.resize(outputs.len(), 0.0);
        if run.stage == Stage::All {
            return kernels.descend_mean(rows, outputs, targets, &mut self.steps);
        }
        self.changes.resize((1 + outputs.len()) * width, 0.0);
        let into = Gradient { steps: &mut self.steps, changes: &mut self.changes };
        kernels.gradient_mean(rows, outputs, targets, into);
        kernels.add(&self.changes[..width], document);
    }
}

impl<'a> Worker<'a> {
    /// Random choices come from stream `stream` of the run's seed; scratch space is that of `thread`.
    pub(super) fn new(run: Run<'a>, stream: u64, thread: usize) -> Self {
        Self {
            run,
            rng: Rng::new(run.settings.seed, stream),
            pacer: Pacer::new(run.pace),
            plan: Plan::default(),
            blocks: Blocks::default(),
            inputs: Vec::new(),
            outputs: Vec::new(),
            pattern: Pattern::default(),
            rates: Vec::new(),
            room: Room::default(),
            loss: Loss::default(),
            mean: run.scratch.row(thread),
        }
    }

    pub(super) fn train_shard(mut self, shard: usize) -> Result<(), EmbedError> {
        for_each_document_piece(self.run.corpus, shard, |number, ids| {
            let row = self.run.rows[number as usize];
            self.train_part(self.run.net.documents.row(row as usize), ids)
        })?;
        self.pacer.report(self.loss.take())
    }

    /// Trains a part of a document, short enough for its plan to stay in the cache.
    fn train_part(&mut self, document: SharedRow<'a>, ids: &[WordId]) -> Result<(), EmbedError> {
        let net = self.run.net;
        self.plan.subsample(ids, net.rows(), &net.subsampler, &mut self.rng)?;
        if self.run.settings.has_words() {
            self.plan.draw_windows(self.run.settings.window, &mut self.rng);
            self.plan.draw_outputs(&net.objective, &mut self.rng);
        }
        match self.run.settings.algorithm {
            DocumentAlgorithm::Dm => self.train_memory(document),
            DocumentAlgorithm::Dbow => {
                self.train_bag(document);
                if self.run.settings.words && self.run.stage == Stage::All {
                    self.train_words();
                }
            }
        }
        let loss = &mut self.loss;
        self.pacer.advance(ids.len() as u64, || loss.take())
    }

    /// PV-DBOW: the document predicts its words, a block of them in a step.
    pub(super) fn train_bag(&mut self, document: SharedRow<'a>) {
        let Self { run, rng, plan, blocks, outputs, rates, room, .. } = self;
        let rate = self.pacer.learning_rate();
        let Some(negatives) = run.net.objective.negatives() else { return };
        blocks.plan(&plan.words, run.net.sharing, negatives, rng);
        let ahead = AHEAD.div_ceil(run.settings.block);
        for block in 0..blocks.len() {
            let ahead = &blocks.rows[blocks.range(block + ahead)];
            ahead.iter().for_each(|&row| run.net.outputs.row(row as usize).prefetch());
            let range = blocks.range(block);
            outputs.clear();
            run.net.outputs.rows(&blocks.rows[range.clone()], outputs);
            rates.clear();
            rates.extend(blocks.weights[range.clone()].iter().map(|weight| rate * weight));
            let targets = Targets { labels: &blocks.labels[range], rates };
            let rows = MeanStep { inputs: &[document], scale: 1.0, share: 1.0, mean: self.mean };
            room.descend(*run, rows, document, (outputs, targets));
            self.loss.observe_weighted(&room.steps, targets, rate, blocks.n_words(block));
        }
    }

    /// PV-DM: every word in turn.
    fn train_memory(&mut self, document: SharedRow<'a>) {
        let rate = self.pacer.learning_rate();
        for centre in 0..self.plan.words.len() {
            self.prefetch(centre);
            self.step_memory(centre, document, rate);
        }
    }

    /// The mean of the document and the words around predicts the word at position `centre`; all of them move by the
    /// whole change of the mean, as the words of CBOW do.
    pub(super) fn step_memory(&mut self, centre: usize, document: SharedRow<'a>, rate: f32) {
        self.fill(centre);
        self.inputs.push(document);
        let scale = 1.0 / self.inputs.len() as f32;
        let rows = MeanStep { inputs: &self.inputs, scale, share: 1.0, mean: self.mean };
        let targets = self.pattern.negative(1, self.outputs.len(), rate);
        self.room.descend(self.run, rows, document, (&self.outputs, targets));
        self.loss.observe(&self.room.steps, targets, 1);
    }

    /// The words around predict each word: skip-gram.
    fn train_words(&mut self) {
        let rate = self.pacer.learning_rate();
        for centre in 0..self.plan.words.len() {
            self.prefetch(centre);
            self.fill(centre);
            let targets = self.pattern.negative(self.inputs.len(), self.outputs.len(), rate);
            self.room.steps.resize(self.inputs.len() * self.outputs.len(), 0.0);
            self.run.net.kernels.descend(&self.inputs, &self.outputs, targets, &mut self.room.steps);
            self.loss.observe(&self.room.steps, targets, self.inputs.len());
        }
    }

    /// Takes the words around position `centre` as inputs, and what tells the word there from others as outputs.
    fn fill(&mut self, centre: usize) {
        let net = self.run.net;
        self.inputs.clear();
        self.plan.contexts(centre).into_iter().for_each(|words| net.words.rows(words, &mut self.inputs));
        self.outputs.clear();
        net.outputs.rows(self.plan.outputs(centre), &mut self.outputs);
    }

    /// Asks for the rows of predictions to come while the one at `centre` is computed.
    fn prefetch(&self, centre: usize) {
        let (net, plan) = (self.run.net, &self.plan);
        if let Some(&row) = plan.words.get(centre + AHEAD + self.run.settings.window) {
            net.words.row(row as usize).prefetch();
        }
        plan.outputs(centre + AHEAD).iter().for_each(|&row| net.outputs.row(row as usize).prefetch());
    }
}
