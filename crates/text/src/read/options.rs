//! How files are read.

use super::encoding::Encoding;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The format of a file of documents.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Format {
    /// A document a line; empty lines are left out.
    #[default]
    Lines,
    /// A document a file; its path is the id. A folder stands for all files in it and below, in the order of
    /// their names, but those whose names start with a dot; the folders on the way to a file are its label.
    File,
    /// WikiExtractor's output: `<doc id="…" url="…" title="…">`, the title on a line of its own, the text,
    /// `</doc>`.
    Wiki,
    /// A JSON object a line; empty lines are left out.
    Jsonl(Fields),
    /// A table with fields between commas, or another character, as RFC 4180 quotes them.
    Csv(Table),
    /// A table with fields between tabs; quotation marks are letters like any other.
    Tsv(Table),
    /// fastText's lines: words that begin with `__label__` are labels, the others text. Empty lines are left out.
    Label,
    /// A token a line with its tags in columns; a sentence, up to an empty line, is a document. Its text is the
    /// tokens, and its label the tags, with a space between. Lines with `-DOCSTART-` are left out.
    Conll(Conll),
}

/// The fields of a JSON object that make a document; dots lead into nested objects. All that are named must be
/// there. Numbers and the like are taken as they are written, lists with a tab between their items; a label, id or
/// time that is `null` is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Fields {
    /// Fields of the text; several are joined by a space.
    pub text: Vec<String>,
    /// Field of the label.
    pub label: Option<String>,
    /// Field of the identifier.
    pub id: Option<String>,
    /// Field of the time.
    pub time: Option<String>,
}

impl Default for Fields {
    fn default() -> Self {
        Self { text: vec!["text".to_owned()], label: None, id: None, time: None }
    }
}

/// The columns of a table that make a document. Every row must have as many as the first one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Table {
    /// What separates fields: one ASCII character (CSV only).
    pub delimiter: char,
    /// Whether the first row names the columns.
    pub header: bool,
    /// Columns of the text; several are joined by a space.
    pub text: Vec<Column>,
    /// Column of the label.
    pub label: Option<Column>,
    /// Column of the identifier.
    pub id: Option<Column>,
    /// Column of the time.
    pub time: Option<Column>,
}

impl Default for Table {
    fn default() -> Self {
        Self {
            delimiter: ',',
            header: true,
            text: vec![Column::Number(0)],
            label: None,
            id: None,
            time: None,
        }
    }
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Column {
    /// By its place, from 0.
    Number(usize),
    /// By its name in the header.
    Name(String),
}

impl From<&str> for Column {
    /// Digits are a number, all else is a name.
    fn from(text: &str) -> Self {
        text.parse().map_or_else(|_| Self::Name(text.to_owned()), Self::Number)
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Name(name) => f.write_str(name),
        }
    }
}

/// The columns of CoNLL files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Conll {
    /// Column of the token; negative ones count from the end.
    pub token: i64,
    /// Column of the tag; negative ones count from the end. `None` reads no tags.
    pub tag: Option<i64>,
}

impl Default for Conll {
    fn default() -> Self {
        Self { token: 0, tag: Some(-1) }
    }
}

/// What is done with bytes that are invalid in the encoding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InvalidPolicy {
    /// The file is refused, naming the byte.
    #[default]
    Refuse,
    /// Each invalid sequence becomes U+FFFD and is counted.
    Replace,
}

/// How files are read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReadOptions {
    /// What the files hold.
    pub format: Format,
    /// How they are encoded.
    pub encoding: Encoding,
    /// What is done with bytes that are invalid in the encoding.
    pub invalid: InvalidPolicy,
    /// Into how many shards the files are dealt out, at most: as many as threads may read at once.
    pub n_shards: usize,
    /// A larger document is refused: it is probably in another format.
    pub max_document_bytes: usize,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self {
            format: Format::default(),
            encoding: Encoding::default(),
            invalid: InvalidPolicy::default(),
            n_shards: 16,
            max_document_bytes: 100 << 20,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_written_in_few_words() {
        let json =
            r#"{"format": {"csv": {"text": ["Title", 2], "label": "Class Index"}}, "encoding": "gbk"}"#;
        let options: ReadOptions = serde_json::from_str(json).unwrap();
        let Format::Csv(table) = &options.format else { panic!("{options:?}") };
        assert_eq!(table.text, [Column::Name("Title".to_owned()), Column::Number(2)]);
        assert_eq!(options.encoding.name(), "GBK");
        let again: ReadOptions = serde_json::from_str(&serde_json::to_string(&options).unwrap()).unwrap();
        assert_eq!(again, options);
        assert!(serde_json::from_str::<ReadOptions>(r#"{"format": {"csv": {"txet": []}}}"#).is_err());
    }
}
