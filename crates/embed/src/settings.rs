//! Settings of word2vec.

use crate::EmbedError;
use sememe_kernels::{MeanStep, SharedRow};
use serde::{Deserialize, Serialize};

/// Which word predicts which.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Architecture {
    /// Every word of the window predicts the centre.
    #[default]
    SkipGram,
    /// The mean of the window predicts the centre.
    Cbow,
}

/// How long a draw of negative words is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NegativeSharing {
    /// New negatives for every pair of words, as in word2vec.
    Pair,
    /// The same negatives for all pairs of a window: equal quality at three times the speed, because each
    /// row is fetched once a window (Ji et al. 2016, "Parallelizing Word2Vec in Shared and Distributed
    /// Memory").
    #[default]
    Window,
}

/// What a prediction is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Loss {
    /// The word is told apart from some that are drawn at random (Mikolov et al. 2013, section 2.2).
    #[default]
    #[serde(rename = "negative-sampling")]
    Negatives,
    /// The word is found by the branches of a Huffman tree (Mikolov et al. 2013, section 2.1).
    #[serde(rename = "hierarchical-softmax")]
    Tree,
}

/// How far the words of a CBOW window move.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CbowUpdate {
    /// Each by the whole gradient of their mean, as in word2vec and gensim.
    #[default]
    Classic,
    /// Each by its share of it, the true gradient (Irsoy, Benton and Stratos 2021, "Corrected CBOW performs as
    /// well as skip-gram"). It wants a higher learning rate.
    Corrected,
}

/// Settings of [`Word2Vec`](crate::Word2Vec).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Word2VecSettings {
    /// Skip-gram or CBOW.
    pub architecture: Architecture,
    /// Numbers in a vector.
    pub dim: usize,
    /// Words on either side of the centre; each centre draws its own reach from 1 to this.
    pub window: usize,
    /// What a prediction is made of.
    pub loss: Loss,
    /// Negative words drawn for each prediction.
    pub negatives: usize,
    /// How long a draw of negatives is used (skip-gram only: CBOW predicts once a window).
    pub sharing: NegativeSharing,
    /// Windows in a row that use the same draw. More than one is faster still, as the rows of the negatives stay
    /// in the nearest cache, at some cost in quality.
    pub keep_negatives: usize,
    /// How far the words of a CBOW window move.
    pub cbow_update: CbowUpdate,
    /// Negatives are drawn in proportion to count to this power.
    pub exponent: f64,
    /// Words above this share of the text are thinned out; 0 keeps all.
    pub sample: f64,
    /// Passes over the corpus.
    pub epochs: usize,
    /// The first learning rate, which falls linearly to a ten-thousandth; by default 0.025 for skip-gram and
    /// 0.05 for CBOW.
    pub learning_rate: Option<f32>,
    /// Threads. More than one share the vectors without locks: results then differ a little between runs, unless
    /// they are to be deterministic.
    pub threads: usize,
    /// Whether any number of threads gives the same bits, at some cost in speed. They are others than without, also
    /// with one thread.
    pub deterministic: bool,
    /// The seed of all random choices.
    pub seed: u64,
}

impl Default for Word2VecSettings {
    fn default() -> Self {
        Self {
            architecture: Architecture::default(),
            dim: 100,
            window: 5,
            loss: Loss::default(),
            negatives: 5,
            sharing: NegativeSharing::default(),
            keep_negatives: 1,
            cbow_update: CbowUpdate::default(),
            exponent: 0.75,
            sample: 1e-4,
            epochs: 5,
            learning_rate: None,
            threads: 1,
            deterministic: false,
            seed: 1,
        }
    }
}

impl Word2VecSettings {
    /// The first learning rate.
    pub fn first_learning_rate(&self) -> f32 {
        self.learning_rate.unwrap_or(match self.architecture {
            Architecture::SkipGram => 0.025,
            Architecture::Cbow => 0.05,
        })
    }

    /// A CBOW window: how the mean of `inputs` is taken, and how they move with it.
    pub(crate) fn mean_step<'a>(&self, inputs: &'a [SharedRow<'a>], mean: SharedRow<'a>) -> MeanStep<'a> {
        let scale = 1.0 / inputs.len() as f32;
        let share = if self.cbow_update == CbowUpdate::Classic { 1.0 } else { scale };
        MeanStep { inputs, scale, share, mean }
    }

    /// Refuses settings with which nothing can be trained.
    pub(crate) fn check(&self) -> Result<(), EmbedError> {
        within("dim", self.dim, 1..=65_536, "from 1 to 65536")?;
        within("window", self.window, 1..=1_000, "from 1 to 1000")?;
        within("negatives", self.negatives, 1..=1_000, "from 1 to 1000")?;
        within("keep_negatives", self.keep_negatives, 1..=1_000, "from 1 to 1000")?;
        within("epochs", self.epochs, 1..=1_000_000, "from 1 to 1000000")?;
        within("threads", self.threads, 1..=4_096, "from 1 to 4096")?;
        let rate = self.first_learning_rate();
        let positive = rate > 0.0 && rate.is_finite();
        holds(positive, "learning_rate", rate, "a positive number")?;
        holds((0.0..=1.0).contains(&self.sample), "sample", self.sample, "from 0 to 1")?;
        holds(self.exponent.is_finite(), "exponent", self.exponent, "a finite number")
    }
}

pub(crate) fn within(
    name: &'static str,
    value: usize,
    range: std::ops::RangeInclusive<usize>,
    expected: &'static str,
) -> Result<(), EmbedError> {
    holds(range.contains(&value), name, value, expected)
}

pub(crate) fn holds(
    valid: bool,
    name: &'static str,
    value: impl ToString,
    expected: &'static str,
) -> Result<(), EmbedError> {
    if valid { Ok(()) } else { Err(EmbedError::Setting { name, expected, found: value.to_string() }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(settings: Word2VecSettings, want: &str) {
        let message = settings.check().map_or_else(|error| error.to_string(), |()| "fine".to_owned());
        assert_eq!(message, want);
    }

    #[test]
    fn settings_outside_their_range_are_named() {
        let good = Word2VecSettings::default;
        check(good(), "fine");
        check(Word2VecSettings { dim: 0, ..good() }, "`dim` is 0, expected from 1 to 65536");
        check(Word2VecSettings { window: 0, ..good() }, "`window` is 0, expected from 1 to 1000");
        check(
            Word2VecSettings { learning_rate: Some(f32::NAN), ..good() },
            "`learning_rate` is NaN, expected a positive number",
        );
        check(Word2VecSettings { sample: -1.0, ..good() }, "`sample` is -1, expected from 0 to 1");
    }

    #[test]
    fn cbow_learns_at_twice_the_rate() {
        let cbow = Word2VecSettings { architecture: Architecture::Cbow, ..Word2VecSettings::default() };
        assert_eq!(cbow.first_learning_rate(), 2.0 * Word2VecSettings::default().first_learning_rate());
    }
}
