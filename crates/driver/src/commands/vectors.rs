//! `sememe vectors`: train, query, evaluate, convert.

mod files;
mod format;
mod query;
mod train;

use crate::cli::Context;
use clap::Subcommand;
use format::{Format, format_of};
use sememe_vectors::{Embeddings, LoadOptions, LoadReport, VectorFormat};
use std::path::Path;

pub(crate) use query::{Sets, score_sets};

#[derive(Debug, Subcommand)]
pub(crate) enum VectorsCommand {
    /// Train vectors on text
    #[command(subcommand)]
    Train(Box<train::TrainCommand>),
    /// The words nearest to a word
    #[command(visible_alias = "nn")]
    Neighbors(query::NeighborsArgs),
    /// A is to B as C is to what?
    Analogy(query::AnalogyArgs),
    /// Score vectors on similarity and analogy sets
    Eval(query::EvalArgs),
    /// Write vectors in another format
    Convert(files::ConvertArgs),
    /// What a file of vectors holds
    Info(files::InfoArgs),
}

impl VectorsCommand {
    pub(crate) fn run(self, context: &Context) -> anyhow::Result<()> {
        match self {
            Self::Train(command) => command.run(context),
            Self::Neighbors(args) => query::neighbors(&args, context),
            Self::Analogy(args) => query::analogy(&args, context),
            Self::Eval(args) => query::eval(&args, context),
            Self::Convert(args) => files::convert(&args, context),
            Self::Info(args) => files::info(&args, context),
        }
    }
}

/// Reads vectors, saying what is odd about the file.
fn load(path: &Path, format: Option<Format>, context: &Context) -> anyhow::Result<(Embeddings, LoadReport)> {
    let options = LoadOptions { format: format.map(VectorFormat::from), ..LoadOptions::default() };
    let (vectors, report) = options.load(path, &mut context.console.bar("reading vectors"))?;
    if report.duplicates > 0 {
        let n = report.duplicates;
        context
            .console
            .note(format_args!("note: {} has {n} words twice; the first are used", path.display()));
    }
    Ok((vectors, report))
}
