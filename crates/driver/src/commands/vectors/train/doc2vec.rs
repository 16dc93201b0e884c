//! `sememe vectors train doc2vec`.

use super::super::{Format, format_of};
use super::cut_off::CheckpointArgs;
use super::{TrainArgs, Workspace};
use crate::cli::Context;
use crate::exit::usage;
use clap::{Args, ValueEnum};
use sememe_embed::{Doc2Vec, Doc2VecModel, Doc2VecSettings, DocumentAlgorithm};

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Algorithm {
    /// The document alone predicts its words (PV-DBOW)
    #[default]
    Dbow,
    /// The mean of the document and the words around predicts each word (PV-DM)
    Dm,
}

impl From<Algorithm> for DocumentAlgorithm {
    fn from(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Dbow => Self::Dbow,
            Algorithm::Dm => Self::Dm,
        }
    }
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sememe vectors train doc2vec -i docs.csv --read csv --text review --tag id -o model.safetensors
  sememe vectors train doc2vec -i docs.txt --algorithm dm --epochs 20 -o model.safetensors
  sememe vectors infer model.safetensors -i new.txt
  sememe vectors neighbors model.safetensors 17
  sememe vectors convert model.safetensors documents.vec

The model is a file of vectors as well, with the documents' tags as words. An output in another format holds these
vectors alone.")]
pub(crate) struct Doc2VecArgs {
    #[command(flatten)]
    shared: TrainArgs,
    /// What predicts the words of a document
    #[arg(long, value_enum, default_value_t)]
    algorithm: Algorithm,
    /// Train vectors of words beside, by skip-gram (dm has them always)
    #[arg(long)]
    words: bool,
    /// Column of the documents' names; documents with the same name share a vector
    /// [default: the names that the format has, or numbers from 0]
    #[arg(long, value_name = "COLUMN")]
    tag: Option<String>,
    /// Words on either side that count as context, where words have contexts
    #[arg(long, default_value_t = 5)]
    window: usize,
    /// Negative words for each prediction
    #[arg(long, default_value_t = 5)]
    negatives: usize,
    /// Words of a document that share a draw of negatives (dbow only)
    #[arg(long, default_value_t = Doc2VecSettings::default().block)]
    block: usize,
    /// Negatives are drawn in proportion to count to this power
    #[arg(long, default_value_t = 0.75)]
    exponent: f64,
    /// Thin out words above this share of the text; 0 keeps all
    #[arg(long, default_value_t = 1e-4)]
    sample: f64,
    /// Passes over the text
    #[arg(long, default_value_t = 10)]
    epochs: usize,
    /// First learning rate
    #[arg(long, default_value_t = 0.025)]
    learning_rate: f32,
    /// Keep the vectors that documents have when the words are done, instead of learning them anew: half the time, but
    /// they are unlike those of new documents
    #[arg(long)]
    no_relearn: bool,
    #[command(flatten)]
    checkpoint: CheckpointArgs,
}

impl Doc2VecArgs {
    pub(super) fn train(&self, context: &Context) -> anyhow::Result<()> {
        let trainer = Doc2Vec::new(self.settings(context)).map_err(usage)?;
        let trainer = self.checkpoint.resumed(trainer, Doc2Vec::resume_from, context);
        let prepared = self.shared.prepare(context)?;
        let tags = self.shared.text.tags(self.tag.as_deref())?;
        tags.iter().try_for_each(|tag| self.shared.format().check_word(tag))?;
        let Workspace { corpus, vocab, .. } = &prepared.workspace;
        let (model, trained) = prepared
            .train_under(self.checkpoint.bar(context), |bar| Ok(trainer.train(corpus, vocab, &tags, bar)?))?;
        let model = model.with_pipeline(prepared.text.pipeline);
        self.save(&model)?;
        self.checkpoint.remove()?;
        trained.report(model.documents(), context)
    }

    fn settings(&self, context: &Context) -> Doc2VecSettings {
        Doc2VecSettings {
            algorithm: self.algorithm.into(),
            words: self.words,
            dim: self.shared.dim,
            window: self.window,
            negatives: self.negatives,
            block: self.block,
            exponent: self.exponent,
            sample: self.sample,
            epochs: self.epochs,
            learning_rate: self.learning_rate,
            relearn: !self.no_relearn,
            threads: context.threads,
            seed: context.seed.unwrap_or(Doc2VecSettings::default().seed),
        }
    }

    fn save(&self, model: &Doc2VecModel) -> anyhow::Result<()> {
        match self.shared.format.unwrap_or_else(|| format_of(&self.shared.output)) {
            Format::Safetensors => Ok(model.save(&self.shared.output)?),
            _ => self.shared.save(model.documents()),
        }
    }
}
