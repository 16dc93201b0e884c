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
use crate::jobs::{Done, Jobs};
use crate::pace::Pace;
use net::{Net, Tags};
use sememe_kernels::{Meter, Observer, SharedMatrix};
use sememe_vocab::{DocumentCorpus, Vocab};
use worker::Worker;

/// The doc2vec trainer: PV-DBOW, with or without words, and PV-DM.
///
/// The threads share the vectors without locks (see [`SharedMatrix`]) and take the shards of the corpus one by one.
/// All random choices belong to a shard and an epoch: with one thread the same seed gives the same bits.
#[derive(Clone, Debug)]
pub struct Doc2Vec {
    settings: Doc2VecSettings,
}

impl Doc2Vec {
    /// A trainer with these settings.
    ///
    /// # Errors
    /// If a setting is outside its range.
    pub fn new(settings: Doc2VecSettings) -> Result<Self, EmbedError> {
        settings.check()?;
        Ok(Self { settings })
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
        let words = corpus.n_tokens() * settings.epochs as u64;
        let total = if settings.relearn { 2 * words } else { words };
        let meter = Meter::new("words", Some(total), observer);
        let scratch = SharedMatrix::zeros(settings.threads, settings.dim);
        let pace = Pace { meter: &meter, first_rate: settings.learning_rate, start: 0, total: words };
        let rows = tags.rows();
        Run { settings, net: &net, rows, scratch: &scratch, corpus, pace, stage: Stage::All }.train()?;
        if settings.relearn {
            net.restart_documents(settings);
            let (pace, stage) = (Pace { start: meter.done(), ..pace }, Stage::Documents);
            Run { settings, net: &net, rows, scratch: &scratch, corpus, pace, stage }.train()?;
        }
        net.clear_wordless(corpus, &tags)?;
        net.into_model(settings, &tags)
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
    /// Trains all shards in all epochs.
    fn train(self) -> Result<(), EmbedError> {
        let n_shards = self.corpus.n_shards();
        let n_jobs = n_shards * self.settings.epochs;
        // Other random choices in each stage.
        let first_stream = if self.stage == Stage::All { 0 } else { n_jobs };
        let work = |thread, job: usize| {
            Worker::new(self, (first_stream + job) as u64, thread).train_shard(job % n_shards)
        };
        let jobs = Jobs::new(n_jobs, &Done::default());
        jobs.run(self.settings.threads, self.pace.meter, work, |_| Ok(()))
    }
}

#[cfg(test)]
mod tests;
