//! Vectors of documents (Le and Mikolov 2014, "Distributed Representations of Sentences and Documents").

mod blocks;
mod encoder;
mod file;
mod model;
mod net;
mod settings;
mod worker;

pub use encoder::DocumentEncoder;
pub use model::Doc2VecModel;
pub use settings::{Doc2VecSettings, DocumentAlgorithm, InferenceSettings};

use crate::EmbedError;
use crate::checkpoint::{Checkpoints, Identity};
use crate::jobs::{Done, Jobs};
use crate::pace::Pace;
use net::{Net, Tags};
use sememe_kernels::{Meter, Observer, SharedMatrix};
use sememe_vocab::{DocumentCorpus, Vocab};
use std::path::PathBuf;
use worker::Worker;

/// The doc2vec trainer: PV-DBOW, with or without words, and PV-DM.
///
/// The threads share the vectors without locks (see [`SharedMatrix`]) and take the shards of the corpus one by one.
/// All random choices belong to a shard and an epoch: with one thread the same seed gives the same bits.
#[derive(Clone, Debug)]
pub struct Doc2Vec {
    settings: Doc2VecSettings,
    /// The state to go on from.
    resume: Option<PathBuf>,
}

impl Doc2Vec {
    /// A trainer with these settings.
    ///
    /// # Errors
    /// If a setting is outside its range.
    pub fn new(settings: Doc2VecSettings) -> Result<Self, EmbedError> {
        settings.check()?;
        Ok(Self { settings, resume: None })
    }

    /// Goes on from the state of the same run in the file at `path`, which an observer kept when the run was cut off.
    pub fn resume_from(self, path: impl Into<PathBuf>) -> Self {
        Self { resume: Some(path.into()), ..self }
    }
}

impl Doc2Vec {
    /// Trains on `corpus`, whose ids are those of `vocab`. `tags` has a name for each document, in the order of the
    /// corpus; documents with the same tag share a vector. Special words predict nothing and are not predicted.
    ///
    /// A document without words has a vector of zeros.
    ///
    /// # Errors
    /// If there are more or fewer tags than documents, there is nothing to train, the corpus cannot be read, training
    /// diverges, or `observer` stops it.
    pub fn train<S: AsRef<str>>(
        &self,
        corpus: &dyn DocumentCorpus,
        vocab: &Vocab,
        tags: &[S],
        observer: &mut dyn Observer,
    ) -> Result<Doc2VecModel, EmbedError> {
        let settings = &self.settings;
        if tags.len() as u64 != corpus.n_documents() {
            return Err(EmbedError::Tags { want: corpus.n_documents(), found: tags.len() });
        }
        let tags = Tags::new(tags);
        let mut net = Net::new(settings, vocab, tags.len())?;
        let identity = self.identity(corpus, vocab, &tags)?;
        let checkpoints = Checkpoints::begin(identity, self.resume.as_deref(), &mut net.matrices_mut())?;
        let words = corpus.n_tokens() * settings.epochs as u64;
        let stages = if settings.relearn { &[Stage::All, Stage::Documents][..] } else { &[Stage::All] };
        let total = words * stages.len() as u64;
        let meter = Meter::new("words", Some(total), observer).resumed_at(checkpoints.units);
        let scratch = SharedMatrix::zeros(settings.threads, settings.dim);
        let rows = tags.rows();
        for (i, &stage) in stages.iter().enumerate() {
            let start = words * i as u64;
            let pace = Pace { meter: &meter, first_rate: settings.learning_rate, start, total: words };
            Run { settings, net: &net, rows, scratch: &scratch, corpus, pace, stage }.train(&checkpoints)?;
        }
        net.clear_wordless(corpus, &tags)?;
        net.into_model(settings, &tags)
    }

    /// What a run is told apart by.
    fn identity(
        &self,
        corpus: &dyn DocumentCorpus,
        vocab: &Vocab,
        tags: &Tags<'_>,
    ) -> Result<Identity, EmbedError> {
        let settings = Doc2VecSettings { threads: 1, ..self.settings.clone() };
        Identity::new(&(settings, tags.vocab()?.digest()), corpus, vocab)
    }
}

/// One training run, as its threads see it.
#[derive(Clone, Copy)]
struct Run<'a> {
    settings: &'a Doc2VecSettings,
    net: &'a Net,
    /// Which vector belongs to each document.
    rows: &'a [u32],
    /// A row for each thread.
    scratch: &'a SharedMatrix,
    corpus: &'a dyn DocumentCorpus,
    pace: Pace<'a>,
    stage: Stage,
}

/// What a run trains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    All,
    /// The vectors of documents; those of words stay.
    Documents,
}

impl Run<'_> {
    /// Trains all shards in all epochs that were not trained before, and offers the state after each. The jobs of a
    /// stage are numbered on from those of the one before.
    fn train(self, checkpoints: &Checkpoints) -> Result<(), EmbedError> {
        let (net, n_shards) = (self.net, self.corpus.n_shards());
        let n_jobs = n_shards * self.settings.epochs;
        let first = if self.stage == Stage::All { 0 } else { n_jobs };
        let done = &checkpoints.done;
        if self.stage == Stage::Documents && done.next <= n_jobs {
            net.restart_documents(self.settings);
        }
        // A stage begins when no job of the one before is open.
        let open = done.open.iter().filter_map(|job| job.checked_sub(first)).collect();
        let done = Done { next: done.next.saturating_sub(first), open };
        // Other random choices in each stage.
        let work =
            |thread, job: usize| Worker::new(self, (first + job) as u64, thread).train_shard(job % n_shards);
        let after = |jobs: &Jobs| {
            let Done { next, open } = jobs.done();
            let done = Done { next: first + next, open: open.into_iter().map(|job| first + job).collect() };
            checkpoints.offer(self.pace.meter, done, &net.matrices())
        };
        Jobs::new(n_jobs, &done).run(self.settings.threads, self.pace.meter, work, after)
    }
}

#[cfg(test)]
mod tests;
