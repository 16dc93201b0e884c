//! What can go wrong with text and its files.

use std::io;
use std::path::PathBuf;

/// Why text could not be read, cleaned or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TextError {
    /// The operating system refused.
    #[error("cannot read {path}")]
    Io {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// The operating system refused.
    #[error("cannot write {path}")]
    Write {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// There is nothing to read.
    #[error("no files were given")]
    NoFiles,
    /// A file of no bytes, or only such files.
    #[error("{path} is empty")]
    Empty {
        /// The first such file.
        path: PathBuf,
    },
    /// A folder without files, or with links that lead back up.
    #[error("{path} holds no files, or folders in folders without end")]
    FolderWithoutFiles {
        /// The folder.
        path: PathBuf,
    },
    /// A pipe, a device or the like: it could not be read twice.
    #[error("{path} is neither a file nor a folder")]
    NotAFile {
        /// The path.
        path: PathBuf,
    },
    /// A file of another kind, known by its first bytes.
    #[error("{path} is {found}, expected text; unpack or convert it first")]
    OtherKind {
        /// The file.
        path: PathBuf,
        /// What it is.
        found: &'static str,
    },
    /// The first bytes contradict the encoding asked for.
    #[error(
        "{path} starts with the byte order mark of {found}, expected {encoding}; name the right encoding"
    )]
    ByteOrderMark {
        /// The file.
        path: PathBuf,
        /// The encoding that the mark stands for.
        found: &'static str,
        /// The encoding asked for.
        encoding: &'static str,
    },
    /// A folder was named as a file.
    #[error("{path} is a folder, expected a file")]
    Folder {
        /// The folder.
        path: PathBuf,
    },
    /// The compressed data end early or are damaged.
    #[error("{path}: the {compression} data are damaged or cut short")]
    Compressed {
        /// The file.
        path: PathBuf,
        /// gzip or zstd.
        compression: &'static str,
        /// The reason.
        source: io::Error,
    },
    /// The file is not text.
    #[error("{path} looks like a binary file: byte {offset} is 0; expected text in {encoding}")]
    Binary {
        /// The file.
        path: PathBuf,
        /// The first zero byte.
        offset: u64,
        /// The encoding that was expected.
        encoding: &'static str,
    },
    /// Bytes that mean nothing in the encoding.
    #[error(
        "{path}: byte {offset} is not valid {encoding}; name the right encoding, or replace invalid bytes"
    )]
    Invalid {
        /// The file.
        path: PathBuf,
        /// Offset of the first such byte in the (uncompressed) file.
        offset: u64,
        /// The encoding that was expected.
        encoding: &'static str,
    },
    /// No encoding has this name.
    #[error("there is no encoding `{name}`{}", suggestion(.nearest.as_deref()))]
    Encoding {
        /// The name.
        name: String,
        /// The one that was probably meant.
        nearest: Option<String>,
    },
    /// A document is larger than the limit.
    #[error(
        "{path}:{line}: a document of more than {limit} bytes, which is all that `max_document_bytes` allows; is this the right format?"
    )]
    TooLong {
        /// The file.
        path: PathBuf,
        /// The line on which it starts.
        line: u64,
        /// The limit.
        limit: usize,
    },
    /// A table lacks a column.
    #[error("{path}: there is no column `{wanted}`; the columns are {}{}", list(.columns), suggestion(.nearest.as_deref()))]
    Column {
        /// The file.
        path: PathBuf,
        /// The column that was asked for.
        wanted: String,
        /// The columns that there are.
        columns: Vec<String>,
        /// The one that was probably meant.
        nearest: Option<String>,
    },
    /// A row has more or fewer fields than the others.
    #[error("{path}:{line}: expected {expected} fields, found {found}")]
    Ragged {
        /// The file.
        path: PathBuf,
        /// The line on which the row starts.
        line: u64,
        /// Fields of the first row; of CoNLL columns, those needed.
        expected: usize,
        /// Fields of this one.
        found: usize,
    },
    /// A row of a table whose last quotation mark is never closed.
    #[error(
        "{path}:{line}: a quotation mark in the row that starts here is not closed before the end of the file"
    )]
    OpenQuote {
        /// The file.
        path: PathBuf,
        /// The line on which the row starts.
        line: u64,
    },
    /// A JSON object lacks a field.
    #[error("{path}:{line}: there is no field `{wanted}`; the fields are {}{}", list(.fields), suggestion(.nearest.as_deref()))]
    Field {
        /// The file.
        path: PathBuf,
        /// The line.
        line: u64,
        /// The field that was asked for.
        wanted: String,
        /// The fields that there are.
        fields: Vec<String>,
        /// The one that was probably meant.
        nearest: Option<String>,
    },
    /// A line is no JSON object.
    #[error("{path}:{line}: expected a JSON object")]
    Json {
        /// The file.
        path: PathBuf,
        /// The line.
        line: u64,
        /// The reason.
        source: serde_json::Error,
    },
    /// The delimiter of a table cannot be told from the rest.
    #[error(
        "expected an ASCII character other than quotation marks and line ends as delimiter, found {found:?}"
    )]
    Delimiter {
        /// The delimiter.
        found: char,
    },
    /// A row of a table that cannot be read.
    #[error("{path}:{line}: expected a row of a table")]
    Row {
        /// The file.
        path: PathBuf,
        /// The line on which it starts.
        line: u64,
        /// The reason.
        source: csv::Error,
    },
    /// A line is not what the format has there.
    #[error("{path}:{line}: expected {expected}, found {found}")]
    Format {
        /// The file.
        path: PathBuf,
        /// The line.
        line: u64,
        /// What the format has there.
        expected: String,
        /// The start of the line.
        found: String,
    },
    /// Phrases contradict themselves or each other.
    #[error("no sound phrases: {reason}")]
    Phrases {
        /// What is wrong.
        reason: String,
    },
    /// The table of Chinese variants is damaged.
    #[error("cannot load the table of traditional and simplified Chinese")]
    Variants {
        /// The reason.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

fn suggestion(nearest: Option<&str>) -> String {
    nearest.map_or(String::new(), |name| format!("; did you mean `{name}`?"))
}

/// The first names of a list, which may be long.
fn list(names: &[String]) -> String {
    const SHOWN: usize = 20;
    let shown: Vec<String> = names.iter().take(SHOWN).map(|name| format!("`{name}`")).collect();
    let more = if names.len() > SHOWN { format!(" and {} more", names.len() - SHOWN) } else { String::new() };
    shown.join(", ") + &more
}
