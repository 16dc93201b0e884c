//! Files as a place for words and vectors.

use super::{VectorFormat, binary, text};
use crate::embeddings::check_finite;
use crate::error::excerpt;
use crate::storage::ProductRows;
use crate::{Buckets, StorageKind, VectorsError};
use half::f16;
use sememe_text::{TextError, TextWriter};
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A file that is written from front to back, an entry at a time.
pub(crate) trait Sink {
    /// Writes the next word, its count and its vector.
    fn push(&mut self, word: &str, count: u64, row: &[f32]) -> io::Result<()>;

    /// Gives the file its name. All entries that were announced must have come.
    fn finish(self: Box<Self>) -> Result<(), VectorsError>;
}

/// What is known of the content of a file before its entries come.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Content<'a> {
    pub(crate) n_rows: u64,
    pub(crate) dim: usize,
    pub(crate) n_special: usize,
    /// The form of the numbers, where the format has several.
    pub(crate) kind: StorageKind,
    /// The codes of the rows, if the kind is a product quantiser's.
    pub(crate) product: Option<&'a ProductRows>,
    pub(crate) buckets: Option<&'a Buckets>,
    pub(crate) metadata: &'a BTreeMap<String, String>,
}

impl Content<'_> {
    /// The form in which rows of this kind can be written.
    pub(crate) fn kind(kind: StorageKind, product: Option<&ProductRows>) -> StorageKind {
        match kind {
            StorageKind::Pq | StorageKind::Opq if product.is_none() => StorageKind::F32,
            StorageKind::F64 => StorageKind::F32,
            kind => kind,
        }
    }
}

/// A file whose words and numbers are checked before they are written.
pub(crate) struct Checked {
    path: PathBuf,
    format: VectorFormat,
    kind: StorageKind,
    sink: Box<dyn Sink>,
}

impl Checked {
    pub(crate) fn new(path: &Path, format: VectorFormat, kind: StorageKind, sink: Box<dyn Sink>) -> Self {
        Self { path: path.to_owned(), format, kind, sink }
    }

    pub(crate) fn push(&mut self, word: &str, count: u64, row: &[f32]) -> Result<(), VectorsError> {
        check_word(word, self.format)?;
        check_finite(word, row)?;
        if self.kind == StorageKind::F16 {
            check_range(word, row)?;
        }
        let failed = |source| VectorsError::Write { path: self.path.clone(), source };
        self.sink.push(word, count, row).map_err(failed)
    }

    pub(crate) fn finish(self) -> Result<(), VectorsError> {
        self.sink.finish()
    }
}

/// Refuses a vector with a number that is infinite as a 16-bit float.
pub(crate) fn check_range(word: &str, row: &[f32]) -> Result<(), VectorsError> {
    let refused = |column| Err(VectorsError::BeyondF16 { word: word.to_owned(), column, found: row[column] });
    first_beyond_f16(row).map_or(Ok(()), refused)
}

/// The column of the first number that is infinite as a 16-bit float.
pub(crate) fn first_beyond_f16(row: &[f32]) -> Option<usize> {
    row.iter().position(|&x| !f16::from_f32(x).is_finite())
}

/// Refuses a word that could not be read back from `format`.
pub(crate) fn check_word(word: &str, format: VectorFormat) -> Result<(), VectorsError> {
    let reason = format.unwritable(word);
    let refused = |reason| Err(VectorsError::Unwritable { word: excerpt(word.as_bytes()), format, reason });
    reason.map_or(Ok(()), refused)
}

/// A file of word2vec or GloVe.
pub(crate) struct TextSink {
    out: TextWriter,
    binary: bool,
}

impl TextSink {
    /// Begins the file at `path`; a name that ends in `.gz` or `.zst` is compressed.
    pub(crate) fn create(
        path: &Path,
        format: VectorFormat,
        content: &Content<'_>,
    ) -> Result<Self, VectorsError> {
        let mut out = TextWriter::create(path).map_err(in_writing)?;
        if format != VectorFormat::GloveText {
            let written = writeln!(out, "{} {}", content.n_rows, content.dim);
            written.map_err(|source| VectorsError::Write { path: path.to_owned(), source })?;
        }
        Ok(Self { out, binary: format == VectorFormat::Word2vecBinary })
    }
}

impl Sink for TextSink {
    fn push(&mut self, word: &str, _count: u64, row: &[f32]) -> io::Result<()> {
        if self.binary {
            binary::write_entry(word, row, &mut self.out)
        } else {
            text::write_row(word, row, &mut self.out)
        }
    }

    fn finish(self: Box<Self>) -> Result<(), VectorsError> {
        self.out.finish().map_err(in_writing)
    }
}

/// What the writer reports, as an error of writing.
pub(crate) fn in_writing(error: TextError) -> VectorsError {
    match error {
        TextError::Write { path, source } | TextError::Io { path, source } => {
            VectorsError::Write { path, source }
        }
        error => VectorsError::Text(error),
    }
}
