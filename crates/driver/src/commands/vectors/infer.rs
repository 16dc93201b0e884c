//! `sememe vectors infer`: vectors of documents that were not there in training.

use super::{Format, format_of};
use crate::cli::Context;
use crate::commands::paths::refuse_existing;
use crate::commands::sources::ReadArgs;
use crate::commands::text::{for_each, tag_of};
use crate::exit::usage;
use crate::resources::{Stopwatch, Usage};
use anyhow::Context as _;
use clap::Args;
use sememe_embed::{Doc2VecModel, DocumentEncoder, InferenceSettings};
use sememe_kernels::{Matrix, Meter};
use sememe_text::FileDocuments;
use sememe_vectors::{Embeddings, Encoder, VectorFormat};
use sememe_vocab::Vocab;
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sememe vectors infer model.safetensors -i new.txt > vectors.txt
  sememe vectors infer model.safetensors -i new.csv --read csv --text review -o vectors.npy
  sememe vectors infer model.safetensors -i new.csv --read csv --text review --tag id -o vectors.safetensors

Texts are cleaned and cut as those that the model was trained on. The same text and seed give the same vector.")]
pub(crate) struct InferArgs {
    /// Model of `sememe vectors train doc2vec`
    model: PathBuf,
    /// Files to read; .gz and .zst are found by their content
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

/// Texts that are encoded together.
const BATCH: usize = 1024;

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
    let documents = FileDocuments::open(&args.input, &args.read.options_with_id(args.tag.as_deref())?)?;
    let model = Arc::new(Doc2VecModel::load(&args.model)?);
    let encoder = DocumentEncoder::new(model, &settings).map_err(usage)?.with_threads(context.threads);
    let watch = Stopwatch::start();
    let (tags, texts) = read(&documents)?;
    let Some(path) = &args.output else {
        return print(&tags, &encode(&texts, &encoder, context)?, context);
    };
    tags.iter().try_for_each(|tag| args.format(path).check_word(tag))?;
    let vocab = Vocab::from_words(tags.iter().map(|tag| (tag, 1)), 0).context("names of documents")?;
    let vectors = Embeddings::new(vocab, encode(&texts, &encoder, context)?)?;
    sememe_vectors::save(&vectors, path, args.format(path))?;
    let output = Output { documents: vectors.len(), dim: vectors.dim(), usage: watch.usage() };
    if context.console.json {
        return context.console.report(&output, |_| String::new());
    }
    context.console.note(format_args!("{} vectors of {} numbers", output.documents, output.dim));
    Ok(())
}

impl InferArgs {
    fn format(&self, output: &Path) -> VectorFormat {
        self.format.unwrap_or_else(|| format_of(output)).into()
    }
}

/// The names and the texts of all documents.
fn read(documents: &FileDocuments) -> anyhow::Result<(Vec<String>, Vec<String>)> {
    let (mut tags, mut texts) = (Vec::new(), Vec::new());
    for_each(documents, |document| {
        tags.push(tag_of(document, tags.len()));
        texts.push(document.text.to_owned());
    })?;
    Ok((tags, texts))
}

/// The vectors of all texts: `f32[texts.len(), dim]`.
fn encode(texts: &[String], encoder: &dyn Encoder, context: &Context) -> anyhow::Result<Matrix> {
    let (mut values, mut bar) = (Vec::new(), context.console.bar("inferring"));
    let meter = Meter::new("documents", Some(texts.len() as u64), &mut bar);
    for texts in texts.chunks(BATCH) {
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let mut rows = Matrix::zeros(texts.len(), encoder.dim());
        encoder.encode(&texts, &mut rows)?;
        values.extend_from_slice(rows.as_slice());
        anyhow::ensure!(meter.advance(texts.len() as u64, None).is_continue(), "interrupted");
    }
    Ok(Matrix::from_vec(texts.len(), encoder.dim(), values)?)
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
