//! Models in folders: `settings.json`, `vocabulary.bin`, `weights.safetensors`.

use super::memory::NextWord;
use super::{NeuralLm, NeuralLmSettings};
use crate::models::{RnnLm, TransformerLm};
use crate::train::write_whole;
use crate::{NeuralError, Params, Result};
use candle_core::Device;
use sememe_lm::LanguageModel;
use sememe_vocab::{Vocab, WordId};
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::Path;

const SETTINGS: &str = "settings.json";
const VOCABULARY: &str = "vocabulary.bin";
const WEIGHTS: &str = "weights.safetensors";
const FORMAT: &str = "sememe-neural-lm";
const VERSION: u32 = 1;

/// What stands in `settings.json`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    format: String,
    version: u32,
    /// Digest of the vocabulary that the weights belong to.
    vocabulary: String,
    /// The id that stands before each sentence.
    first: u32,
    model: NeuralLmSettings,
}

/// A model of any kind, as a folder may hold it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum AnyNeuralLm {
    /// A recurrent model.
    Rnn(NeuralLm<RnnLm>),
    /// A transformer.
    Transformer(NeuralLm<TransformerLm>),
}

impl NeuralLm<RnnLm> {
    /// Writes the model to `folder`, which is made if it is not there; settings come last, so that a folder that has them
    /// is whole.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn save(&self, folder: &Path) -> Result<()> {
        self.save_as(folder, NeuralLmSettings::Rnn(self.model().settings().clone()))
    }
}

impl NeuralLm<TransformerLm> {
    /// Writes the model to `folder`, which is made if it is not there; settings come last, so that a folder that has them
    /// is whole.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn save(&self, folder: &Path) -> Result<()> {
        self.save_as(folder, NeuralLmSettings::Transformer(self.model().settings().clone()))
    }
}

impl<M: NextWord> NeuralLm<M> {
    fn save_as(&self, folder: &Path, model: NeuralLmSettings) -> Result<()> {
        let path = folder.join(SETTINGS);
        let fail = |source| NeuralError::Io { path: folder.to_owned(), source };
        fs::create_dir_all(folder).map_err(fail)?;
        let (format, vocabulary) = (FORMAT.to_owned(), self.vocab().digest());
        let settings = Settings { format, version: VERSION, vocabulary, first: self.first().0, model };
        let json = serde_json::to_vec_pretty(&settings).map_err(|error| NeuralError::file(&path, error))?;
        self.vocab().save(&folder.join(VOCABULARY))?;
        self.model().params().save(&folder.join(WEIGHTS))?;
        write_whole(&path, &json)
    }
}

impl AnyNeuralLm {
    /// Reads the model in `folder`, onto `device`.
    ///
    /// # Errors
    /// If a file cannot be read, is damaged, or does not belong to the others.
    pub fn load(folder: &Path, device: &Device) -> Result<Self> {
        let path = folder.join(SETTINGS);
        let json = fs::read(&path).map_err(|source| NeuralError::Io { path: path.clone(), source })?;
        let settings: Settings =
            serde_json::from_slice(&json).map_err(|error| NeuralError::file(&path, error))?;
        if settings.format != FORMAT || settings.version != VERSION {
            let found = format!("it is `{}` version {}", settings.format, settings.version);
            return Err(NeuralError::file(&path, format!("{found}, expected `{FORMAT}` version {VERSION}")));
        }
        let vocab = Vocab::load(&folder.join(VOCABULARY))?;
        if vocab.digest() != settings.vocabulary {
            let reason = "it is another vocabulary than that of the weights";
            return Err(NeuralError::file(&folder.join(VOCABULARY), reason));
        }
        let (params, n_words, first) = (Params::new(0, device), vocab.len(), WordId(settings.first));
        let weights = folder.join(WEIGHTS);
        match settings.model {
            NeuralLmSettings::Rnn(settings) => {
                let model = RnnLm::new(&params, n_words, settings)?;
                params.load(&weights)?;
                NeuralLm::new(model, vocab, first).map(Self::Rnn)
            }
            NeuralLmSettings::Transformer(settings) => {
                let model = TransformerLm::new(&params, n_words, settings)?;
                params.load(&weights)?;
                NeuralLm::new(model, vocab, first).map(Self::Transformer)
            }
        }
    }
}
