//! `sememe vectors infer`: vectors of documents that were not there in training.

mod stream;

use super::{Format, format_of};
use crate::cli::Context;
use crate::commands::paths::refuse_existing;
use crate::commands::sources::ReadArgs;
use crate::exit::{bail_usage, usage};
use crate::resources::{Stopwatch, Usage};
use anyhow::Context as _;
use clap::Args;
use sememe_embed::{Doc2VecModel, DocumentEncoder, InferenceSettings};
use sememe_kernels::{Matrix, Meter};
use sememe_text::{FileDocuments, Format as SourceFormat};
use sememe_vectors::{Embeddings, VectorFormat};
use sememe_vocab::Vocab;
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use stream::{Source, Stream};

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sememe vectors infer model.safetensors -i new.txt > vectors.txt
  zcat new.txt.gz | sememe vectors infer model.safetensors -i - --json
  sememe vectors infer model.safetensors -i new.csv --read csv --text review -o vectors.npy
  sememe vectors infer model.safetensors -i new.csv --read csv --text review --tag id -o vectors.safetensors

Texts are cleaned and cut as those that the model was trained on. The same text and seed give the same vector.")]
pub(crate) struct InferArgs {
    /// Model of `sememe vectors train doc2vec`
    model: PathBuf,
    /// Files to read; .gz and .zst are found by their content; `-` is stdin, a document a line
    #[arg(long, short, required = true, value_name = "FILE", num_args = 1..)]
    input: Vec<PathBuf>,
    #[command(flatten)]
    read: ReadArgs,
    /// Column of the documents' names [default: the names that the format has, or numbers from 0]
    #[arg(long, value_name = "COLUMN")]
    tag: Option<String>,
    /// File of vectors to write, with the documents' names as words [default: a line of numbers each on standard
    /// output]
    #[arg(long, short)]
    output: Option<PathBuf>,
    /// Format of the file of vectors [default: by its name: .txt, .vec, .bin, .glove, .npy, .fifu, .safetensors]
    #[arg(long, requires = "output")]
    format: Option<Format>,
    /// Write over an existing file
    #[arg(long)]
    force: bool,
    /// Passes over each document [default: as in training]
    #[arg(long)]
    epochs: Option<usize>,
    /// First learning rate [default: as in training]
    #[arg(long)]
    learning_rate: Option<f32>,
}

/// What `--json` reports of a file that was written.
#[derive(Serialize)]
struct Output {
    documents: usize,
    dim: usize,
    usage: Usage,
}

pub(super) fn infer(args: &InferArgs, context: &Context) -> anyhow::Result<()> {
    if let Some(output) = &args.output {
        refuse_existing(output, args.force)?;
        args.format(output).check_name(output).map_err(usage)?;
    }
    let settings = InferenceSettings {
        epochs: args.epochs,
        learning_rate: args.learning_rate,
        seed: context.seed.unwrap_or(InferenceSettings::default().seed),
    };
    let source = args.source()?;
    let model = Arc::new(Doc2VecModel::load(&args.model)?);
    let encoder = DocumentEncoder::new(model, &settings).map_err(usage)?.with_threads(context.threads);
    let mut bar = context.console.bar("inferring");
    let stream = Stream { encoder: &encoder, meter: Meter::new("documents", None, &mut bar) };
    let Some(path) = &args.output else {
        return stream.run(&source, &mut |tags, rows| print(&tags, rows, context));
    };
    let watch = Stopwatch::start();
    let vectors = collect(&stream, &source, args.format(path))?;
    sememe_vectors::save(&vectors, path, args.format(path))?;
    let output = Output { documents: vectors.len(), dim: vectors.dim(), usage: watch.usage() };
    if context.console.json {
        return context.console.report(&output, |_| String::new());
    }
    context.console.note(format_args!("{} vectors of {} numbers", output.documents, output.dim));
    Ok(())
}

impl InferArgs {
    fn source(&self) -> anyhow::Result<Source> {
        let options = self.read.options_with_id(self.tag.as_deref())?;
        if self.input.iter().all(|path| path != Path::new("-")) {
            return Ok(Source::Files(Box::new(FileDocuments::open(&self.input, &options)?)));
        }
        if self.input.len() > 1 || options.format != SourceFormat::Lines {
            bail_usage!("`-i -` is standard input, a document a line, and nothing else");
        }
        Ok(Source::Stdin(options.max_document_bytes as u64))
    }

    fn format(&self, output: &Path) -> VectorFormat {
        self.format.unwrap_or_else(|| format_of(output)).into()
    }
}

/// The vectors of all documents, whose names must be words that `format` can hold.
fn collect(stream: &Stream<'_>, source: &Source, format: VectorFormat) -> anyhow::Result<Embeddings> {
    let (mut names, mut values) = (Vec::new(), Vec::new());
    stream.run(source, &mut |tags, rows| {
        tags.iter().try_for_each(|tag| format.check_word(tag))?;
        names.extend(tags);
        values.extend_from_slice(rows.as_slice());
        Ok(())
    })?;
    let vocab = Vocab::from_words(names.iter().map(|name| (name, 1)), 0).context("names of documents")?;
    let rows = Matrix::from_vec(names.len(), stream.encoder.dim(), values)?;
    Ok(Embeddings::new(vocab, rows)?)
}

/// A document as a line of JSON.
#[derive(Serialize)]
struct Line<'a> {
    tag: &'a str,
    vector: &'a [f32],
}

fn print(tags: &[String], rows: &Matrix, context: &Context) -> anyhow::Result<()> {
    let mut text = String::new();
    for (tag, vector) in tags.iter().zip(rows.rows()) {
        if context.console.json {
            text += &serde_json::to_string(&Line { tag, vector })?;
        } else {
            let numbers: Vec<String> = vector.iter().map(f32::to_string).collect();
            text += &numbers.join(" ");
        }
        text.push('\n');
    }
    context.console.data(&text)
}
