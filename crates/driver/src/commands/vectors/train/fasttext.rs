//! `sememe vectors train fasttext`.

use super::super::format::Format;
use super::TrainArgs;
use super::cut_off::{CheckpointArgs, StartArgs};
use crate::cli::Context;
use crate::exit::usage;
use clap::Args;
use sememe_embed::{Architecture, FastText, FastTextSettings};

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sememe vectors train fasttext -i corpus.txt -o vectors.safetensors
  sememe vectors train fasttext -i corpus.txt -o model.bin --cbow --min-n 2 --max-n 5
  sememe vectors train fasttext -i corpus.txt -o model.bin --checkpoint model.state
  sememe vectors neighbors model.bin unheardness

Files of safetensors, fastText (.bin) and finalfusion (.fifu) keep the n-grams, so that words never seen get vectors;
text files hold the vectors of words only.")]
pub(crate) struct FastTextArgs {
    #[command(flatten)]
    shared: TrainArgs,
    /// Predict each word by the words around it, instead of them by it
    #[arg(long)]
    cbow: bool,
    /// Words on either side that count as context
    #[arg(long, default_value_t = 5)]
    window: usize,
    /// Characters of the shortest n-grams
    #[arg(long, default_value_t = 3)]
    min_n: u32,
    /// Characters of the longest n-grams
    #[arg(long, default_value_t = 6)]
    max_n: u32,
    /// Buckets that n-grams are hashed into; only those in use take memory
    #[arg(long, default_value_t = 2_000_000)]
    buckets: u32,
    /// Negative words for each prediction
    #[arg(long, default_value_t = 5)]
    negatives: usize,
    /// Negatives are drawn in proportion to count to this power
    #[arg(long, default_value_t = 0.5)]
    exponent: f64,
    /// Thin out words above this share of the text; 0 keeps all
    #[arg(long, default_value_t = 1e-4)]
    sample: f64,
    /// Passes over the text
    #[arg(long, default_value_t = 5)]
    epochs: usize,
    #[command(flatten)]
    start: StartArgs,
    #[command(flatten)]
    checkpoint: CheckpointArgs,
    /// Give the same bits for a seed on any number of threads, at some cost in speed
    #[arg(long)]
    deterministic: bool,
    /// First learning rate
    #[arg(long, default_value_t = 0.05)]
    learning_rate: f32,
}

impl FastTextArgs {
    pub(super) fn train(mut self, context: &Context) -> anyhow::Result<()> {
        if self.shared.output.extension().is_some_and(|extension| extension == "bin") {
            self.shared.format.get_or_insert(Format::Fasttext);
        }
        let mut trainer = FastText::new(self.settings(context)).map_err(usage)?;
        if let Some(vectors) = self.start.load(context)? {
            trainer = trainer.start_from(vectors).map_err(usage)?;
        }
        self.checkpoint.train(&self.shared, trainer, FastText::resume_from, context)
    }

    fn settings(&self, context: &Context) -> FastTextSettings {
        FastTextSettings {
            architecture: if self.cbow { Architecture::Cbow } else { Architecture::SkipGram },
            dim: self.shared.dim,
            window: self.window,
            min_n: self.min_n,
            max_n: self.max_n,
            n_buckets: self.buckets,
            negatives: self.negatives,
            exponent: self.exponent,
            sample: self.sample,
            epochs: self.epochs,
            learning_rate: self.learning_rate,
            threads: context.threads,
            deterministic: self.deterministic,
            seed: context.seed.unwrap_or(FastTextSettings::default().seed),
        }
    }
}
