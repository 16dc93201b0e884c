//! Files of documents.

mod bytes;
mod decode;
mod formats;
mod lines;
mod options;
mod shards;
mod table;
mod write;

pub use options::{Column, Conll, Encoding, Fields, Format, InvalidPolicy, ReadOptions, Table};
pub use write::TextWriter;

use crate::{Document, Documents, TextError};
use bytes::Compression;
use decode::Utf8;
use lines::Lines;
use std::io::BufRead;
use std::ops::{ControlFlow, Range};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Files that are read as documents, in the order given.
///
/// Plain files are cut into shards where documents begin; a compressed file, and a CSV file, is one shard.
/// Compression is found by the first bytes of a file, whatever its name.
#[derive(Debug)]
pub struct FileDocuments {
    shards: Vec<Shard>,
    options: ReadOptions,
}

/// A part of a file.
#[derive(Debug)]
struct Shard {
    path: PathBuf,
    compression: Compression,
    /// The bytes of a plain file that are read; all of a compressed one.
    range: Option<Range<u64>>,
    /// Invalid sequences that were replaced when it was last read.
    n_replaced: AtomicU64,
}

impl FileDocuments {
    /// Opens the files; they are read when the documents are asked for. A folder stands for the files in it
    /// when each file is a document.
    ///
    /// # Errors
    /// If a file is missing or cannot be read, or is a folder where files are expected.
    pub fn open<P: AsRef<Path>>(paths: &[P], options: &ReadOptions) -> Result<Self, TextError> {
        let mut shards = Vec::new();
        for path in paths {
            let path = path.as_ref();
            if path.is_dir() && options.format == Format::File {
                for file in files_in(path)? {
                    push_shards(&file, options, &mut shards)?;
                }
            } else {
                push_shards(path, options, &mut shards)?;
            }
        }
        Ok(Self { shards, options: options.clone() })
    }

    /// Invalid sequences that were replaced when the shards were last read.
    pub fn n_replaced(&self) -> u64 {
        self.shards.iter().map(|shard| shard.n_replaced.load(Ordering::Relaxed)).sum()
    }
}

impl Documents for FileDocuments {
    fn n_shards(&self) -> usize {
        self.shards.len()
    }

    fn for_each(
        &self,
        shard: usize,
        sink: &mut dyn FnMut(Document<'_>) -> ControlFlow<()>,
    ) -> Result<(), TextError> {
        let shard = &self.shards[shard];
        let mut lines = shard.lines(&self.options)?;
        match &self.options.format {
            Format::Lines => formats::lines(&mut lines, sink),
            Format::File => formats::file(&mut lines, sink),
            Format::Wiki => formats::wiki(&mut lines, sink),
            Format::Jsonl(fields) => formats::jsonl(&mut lines, fields, sink),
            Format::Label => formats::labelled(&mut lines, sink),
            Format::Conll(columns) => formats::conll(&mut lines, columns, sink),
            Format::Csv(columns) | Format::Tsv(columns) => {
                let quoted = matches!(self.options.format, Format::Csv(_));
                let n_replaced = table::table(lines, (columns, quoted), sink)?;
                shard.n_replaced.store(n_replaced, Ordering::Relaxed);
                return Ok(());
            }
        }?;
        shard.n_replaced.store(lines.n_replaced(), Ordering::Relaxed);
        Ok(())
    }
}

impl Shard {
    fn lines(&self, options: &ReadOptions) -> Result<Lines, TextError> {
        let offset = self.range.as_ref().map_or(0, |range| range.start);
        let source = bytes::open(&self.path, self.compression, self.range.clone())?;
        let file = (self.path.as_path(), self.compression);
        let text = Utf8::new(file, source, offset, (options.encoding, options.invalid));
        Ok(Lines::new(&self.path, text, offset, options.max_document_bytes))
    }
}

fn push_shards(path: &Path, options: &ReadOptions, shards: &mut Vec<Shard>) -> Result<(), TextError> {
    if let Format::Csv(table) = &options.format {
        table::check(path, table)?;
    }
    let compression = Compression::of(path)?;
    let ranges = match compression {
        Compression::None => shards::cut(path, options)?.into_iter().map(Some).collect(),
        _ => vec![None],
    };
    let shard = |range| Shard { path: path.to_owned(), compression, range, n_replaced: AtomicU64::new(0) };
    shards.extend(ranges.into_iter().map(shard));
    Ok(())
}

/// The files of a folder, by name; folders in it are left out.
fn files_in(folder: &Path) -> Result<Vec<PathBuf>, TextError> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(bytes::in_file(folder))? {
        let path = entry.map_err(bytes::in_file(folder))?.path();
        if path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Opens a UTF-8 text file, compressed or not, for line-wise reading by others than the readers here.
///
/// # Errors
/// If it is missing, a folder, or cannot be read.
pub fn open_text(path: &Path) -> Result<impl BufRead + Send + use<>, TextError> {
    let compression = Compression::of(path)?;
    Ok(std::io::BufReader::with_capacity(1 << 17, bytes::open(path, compression, None)?))
}

#[cfg(test)]
mod tests;
