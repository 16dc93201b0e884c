//! Flags that say where text comes from, shared by all commands that read text.

use crate::cli::Context;
use crate::exit::{bail_usage, usage};
use clap::{Args, ValueEnum};
use sememe_text::{
    CleanStep, Column, Conll, Encoding, Fields, FileDocuments, Format, InvalidPolicy, Pipeline,
    PipelineSettings, ReadOptions, Segment, SentenceSplit, Table, nearest,
};
use sememe_vocab::{CorpusPlan, CountStats, MmapCorpus, Vocab, VocabSettings, count, encode};
use serde::de::DeserializeOwned;
use std::path::PathBuf;
use tempfile::TempDir;

/// How files are read.
#[derive(Clone, Debug, Args)]
pub(crate) struct ReadArgs {
    /// Format of the input
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    read: ReadFormat,
    /// Columns of the text, by name or number from 0; several are joined by a space
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    text: Vec<String>,
    /// Column of the label
    #[arg(long, value_name = "COLUMN")]
    label: Option<String>,
    /// The first line of a CSV or TSV file is data
    #[arg(long)]
    no_header: bool,
    /// Encoding of the input: utf-8, utf-16le, latin1, gb18030, ...
    #[arg(long, default_value = "utf-8")]
    encoding: String,
    /// Replace bytes that are invalid in the encoding, and count them, instead of refusing the file
    #[arg(long)]
    replace_invalid: bool,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum ReadFormat {
    /// A document a line
    #[default]
    Lines,
    /// A document a file
    File,
    /// WikiExtractor's <doc> ... </doc>
    Wiki,
    /// A JSON object a line
    Jsonl,
    /// Fields between commas
    Csv,
    /// Fields between tabs
    Tsv,
    /// fastText's __label__ lines
    Label,
    /// CoNLL columns: a token a line, sentences apart by empty lines
    Conll,
}

impl ReadArgs {
    pub(crate) fn options(&self) -> anyhow::Result<ReadOptions> {
        Ok(ReadOptions {
            format: self.format(),
            encoding: Encoding::from_name(&self.encoding).map_err(usage)?,
            invalid: if self.replace_invalid { InvalidPolicy::Replace } else { InvalidPolicy::Refuse },
            ..ReadOptions::default()
        })
    }

    fn format(&self) -> Format {
        match self.read {
            ReadFormat::Lines => Format::Lines,
            ReadFormat::File => Format::File,
            ReadFormat::Wiki => Format::Wiki,
            ReadFormat::Label => Format::Label,
            ReadFormat::Conll => Format::Conll(Conll::default()),
            ReadFormat::Csv => Format::Csv(self.table()),
            ReadFormat::Tsv => Format::Tsv(self.table()),
            ReadFormat::Jsonl => {
                let text = if self.text.is_empty() { Fields::default().text } else { self.text.clone() };
                Format::Jsonl(Fields { text, label: self.label.clone(), ..Fields::default() })
            }
        }
    }

    fn table(&self) -> Table {
        let text = self.text.iter().map(|name| Column::from(name.as_str())).collect();
        Table {
            header: !self.no_header,
            text: if self.text.is_empty() { Table::default().text } else { text },
            label: self.label.as_deref().map(Column::from),
            ..Table::default()
        }
    }
}

/// How text is cleaned and cut.
#[derive(Clone, Debug, Args)]
pub(crate) struct PipelineArgs {
    /// Clean-up steps in their order: nfc, nfkc, lowercase, strip-accents, simplify, text8, ...
    #[arg(long, value_name = "STEP", value_delimiter = ',')]
    clean: Vec<String>,
    /// How text is cut into words: whitespace, words, word-characters, chinese, chinese-words, characters, ...
    #[arg(long, default_value = "whitespace")]
    segment: String,
    /// How documents are cut into sentences: none, lines or punctuation
    #[arg(long, default_value = "none")]
    sentences: String,
}

impl PipelineArgs {
    pub(crate) fn settings(&self) -> anyhow::Result<PipelineSettings> {
        let clean: anyhow::Result<Vec<CleanStep>> =
            self.clean.iter().map(|name| named("clean", name)).collect();
        Ok(PipelineSettings {
            clean: clean?,
            segment: named::<Segment>("segment", &self.segment)?,
            sentences: named::<SentenceSplit>("sentences", &self.sentences)?,
            ..PipelineSettings::default()
        })
    }
}

/// The variant of an enum with this name; an unknown one is answered with those that there are.
fn named<T: DeserializeOwned>(flag: &str, name: &str) -> anyhow::Result<T> {
    serde_json::from_value(name.into()).map_err(|error| {
        let message = error.to_string();
        let known: Vec<&str> = message.split('`').skip(3).step_by(2).collect();
        let list = known.join(", ");
        let hint = nearest(name, known).map_or(String::new(), |name| format!("; did you mean `{name}`?"));
        usage(anyhow::anyhow!("--{flag} {name}: expected one of {list}{hint}"))
    })
}

/// Text to learn from.
#[derive(Clone, Debug, Args)]
pub(crate) struct TextArgs {
    /// Files to read; .gz and .zst are found by their content
    #[arg(long, short, required = true, value_name = "FILE", num_args = 1..)]
    pub(crate) input: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) read: ReadArgs,
    #[command(flatten)]
    pub(crate) pipeline: PipelineArgs,
    /// Memory for counting, such as 500M or 4G; beyond it counts are spilled to disk, and stay exact
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub(crate) memory: Option<u64>,
}

