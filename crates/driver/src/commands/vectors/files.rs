//! `sememe vectors convert | info`.

use super::format::{Format, format_of};
use crate::cli::Context;
use crate::commands::paths::refuse_existing;
use crate::exit::{bail_usage, usage};
use clap::{Args, ValueEnum};
use sememe_kernels::Kernels;
use sememe_vectors::{
    Buckets, Embeddings, LoadOptions, LoadReport, Quantizer, QuantizerSettings, StorageKind, Subwords,
    VectorFormat,
};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sememe vectors convert vectors.safetensors vectors.bin --to word2vec-binary
  sememe vectors convert cc.en.300.bin cc.en.300.fifu
  sememe vectors convert cc.en.300.bin cc.en.300.fifu --storage opq
  sememe vectors convert cc.en.300.bin cc.en.300.ftz --storage pq
  sememe vectors convert glove.840B.300d.txt glove.safetensors --max-words 400000")]
pub(crate) struct ConvertArgs {
    /// File of vectors
    input: PathBuf,
    /// File to write
    output: PathBuf,
    /// Format of the input [default: found by its content]
    #[arg(long)]
    from: Option<Format>,
    /// Format of the output [default: by its name: .txt, .vec, .bin (word2vec's), .glove, .npy, .fifu, .ftz, .safetensors]
    #[arg(long)]
    to: Option<Format>,
    /// Make vectors smaller: half as large (f16, bf16), a quarter (int8), or a byte for each part (pq, opq)
    #[arg(long, value_enum)]
    storage: Option<Form>,
    /// With --storage pq or opq: numbers of a part
    #[arg(long, value_name = "N", default_value_t = 2)]
    part_width: usize,
    /// Take only so many words, from the first on
    #[arg(long, value_name = "N")]
    max_words: Option<usize>,
    /// Take words that are not UTF-8, with U+FFFD for what is invalid
    #[arg(long)]
    replace_invalid: bool,
    /// Write over an existing file
    #[arg(long)]
    force: bool,
}

/// The form of numbers.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Form {
    /// 32-bit floats
    F32,
    /// 16-bit floats, up to 65504
    F16,
    /// 16-bit floats with the range of 32-bit ones
    Bf16,
    /// 8-bit integers with a factor for each vector
    Int8,
    /// Codes of a product quantiser, with a norm for each vector
    Pq,
    /// The same after a rotation that lets codes fit better
    Opq,
}

impl From<Form> for StorageKind {
    fn from(form: Form) -> Self {
        match form {
            Form::F32 => Self::F32,
            Form::F16 => Self::F16,
            Form::Bf16 => Self::Bf16,
            Form::Int8 => Self::Int8,
            Form::Pq => Self::Pq,
            Form::Opq => Self::Opq,
        }
    }
}

/// What `--json` reports of a conversion.
#[derive(Serialize)]
struct Converted {
    from: VectorFormat,
    to: VectorFormat,
    words: u64,
    bytes: u64,
}

pub(super) fn convert(args: &ConvertArgs, context: &Context) -> anyhow::Result<()> {
    refuse_existing(&args.output, args.force)?;
    let to = args.to.unwrap_or_else(|| format_of(&args.output)).into();
    let options = LoadOptions {
        format: args.from.map(VectorFormat::from),
        max_words: args.max_words,
        replace_invalid: args.replace_invalid,
    };
    let (from, words) = match args.storage {
        Some(storage) => quantize(args, storage.into(), to, &options, context)?,
        None => {
            let mut bar = context.console.bar("converting vectors");
            sememe_vectors::convert(&args.input, &args.output, to, &options, &mut bar)?
        }
    };
    let bytes = std::fs::metadata(&args.output).map_or(0, |file| file.len());
    if context.console.json {
        return context.console.report(&Converted { from, to, words, bytes }, |_| String::new());
    }
    context.console.note(format_args!("{words} words, {from} to {to}, {bytes} bytes"));
    Ok(())
}

