//! Documents from files.

mod blocks;
mod encoding;
mod input;
mod json;
mod lines;
mod options;
mod rows;
mod shards;
mod source;
mod table;
mod write;

pub use encoding::Encoding;
pub use options::{Column, Conll, Fields, Format, InvalidPolicy, ReadOptions, Table};
pub use write::TextWriter;

use crate::{Document, Documents, TextError};
use input::Input;
use lines::Lines;
use shards::Part;
use source::Source;
use std::io::{BufRead, BufReader};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use table::{Columns, Dialect, Rows};

type Sink<'a> = dyn FnMut(Document<'_>) -> ControlFlow<()> + 'a;

/// Documents in files, read anew each time and never held as a whole.
///
/// Files compressed with gzip or Zstandard are known by their first bytes. Other files in UTF-8 are cut at
/// the bounds of documents, so that the shards hold about as many bytes each (but no shard is very small); a compressed file, or one in
/// another encoding, is read by one shard. The documents and their order do not depend on the number of shards.
///
/// ```
/// use sememe_text::{Documents, FileDocuments, Format, ReadOptions};
/// use std::ops::ControlFlow;
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("reviews.tsv");
/// # std::fs::write(&path, "text\tlabel\ngood\tpos\n")?;
/// let format: Format = serde_json::from_str(r#"{ "tsv": { "text": ["text"], "label": "label" } }"#)?;
/// let documents = FileDocuments::open(&[path], &ReadOptions { format, ..ReadOptions::default() })?;
/// let mut found = Vec::new();
/// documents.for_each(0, &mut |document| {
///     found.push((document.text.to_owned(), document.label.map(str::to_owned)));
///     ControlFlow::Continue(())
/// })?;
/// assert_eq!(found, [("good".to_owned(), Some("pos".to_owned()))]);
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct FileDocuments {
    inputs: Vec<Input>,
    /// The columns of each file, if the format has columns with names.
    columns: Vec<Columns>,
    shards: Vec<Vec<Part>>,
    options: ReadOptions,
    /// For each shard, what was read the last time.
    stats: Mutex<Vec<ReadStats>>,
}

/// What was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReadStats {
    /// Documents.
    pub documents: u64,
    /// Bytes, after unpacking and before decoding.
    pub bytes: u64,
    /// Invalid sequences of bytes that U+FFFD took the place of.
    pub replaced: u64,
}

impl ReadStats {
    fn add(&mut self, other: Self) {
        self.documents += other.documents;
        self.bytes += other.bytes;
        self.replaced += other.replaced;
    }
}

impl FileDocuments {
    /// Looks at the files without reading them through.
    ///
    /// # Errors
    /// If a file is missing, no text, or lacks a column, or if all are empty.
    pub fn open<P: AsRef<Path>>(paths: &[P], options: &ReadOptions) -> Result<Self, TextError> {
        /// Fewer bytes are not worth a shard.
        const LEAST: u64 = 256 << 10;
        Self::cut(paths, options, LEAST)
    }

    /// Opens the files and cuts them into shards of at least about `min_shard_bytes`.
    fn cut<P: AsRef<Path>>(
        paths: &[P],
        options: &ReadOptions,
        min_shard_bytes: u64,
    ) -> Result<Self, TextError> {
        let table = Dialect::of(&options.format)?;
        let inputs = input::find(paths, options)?;
        let columns = match table {
            Some(table) => {
                inputs.iter().map(|input| Columns::find(input, table, options)).collect::<Result<_, _>>()?
            }
            None => Vec::new(),
        };
        let shards = shards::deal(&inputs, options, min_shard_bytes)?;
        let stats = Mutex::new(vec![ReadStats::default(); shards.len()]);
        Ok(Self { inputs, columns, shards, options: options.clone(), stats })
    }

    /// How the files are read.
    pub fn options(&self) -> &ReadOptions {
        &self.options
    }

    /// The files, in the order in which they are read.
    pub fn paths(&self) -> impl ExactSizeIterator<Item = &Path> {
        self.inputs.iter().map(|input| input.path.as_path())
    }

