//! Flags that say where text comes from, shared by all commands that read text.

use crate::cli::Context;
use crate::exit::{bail_usage, usage};
use clap::{Args, ValueEnum};
use sememe_text::{
    CleanStep, Column, Documents, Encoding, FileDocuments, Format, InvalidPolicy, Pipeline, PipelineSettings,
    ReadOptions, Segment, SentenceSplit,
};
use sememe_vocab::{CorpusPlan, MmapCorpus, Vocab, VocabSettings, count, encode};
use serde::de::DeserializeOwned;
use std::path::PathBuf;
use tempfile::TempDir;

/// How files are read.
#[derive(Debug, Default, Args)]
pub(crate) struct ReadArgs {
    /// Format of the input
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    read: ReadFormat,
    /// Column of the text: a name or a number from 0; several are joined by a space
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
    Csv,
    Tsv,
    /// fastText's __label__ lines
    Label,
    /// CoNLL columns: a token a line, sentences apart by empty lines
    Conll,
}

impl ReadArgs {
    pub(crate) fn options(&self) -> anyhow::Result<ReadOptions> {
        Ok(ReadOptions {
            format: self.format()?,
            encoding: Encoding::from_name(&self.encoding).map_err(usage)?,
            invalid: if self.replace_invalid { InvalidPolicy::Replace } else { InvalidPolicy::Refuse },
            ..ReadOptions::default()
        })
    }

    fn format(&self) -> anyhow::Result<Format> {
        let _ = Column::from;
        todo_format(self)
    }
}
