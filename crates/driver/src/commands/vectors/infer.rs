//! `sememe vectors infer`: vectors of documents that were not there in training.

use super::{Format, format_of};
use crate::cli::Context;
use crate::commands::paths::refuse_existing;
use crate::commands::sources::ReadArgs;
use crate::commands::text::{for_each, tag_of};
use crate::exit::usage;
use crate::resources::{Stopwatch, Usage};
use clap::Args;
use sememe_embed::{Doc2VecModel, DocumentEncoder, InferenceSettings};
use sememe_kernels::{Matrix, Meter};
use sememe_text::{FileDocuments, TextWriter};
use sememe_vectors::{Embeddings, Encoder};
use sememe_vocab::Vocab;
use serde::Serialize;
use std::io::{self, Write};
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
    /// File to write: .npy is an array, any other name a file of vectors [default: a line of numbers each on
    /// standard output]
    #[arg(long, short)]
    output: Option<PathBuf>,
    /// Format of the file of vectors [default: by its name: .txt, .vec, .bin, .glove, .safetensors]
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
    let (tags, rows) = encode(&documents, &encoder, context)?;
    let Some(output) = &args.output else { return print(&tags, &rows, context) };
    write(args, output, &tags, rows)?;
    let output = Output { documents: tags.len(), dim: encoder.dim(), usage: watch.usage() };
    if context.console.json {
        return context.console.report(&output, |_| String::new());
    }
    context.console.note(format_args!("{} vectors of {} numbers", output.documents, output.dim));
    Ok(())
}

/// The names and the vectors of all documents: `f32[n_documents, dim]`.
fn encode(
    documents: &FileDocuments,
    encoder: &dyn Encoder,
    context: &Context,
) -> anyhow::Result<(Vec<String>, Matrix)> {
    let (mut tags, mut texts) = (Vec::new(), Vec::new());
    for_each(documents, |document| {
        tags.push(tag_of(document, tags.len()));
        texts.push(document.text.to_owned());
    })?;
    let (mut values, mut bar) = (Vec::new(), context.console.bar("inferring"));
    let meter = Meter::new("documents", Some(texts.len() as u64), &mut bar);
    for texts in texts.chunks(BATCH) {
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let mut rows = Matrix::zeros(texts.len(), encoder.dim());
        encoder.encode(&texts, &mut rows)?;
        values.extend_from_slice(rows.as_slice());
        anyhow::ensure!(meter.advance(texts.len() as u64, None).is_continue(), "interrupted");
    }
    let rows = Matrix::from_vec(tags.len(), encoder.dim(), values)?;
    Ok((tags, rows))
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

fn write(args: &InferArgs, path: &Path, tags: &[String], rows: Matrix) -> anyhow::Result<()> {
    if path.extension().is_some_and(|extension| extension == "npy") && args.format.is_none() {
        let mut file = TextWriter::create(path)?;
        write_npy(&rows, &mut file)?;
        return Ok(file.finish()?);
    }
    let vocab = Vocab::from_words(tags.iter().map(|tag| (tag, 1)), 0)?;
    let format = args.format.unwrap_or_else(|| format_of(path)).into();
    Ok(sememe_vectors::save(&Embeddings::new(vocab, rows)?, path, format)?)
}

/// The file of one array as NumPy writes it: magic, version 1.0, and a header that ends where a cache line does.
fn write_npy(rows: &Matrix, out: &mut impl Write) -> io::Result<()> {
    const PREFIX: usize = 10;
    let (n_rows, n_cols) = (rows.n_rows(), rows.n_cols());
    let mut header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({n_rows}, {n_cols}), }}");
    let padded = (PREFIX + header.len() + 1).next_multiple_of(64) - PREFIX;
    header.extend(std::iter::repeat_n(' ', padded - header.len() - 1));
    header.push('\n');
    out.write_all(b"\x93NUMPY\x01\x00")?;
    out.write_all(&(header.len() as u16).to_le_bytes())?;
    out.write_all(header.as_bytes())?;
    rows.as_slice().iter().try_for_each(|value| out.write_all(&value.to_le_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_are_those_of_numpy() {
        let mut bytes = Vec::new();
        write_npy(&Matrix::from_vec(1, 2, vec![1.0, -0.5]).unwrap(), &mut bytes).unwrap();
        assert_eq!(bytes.len(), 128 + 8);
        assert_eq!(bytes[..10], *b"\x93NUMPY\x01\x00\x76\x00");
        assert!(bytes[10..].starts_with(b"{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }  "));
        assert_eq!((bytes[127], &bytes[128..]), (b'\n', &b"\x00\x00\x80\x3f\x00\x00\x00\xbf"[..]));
    }
}
