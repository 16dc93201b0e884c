//! Flags that say how text is read and cut, shared by all commands that read text.

use crate::commands::size::parse_size;
use crate::exit::{bail_usage, usage};
use clap::{Args, ValueEnum};
use sememe_text::{
    CleanStep, Column, Conll, Encoding, Fields, Format, InvalidPolicy, PipelineSettings, ReadOptions,
    Segment, SentenceSplit, Table, nearest,
};
use serde::de::DeserializeOwned;

/// How files are read.
#[derive(Clone, Debug, Args)]
pub(crate) struct ReadArgs {
    /// Format of the input [default: lines]
    #[arg(long, value_name = "FORMAT", value_enum)]
    read: Option<ReadFormat>,
    /// Columns of the text, by name or number from 0; several are joined by a space
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    text: Vec<String>,
    /// Column of the label
    #[arg(long, value_name = "COLUMN")]
    label: Option<String>,
    /// The first line of a CSV or TSV file is data
    #[arg(long)]
    no_header: bool,
    /// Encoding of the input: utf-8, utf-16le, latin1, gb18030, ... [default: utf-8]
    #[arg(long, value_name = "NAME")]
    encoding: Option<String>,
    /// Replace bytes that are invalid in the encoding, and count them, instead of refusing the file
    #[arg(long)]
    replace_invalid: bool,
    /// Refuse documents of more bytes: they are probably in another format [default: 100M]
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    max_document: Option<u64>,
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
    /// Whether the user said anything about how files are read.
    pub(crate) fn is_given(&self) -> bool {
        let named = self.read.is_some() || self.label.is_some() || self.encoding.is_some();
        let said = self.no_header || self.replace_invalid || self.max_document.is_some();
        named || said || !self.text.is_empty()
    }

    pub(crate) fn options(&self) -> anyhow::Result<ReadOptions> {
        let default = ReadOptions::default();
        let max_document = self.max_document.map(|size| usize::try_from(size).unwrap_or(usize::MAX));
        Ok(ReadOptions {
            max_document_bytes: max_document.unwrap_or(default.max_document_bytes),
            format: self.format(),
            encoding: match &self.encoding {
                Some(name) => Encoding::from_name(name).map_err(usage)?,
                None => Encoding::default(),
            },
            invalid: if self.replace_invalid { InvalidPolicy::Replace } else { InvalidPolicy::Refuse },
            ..default
        })
    }

    /// As [`Self::options`], with the identifiers of documents from column `id`.
    pub(crate) fn options_with_id(&self, id: Option<&str>) -> anyhow::Result<ReadOptions> {
        let mut options = self.options()?;
        match (&mut options.format, id) {
            (_, None) => {}
            (Format::Csv(table) | Format::Tsv(table), Some(id)) => table.id = Some(Column::from(id)),
            (Format::Jsonl(fields), Some(id)) => fields.id = Some(id.to_owned()),
            (_, Some(id)) => bail_usage!("--tag {id}: only csv, tsv and jsonl have columns"),
        }
        Ok(options)
    }

    fn format(&self) -> Format {
        match self.read.unwrap_or_default() {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspelt_names_find_their_neighbour() {
        let message = named::<CleanStep>("clean", "lowercsae").unwrap_err().to_string();
        assert!(message.ends_with("; did you mean `lowercase`?"), "{message}");
    }
}
