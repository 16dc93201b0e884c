//! Global vectors (Pennington, Socher and Manning 2014).

mod blocks;
mod model;
mod record;
mod schedule;
mod settings;
#[cfg(test)]
mod tests;
mod worker;

pub use settings::GloveSettings;

use crate::checkpoint::{Checkpoints, Identity};
use crate::cooccurrence::{Counts, Settings};
use crate::jobs::{Done, Jobs};
use crate::start::Start;
use crate::subsample::Subsampler;
use crate::{EmbedError, Trainer};
use blocks::Blocks;
use model::Model;
use record::Weighting;
use sememe_kernels::{Kernels, Meter, Observer};
use sememe_vectors::Embeddings;
use sememe_vocab::{Corpus, Vocab};
use std::path::PathBuf;
use worker::Worker;

/// The GloVe trainer.
///
/// It counts how often words meet, exactly and in bounded memory, then fits w·c + b + b′ to the logarithm of each
/// count by AdaGrad (equation 8 of the paper): the observer hears first of words, then of records, one for each pair
/// of a word and a context. A pair that stands for both of its orders is kept once, and trained in both.
///
/// A seed gives the same bits on any number of threads and with any memory: threads work at the same time only on
/// records that have no word in common.
#[derive(Clone, Debug)]
pub struct Glove {
    settings: GloveSettings,
    start: Option<Start>,
    resume: Option<PathBuf>,
}

impl Glove {
    /// A trainer with these settings.
    ///
    /// # Errors
    /// If a setting is outside its range.
    pub fn new(settings: GloveSettings) -> Result<Self, EmbedError> {
        settings.check()?;
        Ok(Self { settings, start: None, resume: None })
    }

    /// As [`Word2Vec::start_from`](crate::Word2Vec::start_from). Where vectors of contexts are added to those of words,
    /// a word starts as half of its vector in either place.
    ///
    /// # Errors
    /// If the vectors are of another dimension.
    pub fn start_from(self, vectors: Embeddings, frozen: bool) -> Result<Self, EmbedError> {
        let start = Start::new(vectors, frozen, self.settings.dim)?;
        Ok(Self { start: Some(start), ..self })
    }

    /// As [`Word2Vec::resume_from`](crate::Word2Vec::resume_from). The state is that of training: words are counted
    /// anew.
    pub fn resume_from(self, path: PathBuf) -> Self {
        Self { resume: Some(path), ..self }
    }

    /// What a run is told apart by: neither threads nor memory change its result. Vectors to start from are part of
    /// the state, but that they stay as they are is taken from the start as well.
    fn identity(&self, corpus: &dyn Corpus, vocab: &Vocab) -> Result<Identity, EmbedError> {
        let frozen = self.start.as_ref().is_some_and(|start| start.frozen);
        let memory = GloveSettings::default().memory;
        let settings = GloveSettings { threads: 1, memory, ..self.settings.clone() };
        Identity::new(&(settings, frozen), corpus, vocab)
    }

    /// Counts a corpus, and takes the counts to their cells.
    fn count(
        &self,
        corpus: &dyn Corpus,
        model: &Model,
        observer: &mut dyn Observer,
    ) -> Result<Blocks, EmbedError> {
        let settings = &self.settings;
        let all = Subsampler::new(&vec![1; model.n_words()], 0.0);
        let counting = Settings {
            window: settings.window,
            symmetric: settings.symmetric,
            weight: settings.distance_weight,
            memory: settings.memory,
            threads: settings.threads,
            seed: settings.seed,
        };
        let counts = Counts::of(corpus, model.rows(), &all, counting, observer)?;
        Blocks::scatter(counts, Weighting::new(settings), settings, observer)
    }

    /// Trains the rounds of all epochs that are not done, and offers the state of the run after each.
    fn fit(
        &self,
        model: &Model,
        blocks: &Blocks,
        checkpoints: &Checkpoints,
        observer: &mut dyn Observer,
    ) -> Result<(), EmbedError> {
        let (settings, schedule, kernels) = (&self.settings, blocks.schedule(), Kernels::detect());
        let total = blocks.n_steps() * settings.epochs as u64;
        let meter = Meter::new("records", Some(total), observer).resumed_at(checkpoints.units);
        let worker = Worker { settings, model, blocks, meter: &meter, kernels };
        let n_rounds = schedule.n_rounds();
        for next in checkpoints.done.next..n_rounds * settings.epochs {
            let (epoch, i) = (next / n_rounds, next % n_rounds);
            let cells = schedule.cells(schedule.rounds(settings.seed, epoch)[i]);
            let work = |_, job: usize| worker.train_cell(epoch, cells[job]);
            let threads = settings.threads.min(cells.len());
            Jobs::new(cells.len(), &Done::default()).run(threads, &meter, work, |_| Ok(()))?;
            let done = Done { next: next + 1, open: Vec::new() };
            checkpoints.offer(&meter, done, &model.matrices())?;
        }
        Ok(())
    }
}

impl Trainer for Glove {
    fn train(
        &self,
        corpus: &dyn Corpus,
        vocab: &Vocab,
        observer: &mut dyn Observer,
    ) -> Result<Embeddings, EmbedError> {
        let (add_contexts, start) = (self.settings.add_contexts, self.start.as_ref());
        let mut model = Model::new(vocab, &self.settings)?;
        if let Some(start) = start {
            model.start_from(start, add_contexts);
        }
        let identity = self.identity(corpus, vocab)?;
        let checkpoints = Checkpoints::begin(identity, self.resume.as_deref(), &mut model.matrices_mut())?;
        let blocks = self.count(corpus, &model, observer)?;
        self.fit(&model, &blocks, &checkpoints, observer)?;
        drop(blocks);
        model.into_embeddings(add_contexts, start)
    }
}
