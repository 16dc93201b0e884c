//! Global vectors (Pennington, Socher and Manning 2014).

mod blocks;
mod model;
mod record;
mod settings;
#[cfg(test)]
mod tests;
mod worker;

pub use settings::GloveSettings;

use crate::cooccurrence::{Counts, Settings};
use crate::jobs::{Done, Jobs};
use crate::subsample::Subsampler;
use crate::{EmbedError, Trainer};
use blocks::Blocks;
use model::Model;
use record::Weighting;
use sememe_kernels::{Kernels, Meter, Observer};
use sememe_vectors::Embeddings;
use sememe_vocab::{Corpus, Vocab};
use worker::Worker;

/// The GloVe trainer.
///
/// It counts how often words meet, exactly and in bounded memory, then fits w·c + b + b′ to the logarithm of each
/// count by AdaGrad (equation 8 of the paper): the observer hears first of words, then of records, one for each pair
/// of a word and a context. A pair that stands for both of its orders is kept once, and trained in both.
///
/// The counts, and the order in which one thread trains them, depend on neither threads nor memory: with one thread
/// the same seed gives the same bits. More threads share the vectors without locks (see
/// [`SharedMatrix`](sememe_kernels::SharedMatrix)).
#[derive(Clone, Debug)]
pub struct Glove {
    settings: GloveSettings,
}

impl Glove {
    /// A trainer with these settings.
    ///
    /// # Errors
    /// If a setting is outside its range.
    pub fn new(settings: GloveSettings) -> Result<Self, EmbedError> {
        settings.check()?;
        Ok(Self { settings })
    }

    /// Counts a corpus, and shuffles the counts.
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

    fn fit(&self, model: &Model, blocks: &Blocks, observer: &mut dyn Observer) -> Result<(), EmbedError> {
        let (settings, epochs) = (&self.settings, self.settings.epochs);
        let meter = Meter::new("records", Some(blocks.n_steps() * epochs as u64), observer);
        let kernels = Kernels::detect();
        let work = |_, job| Worker { settings, model, blocks, meter: &meter, kernels }.train_block(job);
        Jobs::new(blocks.len() * epochs, &Done::default()).run(settings.threads, &meter, work, |_| Ok(()))
    }
}

impl Trainer for Glove {
    fn train(
        &self,
        corpus: &dyn Corpus,
        vocab: &Vocab,
        observer: &mut dyn Observer,
    ) -> Result<Embeddings, EmbedError> {
        let model = Model::new(vocab, &self.settings)?;
        let blocks = self.count(corpus, &model, observer)?;
        self.fit(&model, &blocks, observer)?;
        drop(blocks);
        model.into_embeddings(vocab, self.settings.add_contexts)
    }
}
