//! What can go wrong while reading text.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// Why text could not be read.
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
        "{path}:{line}: a document of more than {limit} bytes; raise the limit, or is this the right format?"
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
        /// Fields of the rows before.
        expected: usize,
        /// Fields of this one.
        found: usize,
    },
    /// A line is no JSON object with the fields asked for.
    #[error("{path}:{line}: expected a JSON object")]
    Json {
        /// The file.
        path: PathBuf,
        /// The line.
        line: u64,
        /// The reason.
        source: serde_json::Error,
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

fn list(names: &[String]) -> impl fmt::Display {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}
