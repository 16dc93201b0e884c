//! Settings of fastText.

use crate::EmbedError;
use crate::settings::{Architecture, holds, within};
use sememe_vectors::Subwords;
use serde::{Deserialize, Serialize};

/// Settings of [`FastText`](crate::FastText).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FastTextSettings {
    /// Skip-gram or CBOW.
    pub architecture: Architecture,
    /// Numbers in a vector.
    pub dim: usize,
    /// Words on either side of the centre; each centre draws its own reach from 1 to this.
    pub window: usize,
    /// Characters of the shortest n-grams, with the marks of the beginning and the end of the word.
    pub min_n: u32,
    /// Characters of the longest n-grams.
    pub max_n: u32,
    /// Buckets that n-grams are hashed into. Only those that are used take memory.
    pub n_buckets: u32,
    /// Negative words for each prediction.
    pub negatives: usize,
    /// Negatives are drawn in proportion to count to this power: 0.5 in fastText, where word2vec has 0.75.
    pub exponent: f64,
    /// Words above this share of the text are thinned out; 0 keeps all.
    pub sample: f64,
    /// Passes over the corpus.
    pub epochs: usize,
    /// The first learning rate, which falls linearly to a ten-thousandth.
    pub learning_rate: f32,
    /// Threads. More than one share the vectors without locks: results then differ a little between runs, unless
    /// they are to be deterministic.
    pub threads: usize,
    /// Whether any number of threads gives the same bits, at some cost in speed. They are others than without, also
    /// with one thread.
    pub deterministic: bool,
    /// The seed of all random choices.
    pub seed: u64,
}

impl Default for FastTextSettings {
    fn default() -> Self {
        Self {
            architecture: Architecture::default(),
            dim: 100,
            window: 5,
            min_n: 3,
            max_n: 6,
            n_buckets: 2_000_000,
            negatives: 5,
            exponent: 0.5,
            sample: 1e-4,
            epochs: 5,
            learning_rate: 0.05,
            threads: 1,
            deterministic: false,
            seed: 1,
        }
    }
}

impl FastTextSettings {
    /// Which n-grams have vectors.
    pub(crate) fn subwords(&self) -> Result<Subwords, EmbedError> {
        Ok(Subwords::new(self.min_n, self.max_n, self.n_buckets)?)
    }

    /// Refuses settings with which nothing can be trained.
    pub(crate) fn check(&self) -> Result<(), EmbedError> {
        self.subwords()?;
        within("dim", self.dim, 1..=65_536, "from 1 to 65536")?;
        within("window", self.window, 1..=1_000, "from 1 to 1000")?;
        within("negatives", self.negatives, 1..=1_000, "from 1 to 1000")?;
        within("epochs", self.epochs, 1..=1_000_000, "from 1 to 1000000")?;
        within("threads", self.threads, 1..=4_096, "from 1 to 4096")?;
        let positive = self.learning_rate > 0.0 && self.learning_rate.is_finite();
        holds(positive, "learning_rate", self.learning_rate, "a positive number")?;
        holds((0.0..=1.0).contains(&self.sample), "sample", self.sample, "from 0 to 1")?;
        holds(self.exponent.is_finite(), "exponent", self.exponent, "a finite number")
    }
}
