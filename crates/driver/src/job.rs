//! Job files: what `sememe run` is to do.

mod check;
mod load;
mod suggest;
mod vectors;

pub(crate) use load::{load, parse, render};
pub(crate) use vectors::VectorSettings;

use crate::demo::DemoSettings;
use sememe_heads::HeadSettings;
use sememe_lm::NgramSettings;
use sememe_text::{PipelineSettings, ReadOptions};
use sememe_vocab::VocabSettings;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A job: one section for each part of the bundle; a part without a section is left out.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Job {
    /// The name of the bundle.
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) description: String,
    /// The seed of every random choice.
    #[serde(default = "one")]
    pub(crate) seed: u64,
    /// Text made by the job itself; the other sections then name its files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) demo: Option<DemoSettings>,
    /// Running text for vocabulary, vectors and language model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) corpus: Option<Corpus>,
    #[serde(default)]
    pub(crate) vocab: VocabSettings,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) vectors: Option<VectorSettings>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) language_model: Option<NgramSettings>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) classifier: Option<Classifier>,
    #[serde(default)]
    pub(crate) evaluate: Evaluate,
    /// Figures of the report that must reach at least this, or the run fails.
    #[serde(default)]
    pub(crate) floors: BTreeMap<String, f64>,
}

impl Job {
    /// Makes every random choice depend on `seed`.
    pub(crate) fn set_seed(&mut self, seed: u64) {
        self.seed = seed;
        self.hand_down_seed(|_| false);
    }

    /// Gives the seed of the job to all parts but those that have their own.
    fn hand_down_seed(&mut self, has_own: impl Fn(&[&str]) -> bool) {
        let vectors = self.vectors.as_mut().map(VectorSettings::seed_mut);
        let head = self.classifier.as_mut().map(|classifier| &mut classifier.head.model.seed);
        let paths: [&[&str]; 2] = [&["vectors", "seed"], &["classifier", "head", "model", "seed"]];
        for (seed, path) in [vectors, head].into_iter().zip(paths) {
            if let Some(seed) = seed.filter(|_| !has_own(path)) {
                *seed = self.seed;
            }
        }
    }
}

/// Running text.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Corpus {
    /// Files, relative to the data folder or the job file.
    pub(crate) files: Vec<PathBuf>,
    #[serde(default)]
    pub(crate) read: ReadOptions,
    #[serde(default)]
    pub(crate) text: PipelineSettings,
    /// Shards of the encoded corpus: the most threads that can train at once.
    #[serde(default = "shards")]
    pub(crate) shards: usize,
}

/// Labelled documents.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Labelled {
    pub(crate) files: Vec<PathBuf>,
    #[serde(default)]
    pub(crate) read: ReadOptions,
}

/// A text classifier.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Classifier {
    pub(crate) train: Labelled,
    /// Without test documents a share of the training documents is split off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) test: Option<Labelled>,
    /// The share that is split off, by the order of Python's `random.Random(seed).shuffle`.
    #[serde(default = "fifth")]
    pub(crate) test_share: f64,
    /// The seed of that order.
    #[serde(default = "one")]
    pub(crate) split_seed: u64,
    #[serde(default)]
    pub(crate) head: HeadSettings,
}

/// What vectors are measured with.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Evaluate {
    /// Files of `word1 word2 score`.
    pub(crate) similarity: Vec<PathBuf>,
    /// Files of `a b c d` under headings `: section`.
    pub(crate) analogies: Vec<PathBuf>,
    /// Analogies are sought among this many most frequent words.
    pub(crate) restrict: usize,
}

impl Evaluate {
    /// Whether there is nothing to measure with.
    pub(crate) fn is_empty(&self) -> bool {
        self.similarity.is_empty() && self.analogies.is_empty()
    }
}

impl Default for Evaluate {
    fn default() -> Self {
        Self { similarity: Vec::new(), analogies: Vec::new(), restrict: 30_000 }
    }
}

fn one() -> u64 {
    1
}

fn shards() -> usize {
    64
}

fn fifth() -> f64 {
    0.2
}
