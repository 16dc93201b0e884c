//! What a file holds that is mapped into memory.

use super::rows::UniqueWords;
use super::{Entries, Rows, Words};
use crate::embeddings::first_not_finite;
use crate::error::{Place, Problem};
use crate::load::LoadReport;
use crate::storage::{SelectedRows, lend};
use crate::{Buckets, Embeddings, Storage, VectorFormat, VectorsError};
use sememe_kernels::{Meter, Observer};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Rows between two reports to the observer.
const REPORT: usize = 1024;

/// Reads the words of a mapped file, in their order.
pub(crate) trait WordReader {
    /// Appends the next word, with its count if the file has counts; false at the end.
    ///
    /// Words beyond the number that the file promises are an error here.
    fn next(&mut self, words: &mut Words) -> Result<bool, VectorsError>;
}

/// Words and rows of a mapped file. The words have not been looked at yet.
pub(crate) struct MappedFile {
    pub(crate) words: Box<dyn WordReader>,
    /// How many words there are.
    pub(crate) n_words: usize,
    /// How many of the first words are special.
    pub(crate) n_special: usize,
    /// A row for each word.
    pub(crate) rows: Arc<dyn Storage>,
    pub(crate) buckets: Option<Arc<Buckets>>,
    /// Whether the vector of a word is the mean of its row and those of its n-grams.
    pub(crate) composed: bool,
    pub(crate) metadata: BTreeMap<String, String>,
}

impl MappedFile {
    /// The embeddings of the first `max_words` words. Vectors that are composed are so whenever they are read.
    pub(crate) fn into_embeddings(
        mut self,
        path: &Path,
        format: VectorFormat,
        options: &crate::LoadOptions,
    ) -> Result<(Embeddings, LoadReport), VectorsError> {
        let n_words = options.max_words.map_or(self.n_words, |max| max.min(self.n_words));
        let mut words = Words::new(options.replace_invalid);
        words.reserve(n_words);
        while words.len() < n_words && self.words.next(&mut words)? {}
        if words.len() == self.n_words {
            self.words.next(&mut words)?;
        }
        let UniqueWords { vocab, firsts } = words.vocab(self.n_special.min(words.len()), path)?;
        let rows = match firsts {
            Some(firsts) => {
                SelectedRows::list(self.rows, firsts).map(|rows| Arc::new(rows) as Arc<dyn Storage>)
            }
            None if n_words == self.rows.n_rows() => Some(self.rows),
            None => SelectedRows::run(self.rows, 0..n_words).map(|rows| Arc::new(rows) as Arc<dyn Storage>),
        };
        let rows = rows.ok_or(VectorsError::Rows { words: vocab.len(), rows: 0 })?;
        let report = words.report(format, vocab.len(), rows.dim());
        let embeddings = match self.buckets {
            Some(buckets) if self.composed => Embeddings::composed(vocab, rows, buckets)?,
            Some(buckets) => Embeddings::from_shared(vocab, rows)?.with_shared_buckets(buckets)?,
            None => Embeddings::from_shared(vocab, rows)?,
        };
        Ok((embeddings.with_metadata(self.metadata), report))
    }

    /// The file as a stream; `observer` is told the words.
    pub(crate) fn entries<'a>(
        self,
        path: &Path,
        max_words: Option<usize>,
        observer: &'a mut dyn Observer,
    ) -> MappedEntries<'a> {
        let n_words = max_words.map_or(self.n_words, |max| max.min(self.n_words));
        let meter = Meter::new("words", Some(n_words as u64), observer);
        MappedEntries { file: self, path: path.to_owned(), n_words, at: 0, meter, room: Vec::new() }
    }
}

/// Looks at every number of embeddings that came from the file at `path`; `observer` is told the words.
pub(crate) fn check_numbers(
    embeddings: &Embeddings,
    path: &Path,
    observer: &mut dyn Observer,
) -> Result<(), VectorsError> {
    let meter = Meter::new("words", Some(embeddings.len() as u64), observer);
    let mut room = Vec::new();
    let buckets = embeddings.buckets().map(Buckets::rows);
    for storage in [embeddings.storage()].into_iter().chain(buckets) {
        for i in 0..storage.n_rows() {
            if let Some((column, found)) = first_not_finite(lend(storage, i, &mut room)) {
                return Err(not_finite(path, i, column, found));
            }
            if (i + 1).is_multiple_of(REPORT) && meter.advance(REPORT as u64, None).is_break() {
                return Err(VectorsError::Interrupted);
            }
        }
    }
    Ok(())
}

fn not_finite(path: &Path, i: usize, column: usize, found: f32) -> VectorsError {
    let problem = Problem::NotFinite { column, found };
    VectorsError::Entry { path: path.to_owned(), place: Place::Row(i as u64 + 1), problem }
}

/// The words of a mapped file with their vectors, one after the other.
pub(crate) struct MappedEntries<'a> {
    file: MappedFile,
    path: PathBuf,
    n_words: usize,
    at: usize,
    meter: Meter<'a>,
    /// Room for the row of a word whose vector is composed.
    room: Vec<f32>,
}

impl MappedEntries<'_> {
    /// Appends the vector of the word that came last.
    fn push_row(&mut self, rows: &mut Rows) {
        rows.dim = self.file.rows.dim();
        match self.file.buckets.as_ref().filter(|_| self.file.composed) {
            None => self.file.rows.read_row(self.at, rows.grow()),
            Some(buckets) => {
                self.room.resize(rows.dim, 0.0);
                self.file.rows.read_row(self.at, &mut self.room);
                let last = rows.words.len() - 1;
                let start = rows.values.len();
                rows.values.resize(start + rows.dim, 0.0);
                buckets.mean(rows.words.get(last), Some(&self.room), &mut rows.values[start..]);
            }
        }
    }
}

impl Entries for MappedEntries<'_> {
    fn promised(&self) -> Option<u64> {
        Some(self.n_words as u64)
    }

    fn room(&self) -> u64 {
        self.n_words as u64
    }

    fn next(&mut self, rows: &mut Rows) -> Result<bool, VectorsError> {
        rows.dim = self.file.rows.dim();
        let is_whole = self.n_words == self.file.n_words;
        if (self.at >= self.n_words && !is_whole) || !self.file.words.next(&mut rows.words)? {
            return Ok(false);
        }
        self.push_row(rows);
        let last = rows.len() - 1;
        if let Some((column, found)) = first_not_finite(rows.row(last)) {
            return Err(not_finite(&self.path, self.at, column, found));
        }
        self.at += 1;
        if self.at.is_multiple_of(REPORT) && self.meter.advance(REPORT as u64, None).is_break() {
            return Err(VectorsError::Interrupted);
        }
        Ok(true)
    }
}
