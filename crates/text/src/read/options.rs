//! How files are read.

use crate::{TextError, nearest};
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
    /// The file is one document.
    File,
    /// WikiExtractor's output: `<doc id="…" url="…" title="…">`, the title on a line of its own, the text,
    /// `</doc>`.
    Wiki,
    /// A JSON object a line.
    Jsonl(Fields),
    /// A table with fields between commas, or another character, as RFC 4180 quotes them.
    Csv(Table),
    /// A table with fields between tabs; quotation marks are letters like any other.
    Tsv(Table),
    /// fastText's lines: words that begin with `__label__` are labels, the others text.
    Label,
    /// A token a line with its tags in columns; sentences are separated by empty lines.
    Conll(Conll),
}

/// The fields of a JSON object that make a document; dots lead into nested objects.
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

/// The columns of a table that make a document.
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

/// A character encoding, by its name.
///
/// ```
/// assert_eq!(sememe_text::Encoding::from_name("latin1")?.name(), "windows-1252");
/// # Ok::<_, sememe_text::TextError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Encoding(pub(crate) &'static encoding_rs::Encoding);

impl Encoding {
    /// The encoding with this name in the WHATWG Encoding Standard: utf-8, utf-16le, latin1, gb18030, …
    ///
    /// # Errors
    /// If there is none, with the nearest.
    pub fn from_name(name: &str) -> Result<Self, TextError> {
        /// The names that are suggested.
        const COMMON: [&str; 12] = [
            "utf-8",
            "utf-16le",
            "utf-16be",
            "latin1",
            "iso-8859-1",
            "windows-1252",
            "gb18030",
            "gbk",
            "big5",
            "shift_jis",
            "euc-kr",
            "ascii",
        ];
        let lower = name.to_ascii_lowercase();
        let alias = match lower.as_str() {
            "latin-1" => "latin1",
            "utf16" | "utf-16" => "utf-16le",
            "gb-18030" => "gb18030",
            other => other,
        };
        encoding_rs::Encoding::for_label(alias.as_bytes()).map(Self).ok_or_else(|| TextError::Encoding {
            name: name.to_owned(),
            nearest: nearest(&lower, COMMON).map(str::to_owned),
        })
    }

    /// Its name in the standard.
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// Whether bytes below 0x80 stand for ASCII, and only for ASCII, so that lines can be found in the bytes.
    pub(crate) fn has_ascii_lines(self) -> bool {
        self.0 == encoding_rs::UTF_8 || self.0.is_single_byte()
    }
}

impl Default for Encoding {
    fn default() -> Self {
        Self(encoding_rs::UTF_8)
    }
}

impl TryFrom<String> for Encoding {
    type Error = TextError;

    fn try_from(name: String) -> Result<Self, TextError> {
        Self::from_name(&name)
    }
}

impl From<Encoding> for String {
    fn from(encoding: Encoding) -> Self {
        encoding.name().to_ascii_lowercase()
    }
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
    /// Into how many shards files are cut, where they can be: as many as threads may read at once.
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
    fn names_of_encodings_are_forgiving_and_misspelt_ones_are_completed() {
        for (name, want) in [("UTF-8", "UTF-8"), ("latin-1", "windows-1252"), ("GB18030", "gb18030")] {
            assert_eq!(Encoding::from_name(name).unwrap().name(), want);
        }
        let message = Encoding::from_name("gb18031").unwrap_err().to_string();
        assert_eq!(message, "there is no encoding `gb18031`; did you mean `gb18030`?");
    }

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
