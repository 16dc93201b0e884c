//! `sememe vectors train skipgram` and `cbow`.

use super::TrainArgs;
use crate::cli::Context;
use crate::exit::usage;
use clap::Args;
use sememe_embed::{Architecture, NegativeSharing, Word2Vec, Word2VecSettings};

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sememe vectors train skipgram -i corpus.txt -o vectors.safetensors --dim 100 --epochs 5
  sememe vectors train cbow -i wiki.txt.gz --read wiki --clean text8 -o vectors.vec")]
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
    #[arg(long)]
    pair_negatives: bool,
    /// Negatives are drawn in proportion to count to this power
    #[arg(long, default_value_t = 0.75)]
    exponent: f64,
    /// Thin out words above this share of the text; 0 keeps all
    #[arg(long, default_value_t = 1e-4)]
    sample: f64,
    /// Passes over the text
    #[arg(long, default_value_t = 5)]
    epochs: usize,
    /// First learning rate [default: 0.025, for cbow 0.05]
    #[arg(long)]
    learning_rate: Option<f32>,
}

impl Word2VecArgs {
    pub(super) fn train(&self, architecture: Architecture, context: &Context) -> anyhow::Result<()> {
        let trainer = Word2Vec::new(self.settings(architecture, context)).map_err(usage)?;
        self.shared.train(&trainer, context)
    }

    fn settings(&self, architecture: Architecture, context: &Context) -> Word2VecSettings {
        let defaults = Word2VecSettings::default();
        Word2VecSettings {
            architecture,
            dim: self.shared.dim,
            window: self.window,
            negatives: self.negatives,
            sharing: if self.pair_negatives { NegativeSharing::Pair } else { NegativeSharing::Window },
            exponent: self.exponent,
            sample: self.sample,
            epochs: self.epochs,
            learning_rate: self.learning_rate,
            threads: context.threads,
            seed: context.seed.unwrap_or(defaults.seed),
        }
    }
}
