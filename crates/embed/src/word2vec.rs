//! Skip-gram and CBOW (Mikolov et al. 2013).

mod deterministic;
mod learner;
mod worker;

use crate::huffman::Huffman;
use crate::jobs::{Done, Jobs};
use crate::negatives::Negatives;
use crate::objective::Objective;
use crate::pace::Pace;
use crate::plan::{Plan, Rows};
use crate::settings::{Architecture, Loss, NegativeSharing};
use crate::start::{first_vectors, words_of};
use crate::subsample::Subsampler;
use crate::{EmbedError, Trainer, Word2VecSettings};
use sememe_kernels::{Kernels, Meter, Observer, SharedMatrix};
use sememe_vectors::Embeddings;
use sememe_vocab::{Corpus, Vocab};
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
        let settings = &self.settings;
        let mut model = Model::new(settings, vocab)?;
        let total = corpus.n_tokens() * settings.epochs as u64;
        let meter = Meter::new("words", Some(total), observer);
        let scratch = SharedMatrix::zeros(settings.threads, settings.dim);
        let pace = Pace { meter: &meter, first_rate: settings.first_learning_rate(), total };
        let run = Run { settings, model: &model, scratch: &scratch, corpus, pace };
        if settings.deterministic {
            deterministic::train(run, 0, &mut |_| Ok(()))?;
            return Ok(Embeddings::new(model.vocab, model.input.to_matrix())?);
        }
        let jobs = Jobs::new(corpus.n_shards() * settings.epochs, &Done::default());
        let work =
            |thread, job: usize| Worker::new(run, job as u64, thread).train_shard(job % corpus.n_shards());
        jobs.run(settings.threads, &meter, work, |_| Ok(()))?;
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
    /// Vectors of words as predictions, or of the branches of the tree: `f32[n_words, dim]`.
    output: SharedMatrix,
    subsampler: Subsampler,
    objective: Objective,
    /// How often a window changes the row that is changed most, on average.
    busiest: f64,
    kernels: Kernels,
}

impl Model {
    fn new(settings: &Word2VecSettings, vocab: &Vocab) -> Result<Self, EmbedError> {
        let (words, counts) = words_of(vocab)?;
        let subsampler = Subsampler::new(&counts, settings.sample);
        let objective = objective(settings, &counts)?;
        let busiest = busiest(settings, &subsampler.shares(&counts), &objective);
        Ok(Self {
            vocab: words,
            n_special: vocab.n_special() as u32,
            input: first_vectors(counts.len(), settings.dim, settings.seed),
            output: SharedMatrix::zeros(counts.len(), settings.dim),
            subsampler,
            objective,
            busiest,
            kernels: Kernels::detect(),
        })
    }

    fn rows(&self) -> Rows {
        Rows { n_special: self.n_special, n_words: self.vocab.len() }
    }
}

fn objective(settings: &Word2VecSettings, counts: &[u64]) -> Result<Objective, EmbedError> {
    if settings.loss == Loss::Tree {
        return Ok(Objective::Tree(Huffman::new(counts)));
    }
    let negatives = Negatives::new(counts, settings.exponent, settings.negatives)?;
    let by_pair =
        settings.sharing == NegativeSharing::Pair && settings.architecture == Architecture::SkipGram;
    Ok(Objective::Negative { negatives, kept: if by_pair { 0 } else { settings.keep_negatives } })
}

/// How often a window changes the row that is changed most, on average, where words have these shares of the text.
fn busiest(settings: &Word2VecSettings, shares: &[f64], objective: &Objective) -> f64 {
    let most = shares.iter().copied().fold(0.0, f64::max);
    let n_contexts = (settings.window + 1) as f64;
    let outputs = match objective {
        // The root of the tree is on the way to every word.
        Objective::Tree(_) => 1.0,
        Objective::Negative { negatives, kept: 0 } => n_contexts * (most + negatives.most_frequent()),
        Objective::Negative { negatives, .. } => most + negatives.most_frequent(),
    };
    (n_contexts * most).max(outputs)
}

/// One training run, as its threads see it.
#[derive(Clone, Copy)]
struct Run<'a> {
    settings: &'a Word2VecSettings,
    model: &'a Model,
    /// A row for each thread.
    scratch: &'a SharedMatrix,
    corpus: &'a dyn Corpus,
    pace: Pace<'a>,
}

impl Run<'_> {
    /// Asks for the rows of the windows to come while the one at `centre` is computed.
    #[inline]
    fn prefetch(&self, plan: &Plan, centre: usize) {
        /// In windows: further ahead, rows would be pushed out again before they are used.
        const AHEAD: usize = 3;
        let Model { input, output, .. } = self.model;
        if let Some(&row) = plan.words.get(centre + AHEAD + self.settings.window) {
            input.row(row as usize).prefetch();
        }
        plan.outputs(centre + AHEAD).iter().for_each(|&row| output.row(row as usize).prefetch());
    }
}

#[cfg(test)]
mod tests;
