//! `sememe vectors train skipgram` and `cbow`.

use super::TrainArgs;
use super::cut_off::{CheckpointArgs, FreezeArgs};
use crate::cli::Context;
use crate::exit::usage;
use clap::{Args, ValueEnum};
use sememe_embed::{Architecture, CbowUpdate, Loss, NegativeSharing, Word2Vec, Word2VecSettings};

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
    #[command(flatten)]
    start: FreezeArgs,
    #[command(flatten)]
    checkpoint: CheckpointArgs,
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
        if let Some((vectors, frozen)) = self.start.load(context)? {
            trainer = trainer.start_from(vectors, frozen).map_err(usage)?;
        }
        self.checkpoint.train(&self.shared, trainer, Word2Vec::resume_from, context)
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
