//! fastText: word vectors made of those of n-grams (Bojanowski et al. 2017).

mod settings;
mod units;
mod worker;

use crate::jobs::{Done, Jobs};
use crate::negatives::Negatives;
use crate::pace::Pace;
use crate::plan::Rows;
use crate::settings::Architecture;
use crate::start::{first_vectors, words_of};
use crate::subsample::Subsampler;
use crate::{EmbedError, Trainer};
use sememe_kernels::{Kernels, Matrix, Meter, Observer, SharedMatrix};
use sememe_vectors::{Buckets, Embeddings, Subwords};
use sememe_vocab::{Corpus, Vocab};
pub use settings::FastTextSettings;
use units::Units;
use worker::Worker;

/// Negatives of a skip-gram window, for each that a prediction has.
///
/// fastText draws new ones for every word around the centre. Here the vector of the centre is put together once a
/// window, all words around it are predicted at once, and so are all negatives, which then count for more of them.
const SHARED: usize = 2;

/// The fastText trainer.
///
/// A word predicts by the mean of its own vector and those of its n-grams; words that were never seen get vectors as
/// well. Threads and random choices are as for [`Word2Vec`](crate::Word2Vec).
#[derive(Clone, Debug)]
pub struct FastText {
    settings: FastTextSettings,
}

impl FastText {
    /// A trainer with these settings.
    ///
    /// # Errors
    /// If a setting is outside its range.
    pub fn new(settings: FastTextSettings) -> Result<Self, EmbedError> {
        settings.check()?;
        Ok(Self { settings })
    }
}

impl Trainer for FastText {
    fn train(
        &self,
        corpus: &dyn Corpus,
        vocab: &Vocab,
        observer: &mut dyn Observer,
    ) -> Result<Embeddings, EmbedError> {
        let settings = &self.settings;
        let model = Model::new(settings, vocab)?;
        let total = corpus.n_tokens() * settings.epochs as u64;
        let meter = Meter::new("words", Some(total), observer);
        let scratch = SharedMatrix::zeros(settings.threads, settings.dim);
        let pace = Pace { meter: &meter, first_rate: settings.learning_rate, total };
        let run = Run { settings, model: &model, scratch: &scratch, corpus, pace };
        let jobs = Jobs::new(corpus.n_shards() * settings.epochs, &Done::default());
        let work =
            |thread, job: usize| Worker::new(run, job as u64, thread).train_shard(job % corpus.n_shards());
        jobs.run(settings.threads, &meter, work, |_| Ok(()))?;
        model.into_embeddings()
    }
}

/// All that is learned, and the tables that it is sampled with.
struct Model {
    /// The words that get a vector, without the special ones.
    vocab: Vocab,
    rows: Rows,
    subwords: Subwords,
    units: Units,
    /// Vectors of words and n-grams: `f32[units.n_rows(), dim]`.
    input: SharedMatrix,
    /// Vectors of words as predictions: `f32[n_words, dim]`.
    output: SharedMatrix,
    subsampler: Subsampler,
    negatives: Negatives,
    kernels: Kernels,
}

impl Model {
    fn new(settings: &FastTextSettings, vocab: &Vocab) -> Result<Self, EmbedError> {
        let (words, counts) = words_of(vocab)?;
        let subwords = settings.subwords()?;
        let units = Units::new(&words, &subwords);
        let n_negatives = match settings.architecture {
            Architecture::SkipGram => SHARED * settings.negatives,
            Architecture::Cbow => settings.negatives,
        };
        Ok(Self {
            rows: Rows { n_special: vocab.n_special() as u32, n_words: words.len() },
            subwords,
            input: first_vectors(units.n_rows(), settings.dim, settings.seed),
            output: SharedMatrix::zeros(words.len(), settings.dim),
            subsampler: Subsampler::new(&counts, settings.sample),
            negatives: Negatives::new(&counts, settings.exponent, n_negatives)?,
            kernels: Kernels::detect(),
            vocab: words,
            units,
        })
    }

    fn into_embeddings(mut self) -> Result<Embeddings, EmbedError> {
        let dim = self.input.n_cols();
        let mut own = Matrix::zeros(self.vocab.len(), dim);
        (0..self.vocab.len()).for_each(|i| own.row_mut(i).copy_from_slice(self.input.row_mut(i)));
        let buckets = self.units.buckets();
        let mut rows = Matrix::zeros(buckets.len(), dim);
        let from = buckets.iter().map(|&(_, row)| row).enumerate();
        from.for_each(|(i, row)| rows.row_mut(i).copy_from_slice(self.input.row_mut(row)));
        let ids = buckets.into_iter().map(|(bucket, _)| bucket).collect();
        let buckets = Buckets::sparse(self.subwords, ids, rows)?;
        Ok(Embeddings::from_subwords(self.vocab, &own, buckets)?)
    }
}

/// One training run, as its threads see it.
#[derive(Clone, Copy)]
struct Run<'a> {
    settings: &'a FastTextSettings,
    model: &'a Model,
    /// A row for each thread.
    scratch: &'a SharedMatrix,
    corpus: &'a dyn Corpus,
    pace: Pace<'a>,
}

#[cfg(test)]
mod tests;
