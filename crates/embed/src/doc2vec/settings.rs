//! Settings of doc2vec.

use crate::EmbedError;
use crate::settings::{holds, within};
use serde::{Deserialize, Serialize};

/// What predicts the words of a document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DocumentAlgorithm {
    /// The vector of the document alone, wherever in it a word stands: a distributed bag of words, PV-DBOW (Le and
    /// Mikolov 2014, section 2.3).
    #[default]
    Dbow,
    /// The mean of the vectors of the document and of the words around: a distributed memory, PV-DM (section 2.2).
    Dm,
}

/// Settings of [`Doc2Vec`](crate::Doc2Vec).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Doc2VecSettings {
    /// What predicts the words of a document.
    pub algorithm: DocumentAlgorithm,
    /// Whether PV-DBOW trains vectors of words beside, by skip-gram. PV-DM always has them.
    pub words: bool,
    /// Numbers in a vector.
    pub dim: usize,
    /// Words on either side of the centre, where words have contexts; each centre draws its own reach from 1 to this.
    pub window: usize,
    /// Negative words drawn for each prediction.
    pub negatives: usize,
    /// Words of a document that PV-DBOW predicts in one step, from the same draw of negatives, each of which counts
    /// as often as it would have been drawn. With 1 every word has negatives of its own; more is several times faster,
    /// but on few epochs the vectors are worse.
    pub block: usize,
    /// Negatives are drawn in proportion to count to this power.
    pub exponent: f64,
    /// Words above this share of the text are thinned out; 0 keeps all.
    pub sample: f64,
    /// Passes over the corpus.
    pub epochs: usize,
    /// The first learning rate, which falls linearly to a ten-thousandth.
    pub learning_rate: f32,
    /// Whether all documents are learned anew, by as many passes, once the words are done: by what they are now, as new
    /// documents are. Vectors that were learned while the words moved are unlike those, and the later a document stands
    /// in the text the more so.
    pub relearn: bool,
    /// Threads. More than one share the vectors without locks: results then differ a little between runs.
    pub threads: usize,
    /// The seed of all random choices.
    pub seed: u64,
}

impl Default for Doc2VecSettings {
    fn default() -> Self {
        Self {
            algorithm: DocumentAlgorithm::default(),
            words: false,
            dim: 100,
            window: 5,
            negatives: 5,
            block: 1,
            exponent: 0.75,
            sample: 1e-4,
            epochs: 10,
            learning_rate: 0.025,
            relearn: true,
            threads: 1,
            seed: 1,
        }
    }
}

impl Doc2VecSettings {
    /// Whether words have vectors of their own, beside those by which they are predicted.
    pub fn has_words(&self) -> bool {
        self.words || self.algorithm == DocumentAlgorithm::Dm
    }

    /// Refuses settings with which nothing can be trained.
    pub(crate) fn check(&self) -> Result<(), EmbedError> {
        within("dim", self.dim, 1..=65_536, "from 1 to 65536")?;
        within("window", self.window, 1..=1_000, "from 1 to 1000")?;
        within("negatives", self.negatives, 1..=1_000, "from 1 to 1000")?;
        within("block", self.block, 1..=1_000, "from 1 to 1000")?;
        within("epochs", self.epochs, 1..=1_000_000, "from 1 to 1000000")?;
        within("threads", self.threads, 1..=4_096, "from 1 to 4096")?;
        check_rate(self.learning_rate)?;
        holds((0.0..=1.0).contains(&self.sample), "sample", self.sample, "from 0 to 1")?;
        holds(self.exponent.is_finite(), "exponent", self.exponent, "a finite number")
    }
}

fn check_rate(rate: f32) -> Result<(), EmbedError> {
    holds(rate > 0.0 && rate.is_finite(), "learning_rate", rate, "a positive number")
}

/// How the vector of a new document is found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct InferenceSettings {
    /// Passes over the document; by default as many as the model was trained with.
    pub epochs: Option<usize>,
    /// The learning rate to begin with, which falls linearly to nothing, by default that of the training. Each pass has
    /// the rate of its middle: the mean rate of all documents in that pass of the training.
    pub learning_rate: Option<f32>,
    /// The seed of all random choices, which also depend on the words of the document and on nothing else.
    pub seed: u64,
}

impl Default for InferenceSettings {
    fn default() -> Self {
        Self { epochs: None, learning_rate: None, seed: 1 }
    }
}

impl InferenceSettings {
    /// Passes and first learning rate for a model that was trained with `trained`.
    pub(super) fn resolve(&self, trained: &Doc2VecSettings) -> Result<(usize, f32), EmbedError> {
        let epochs = self.epochs.unwrap_or(trained.epochs);
        let rate = self.learning_rate.unwrap_or(trained.learning_rate);
        within("epochs", epochs, 1..=1_000_000, "from 1 to 1000000")?;
        check_rate(rate)?;
        Ok((epochs, rate))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(settings: Doc2VecSettings, want: &str) {
        assert_eq!(settings.check().unwrap_err().to_string(), want);
    }

    #[test]
    fn settings_outside_their_range_are_named() {
        let good = Doc2VecSettings::default;
        assert!(good().check().is_ok());
        check(Doc2VecSettings { dim: 0, ..good() }, "`dim` is 0, expected from 1 to 65536");
        check(Doc2VecSettings { block: 0, ..good() }, "`block` is 0, expected from 1 to 1000");
        let learning_rate = f32::INFINITY;
        check(
            Doc2VecSettings { learning_rate, ..good() },
            "`learning_rate` is inf, expected a positive number",
        );
    }

    #[test]
    fn new_documents_are_treated_as_those_of_the_training() {
        let trained = Doc2VecSettings { epochs: 7, learning_rate: 0.5, ..Doc2VecSettings::default() };
        assert_eq!(InferenceSettings::default().resolve(&trained).unwrap(), (7, 0.5));
        let settings = InferenceSettings { epochs: Some(0), ..InferenceSettings::default() };
        assert_eq!(
            settings.resolve(&trained).unwrap_err().to_string(),
            "`epochs` is 0, expected from 1 to 1000000"
        );
    }

    #[test]
    fn settings_are_written_in_snake_case() {
        let settings: Doc2VecSettings = serde_json::from_str(r#"{"algorithm": "dm", "block": 4}"#).unwrap();
        assert!(settings.has_words() && settings.block == 4);
        assert!(serde_json::from_str::<Doc2VecSettings>(r#"{"algorithms": "dm"}"#).is_err());
    }
}
