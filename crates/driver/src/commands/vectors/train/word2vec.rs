//! `sememe vectors train skipgram` and `cbow`.

use super::super::load;
use super::TrainArgs;
use crate::cli::Context;
use crate::commands::text::Workspace;
use crate::exit::usage;
use anyhow::Context as _;
use clap::{Args, ValueEnum};
use sememe_embed::{
    Architecture, CbowUpdate, Loss, NegativeSharing, Trainer as _, Word2Vec, Word2VecSettings,
};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sememe vectors train skipgram -i corpus.txt -o vectors.safetensors --dim 100 --epochs 5
  sememe vectors train cbow -i wiki.txt.gz --read wiki --clean text8 -o vectors.vec
  sememe vectors train skipgram -i corpus.txt -o vectors.vec --checkpoint vectors.state
  sememe vectors train skipgram -i more.txt -o grown.vec --start-from vectors.vec")]
pub(crate) struct Word2VecArgs {
    #[command(flatten)]
    shared: TrainArgs,
    /// Words on either side that count as context
    #[arg(long, default_value_t = 5)]
    window: usize,
    /// Negative words for each prediction
    #[arg(long, default_value_t = 5)]
    negatives: usize,
    /// Draw negatives for each pair of words, as word2vec does, instead of once a window
    #[arg(long, conflicts_with = "keep_negatives")]
    pair_negatives: bool,
    /// Use one draw of negatives for so many windows in a row [default: 1, with --preset fast 4]
    #[arg(long, value_name = "N")]
    keep_negatives: Option<usize>,
    /// Speed against quality
    #[arg(long, value_enum, default_value_t)]
    preset: Preset,
    /// Find a word by the branches of a Huffman tree instead of telling it apart from negatives
    #[arg(long, conflicts_with_all = ["negatives", "pair_negatives", "keep_negatives", "exponent"])]
    hierarchical_softmax: bool,
    /// How far the words of a window move (cbow only)
    #[arg(long, value_enum, default_value_t)]
    cbow_update: Update,
    /// Negatives are drawn in proportion to count to this power
    #[arg(long, default_value_t = 0.75)]
    exponent: f64,
    /// Thin out words above this share of the text; 0 keeps all
    #[arg(long, default_value_t = 1e-4)]
    sample: f64,
    /// Passes over the text
    #[arg(long, default_value_t = 5)]
    epochs: usize,
    /// Start from the vectors in this file, of any format; words that only it has are kept
    #[arg(long, value_name = "FILE")]
    start_from: Option<PathBuf>,
    /// Leave the vectors that training starts from as they are, and train only those of other words
    #[arg(long, requires = "start_from")]
    freeze: bool,
    /// Keep the state of training in this file, and resume from it if it is there; it is removed at the end
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,
    /// Seconds between two states
    #[arg(long, value_name = "N", default_value_t = 60, requires = "checkpoint")]
    checkpoint_every: u64,
    /// Give the same bits for a seed on any number of threads, at some cost in speed
    #[arg(long)]
    deterministic: bool,
    /// First learning rate [default: 0.025, for cbow 0.05]
    #[arg(long)]
    learning_rate: Option<f32>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Preset {
    /// New negatives for each window
    #[default]
    Default,
    /// Negatives are kept for four windows
    Fast,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Update {
    /// Each by the whole gradient of their mean, as in word2vec
    #[default]
    Classic,
    /// Each by its share of it; wants a higher learning rate
    Corrected,
}

impl From<Update> for CbowUpdate {
    fn from(update: Update) -> Self {
        match update {
            Update::Classic => Self::Classic,
            Update::Corrected => Self::Corrected,
        }
    }
}

impl Word2VecArgs {
    pub(super) fn train(&self, architecture: Architecture, context: &Context) -> anyhow::Result<()> {
        let mut trainer = Word2Vec::new(self.settings(architecture, context)).map_err(usage)?;
        if let Some(path) = &self.start_from {
            let (vectors, _) = load(path, None, context)?;
            trainer = trainer.start_from(vectors, self.freeze).map_err(usage)?;
        }
        let Some(checkpoint) = &self.checkpoint else {
            return self.shared.train(&trainer, context);
        };
        if checkpoint.exists() {
            context.console.note(format_args!("resuming from {}", checkpoint.display()));
            trainer = trainer.resume_from(checkpoint.clone());
        }
        self.train_with_checkpoint(&trainer, checkpoint, context)
    }

    fn train_with_checkpoint(
        &self,
        trainer: &Word2Vec,
        checkpoint: &Path,
        context: &Context,
    ) -> anyhow::Result<()> {
        let prepared = self.shared.prepare(context)?;
        let bar = context.console.bar("training vectors");
        let bar = bar.keeping(checkpoint.to_owned(), Duration::from_secs(self.checkpoint_every));
        let Workspace { corpus, vocab, .. } = &prepared.workspace;
        let (vectors, trained) = prepared.train_under(bar, |bar| Ok(trainer.train(corpus, vocab, bar)?))?;
        self.shared.save(&vectors)?;
        match std::fs::remove_file(checkpoint) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("cannot remove {}", checkpoint.display()));
            }
            _ => {}
        }
        trained.report(&vectors, context)
    }

    fn settings(&self, architecture: Architecture, context: &Context) -> Word2VecSettings {
        let defaults = Word2VecSettings::default();
        Word2VecSettings {
            architecture,
            dim: self.shared.dim,
            window: self.window,
            loss: if self.hierarchical_softmax { Loss::Tree } else { Loss::Negatives },
            negatives: self.negatives,
            sharing: if self.pair_negatives { NegativeSharing::Pair } else { NegativeSharing::Window },
            keep_negatives: self.keep_negatives.unwrap_or(if self.preset == Preset::Fast { 4 } else { 1 }),
            cbow_update: self.cbow_update.into(),
            exponent: self.exponent,
            sample: self.sample,
            epochs: self.epochs,
            learning_rate: self.learning_rate,
            threads: context.threads,
            deterministic: self.deterministic,
            seed: context.seed.unwrap_or(defaults.seed),
        }
    }
}
