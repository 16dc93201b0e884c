//! Reading fastText's models.

use super::settings::Settings;
use super::{MAGIC, OLD_VERSION, VERSION, WORD, matrix};
use crate::error::{Problem, excerpt};
use crate::formats::Words;
use crate::formats::cursor::Cursor;
use crate::formats::mapped_file::{MappedFile, WordReader};
use crate::mapped::Bytes;
use crate::storage::SelectedRows;
use crate::{Buckets, Storage, Subwords, VectorsError};
use std::path::Path;
use std::sync::Arc;

/// Bytes of the shortest entry of the dictionary: the end of the word, its count, its type.
const MIN_ENTRY: u64 = 10;

/// Maps the model at `path`.
pub(crate) fn map(path: &Path) -> Result<MappedFile, VectorsError> {
    let mut cursor = Cursor::new(path, crate::mapped::map(path)?);
    let magic = cursor.u32("the signature of fastText")?;
    if magic != MAGIC {
        return Err(cursor.error(0, "the signature of fastText", excerpt(&magic.to_le_bytes())));
    }
    let version = cursor.u32("the version")?;
    if !(OLD_VERSION..=VERSION).contains(&version) {
        return Err(cursor.error(4, format!("version {OLD_VERSION} or {VERSION}"), version.to_string()));
    }
    let mut settings = Settings::read(&mut cursor)?;
    if version == OLD_VERSION && settings.is_supervised() {
        settings.max_n = 0;
    }
    let dictionary = Dictionary::read(&mut cursor)?;
    let dim = settings.dim as usize;
    let at = cursor.at();
    let input = matrix::read(&mut cursor, dim, "the input matrix")?;
    matrix::read(&mut cursor, dim, "the output matrix")?;
    if cursor.left() > 0 {
        return Err(cursor.error(
            cursor.at(),
            "the end of the file",
            format!("{} more bytes", cursor.left()),
        ));
    }
    let n_words = dictionary.n_words as usize;
    let short = || cursor.error(at, format!("rows for {n_words} words"), input.n_rows().to_string());
    let rows = SelectedRows::run(Arc::clone(&input), 0..n_words).ok_or_else(short)?;
    let buckets = buckets(&cursor, at, &settings, &dictionary, &input)?.map(Arc::new);
    Ok(MappedFile {
        words: Box::new(dictionary.words),
        n_words,
        n_special: 0,
        rows: Arc::new(rows),
        composed: buckets.is_some(),
        buckets,
        metadata: settings.metadata(),
    })
}

struct Dictionary {
    n_words: u32,
    words: DictionaryWords,
    /// Pairs of a bucket and the number of its row, both `i32`, where not all buckets have one.
    pruned: Option<Bytes>,
}

impl Dictionary {
    /// Reads how many entries there are, and goes over them to find where they end.
    fn read(cursor: &mut Cursor) -> Result<Self, VectorsError> {
        let at = cursor.at();
        let n_entries = cursor.size("the size of the dictionary")?;
        let (n_words, n_labels) = (cursor.size("the number of words")?, cursor.size("the number of labels")?);
        if u64::from(n_words) + u64::from(n_labels) != u64::from(n_entries) {
            let found = format!("{n_words} words and {n_labels} labels");
            return Err(cursor.error(at, format!("{n_entries} words and labels"), found));
        }
        cursor.i64("the number of running words")?;
        let n_pruned = cursor.i64("the number of buckets that are left")?;
        if u64::from(n_entries) * MIN_ENTRY > cursor.left() as u64 {
            let found = format!("{} bytes", cursor.left());
            return Err(cursor.error(cursor.at(), format!("{n_entries} entries of the dictionary"), found));
        }
        let mut entries = DictionaryWords { cursor: cursor.clone(), next: 0, n_words: n_entries };
        let words = DictionaryWords { n_words, ..entries.clone() };
        while let Some(entry) = entries.entry()? {
            let is_word = entry.number < n_words;
            if is_word != (entry.kind == WORD) {
                let problem = Problem::Unexpected {
                    want: if is_word { "a word" } else { "a label" }.into(),
                    found: format!("an entry of type {}", entry.kind),
                };
                return Err(cursor.entry_error(u64::from(entry.number) + 1, entry.at, problem));
            }
        }
        *cursor = entries.cursor;
        let pruned = u64::try_from(n_pruned).ok();
        let pruned = pruned.map(|n| cursor.take_rows(n, 8, "buckets that are left")).transpose()?;
        Ok(Self { n_words, words, pruned })
    }
}

