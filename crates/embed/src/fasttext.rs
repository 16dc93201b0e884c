//! fastText: word vectors made of those of n-grams (Bojanowski et al. 2017).

mod scribe;
mod settings;
mod start;
mod units;
mod window;
mod worker;

use crate::checkpoint::{Checkpoints, Identity};
use crate::course::Course;
use crate::negatives::Negatives;
use crate::pace::Pace;
use crate::plan::{Plan, Rows};
use crate::settings::Architecture;
use crate::start::{Start, first_vectors, words_of};
use crate::subsample::Subsampler;
use crate::{EmbedError, Trainer};
use sememe_kernels::{Kernels, Meter, Observer, Rng, SharedMatrix};
use sememe_vectors::{Embeddings, Subwords};
use sememe_vocab::{Corpus, Vocab, WordId};
pub use settings::FastTextSettings;
use std::path::PathBuf;
use units::Units;

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
    start: Option<Start>,
    resume: Option<PathBuf>,
}

impl FastText {
    /// A trainer with these settings.
    ///
    /// # Errors
    /// If a setting is outside its range.
    pub fn new(settings: FastTextSettings) -> Result<Self, EmbedError> {
        settings.check()?;
        Ok(Self { settings, start: None, resume: None })
    }

    /// Starts the words that `vectors` has from there, and the n-grams too, if it has them for n-grams of the same
    /// lengths in as many buckets; others start at random as always. Words and n-grams that only `vectors` has are
    /// kept as they are. No word can be left as it is: it shares its n-grams with others.
    ///
    /// # Errors
    /// If the vectors are of another dimension.
    pub fn start_from(self, vectors: Embeddings) -> Result<Self, EmbedError> {
        let start = Start::new(vectors, false, self.settings.dim)?;
        Ok(Self { start: Some(start), ..self })
    }

    /// As [`Word2Vec::resume_from`](crate::Word2Vec::resume_from).
    pub fn resume_from(self, path: PathBuf) -> Self {
        Self { resume: Some(path), ..self }
    }

    /// What a run is told apart by.
    fn identity(&self, corpus: &dyn Corpus, vocab: &Vocab) -> Result<Identity, EmbedError> {
        Identity::new(&FastTextSettings { threads: 1, ..self.settings.clone() }, corpus, vocab)
    }
}

impl Trainer for FastText {
    fn train(
        &self,
        corpus: &dyn Corpus,
        vocab: &Vocab,
        observer: &mut dyn Observer,
    ) -> Result<Embeddings, EmbedError> {
        let (settings, identity) = (&self.settings, self.identity(corpus, vocab)?);
        let mut model = Model::new(settings, vocab)?;
        if let Some(start) = &self.start {
            model.start_from(start);
        }
        let checkpoints = Checkpoints::begin(identity, self.resume.as_deref(), &mut model.matrices_mut())?;
        let total = corpus.n_tokens() * settings.epochs as u64;
        let meter = Meter::new("words", Some(total), observer).resumed_at(checkpoints.units);
        let scratch = SharedMatrix::zeros(settings.threads, settings.dim);
        let pace = Pace { meter: &meter, first_rate: settings.learning_rate, start: 0, total };
        let run = Run { settings, model: &model, scratch: &scratch, corpus, pace };
        let FastTextSettings { epochs, threads, seed, .. } = *settings;
        Course { corpus, pace, epochs, threads, seed }.run(&run, settings.deterministic, &checkpoints)?;
        model.into_embeddings(self.start.as_ref())
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
    /// How often a window changes the row that is changed most, on average.
    busiest: f64,
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
        let subsampler = Subsampler::new(&counts, settings.sample);
        let negatives = Negatives::new(&counts, settings.exponent, n_negatives)?;
        Ok(Self {
            busiest: busiest(settings, &subsampler.shares(&counts), &units, &negatives),
            rows: Rows { n_special: vocab.n_special() as u32, n_words: words.len() },
            subwords,
            input: first_vectors(units.n_rows(), settings.dim, settings.seed),
            output: SharedMatrix::zeros(words.len(), settings.dim),
            subsampler,
            negatives,
            kernels: Kernels::detect(),
            vocab: words,
            units,
        })
    }

    fn matrices_mut(&mut self) -> [(&'static str, &mut SharedMatrix); 2] {
        [("input", &mut self.input), ("output", &mut self.output)]
    }
}

/// How often a window changes the row that is changed most, on average, where words have these shares of the text.
fn busiest(settings: &FastTextSettings, shares: &[f64], units: &Units, negatives: &Negatives) -> f64 {
    let most = |values: &[f64]| values.iter().copied().fold(0.0, f64::max);
    let mut inputs = vec![0.0; units.n_rows()];
    for (word, share) in (0..).zip(shares) {
        units.of(word).iter().for_each(|&row| inputs[row as usize] += share);
    }
    let n_contexts = (settings.window + 1) as f64;
    let (input, positive) = (most(&inputs), most(shares));
    match settings.architecture {
        // Negatives that are shared count for all predictions of the window.
        Architecture::SkipGram => {
            let negative = negatives.most_frequent() / SHARED as f64;
            input.max(n_contexts * (positive + negative))
        }
        Architecture::Cbow => (n_contexts * input).max(positive + negatives.most_frequent()),
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

impl Run<'_> {
    /// Makes the random choices of a sentence.
    fn plan(self, plan: &mut Plan, ids: &[WordId], rng: &mut Rng) -> Result<(), EmbedError> {
        plan.subsample(ids, self.model.rows, &self.model.subsampler, rng)?;
        plan.draw_windows(self.settings.window, rng);
        plan.draw_negatives(&self.model.negatives, rng);
        Ok(())
    }

    /// Asks for the rows of the windows to come while the one at `centre` is computed.
    #[inline]
    fn prefetch(self, plan: &Plan, centre: usize) {
        /// In windows.
        const AHEAD: usize = 1;
        let Model { input, output, units, .. } = self.model;
        let last = match self.settings.architecture {
            Architecture::SkipGram => plan.words.get(centre + AHEAD),
            // The other words were in the window before.
            Architecture::Cbow => plan.words.get(centre + AHEAD + self.settings.window),
        };
        for &row in last.map_or(&[][..], |&word| units.of(word)) {
            input.row(row as usize).prefetch();
        }
        plan.outputs(centre + AHEAD).iter().for_each(|&row| output.row(row as usize).prefetch());
    }
}

#[cfg(test)]
mod tests;
