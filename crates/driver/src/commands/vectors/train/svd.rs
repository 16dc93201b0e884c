//! `sememe vectors train svd`.

use super::TrainArgs;
use super::glove::Distance;
use crate::cli::Context;
use crate::exit::usage;
use clap::Args;
use sememe_embed::{Svd, SvdSettings};

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sememe vectors train svd -i corpus.txt -o vectors.safetensors --dim 300
  sememe vectors train svd -i wiki.txt.gz --read wiki --clean text8 -o vectors.vec --window 2 --shift 5 --exponent 0

Words are counted, and then how often they meet, each within --memory; what does not fit goes to temporary files. The
matrix made of the counts is held in memory. The same seed gives the same vectors on any number of threads.")]
pub(crate) struct SvdArgs {
    #[command(flatten)]
    shared: TrainArgs,
    /// Words on either side that count as context
    #[arg(long, default_value_t = 5)]
    window: usize,
    /// Only words before a word are its context
    #[arg(long)]
    left: bool,
    /// How the weight of a context falls with its distance
    #[arg(long, value_enum, default_value_t = Distance::Linear)]
    distance_weight: Distance,
    /// Thin out words above this share of the text; 0 keeps all
    #[arg(long, default_value_t = 0.0)]
    sample: f64,
    /// Contexts are taken to be as frequent as their count to this power
    #[arg(long, default_value_t = 0.75)]
    smoothing: f64,
    /// Take the logarithm of this from every cell, as if there were so many negatives
    #[arg(long, default_value_t = 1.0)]
    shift: f64,
    /// Multiply singular vectors with their values to this power
    #[arg(long, default_value_t = 0.5)]
    exponent: f64,
    /// Add the vectors of words as contexts
    #[arg(long)]
    add_contexts: bool,
    /// Look for singular vectors among so many for each that is kept; more are more exact
    #[arg(long, default_value_t = 3)]
    basis: usize,
}

impl SvdArgs {
    pub(super) fn train(&self, context: &Context) -> anyhow::Result<()> {
        let trainer = Svd::new(self.settings(context)).map_err(usage)?;
        self.shared.train(&trainer, context)
    }

    fn settings(&self, context: &Context) -> SvdSettings {
        let defaults = SvdSettings::default();
        SvdSettings {
            dim: self.shared.dim,
            window: self.window,
            symmetric: !self.left,
            distance_weight: self.distance_weight.into(),
            sample: self.sample,
            smoothing: self.smoothing,
            shift: self.shift,
            exponent: self.exponent,
            add_contexts: self.add_contexts,
            basis: self.basis,
            memory: self.shared.text.memory().unwrap_or(defaults.memory),
            threads: context.threads,
            seed: context.seed.unwrap_or(defaults.seed),
        }
    }
}