/// Converts with the numbers in another form.
fn quantize(
    args: &ConvertArgs,
    storage: StorageKind,
    to: VectorFormat,
    options: &LoadOptions,
    context: &Context,
) -> anyhow::Result<(VectorFormat, u64)> {
    if !to.holds(storage) {
        bail_usage!("{to} has no place for {storage}; safetensors has");
    }
    to.check_name(&args.output)?;
    let settings = QuantizerSettings {
        storage,
        part_width: args.part_width,
        seed: context.seed.unwrap_or(1),
        ..QuantizerSettings::default()
    };
    let quantizer = Quantizer::new(settings).map_err(usage)?.with_threads(context.threads);
    let (vectors, report) = options.map(&args.input, &mut context.console.bar("reading vectors"))?;
    let (kernels, mut bar) = (Kernels::detect(), context.console.bar("making vectors smaller"));
    let small = match to {
        VectorFormat::Fasttext if storage == StorageKind::Pq => {
            quantizer.run_for_fasttext(&vectors, kernels, &mut bar)
        }
        _ => quantizer.run(&vectors, kernels, &mut bar),
    }?;
    drop(bar);
    sememe_vectors::save(&small, &args.output, to)?;
    Ok((report.format, report.words as u64))
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  sememe vectors info cc.en.300.bin")]
pub(crate) struct InfoArgs {
    /// File of vectors
    file: PathBuf,
    /// Its format [default: found by its content]
    #[arg(long)]
    format: Option<Format>,
}

/// What a file of vectors holds.
#[derive(Serialize)]
struct Info<'a> {
    #[serde(flatten)]
    report: LoadReport,
    storage: StorageKind,
    /// The sum of all counts, if the file has counts.
    running_words: Option<u64>,
    subwords: Option<SubwordsInfo>,
    first_words: Vec<&'a str>,
    metadata: &'a BTreeMap<String, String>,
}

#[derive(Serialize)]
struct SubwordsInfo {
    #[serde(flatten)]
    subwords: Subwords,
    /// Buckets that have a vector.
    rows: usize,
    storage: StorageKind,
}

impl SubwordsInfo {
    fn new(buckets: &Buckets) -> Self {
        let rows = buckets.rows();
        Self { subwords: *buckets.subwords(), rows: rows.n_rows(), storage: rows.kind() }
    }
}

impl<'a> Info<'a> {
    fn new(vectors: &'a Embeddings, report: LoadReport) -> Self {
        Self {
            report,
            storage: vectors.storage().kind(),
            running_words: Some(vectors.vocab().n_tokens()).filter(|&n_tokens| n_tokens > 0),
            subwords: vectors.buckets().map(SubwordsInfo::new),
            first_words: vectors.vocab().words().take(5).collect(),
            metadata: vectors.metadata(),
        }
    }

    fn render(&self) -> String {
        let LoadReport { format, words, dim, .. } = &self.report;
        let mut text = format!("{format}: {words} words of {dim} numbers, {}\n", self.storage);
        if self.report.duplicates > 0 {
            text += &format!("words that stand twice: {}\n", self.report.duplicates);
        }
        if let Some(n_tokens) = self.running_words {
            text += &format!("running words: {n_tokens}\n");
        }
        if let Some(SubwordsInfo { subwords, rows, storage }) = &self.subwords {
            let (min_n, max_n, n_buckets) = (subwords.min_n(), subwords.max_n(), subwords.n_buckets());
            text += &format!(
                "n-grams: {min_n} to {max_n} characters in {n_buckets} buckets as in {}; {rows} of them have a \
                 vector, {storage}\n",
                subwords.hash_name()
            );
        }
        text += &format!("first words: {}\n", self.first_words.join(" "));
        let line = |(key, value): (&String, &String)| format!("{key}: {}\n", value.trim_end());
        text + &self.metadata.iter().map(line).collect::<String>()
    }
}

pub(super) fn info(args: &InfoArgs, context: &Context) -> anyhow::Result<()> {
    let options = LoadOptions { format: args.format.map(VectorFormat::from), ..LoadOptions::default() };
    let (vectors, report) = options.map(&args.file, &mut context.console.bar("reading vectors"))?;
    context.console.report(&Info::new(&vectors, report), Info::render)
}
