//! `sememe vectors train`: text to vectors in one command, without a job.

use super::{Format, format_of};
use crate::cli::Context;
use crate::commands::paths::refuse_existing;
use crate::commands::sources::{TextArgs, Workspace};
use crate::exit::usage;
use crate::resources::{Stopwatch, Usage};
use clap::{Args, Subcommand};
use sememe_embed::{Architecture, NegativeSharing, Trainer as _, Word2Vec, Word2VecSettings};
use sememe_vocab::VocabSettings;
use serde::Serialize;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum TrainCommand {
    /// Skip-gram with negative sampling
    #[command(name = "skipgram")]
    SkipGram(Word2VecArgs),
    /// Continuous bag of words with negative sampling
    Cbow(Word2VecArgs),
}

impl TrainCommand {
    pub(crate) fn run(self, context: &Context) -> anyhow::Result<()> {
        match self {
            Self::SkipGram(args) => train(&args, Architecture::SkipGram, context),
            Self::Cbow(args) => train(&args, Architecture::Cbow, context),
        }
    }
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sememe vectors train skipgram -i corpus.txt -o vectors.safetensors --dim 100 --epochs 5
  sememe vectors train cbow -i wiki.txt.gz --read wiki --clean text8 -o vectors.vec")]
pub(crate) struct Word2VecArgs {
    #[command(flatten)]
    text: TextArgs,
    /// File to write
    #[arg(long, short)]
    output: PathBuf,
    /// Format of the file [default: by its name: .txt, .vec, .bin, .glove, .safetensors]
    #[arg(long)]
    format: Option<Format>,
    /// Write over an existing file
    #[arg(long)]
    force: bool,
    /// Numbers in a vector
    #[arg(long, default_value_t = 100)]
    dim: usize,
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
    /// Leave out words that are rarer than this
    #[arg(long, default_value_t = 5)]
    min_count: u64,
    /// Keep at most so many words
    #[arg(long)]
    max_words: Option<usize>,
}

/// What `--json` reports.
#[derive(Serialize)]
struct Output {
    vocabulary: usize,
    dim: usize,
    /// Running words of all epochs.
    words: u64,
    words_per_second: f64,
    /// Nats per prediction, over the last stretch of training.
    loss: Option<f64>,
    /// Counting and encoding.
    prepare: Usage,
    train: Usage,
}

impl Word2VecArgs {
    fn settings(&self, architecture: Architecture, context: &Context) -> Word2VecSettings {
        let defaults = Word2VecSettings::default();
        Word2VecSettings {
            architecture,
            dim: self.dim,
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

fn train(args: &Word2VecArgs, architecture: Architecture, context: &Context) -> anyhow::Result<()> {
    let trainer = Word2Vec::new(args.settings(architecture, context)).map_err(usage)?;
    refuse_existing(&args.output, args.force)?;
    let watch = Stopwatch::start();
    let vocab = VocabSettings {
        min_count: args.min_count,
        max_size: args.max_words,
        special: vec!["<unk>".to_owned()],
        ..VocabSettings::default()
    };
    let workspace = Workspace::prepare(&args.text, &vocab, context)?;
    let prepare = watch.usage();
    let (watch, mut bar) = (Stopwatch::start(), context.console.bar("training vectors"));
    let vectors = trainer.train(&workspace.corpus, &workspace.vocab, &mut bar)?;
    let train = watch.usage();
    let format = args.format.unwrap_or_else(|| format_of(&args.output)).into();
    sememe_vectors::save(&vectors, &args.output, format)?;
    let output = Output {
        vocabulary: vectors.len(),
        dim: vectors.dim(),
        words: bar.done(),
        words_per_second: bar.done() as f64 / train.wall_seconds.max(1e-9),
        loss: bar.curve().last().map(|&(_, loss)| loss),
        prepare,
        train,
    };
    drop(bar);
    if context.console.json {
        context.console.report(&output, |_| String::new())
    } else {
        context.console.note(output.line());
        Ok(())
    }
}

impl Output {
    fn line(&self) -> String {
        let rate = crate::progress::short(self.words_per_second);
        let loss = self.loss.map_or(String::new(), |loss| format!(", loss {loss:.4}"));
        format!("{} vectors of {} numbers; {rate} words/s{loss}", self.vocabulary, self.dim)
    }
}
