//! `sememe vectors`: train, query, evaluate, convert.

mod infer;
mod query;
mod train;

use crate::cli::Context;
use crate::commands::paths::refuse_existing;
use clap::{Args, Subcommand, ValueEnum};
use sememe_vectors::{Embeddings, LoadOptions, LoadReport, VectorFormat};
use std::path::{Path, PathBuf};

pub(crate) use query::{Sets, score_sets};

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
    /// Score vectors on similarity and analogy sets
    Eval(query::EvalArgs),
    /// Write vectors in another format
    Convert(ConvertArgs),
    /// What a file of vectors holds
    Info(InfoArgs),
}

impl VectorsCommand {
    pub(crate) fn run(self, context: &Context) -> anyhow::Result<()> {
        match self {
            Self::Train(command) => command.run(context),
            Self::Infer(args) => infer::infer(&args, context),
            Self::Neighbors(args) => query::neighbors(&args, context),
            Self::Analogy(args) => query::analogy(&args, context),
            Self::Eval(args) => query::eval(&args, context),
            Self::Convert(args) => convert(&args, context),
            Self::Info(args) => info(&args, context),
        }
    }
}

/// A format of files of vectors, as the command line names it.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// word2vec, fastText .vec and gensim: a header, then a line a word
    #[value(name = "word2vec-text")]
    Word2vecText,
    /// word2vec and gensim, binary
    #[value(name = "word2vec-binary")]
    Word2vecBinary,
    /// A line a word, without a header
    #[value(name = "glove-text", alias = "glove")]
    GloveText,
    /// Tensors `embeddings`, `words`, `word_ends`, `counts`
    Safetensors,
}

impl From<Format> for VectorFormat {
    fn from(format: Format) -> Self {
        match format {
            Format::Word2vecText => Self::Word2vecText,
            Format::Word2vecBinary => Self::Word2vecBinary,
            Format::GloveText => Self::GloveText,
            Format::Safetensors => Self::Safetensors,
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

/// The format that the name of a file stands for: safetensors unless it says otherwise.
fn format_of(path: &Path) -> Format {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("txt" | "vec") => Format::Word2vecText,
        Some("bin") => Format::Word2vecBinary,
        Some("glove") => Format::GloveText,
        _ => Format::Safetensors,
    }
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  sememe vectors convert vectors.safetensors vectors.bin --to word2vec-binary"
)]
pub(crate) struct ConvertArgs {
    /// File of vectors
    input: PathBuf,
    /// File to write
    output: PathBuf,
    /// Format of the input [default: found by its content]
    #[arg(long)]
    from: Option<Format>,
    /// Format of the output [default: by its name: .txt, .vec, .bin, .glove, .safetensors]
    #[arg(long)]
    to: Option<Format>,
    /// Write over an existing file
    #[arg(long)]
    force: bool,
}

fn convert(args: &ConvertArgs, context: &Context) -> anyhow::Result<()> {
    refuse_existing(&args.output, args.force)?;
    let (vectors, report) = load(&args.input, args.from, context)?;
    let format = args.to.unwrap_or_else(|| format_of(&args.output)).into();
    sememe_vectors::save(&vectors, &args.output, format)?;
    context.console.note(format_args!("{} words, {} to {format}", report.words, report.format));
    Ok(())
}

#[derive(Debug, Args)]
pub(crate) struct InfoArgs {
    /// File of vectors
    file: PathBuf,
    /// Its format [default: found by its content]
    #[arg(long)]
    format: Option<Format>,
}

fn info(args: &InfoArgs, context: &Context) -> anyhow::Result<()> {
    let (vectors, report) = load(&args.file, args.format, context)?;
    context.console.report(&report, |report| {
        let first: Vec<&str> = vectors.vocab().words().take(5).collect();
        let (format, words, dim) = (report.format, report.words, report.dim);
        format!("{format}: {words} words of {dim} numbers\nfirst words: {}\n", first.join(" "))
    })
}
