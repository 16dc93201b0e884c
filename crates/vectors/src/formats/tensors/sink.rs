//! Writing safetensors, an entry at a time.

use super::layout::{Layout, bucket_kind};
use super::{BUCKET_IDS, CENTROIDS, COUNTS, Names, OF_BUCKETS, OF_WORDS, ROTATION, WORD_ENDS};
use crate::atomic::Partial;
use crate::formats::binary::write_floats;
use crate::formats::{Content, Sink};
use crate::storage::{Element, ProductRows, int8, lend};
use crate::{Buckets, Storage, StorageKind, VectorsError};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// A safetensors file whose tensors grow side by side, each from its place in the file on.
pub(crate) struct TensorsSink {
    path: PathBuf,
    partial: Partial,
    layout: Layout,
    words: BufWriter<File>,
    ends: BufWriter<File>,
    counts: BufWriter<File>,
    rows: RowsWriter,
    n_word_bytes: u64,
}

impl TensorsSink {
    /// Begins the file; what it holds beside words and their vectors is written now.
    pub(crate) fn create(path: &Path, content: &Content<'_>) -> Result<Self, VectorsError> {
        Self::begin(path, content).map_err(|source| VectorsError::Write { path: path.to_owned(), source })
    }

    fn begin(path: &Path, content: &Content<'_>) -> io::Result<Self> {
        let (partial, layout) = (Partial::create(path)?, Layout::new(content)?);
        let at = |name: &str| partial.writer(layout.offset(name));
        if let Some(buckets) = content.buckets {
            let mut rows = RowsWriter::new(&OF_BUCKETS, bucket_kind(content), buckets.rows().product(), &at)?;
            write_buckets(buckets, &mut rows)?;
            write_ids(buckets, at(BUCKET_IDS)?)?;
        }
        if let Some(rows) = content.product {
            let mut out = at(CENTROIDS)?;
            write_floats(rows.codebook().centroids().as_slice(), &mut out)?;
            out.flush()?;
            if let Some(rotation) = rows.codebook().rotation() {
                let mut out = at(ROTATION)?;
                write_floats(rotation.as_slice(), &mut out)?;
                out.flush()?;
            }
        }
        let rows = RowsWriter::new(&OF_WORDS, content.kind, content.product, &at)?;
        let (words, ends, counts) = (partial.writer(layout.words())?, at(WORD_ENDS)?, at(COUNTS)?);
        Ok(Self { path: path.to_owned(), partial, layout, words, ends, counts, rows, n_word_bytes: 0 })
    }

    fn end(&mut self) -> io::Result<()> {
        let mut header = self.partial.writer(0)?;
        header.write_all(&self.layout.header(self.n_word_bytes)?)?;
        for out in [&mut header, &mut self.words, &mut self.ends, &mut self.counts] {
            out.flush()?;
        }
        self.rows.flush()
    }
}

impl Sink for TensorsSink {
    fn push(&mut self, word: &str, count: u64, row: &[f32]) -> io::Result<()> {
        self.n_word_bytes += word.len() as u64;
        self.words.write_all(word.as_bytes())?;
        self.ends.write_all(&self.n_word_bytes.to_le_bytes())?;
        self.counts.write_all(&i64::try_from(count).unwrap_or(i64::MAX).to_le_bytes())?;
        self.rows.push(row)
    }

    fn finish(mut self: Box<Self>) -> Result<(), VectorsError> {
        let path = std::mem::take(&mut self.path);
        let finished = self.end().and_then(|()| self.partial.finish());
        finished.map_err(|source| VectorsError::Write { path, source })
    }
}

fn write_buckets(buckets: &Buckets, out: &mut RowsWriter) -> io::Result<()> {
    let mut room = Vec::new();
    for i in 0..buckets.rows().n_rows() {
        out.push(lend(buckets.rows(), i, &mut room))?;
    }
    out.flush()
}

fn write_ids(buckets: &Buckets, mut out: BufWriter<File>) -> io::Result<()> {
    for &id in buckets.ids().unwrap_or_default() {
        out.write_all(&i64::from(id).to_le_bytes())?;
    }
    out.flush()
}

/// Rows in the form that is asked for.
enum RowsWriter {
    Plain {
        element: Element,
        out: BufWriter<File>,
    },
    Int8 {
        codes: Vec<u8>,
        out: BufWriter<File>,
        scales: BufWriter<File>,
    },
    /// Codes and norms have been written as a whole.
    Product,
}

impl RowsWriter {
    fn new(
        names: &Names,
        kind: StorageKind,
        product: Option<&ProductRows>,
        at: &dyn Fn(&str) -> io::Result<BufWriter<File>>,
    ) -> io::Result<Self> {
        match (kind, product) {
            (StorageKind::Pq | StorageKind::Opq, Some(rows)) => {
                let mut out = at(names.codes)?;
                out.write_all(rows.codes())?;
                out.flush()?;
                if rows.has_norms() {
                    write_norms(rows, at(names.norms)?)?;
                }
                Ok(Self::Product)
            }
            (StorageKind::Int8, _) => {
                Ok(Self::Int8 { codes: Vec::new(), out: at(names.rows)?, scales: at(names.scales)? })
            }
            _ => Ok(Self::Plain { element: Element::of(kind), out: at(names.rows)? }),
        }
    }

    fn push(&mut self, row: &[f32]) -> io::Result<()> {
        match self {
            Self::Product => Ok(()),
            Self::Int8 { codes, out, scales } => {
                codes.resize(row.len(), 0);
                scales.write_all(&int8::encode(row, codes).to_le_bytes())?;
                out.write_all(codes)
            }
            Self::Plain { element, out } => element.write(row, out),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Product => Ok(()),
            Self::Int8 { out, scales, .. } => out.flush().and_then(|()| scales.flush()),
            Self::Plain { out, .. } => out.flush(),
        }
    }
}

fn write_norms(rows: &ProductRows, mut out: BufWriter<File>) -> io::Result<()> {
    for norm in (0..rows.n_rows()).filter_map(|i| rows.norm(i)) {
        out.write_all(&norm.to_le_bytes())?;
    }
    out.flush()
}
