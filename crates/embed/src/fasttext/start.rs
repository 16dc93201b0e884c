//! Other vectors to start from, with n-grams or without.

use super::Model;
use crate::EmbedError;
use crate::start::Start;
use sememe_kernels::Matrix;
use sememe_vectors::{Buckets, Embeddings};

impl Model {
    /// Gives the n-grams the rows that `start` has for them, if it hashes them alike, and every word of `start` the row
    /// with which its vector is what it is there.
    pub(super) fn start_from(&mut self, start: &Start) {
        if let Some(buckets) = self.alike(start) {
            for (bucket, row) in self.units.buckets() {
                if let Some(place) = place(buckets, bucket) {
                    buckets.rows().read_row(place, self.input.row_mut(row));
                }
            }
        }
        let mut own = vec![0.0; self.input.n_cols()];
        for (i, id) in start.rows_of(&self.vocab) {
            let (_, ngrams) = self.units.of(i as u32).split_at(1);
            start.vectors.read_row(id, &mut own);
            own.iter_mut().for_each(|x| *x *= (1 + ngrams.len()) as f32);
            for &row in ngrams {
                own.iter_mut().zip(&*self.input.row_mut(row as usize)).for_each(|(x, ngram)| *x -= ngram);
            }
            self.input.row_mut(i).copy_from_slice(&own);
        }
    }

    /// The n-grams of `start`, if they are in the same buckets as ours.
    fn alike<'a>(&self, start: &'a Start) -> Option<&'a Buckets> {
        start.vectors.buckets().filter(|buckets| *buckets.subwords() == self.subwords)
    }

    /// The vectors of all words, those that only `start` has behind the others, and the n-grams of both.
    pub(super) fn into_embeddings(mut self, start: Option<&Start>) -> Result<Embeddings, EmbedError> {
        let mut own = Matrix::zeros(self.vocab.len(), self.input.n_cols());
        (0..self.vocab.len()).for_each(|i| own.row_mut(i).copy_from_slice(self.input.row_mut(i)));
        let others = start.and_then(|start| self.alike(start));
        let buckets = self.buckets(others)?;
        let words = self.vocab.clone();
        let embeddings = Embeddings::from_subwords(self.vocab, &own, buckets.clone())?;
        let Some(start) = start else { return Ok(embeddings) };
        let read = |i: usize, into: &mut [f32]| embeddings.storage().read_row(i, into);
        Ok(start.with_others(words, read)?.with_buckets(buckets)?)
    }

    /// The n-grams that were trained, and those that only `others` have.
    fn buckets(&mut self, others: Option<&Buckets>) -> Result<Buckets, EmbedError> {
        let trained = self.units.buckets();
        let is_new = |bucket: u32| trained.binary_search_by_key(&bucket, |&(bucket, _)| bucket).is_err();
        let new = others.map(ids).unwrap_or_default().into_iter().filter(|&bucket| is_new(bucket));
        let mut buckets: Vec<u32> = trained.iter().map(|&(bucket, _)| bucket).chain(new).collect();
        buckets.sort_unstable();
        let mut rows = Matrix::zeros(buckets.len(), self.input.n_cols());
        let mut trained = trained.into_iter().peekable();
        for (i, &bucket) in buckets.iter().enumerate() {
            if let Some((_, row)) = trained.next_if(|&(next, _)| next == bucket) {
                rows.row_mut(i).copy_from_slice(self.input.row_mut(row));
            } else if let Some((others, place)) =
                others.and_then(|others| Some((others, place(others, bucket)?)))
            {
                others.rows().read_row(place, rows.row_mut(i));
            }
        }
        Ok(Buckets::sparse(self.subwords, buckets, rows)?)
    }
}

/// The buckets that have a row, in the order of the rows.
fn ids(buckets: &Buckets) -> Vec<u32> {
    buckets.ids().map_or_else(|| (0..buckets.subwords().n_buckets()).collect(), <[u32]>::to_vec)
}

/// Which row is that of `bucket`.
fn place(buckets: &Buckets, bucket: u32) -> Option<usize> {
    match buckets.ids() {
        Some(ids) => ids.binary_search(&bucket).ok(),
        None => Some(bucket as usize),
    }
}
