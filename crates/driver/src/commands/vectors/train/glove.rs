//! `sememe vectors train glove`.

use super::TrainArgs;
use super::cut_off::{CheckpointArgs, FreezeArgs};
use crate::cli::Context;
use crate::exit::usage;
use clap::{Args, ValueEnum};
use sememe_embed::{DistanceWeight, Glove, GloveSettings};

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sememe vectors train glove -i corpus.txt -o vectors.safetensors --dim 100 --epochs 25
  sememe vectors train glove -i wiki.txt.gz --read wiki --clean text8 -o vectors.vec --x-max 100 --memory 4G
  sememe vectors train glove -i corpus.txt -o vectors.vec --epochs 100 --checkpoint vectors.state

Words are counted, and then how often they meet, each within --memory; what does not fit goes to temporary files. The
same seed gives the same vectors on any number of threads.")]
pub(crate) struct GloveArgs {
    #[command(flatten)]
    shared: TrainArgs,
    /// Words on either side that count as context
    #[arg(long, default_value_t = 10)]
    window: usize,
    /// Only words before a word are its context
    #[arg(long)]
    left: bool,
    /// How the weight of a context falls with its distance
    #[arg(long, value_enum, default_value_t)]
    distance_weight: Distance,
    /// Counts from this on weigh the same; 100 suits billions of words
    #[arg(long, default_value_t = 10.0)]
    x_max: f64,
    /// Smaller counts weigh less, by this power
    #[arg(long, default_value_t = 0.75)]
    alpha: f64,
    /// Passes over the counts
    #[arg(long, default_value_t = 15)]
    epochs: usize,
    #[command(flatten)]
    start: FreezeArgs,
    #[command(flatten)]
    checkpoint: CheckpointArgs,
    /// First learning rate
    #[arg(long, default_value_t = 0.05)]
    learning_rate: f32,
    /// No component of a gradient counts for more than this
    #[arg(long, default_value_t = 100.0)]
    clip: f32,
    /// Keep the vectors of words as they are, without adding those of contexts
    #[arg(long)]
    words_only: bool,
}

/// A way to weigh contexts, as the command line names it.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(super) enum Distance {
    /// 1 / distance
    #[default]
    Harmonic,
    /// Evenly down to the end of the window, as in word2vec
    Linear,
    /// All the same
    Flat,
}

impl From<Distance> for DistanceWeight {
    fn from(distance: Distance) -> Self {
        match distance {
            Distance::Harmonic => Self::Harmonic,
            Distance::Linear => Self::Linear,
            Distance::Flat => Self::Flat,
        }
    }
}

impl GloveArgs {
    pub(super) fn train(&self, context: &Context) -> anyhow::Result<()> {
        let mut trainer = Glove::new(self.settings(context)).map_err(usage)?;
        if let Some((vectors, frozen)) = self.start.load(context)? {
            trainer = trainer.start_from(vectors, frozen).map_err(usage)?;
        }
        self.checkpoint.train(&self.shared, trainer, Glove::resume_from, context)
    }

    fn settings(&self, context: &Context) -> GloveSettings {
        let defaults = GloveSettings::default();
        GloveSettings {
            dim: self.shared.dim,
            window: self.window,
            symmetric: !self.left,
            distance_weight: self.distance_weight.into(),
            x_max: self.x_max,
            alpha: self.alpha,
            epochs: self.epochs,
            learning_rate: self.learning_rate,
            clip: self.clip,
            add_contexts: !self.words_only,
            memory: self.shared.text.memory().unwrap_or(defaults.memory),
            threads: context.threads,
            seed: context.seed.unwrap_or(defaults.seed),
        }
    }
}