/// An entry of the dictionary.
struct Entry {
    number: u32,
    at: usize,
    word: Bytes,
    count: u64,
    kind: u8,
}

/// The entries of a dictionary, one after the other.
#[derive(Clone)]
struct DictionaryWords {
    cursor: Cursor,
    next: u32,
    n_words: u32,
}

impl DictionaryWords {
    fn entry(&mut self) -> Result<Option<Entry>, VectorsError> {
        if self.next == self.n_words {
            return Ok(None);
        }
        let (number, at) = (self.next, self.cursor.at());
        let word = self.cursor.until(0).ok_or_else(|| {
            let problem = Problem::Unexpected { want: "a word".into(), found: "the end of the file".into() };
            self.cursor.entry_error(u64::from(number) + 1, at, problem)
        })?;
        let count_at = self.cursor.at();
        let count = self.cursor.i64("the count of a word")?;
        let count =
            u64::try_from(count).map_err(|_| self.cursor.error(count_at, "a count", count.to_string()))?;
        let kind = self.cursor.take(1, "the type of an entry")?[0];
        self.next += 1;
        Ok(Some(Entry { number, at, word, count, kind }))
    }
}

impl WordReader for DictionaryWords {
    fn next(&mut self, words: &mut Words) -> Result<bool, VectorsError> {
        let Some(entry) = self.entry()? else { return Ok(false) };
        let pushed = words.push(&entry.word, entry.at as u64);
        pushed.map_err(|problem| self.cursor.entry_error(u64::from(entry.number) + 1, entry.at, problem))?;
        words.push_count(entry.count);
        Ok(true)
    }
}

/// The rows of n-grams, if the model has any: those that follow the rows of words.
fn buckets(
    cursor: &Cursor,
    at: usize,
    settings: &Settings,
    dictionary: &Dictionary,
    input: &Arc<dyn Storage>,
) -> Result<Option<Buckets>, VectorsError> {
    let (min_n, max_n) = (settings.min_n.max(1), settings.max_n);
    if min_n > max_n || settings.n_buckets == 0 {
        return Ok(None);
    }
    let subwords = Subwords::new(min_n, max_n, settings.n_buckets)?;
    let n_words = dictionary.n_words as usize;
    let short =
        |n: usize| cursor.error(at, format!("rows for {n} buckets"), (input.n_rows() - n_words).to_string());
    let (ids, rows) = match &dictionary.pruned {
        None => {
            let n_buckets = settings.n_buckets as usize;
            let rows = SelectedRows::run(Arc::clone(input), n_words..n_words + n_buckets);
            (None, rows.ok_or_else(|| short(n_buckets))?)
        }
        Some(pairs) => {
            let (ids, places) = sorted(pairs, dictionary.n_words);
            let rows = SelectedRows::list(Arc::clone(input), places);
            (Some(ids), rows.ok_or_else(|| short(pairs.len() / 8))?)
        }
    };
    Buckets::shared(subwords, ids, Arc::new(rows)).map(Some)
}

/// The buckets in rising order, and the row of each: after those of the words.
fn sorted(pairs: &[u8], n_words: u32) -> (Vec<u32>, Box<[u32]>) {
    let number = |bytes: [u8; 4]| u32::from_le_bytes(bytes);
    let pair = |&[a, b, c, d, e, f, g, h]: &[u8; 8]| (number([a, b, c, d]), number([e, f, g, h]));
    let mut pairs: Vec<(u32, u32)> = pairs.as_chunks().0.iter().map(pair).collect();
    pairs.sort_unstable();
    let ids = pairs.iter().map(|&(bucket, _)| bucket).collect();
    (ids, pairs.iter().map(|&(_, row)| row.saturating_add(n_words)).collect())
}