impl TextArgs {
    pub(crate) fn open(&self) -> anyhow::Result<(FileDocuments, Pipeline)> {
        let documents = FileDocuments::open(&self.input, &self.read.options()?)?;
        Ok((documents, Pipeline::new(&self.pipeline.settings()?)?))
    }

    /// Counts the words of the text.
    pub(crate) fn count(
        &self,
        settings: &VocabSettings,
        context: &Context,
    ) -> anyhow::Result<(Vocab, CountStats)> {
        let (documents, pipeline) = self.open()?;
        let settings = VocabSettings { memory: self.memory, ..settings.clone() };
        let mut bar = context.console.bar("counting words");
        let (vocab, stats) = count(&documents, &pipeline, &settings, context.threads, &mut bar)?;
        let n_replaced = documents.n_replaced();
        if n_replaced > 0 {
            context.console.note(format_args!("note: {n_replaced} invalid byte sequences were replaced"));
        }
        if stats.n_tokens == 0 {
            bail_usage!("there are no words in the input");
        }
        Ok((vocab, stats))
    }
}

/// A number of bytes: 500M, 4G, 1048576.
fn parse_size(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let shift = match text[digits.len()..].to_ascii_uppercase().as_str() {
        "" | "B" => 0,
        "K" | "KB" | "KIB" => 10,
        "M" | "MB" | "MIB" => 20,
        "G" | "GB" | "GIB" => 30,
        other => return Err(format!("expected a size such as 500M or 4G, found the unit `{other}`")),
    };
    let number: u64 = digits.parse().map_err(|_| "expected a size such as 500M or 4G".to_owned())?;
    number.checked_mul(1 << shift).ok_or_else(|| "more than there is".to_owned())
}

/// A corpus encoded for one command, in a folder that goes with it.
pub(crate) struct Workspace {
    pub(crate) vocab: Vocab,
    pub(crate) corpus: MmapCorpus,
    _dir: TempDir,
}

impl Workspace {
    /// Shards of the corpus: the most threads that can train at once.
    const N_SHARDS: usize = 64;

    pub(crate) fn prepare(
        text: &TextArgs,
        settings: &VocabSettings,
        context: &Context,
    ) -> anyhow::Result<Self> {
        let (vocab, _) = text.count(settings, context)?;
        let (documents, pipeline) = text.open()?;
        let dir = tempfile::tempdir()?;
        let plan = CorpusPlan {
            dir: dir.path().join("ids"),
            n_shards: Self::N_SHARDS,
            holdout: settings.holdout,
            threads: context.threads,
        };
        encode(&documents, &pipeline, &vocab, &plan, &mut context.console.bar("encoding"))?;
        Ok(Self { vocab, corpus: MmapCorpus::open(&plan.dir)?, _dir: dir })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units() {
        let sizes = ["12", "4k", "500M", "4GiB"].map(|text| parse_size(text).ok());
        assert_eq!(sizes, [Some(12), Some(4096), Some(500 << 20), Some(4 << 30)]);
        assert!(parse_size("4X").is_err() && parse_size("M").is_err());
    }

    #[test]
    fn misspelt_names_find_their_neighbour() {
        let message = named::<CleanStep>("clean", "lowercsae").unwrap_err().to_string();
        assert!(message.ends_with("; did you mean `lowercase`?"), "{message}");
    }
}
