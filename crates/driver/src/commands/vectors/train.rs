//! `sememe vectors train`: text to vectors in one command, without a job.
//!
//! Each trainer has a file of its own with its flags; what they share is here: the text, the file that is
//! written, the vocabulary, the clock and the report.

mod cut_off;
mod doc2vec;
mod fasttext;
mod glove;
mod svd;
mod word2vec;

use super::{Format, format_of};
use crate::cli::Context;
use crate::commands::paths::refuse_existing;
use crate::commands::text::{Text, TextArgs, Workspace};
use crate::exit::usage;
use crate::progress::{Bar, Phase, short};
use crate::resources::{Stopwatch, Usage};
use clap::{Args, Subcommand};
use doc2vec::Doc2VecArgs;
use fasttext::FastTextArgs;
use glove::GloveArgs;
use sememe_embed::{Architecture, Trainer};
use sememe_vectors::{Embeddings, VectorFormat};
use sememe_vocab::VocabSettings;
use serde::Serialize;
use serde_json::{Map, Value};
use std::path::PathBuf;
use svd::SvdArgs;
use word2vec::Word2VecArgs;

#[derive(Debug, Subcommand)]
pub(crate) enum TrainCommand {
    /// Skip-gram with negative sampling
    #[command(name = "skipgram")]
    SkipGram(Word2VecArgs),
    /// Continuous bag of words with negative sampling
    Cbow(Word2VecArgs),
    /// Skip-gram or CBOW over words and their n-grams
    #[command(name = "fasttext")]
    FastText(FastTextArgs),
    /// Global vectors, from counts of words that meet
    Glove(GloveArgs),
    /// Vectors of documents, and a model that finds those of new ones
    #[command(name = "doc2vec")]
    Doc2Vec(Doc2VecArgs),
    /// Singular vectors of the pointwise mutual information of words that meet
    Svd(SvdArgs),
}

impl TrainCommand {
    pub(crate) fn run(self, context: &Context) -> anyhow::Result<()> {
        match self {
            Self::SkipGram(args) => args.train(Architecture::SkipGram, context),
            Self::Cbow(args) => args.train(Architecture::Cbow, context),
            Self::FastText(args) => args.train(context),
            Self::Glove(args) => args.train(context),
            Self::Doc2Vec(args) => args.train(context),
            Self::Svd(args) => args.train(context),
        }
    }
}

/// Flags of every trainer.
#[derive(Debug, Args)]
struct TrainArgs {
    #[command(flatten)]
    text: TextArgs,
    /// File to write
    #[arg(long, short)]
    output: PathBuf,
    /// Format of the file [default: by its name: .txt, .vec, .bin, .glove, .npy, .fifu, .safetensors; `fasttext` writes
    /// its own .bin, the others word2vec's]
    #[arg(long)]
    format: Option<Format>,
    /// Write over an existing file
    #[arg(long)]
    force: bool,
    /// Numbers in a vector
    #[arg(long, default_value_t = 100)]
    dim: usize,
    /// Leave out words that are rarer than this
    #[arg(long, default_value_t = 5)]
    min_count: u64,
    /// Keep at most so many words
    #[arg(long)]
    max_words: Option<usize>,
}

impl TrainArgs {
    /// From the text to the file and the report, for a trainer that has nothing to leave but vectors.
    fn train(&self, trainer: &dyn Trainer, context: &Context) -> anyhow::Result<()> {
        let prepared = self.prepare(context)?;
        let Workspace { corpus, vocab, .. } = &prepared.workspace;
        let (vectors, trained) = prepared.train(context, |bar| Ok(trainer.train(corpus, vocab, bar)?))?;
        self.save(&vectors)?;
        trained.report(&vectors, context)
    }

    /// Counts and encodes the text, once it is sure that the file may be written.
    fn prepare(&self, context: &Context) -> anyhow::Result<Prepared> {
        refuse_existing(&self.output, self.force)?;
        self.format().check_name(&self.output).map_err(usage)?;
        let watch = Stopwatch::start();
        let vocab = VocabSettings {
            min_count: self.min_count,
            max_size: self.max_words,
            special: vec!["<unk>".to_owned()],
            ..VocabSettings::default()
        };
        let text = self.text.open(context)?;
        let workspace = Workspace::prepare(&text, &vocab, context)?;
        Ok(Prepared { text, workspace, usage: watch.usage() })
    }

    fn save(&self, vectors: &Embeddings) -> anyhow::Result<()> {
        Ok(sememe_vectors::save(vectors, &self.output, self.format())?)
    }

    fn format(&self) -> VectorFormat {
        self.format.unwrap_or_else(|| format_of(&self.output)).into()
    }
}

/// A text that is ready to be trained on.
struct Prepared {
    text: Text,
    workspace: Workspace,
    usage: Usage,
}

impl Prepared {
    /// Runs `work` under a progress bar and the clock.
    fn train<T>(
        &self,
        context: &Context,
        work: impl FnOnce(&mut Bar) -> anyhow::Result<T>,
    ) -> anyhow::Result<(T, Trained)> {
        self.train_under(context.console.bar("training vectors"), work)
    }

    /// As [`Self::train`], under this bar.
    fn train_under<T>(
        &self,
        mut bar: Bar,
        work: impl FnOnce(&mut Bar) -> anyhow::Result<T>,
    ) -> anyhow::Result<(T, Trained)> {
        let watch = Stopwatch::start();
        let result = work(&mut bar)?;
        let (prepare, train) = (self.usage, watch.usage());
        let loss = bar.curve().last().map(|&(_, loss)| loss);
        Ok((result, Trained { phases: bar.phases().to_vec(), loss, prepare, train }))
    }
}

/// How training went.
struct Trained {
    phases: Vec<Phase>,
    loss: Option<f64>,
    prepare: Usage,
    train: Usage,
}

impl Trained {
    fn report(self, vectors: &Embeddings, context: &Context) -> anyhow::Result<()> {
        let output = Output {
            vocabulary: vectors.len(),
            dim: vectors.dim(),
            phases: self.phases.iter().filter(|phase| !phase.unit.is_empty()).flat_map(figures).collect(),
            loss: self.loss,
            prepare: self.prepare,
            train: self.train,
        };
        if context.console.json {
            context.console.report(&output, |_| String::new())
        } else {
            context.console.note(output.line(self.phases.last()));
            Ok(())
        }
    }
}

/// What `--json` reports.
#[derive(Serialize)]
struct Output {
    vocabulary: usize,
    dim: usize,
    /// `words`, running words of all epochs, and `words_per_second`; so also for other units.
    #[serde(flatten)]
    phases: Map<String, Value>,
    /// Nats per prediction, or what else is minimised, over the last stretch of training.
    loss: Option<f64>,
    /// Counting and encoding.
    prepare: Usage,
    train: Usage,
}

impl Output {
    fn line(&self, last: Option<&Phase>) -> String {
        let rate = last.map_or(String::new(), |phase| format!("; {} {}/s", short(phase.rate()), phase.unit));
        let loss = self.loss.map_or(String::new(), |loss| format!(", loss {loss:.4}"));
        format!("{} vectors of {} numbers{rate}{loss}", self.vocabulary, self.dim)
    }
}

/// How much of a unit was done, and how fast.
fn figures(phase: &Phase) -> [(String, Value); 2] {
    let Phase { unit, done, .. } = *phase;
    [(unit.to_owned(), done.into()), (format!("{unit}_per_second"), phase.rate().into())]
}
