//! `sememe lm`: train, evaluate, sample.

mod query;
mod train;

use crate::cli::Context;
use anyhow::Context as _;
use clap::Subcommand;
use sememe_lm::NgramModel;
use std::io::Read as _;
use std::path::Path;

pub(crate) use query::{report, sentence};

#[derive(Debug, Subcommand)]
pub(crate) enum LmCommand {
    /// Train a language model
    #[command(subcommand)]
    Train(train::TrainCommand),
    /// Perplexity of a text
    Eval(query::EvalArgs),
    /// Sample sentences
    Generate(query::GenerateArgs),
}

impl LmCommand {
    pub(crate) fn run(self, context: &Context) -> anyhow::Result<()> {
        match self {
            Self::Train(command) => command.run(context),
            Self::Eval(args) => query::eval(&args, context),
            Self::Generate(args) => query::generate(&args, context),
        }
    }
}

/// Reads a model in our own form or as ARPA text, whichever its first bytes say.
fn load(path: &Path) -> anyhow::Result<NgramModel> {
    let mut start = Vec::new();
    let context = || format!("cannot read {}", path.display());
    let file = std::fs::File::open(path).with_context(context)?;
    file.take(8).read_to_end(&mut start).with_context(context)?;
    Ok(if start == NgramModel::MAGIC { NgramModel::load(path)? } else { NgramModel::load_arpa(path)? })
}
