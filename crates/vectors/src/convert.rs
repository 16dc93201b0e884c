//! Files of vectors in one format to files in another.

use crate::formats::{self, Checked, Content, Entries, MappedFile, Rows};
use crate::save::save;
use crate::{Buckets, LoadOptions, Storage, StorageKind, VectorFormat, VectorsError, detect};
use sememe_kernels::Observer;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// Writes the vectors in the file at `input` to the file at `output`, in the format `to`; returns the format of the
/// input and the number of words.
///
/// Entries are copied one by one, so that memory does not grow with their number; a word that stands twice does so
/// in the output as well. Only for files of fastText and finalfusion the words, and what is not mapped, are held in
/// memory. What [`save`](crate::save) says of formats and of the temporary name holds here too.
/// `observer` is told the bytes or words read.
///
/// # Errors
/// Those of [`LoadOptions::load`] and of [`save`](crate::save).
pub fn convert(
    input: &Path,
    output: &Path,
    to: VectorFormat,
    options: &LoadOptions,
    observer: &mut dyn Observer,
) -> Result<(VectorFormat, u64), VectorsError> {
    to.check_name(output)?;
    let from = options.format.map_or_else(|| detect(input), Ok)?;
    if !formats::is_streamed(to) {
        let (embeddings, report) = options.map(input, observer)?;
        save(&embeddings, output, to)?;
        return Ok((from, report.words as u64));
    }
    let mut notes = Notes::default();
    // The file does not say how many words it holds, and the output has to say so before they come.
    let counted = from == VectorFormat::GloveText && to != VectorFormat::GloveText;
    let counted = counted.then(|| formats::count(input, observer)).transpose()?;
    let n_rows = counted.map(|n_rows| options.max_words.map_or(n_rows, |max| n_rows.min(max as u64)));
    let entries: Box<dyn Entries> = if from.is_mapped() {
        let file = formats::map(input, from)?;
        notes = Notes::of(&file, options);
        Box::new(file.entries(input, options.max_words, observer))
    } else {
        formats::read(input, from, options.max_words, observer)?
    };
    let copy = Copy { entries, notes, n_rows, output, to };
    copy.run(options.replace_invalid).map(|n_written| (from, n_written))
}

/// One file on its way to another.
struct Copy<'a> {
    entries: Box<dyn Entries + 'a>,
    notes: Notes,
    /// How many entries were counted, if they were.
    n_rows: Option<u64>,
    output: &'a Path,
    to: VectorFormat,
}

impl Copy<'_> {
    /// Copies all entries, and returns their number.
    fn run(mut self, replace_invalid: bool) -> Result<u64, VectorsError> {
        let mut rows = Rows::new(replace_invalid);
        let mut more = self.entries.next(&mut rows)?;
        let n_rows = self.n_rows.or(self.entries.promised()).unwrap_or(0);
        let content = self.notes.content(n_rows, rows.dim);
        let sink = formats::create(self.output, self.to, &content)?;
        let mut file = Checked::new(self.output, self.to, content.kind, sink);
        let mut n_written = 0;
        while more {
            file.push(rows.words.get(0), rows.words.count(0), rows.row(0))?;
            n_written += 1;
            rows.clear();
            more = self.entries.next(&mut rows)?;
        }
        file.finish()?;
        Ok(n_written)
    }
}

/// What a mapped file holds beside words and vectors.
#[derive(Default)]
struct Notes {
    n_special: usize,
    /// The rows, if all of them are copied as they are.
    rows: Option<Arc<dyn Storage>>,
    kind: Option<StorageKind>,
    buckets: Option<Arc<Buckets>>,
    metadata: BTreeMap<String, String>,
}

impl Notes {
    fn of(file: &MappedFile, options: &LoadOptions) -> Self {
        let whole = options.max_words.is_none_or(|max| max >= file.n_words) && !file.composed;
        Self {
            n_special: options.max_words.map_or(file.n_special, |max| max.min(file.n_special)),
            rows: whole.then(|| Arc::clone(&file.rows)),
            kind: Some(file.rows.kind()),
            buckets: file.buckets.clone(),
            metadata: file.metadata.clone(),
        }
    }

    fn content(&self, n_rows: u64, dim: usize) -> Content<'_> {
        let product = self.rows.as_ref().and_then(|rows| rows.product());
        Content {
            n_rows,
            dim,
            n_special: self.n_special,
            kind: Content::kind(self.kind.unwrap_or(StorageKind::F32), product),
            product,
            buckets: self.buckets.as_deref(),
            metadata: &self.metadata,
        }
    }
}
