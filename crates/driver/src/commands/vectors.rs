//! `sememe vectors`: train, query, evaluate, convert.

mod align;
mod cluster;
mod eval;
mod files;
mod format;
mod infer;
mod map;
mod project;
mod query;
mod score;
mod train;
mod words;

use crate::cli::Context;
use clap::Subcommand;
use format::{Format, format_of};
use sememe_vectors::{Embeddings, LoadOptions, LoadReport, VectorFormat};
use std::path::Path;

pub(crate) use score::{Scoring, Sets, score_sets};

#[derive(Debug, Subcommand)]
pub(crate) enum VectorsCommand {
    /// Train vectors on text
    #[command(subcommand)]
    Train(Box<train::TrainCommand>),
    /// Vectors of new documents, by a model of doc2vec
    Infer(infer::InferArgs),
    /// The words nearest to a word
    #[command(visible_alias = "nn")]
    Neighbors(query::NeighborsArgs),
    /// A is to B as C is to what?
    Analogy(query::AnalogyArgs),
    /// The cosine of two words, or of many pairs
    Similarity(query::SimilarityArgs),
    /// Which word goes least with the others
    OddOneOut(query::OddOneOutArgs),
    /// Put words into clusters
    Cluster(cluster::ClusterArgs),
    /// Rotate vectors to those of another language or time
    Align(align::AlignArgs),
    /// Words in a plane, as a table or a map
    Project(project::ProjectArgs),
    /// Score vectors on similarity, analogy and category sets
    Eval(eval::EvalArgs),
    /// Write vectors in another format
    Convert(files::ConvertArgs),
    /// What a file of vectors holds
    Info(files::InfoArgs),
}

impl VectorsCommand {
    pub(crate) fn run(self, context: &Context) -> anyhow::Result<()> {
        match self {
            Self::Train(command) => command.run(context),
            Self::Infer(args) => infer::infer(&args, context),
            Self::Neighbors(args) => query::neighbors(&args, context),
            Self::Analogy(args) => query::analogy(&args, context),
            Self::Similarity(args) => query::similarity(&args, context),
            Self::OddOneOut(args) => query::odd_one_out(&args, context),
            Self::Cluster(args) => cluster::cluster(&args, context),
            Self::Align(args) => align::align(&args, context),
            Self::Project(args) => project::project(&args, context),
            Self::Eval(args) => eval::eval(&args, context),
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
