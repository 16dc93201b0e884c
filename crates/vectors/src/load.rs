//! Reading vectors of any format.

use crate::error::{Problem, excerpt};
use crate::source::Source;
use crate::{Embeddings, VectorFormat, VectorsError, binary, detect, tensors, text};
use sememe_kernels::{Matrix, Observer, Silent};
use sememe_vocab::Vocab;
use std::collections::HashSet;
use std::path::Path;

/// Reads the vectors in the file at `path`, in `format` or in the format that [`detect`] finds.
///
/// # Errors
/// See [`LoadOptions::load`].
pub fn load(path: &Path, format: Option<VectorFormat>) -> Result<(Embeddings, LoadReport), VectorsError> {
    LoadOptions { format, ..LoadOptions::default() }.load(path, &mut Silent)
}

/// How vectors are read. Make one with `..LoadOptions::default()`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoadOptions {
    /// The format; by default the one that [`detect`] finds.
    pub format: Option<VectorFormat>,
    /// Stop after so many words: the most frequent, where files are ordered as usual. The rest of the file
    /// is not checked.
    pub max_words: Option<usize>,
    /// Words that are not UTF-8 are refused by default, naming the byte; here they may be taken with
    /// U+FFFD in place of the invalid bytes. The original word2vec cuts long words inside characters.
    pub replace_invalid: bool,
}

/// What was found while reading vectors.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct LoadReport {
    /// The format of the file.
    pub format: VectorFormat,
    /// Words taken.
    pub words: usize,
    /// Numbers in a vector.
    pub dim: usize,
    /// Words left out because they stood in the file before; the first vector is kept.
    pub duplicates: usize,
    /// Words taken with invalid bytes replaced.
    pub replaced: usize,
}

impl LoadOptions {
    /// Reads the vectors in the file at `path` into memory, telling `observer` the bytes read. Files of gzip and
    /// zstd are decompressed, whatever their names.
    ///
    /// Memory grows with what is read, not with what a header promises.
    ///
    /// # Errors
    /// If the file cannot be read, has no known format or is damaged: wrong count or dimension, NaN or
    /// infinity, cut short, bytes left over, words that are not UTF-8. [`VectorsError::Interrupted`] if the
    /// observer asked to stop.
    pub fn load(
        &self,
        path: &Path,
        observer: &mut dyn Observer,
    ) -> Result<(Embeddings, LoadReport), VectorsError> {
        let format = self.format.map_or_else(|| detect(path), Ok)?;
        let rows = match format {
            VectorFormat::Word2vecText => text::read_word2vec(&mut Source::open(path, observer)?, self)?,
            VectorFormat::GloveText => text::read_glove(&mut Source::open(path, observer)?, self)?,
            VectorFormat::Word2vecBinary => binary::read(&mut Source::open(path, observer)?, self)?,
            VectorFormat::Safetensors => tensors::read(path, self, observer)?,
        };
        rows.finish(path, format)
    }

    /// How many of `promised` words are to be read.
    pub(crate) fn wanted(&self, promised: u64) -> u64 {
        self.max_words.map_or(promised, |max| promised.min(max as u64))
    }
}

/// Words and vectors as they come out of a file.
pub(crate) struct Rows {
    /// All words, one after the other.
    words: String,
    /// Word `i` is `words[ends[i - 1]..ends[i]]`.
    ends: Vec<usize>,
    /// One a word, or none at all.
    pub(crate) counts: Vec<u64>,
    /// How many of the first words are special.
    pub(crate) n_special: usize,
    pub(crate) values: Vec<f32>,
    pub(crate) dim: usize,
    replaced: usize,
}

impl Rows {
    /// No rows yet, with room for `n_rows`, a number that the size of the file has bounded.
    pub(crate) fn new(n_rows: usize, dim: usize) -> Self {
        Self {
            words: String::new(),
            ends: Vec::with_capacity(n_rows),
            counts: Vec::new(),
            n_special: 0,
            values: Vec::with_capacity(n_rows.saturating_mul(dim)),
            dim,
            replaced: 0,
        }
    }

    /// The number of words so far.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Takes a word of a text file; its first byte stands at `offset`.
    pub(crate) fn push_word(
        &mut self,
        word: &[u8],
        offset: u64,
        options: &LoadOptions,
    ) -> Result<(), Problem> {
        match std::str::from_utf8(word) {
            Ok("") => return Err(Problem::NoWord),
            Ok(word) => self.words.push_str(word),
            Err(_) if options.replace_invalid => {
                self.words.push_str(&String::from_utf8_lossy(word));
                self.replaced += 1;
            }
            Err(error) => {
                let offset = offset + error.valid_up_to() as u64;
                return Err(Problem::Encoding { found: excerpt(word), offset });
            }
        }
        self.ends.push(self.words.len());
        Ok(())
    }

    /// Takes a word that is known to be text.
    pub(crate) fn push_str(&mut self, word: &str) {
        self.words.push_str(word);
        self.ends.push(self.words.len());
    }

    /// Word number `i`.
    pub(crate) fn word(&self, i: usize) -> &str {
        let start = if i == 0 { 0 } else { self.ends[i - 1] };
        &self.words[start..self.ends[i]]
    }

    /// The embeddings, and what is to be said about them.
    fn finish(mut self, path: &Path, format: VectorFormat) -> Result<(Embeddings, LoadReport), VectorsError> {
        let read = self.len();
        let vocab = match self.vocab((0..read).collect()) {
            Ok(vocab) => vocab,
            // Duplicates are rare: only who has them pays for finding them.
            Err(_) => {
                let firsts = self.firsts();
                self.keep_rows(&firsts);
                let words = |source| VectorsError::Words { path: path.to_owned(), source };
                self.vocab(firsts).map_err(words)?
            }
        };
        let (words, dim) = (vocab.len(), self.dim);
        let embeddings = Embeddings::new(vocab, Matrix::from_vec(words, dim, self.values)?)?;
        let (duplicates, replaced) = (read - words, self.replaced);
        Ok((embeddings, LoadReport { format, words, dim, duplicates, replaced }))
    }

    /// A vocabulary of the words numbered `kept`.
    fn vocab(&self, kept: Vec<usize>) -> Result<Vocab, sememe_vocab::VocabError> {
        let n_special = kept.partition_point(|&i| i < self.n_special);
        let count = |i: usize| self.counts.get(i).copied().unwrap_or(0);
        Vocab::from_words(kept.iter().map(|&i| (self.word(i), count(i))), n_special)
    }

    /// The numbers of the words that did not stand before.
    fn firsts(&self) -> Vec<usize> {
        let mut seen = HashSet::new();
        (0..self.len()).filter(|&i| seen.insert(self.word(i))).collect()
    }

    /// Moves the vectors numbered `kept` to the front and drops the others.
    fn keep_rows(&mut self, kept: &[usize]) {
        for (to, &from) in kept.iter().enumerate() {
            self.values.copy_within(from * self.dim..(from + 1) * self.dim, to * self.dim);
        }
        self.values.truncate(kept.len() * self.dim);
    }
}
