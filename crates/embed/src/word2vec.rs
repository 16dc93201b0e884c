//! Skip-gram and CBOW with negative sampling (Mikolov et al. 2013).

mod prediction;
mod worker;

use crate::negatives::Negatives;
use crate::subsample::Subsampler;
use crate::{EmbedError, Trainer, Word2VecSettings};
use sememe_kernels::{Kernels, Meter, Observer, Rng, SharedMatrix};
use sememe_vectors::Embeddings;
use sememe_vocab::{Corpus, Vocab, WordId};
use std::sync::atomic::{AtomicUsize, Ordering};
use worker::Worker;

/// The word2vec trainer.
///
/// The threads share the vectors without locks (see [`SharedMatrix`]) and take the shards of the corpus one
/// by one. All random choices belong to a shard and an epoch: with one thread the same seed gives the same
/// bits.
#[derive(Clone, Debug)]
pub struct Word2Vec {
    settings: Word2VecSettings,
}

impl Word2Vec {
    /// A trainer with these settings.
    ///
    /// # Errors
    /// If a setting is outside its range.
    pub fn new(settings: Word2VecSettings) -> Result<Self, EmbedError> {
        settings.check()?;
        Ok(Self { settings })
    }
}

impl Trainer for Word2Vec {
    fn train(
        &self,
        corpus: &dyn Corpus,
        vocab: &Vocab,
        observer: &mut dyn Observer,
    ) -> Result<Embeddings, EmbedError> {
        let mut model = Model::new(&self.settings, vocab)?;
        let total = corpus.n_tokens() * self.settings.epochs as u64;
        let meter = Meter::new("words", Some(total), observer);
        let scratch = SharedMatrix::zeros(2 * self.settings.threads, self.settings.dim);
        Run { settings: &self.settings, model: &model, scratch: &scratch, corpus, meter: &meter, total }
            .run()?;
        Ok(Embeddings::new(model.vocab, model.input.to_matrix())?)
    }
}

/// All that is learned, and the tables that it is sampled with.
struct Model {
    /// The words that get a vector, without the special ones.
    vocab: Vocab,
    /// How many ids of the corpus stand before the first row.
    n_special: u32,
    /// Vectors of words as contexts, the result: `f32[n_words, dim]`.
    input: SharedMatrix,
    /// Vectors of words as predictions: `f32[n_words, dim]`.
    output: SharedMatrix,
    subsampler: Subsampler,
    negatives: Negatives,
    kernels: Kernels,
}

impl Model {
    fn new(settings: &Word2VecSettings, vocab: &Vocab) -> Result<Self, EmbedError> {
        let n_special = vocab.n_special();
        let counts: Vec<u64> = (n_special..vocab.len()).map(|i| vocab.count(WordId(i as u32))).collect();
        if counts.is_empty() {
            return Err(EmbedError::EmptyVocabulary);
        }
        Ok(Self {
            vocab: Vocab::from_words(vocab.words().skip(n_special).zip(counts.iter().copied()), 0)?,
            n_special: n_special as u32,
            input: first_vectors(counts.len(), settings),
            output: SharedMatrix::zeros(counts.len(), settings.dim),
            subsampler: Subsampler::new(&counts, settings.sample),
            negatives: Negatives::new(&counts, settings.exponent, settings.negatives)?,
            kernels: Kernels::detect(),
        })
    }
}

/// Uniform numbers in ±1/dim, as gensim starts: on small corpora it learns faster than word2vec's half.
fn first_vectors(n_words: usize, settings: &Word2VecSettings) -> SharedMatrix {
    /// A stream that no shard uses.
    const STREAM: u64 = u64::MAX;
    let (mut rng, scale) = (Rng::new(settings.seed, STREAM), 2.0 / settings.dim as f32);
    let mut matrix = SharedMatrix::zeros(n_words, settings.dim);
    for i in 0..n_words {
        matrix.row_mut(i).iter_mut().for_each(|x| *x = (rng.unit_f32() - 0.5) * scale);
    }
    matrix
}

/// One training run, as its threads see it.
#[derive(Clone, Copy)]
struct Run<'a> {
    settings: &'a Word2VecSettings,
    model: &'a Model,
    /// Two rows for each thread.
    scratch: &'a SharedMatrix,
    corpus: &'a dyn Corpus,
    meter: &'a Meter<'a>,
    /// Words of all epochs together.
    total: u64,
}

impl Run<'_> {
    /// Falls linearly with the words done, down to a ten-thousandth of the first.
    fn learning_rate(self) -> f32 {
        let done = self.meter.done() as f64 / self.total.max(1) as f64;
        self.settings.first_learning_rate() * (1.0 - done).max(1e-4) as f32
    }

    fn run(self) -> Result<(), EmbedError> {
        let next = AtomicUsize::new(0);
        let results: Vec<_> = std::thread::scope(|scope| {
            let next = &next;
            let spawn = |thread| scope.spawn(move || self.work(thread, next));
            let threads: Vec<_> = (0..self.settings.threads).map(spawn).collect();
            threads.into_iter().map(|thread| thread.join().expect("a worker does not panic")).collect()
        });
        // Once one thread fails the others report an interruption: the failure is what counts.
        let failure = results.into_iter().filter_map(Result::err).reduce(|first, other| match first {
            EmbedError::Interrupted { .. } => other,
            _ => first,
        });
        failure.map_or(Ok(()), Err)
    }

    /// Trains shard after shard of epoch after epoch, whichever is next; nobody waits for an epoch to end.
    fn work(self, thread: usize, next: &AtomicUsize) -> Result<(), EmbedError> {
        let n_shards = self.corpus.n_shards();
        loop {
            let job = next.fetch_add(1, Ordering::Relaxed);
            if job >= n_shards * self.settings.epochs {
                return Ok(());
            }
            let result = Worker::new(self, job as u64, thread).train_shard(job % n_shards);
            if result.is_err() {
                self.meter.stop();
                return result;
            }
        }
    }
}

#[cfg(test)]
mod tests;
