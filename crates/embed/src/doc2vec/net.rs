//! What is trained.

use super::blocks::Sharing;
use super::{Doc2VecModel, Doc2VecSettings};
use crate::EmbedError;
use crate::negatives::Negatives;
use crate::objective::Objective;
use crate::plan::Rows;
use crate::start::{first_vectors, words_of};
use crate::subsample::Subsampler;
use sememe_kernels::{Kernels, SharedMatrix};
use sememe_vectors::Embeddings;
use sememe_vocab::{DocumentCorpus, Vocab};
use std::collections::HashMap;
use std::ops::ControlFlow;

/// The vectors of documents by name.
pub(super) struct Tags<'a> {
    names: Vec<&'a str>,
    /// Documents of each name.
    counts: Vec<u64>,
    /// Which name each document has.
    rows: Vec<u32>,
}

impl<'a> Tags<'a> {
    pub(super) fn new<S: AsRef<str>>(tags: &'a [S]) -> Self {
        let mut known = HashMap::with_capacity(tags.len());
        let (mut names, mut counts, mut rows) = (Vec::new(), Vec::new(), Vec::with_capacity(tags.len()));
        for tag in tags {
            let row = *known.entry(tag.as_ref()).or_insert(names.len());
            if row == names.len() {
                names.push(tag.as_ref());
                counts.push(0);
            }
            counts[row] += 1;
            rows.push(row as u32);
        }
        Self { names, counts, rows }
    }

    /// Different names.
    pub(super) fn len(&self) -> usize {
        self.names.len()
    }

    /// Which vector belongs to each document.
    pub(super) fn rows(&self) -> &[u32] {
        &self.rows
    }

    /// The names as words, counted by their documents.
    pub(super) fn vocab(&self) -> Result<Vocab, EmbedError> {
        Ok(Vocab::from_words(self.names.iter().zip(self.counts.iter().copied()), 0)?)
    }
}

/// All that is learned, and the tables that it is sampled with.
pub(super) struct Net {
    /// The words that are predicted, without the special ones.
    vocab: Vocab,
    /// How many ids of the corpus stand before the first row.
    n_special: u32,
    /// Vectors of words as contexts: `f32[n_words, dim]`; no rows if words have none.
    pub(super) words: SharedMatrix,
    /// Vectors of words as predictions: `f32[n_words, dim]`.
    pub(super) outputs: SharedMatrix,
    /// Vectors of documents, the result: `f32[n_tags, dim]`.
    pub(super) documents: SharedMatrix,
    pub(super) subsampler: Subsampler,
    pub(super) objective: Objective,
    pub(super) sharing: Sharing,
    pub(super) kernels: Kernels,
}

impl Net {
    pub(super) fn new(settings: &Doc2VecSettings, vocab: &Vocab, n_tags: usize) -> Result<Self, EmbedError> {
        let (words, counts) = words_of(vocab)?;
        let n_inputs = if settings.has_words() { counts.len() } else { 0 };
        let negatives = Negatives::new(&counts, settings.exponent, settings.negatives)?;
        Ok(Self {
            vocab: words,
            n_special: vocab.n_special() as u32,
            // Another seed, or the first documents would start where the first words do.
            words: first_vectors(n_inputs, settings.dim, settings.seed.wrapping_add(1)),
            outputs: SharedMatrix::zeros(counts.len(), settings.dim),
            documents: first_vectors(n_tags, settings.dim, settings.seed),
            subsampler: Subsampler::new(&counts, settings.sample),
            objective: Objective::Negative { negatives, kept: 1 },
            sharing: Sharing::of(settings),
            kernels: Kernels::detect(),
        })
    }

    pub(super) fn rows(&self) -> Rows {
        Rows { n_special: self.n_special, n_words: self.vocab.len() }
    }

    /// All that is learned, by name.
    pub(super) fn matrices(&self) -> [(&'static str, &SharedMatrix); 3] {
        [("words", &self.words), ("outputs", &self.outputs), ("documents", &self.documents)]
    }

    pub(super) fn matrices_mut(&mut self) -> [(&'static str, &mut SharedMatrix); 3] {
        [("words", &mut self.words), ("outputs", &mut self.outputs), ("documents", &mut self.documents)]
    }

    /// Brings the vectors of all documents back to where they began.
    pub(super) fn restart_documents(&self, settings: &Doc2VecSettings) {
        let first = first_vectors(self.documents.n_rows(), settings.dim, settings.seed);
        let restart = |i| self.kernels.gather(1.0, &[first.row(i)], self.documents.row(i));
        (0..self.documents.n_rows()).for_each(restart);
    }

    /// Brings the vectors of documents without words to zero: training left them where they began, at random.
    pub(super) fn clear_wordless(
        &mut self,
        corpus: &dyn DocumentCorpus,
        tags: &Tags<'_>,
    ) -> Result<(), EmbedError> {
        let mut has_words = vec![false; tags.len()];
        for shard in 0..corpus.n_shards() {
            corpus.for_each_document(shard, &mut |number, ids| {
                let row = tags.rows[number as usize] as usize;
                has_words[row] = has_words[row] || ids.iter().any(|id| id.0 >= self.n_special);
                ControlFlow::Continue(())
            })?;
        }
        let wordless = has_words.iter().enumerate().filter(|(_, has_words)| !**has_words);
        wordless.for_each(|(row, _)| self.documents.row_mut(row).fill(0.0));
        Ok(())
    }

    /// The result.
    pub(super) fn into_model(
        mut self,
        settings: &Doc2VecSettings,
        tags: &Tags<'_>,
    ) -> Result<Doc2VecModel, EmbedError> {
        let documents = Embeddings::new(tags.vocab()?, self.documents.to_matrix())?;
        let words = settings.has_words().then(|| self.words.to_matrix());
        Doc2VecModel::new(settings.clone(), self.vocab, words, self.outputs.to_matrix(), documents)
    }
}