    /// Bytes of the files as they are on disk.
    pub fn n_bytes(&self) -> u64 {
        self.inputs.iter().map(|input| input.n_bytes).sum()
    }

    /// What was read, all shards together, each the last time it was read.
    pub fn stats(&self) -> ReadStats {
        let mut sum = ReadStats::default();
        self.lock_stats().iter().for_each(|stats| sum.add(*stats));
        sum
    }

    /// Invalid sequences that were replaced when the shards were last read.
    pub fn n_replaced(&self) -> u64 {
        self.stats().replaced
    }

    fn lock_stats(&self) -> MutexGuard<'_, Vec<ReadStats>> {
        self.stats.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read_part(
        &self,
        part: &Part,
        stats: &mut ReadStats,
        sink: &mut Sink<'_>,
    ) -> Result<ControlFlow<()>, TextError> {
        let mut n_documents = 0;
        let mut counted = |document: Document<'_>| {
            n_documents += 1;
            sink(document)
        };
        let (flow, mut read) = self.parse(part, &mut counted)?;
        read.documents = n_documents;
        stats.add(read);
        Ok(flow)
    }

    fn parse(&self, part: &Part, sink: &mut Sink<'_>) -> Result<(ControlFlow<()>, ReadStats), TextError> {
        let input = &self.inputs[part.input];
        let max_bytes = self.options.max_document_bytes;
        if let Some(table) = Dialect::of(&self.options.format)? {
            let rows = Rows::open(input, part.bytes.clone(), table, &self.options)?;
            let mut rows = rows.after_lines(part.n_lines_before);
            let has_header = table.columns.header && part.bytes.start == 0;
            let flow = table::rows(&mut rows, &self.columns[part.input], has_header, sink)?;
            return Ok((flow, read_so_far(rows.source())));
        }
        match &self.options.format {
            Format::File => {
                let mut source = Source::open(input, part.bytes.clone(), &self.options)?;
                let flow = rows::file(&mut source, input.label.as_deref(), max_bytes, sink)?;
                Ok((flow, read_so_far(&source)))
            }
            _ => {
                let source = Source::open(input, part.bytes.clone(), &self.options)?;
                let mut lines = Lines::new(source, part.bytes.start, max_bytes);
                let flow = self.parse_lines(&mut lines, sink)?;
                Ok((flow, read_so_far(lines.source())))
            }
        }
    }

    fn parse_lines(&self, lines: &mut Lines, sink: &mut Sink<'_>) -> Result<ControlFlow<()>, TextError> {
        match &self.options.format {
            Format::Jsonl(fields) => json::objects(lines, fields, sink),
            Format::Conll(columns) => blocks::conll(lines, columns, sink),
            Format::Wiki => blocks::wiki(lines, sink),
            Format::Label => rows::labelled(lines, sink),
            Format::Lines | Format::File | Format::Csv(_) | Format::Tsv(_) => rows::lines(lines, sink),
        }
    }
}

fn read_so_far(source: &Source) -> ReadStats {
    ReadStats { documents: 0, bytes: source.n_bytes(), replaced: source.n_replaced() }
}

impl Documents for FileDocuments {
    fn n_shards(&self) -> usize {
        self.shards.len()
    }

    fn n_replaced(&self) -> u64 {
        self.stats().replaced
    }

    fn for_each(
        &self,
        shard: usize,
        sink: &mut dyn FnMut(Document<'_>) -> ControlFlow<()>,
    ) -> Result<(), TextError> {
        let mut stats = ReadStats::default();
        let mut flow = ControlFlow::Continue(());
        for part in &self.shards[shard] {
            if flow.is_continue() {
                flow = self.read_part(part, &mut stats, sink)?;
            }
        }
        self.lock_stats()[shard] = stats;
        Ok(())
    }
}

/// Opens a UTF-8 text file, compressed or not, for line-wise reading by others than the readers here.
///
/// # Errors
/// If it is missing, a folder, or cannot be read.
pub fn open_text(path: &Path) -> Result<impl BufRead + Send + use<>, TextError> {
    let input = Input::open(path)?;
    Ok(BufReader::with_capacity(1 << 17, source::unpacked(&input, 0..u64::MAX)?))
}

#[cfg(test)]
mod tests;
