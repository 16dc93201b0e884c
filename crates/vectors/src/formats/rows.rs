//! Words and vectors read so far.

use crate::error::{Problem, excerpt};
use crate::load::LoadReport;
use crate::{Embeddings, VectorFormat, VectorsError};
use sememe_kernels::Matrix;
use sememe_vocab::{Vocab, VocabError};
use std::collections::HashSet;
use std::path::Path;

/// Words as they come out of a file, with their counts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Words {
    /// All words, one after the other.
    text: String,
    /// Word `i` is `text[ends[i - 1]..ends[i]]`.
    ends: Vec<usize>,
    /// One a word, or none at all.
    counts: Vec<u64>,
    /// Whether words that are not UTF-8 are taken with U+FFFD in place of the invalid bytes.
    replace_invalid: bool,
    /// Words taken so.
    replaced: usize,
}

impl Words {
    /// No words yet.
    pub(crate) fn new(replace_invalid: bool) -> Self {
        Self { replace_invalid, ..Self::default() }
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Makes room for `n_words`, a number that the size of the file has bounded.
    pub(crate) fn reserve(&mut self, n_words: usize) {
        self.ends.reserve(n_words);
    }

    /// Forgets all words.
    fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
        self.counts.clear();
    }

    /// Takes a word of which nothing is known; its first byte stands at `offset` of the file.
    pub(crate) fn push(&mut self, word: &[u8], offset: u64) -> Result<(), Problem> {
        match std::str::from_utf8(word) {
            Ok(word) => self.text.push_str(word),
            Err(_) if self.replace_invalid => {
                self.text.push_str(&String::from_utf8_lossy(word));
                self.replaced += 1;
            }
            Err(error) => {
                let offset = offset + error.valid_up_to() as u64;
                return Err(Problem::Encoding { found: excerpt(word), offset });
            }
        }
        self.ends.push(self.text.len());
        Ok(())
    }

    /// Takes a word that is known to be text.
    pub(crate) fn push_str(&mut self, word: &str) {
        self.text.push_str(word);
        self.ends.push(self.text.len());
    }

    /// Takes the count of the last word; either all words have one or none.
    pub(crate) fn push_count(&mut self, count: u64) {
        self.counts.push(count);
    }

    /// Word number `i`.
    pub(crate) fn get(&self, i: usize) -> &str {
        let start = if i == 0 { 0 } else { self.ends[i - 1] };
        &self.text[start..self.ends[i]]
    }

    /// The count of word number `i`; 0 if there are no counts.
    pub(crate) fn count(&self, i: usize) -> u64 {
        self.counts.get(i).copied().unwrap_or(0)
    }

    /// The vocabulary of these words, the first `n_special` of them special.
    pub(crate) fn vocab(&self, n_special: usize, path: &Path) -> Result<UniqueWords, VectorsError> {
        let wrong = |source| VectorsError::Words { path: path.to_owned(), source };
        let word = |i: u32| (self.get(i as usize), self.count(i as usize));
        match Vocab::from_words((0..self.len() as u32).map(word), n_special) {
            Ok(vocab) => Ok(UniqueWords { vocab, firsts: None }),
            // Duplicates are rare: only who has them pays for finding them.
            Err(VocabError::Duplicate { .. }) => {
                let mut seen = HashSet::new();
                let firsts: Box<[u32]> =
                    (0..self.len() as u32).filter(|&i| seen.insert(self.get(i as usize))).collect();
                let n_special = firsts.partition_point(|&i| (i as usize) < n_special);
                let vocab = Vocab::from_words(firsts.iter().map(|&i| word(i)), n_special).map_err(wrong)?;
                Ok(UniqueWords { vocab, firsts: Some(firsts) })
            }
            Err(error) => Err(wrong(error)),
        }
    }

    /// What is to be said about words, of which `kept` stayed.
    pub(crate) fn report(&self, format: VectorFormat, kept: usize, dim: usize) -> LoadReport {
        LoadReport { format, words: kept, dim, duplicates: self.len() - kept, replaced: self.replaced }
    }
}

/// A vocabulary of words of which some may have stood twice.
pub(crate) struct UniqueWords {
    pub(crate) vocab: Vocab,
    /// If some did, the numbers of those that stay: the first of each.
    pub(crate) firsts: Option<Box<[u32]>>,
}

/// Words and their vectors.
#[derive(Clone, Debug)]
pub(crate) struct Rows {
    pub(crate) words: Words,
    pub(crate) values: Vec<f32>,
    /// Numbers in a vector; 0 until the first is read.
    pub(crate) dim: usize,
}

impl Rows {
    /// No rows yet.
    pub(crate) fn new(replace_invalid: bool) -> Self {
        Self { words: Words::new(replace_invalid), values: Vec::new(), dim: 0 }
    }

    pub(crate) fn len(&self) -> usize {
        self.words.len()
    }

    /// Makes room for `n_rows`, a number that the size of the file has bounded.
    pub(crate) fn reserve(&mut self, n_rows: usize) {
        self.words.reserve(n_rows);
        self.values.reserve(n_rows.saturating_mul(self.dim));
    }

    /// Forgets all rows.
    pub(crate) fn clear(&mut self) {
        self.words.clear();
        self.values.clear();
    }

    /// Makes room for one more vector and lends it.
    pub(crate) fn grow(&mut self) -> &mut [f32] {
        let start = self.values.len();
        self.values.resize(start + self.dim, 0.0);
        &mut self.values[start..]
    }

    /// The vector number `i`.
    pub(crate) fn row(&self, i: usize) -> &[f32] {
        &self.values[i * self.dim..][..self.dim]
    }

    /// The embeddings, and what is to be said about them.
    pub(crate) fn finish(
        mut self,
        path: &Path,
        format: VectorFormat,
    ) -> Result<(Embeddings, LoadReport), VectorsError> {
        let UniqueWords { vocab, firsts } = self.words.vocab(0, path)?;
        if let Some(firsts) = firsts {
            self.keep_rows(&firsts);
        }
        let report = self.words.report(format, vocab.len(), self.dim);
        let rows = Matrix::from_vec(vocab.len(), self.dim, self.values)?;
        Ok((Embeddings::new(vocab, rows)?, report))
    }

    /// Moves the vectors numbered `kept` to the front and drops the others.
    fn keep_rows(&mut self, kept: &[u32]) {
        for (to, &from) in kept.iter().enumerate() {
            let from = from as usize * self.dim;
            self.values.copy_within(from..from + self.dim, to * self.dim);
        }
        self.values.truncate(kept.len() * self.dim);
    }
}
