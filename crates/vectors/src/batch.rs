//! The nearest words of many vectors at once.

use crate::scan::{Scan, in_parts, scale};
use sememe_kernels::{Matrix, QueryTiles, RowPanels, Sieve, TopK};
use sememe_vocab::WordId;
use std::ops::Range;

/// Words whose vectors are looked at together: 256 rows of 300 numbers and their codes fit a second-level cache.
const BLOCK: usize = 256;

/// Below so many queries, packing the words takes longer than comparing them.
const WORTH_PACKING: usize = 16;

/// Half the distance from 1 to the next float: what rounding changes at most, relatively.
const UNIT: f32 = 0.5 * f32::EPSILON;

/// The search for the best `k` words for each of `queries`, which are unit vectors: `f32[n_queries, dim]`.
pub(crate) struct Batch<'a> {
    pub(crate) scan: Scan<'a>,
    pub(crate) queries: &'a Matrix,
    pub(crate) k: usize,
}

impl Batch<'_> {
    /// Ids and cosines of the best words for each query, best first; ties go to the lower id.
    pub(crate) fn search(&self, threads: usize) -> Vec<Vec<(u32, f32)>> {
        let n_words = self.scan.inverse_norms.len();
        let parts = if self.queries.n_rows() < WORTH_PACKING {
            in_parts(n_words, threads, |part| self.compare_all(part))
        } else {
            let sieve = Sieve::new(self.scan.kernels, self.queries.n_cols());
            let mut tiles = sieve.queries(self.queries.n_rows());
            self.queries.rows().enumerate().for_each(|(i, query)| tiles.set(i, query));
            in_parts(n_words, threads, |part| Sifted::new(self, sieve, &tiles).search(part))
        };
        merge(parts, self.k.min(n_words))
    }

    /// Compares every query with every word of a part.
    fn compare_all(&self, part: Range<usize>) -> Vec<TopK> {
        let mut tops = vec![TopK::new(self.k.min(part.len())); self.queries.n_rows()];
        let mut room = Vec::new();
        for word in part {
            let row = self.scan.embeddings.lend_row(WordId(word as u32), &mut room);
            for (query, top) in self.queries.rows().zip(&mut tops) {
                top.push(word as u32, self.scan.cosine(query, row, word));
            }
        }
        tops
    }
}

/// The search of one thread, which compares only what a [`Sieve`] leaves over.
///
/// A word whose cosine, as [`Scan::cosine`] computes it, is at least t has a dot product of at least t − slack with
/// the query, both as unit vectors and as real numbers; so whatever the sieve leaves out for the threshold t − slack
/// is beaten by the k words that gave the threshold t, and the answers are those of comparing everything.
struct Sifted<'a> {
    batch: &'a Batch<'a>,
    sieve: Sieve,
    tiles: &'a QueryTiles,
    tops: Vec<TopK>,
    /// What a word has to reach, for each query.
    thresholds: Vec<f32>,
    slack: f32,
    panels: RowPanels,
    /// The vectors of a block of words.
    rows: Matrix,
}

impl<'a> Sifted<'a> {
    fn new(batch: &'a Batch<'a>, sieve: Sieve, tiles: &'a QueryTiles) -> Self {
        let (n_queries, dim) = (batch.queries.n_rows(), batch.queries.n_cols());
        Self {
            batch,
            sieve,
            tiles,
            tops: Vec::new(),
            thresholds: vec![f32::NEG_INFINITY; n_queries],
            slack: slack(dim),
            panels: sieve.rows(),
            rows: Matrix::zeros(BLOCK, dim),
        }
    }

    fn search(mut self, part: Range<usize>) -> Vec<TopK> {
        self.tops = vec![TopK::new(self.batch.k.min(part.len())); self.thresholds.len()];
        self.thresholds.fill(self.tops.first().map_or(0.0, TopK::threshold));
        for first in part.clone().step_by(BLOCK) {
            self.fetch(first..part.end.min(first + BLOCK));
            for tile in 0..self.thresholds.len().div_ceil(Sieve::TILE) {
                for panel in 0..self.panels.len().div_ceil(Sieve::PANEL) {
                    self.compare(tile, panel, first);
                }
            }
        }
        self.tops
    }

    /// Copies and packs the vectors of a block of words.
    fn fetch(&mut self, words: Range<usize>) {
        let mut unit = vec![0.0; self.rows.n_cols()];
        self.panels.clear();
        for (i, word) in words.enumerate() {
            self.batch.scan.embeddings.read_row(WordId(word as u32), self.rows.row_mut(i));
            scale(self.batch.scan.inverse_norms[word], self.rows.row(i), &mut unit);
            self.panels.push(&unit);
        }
    }

    /// Compares a tile of queries with what is left of a panel of the block that begins with the word `first`.
    fn compare(&mut self, tile: usize, panel: usize, first: usize) {
        let from = tile * Sieve::TILE;
        let thresholds = &self.thresholds[from..self.thresholds.len().min(from + Sieve::TILE)];
        let n_queries = thresholds.len();
        let masks = self.sieve.reaching((self.tiles, tile), (&self.panels, panel), thresholds);
        for (query, mut mask) in (from..from + n_queries).zip(masks) {
            while mask != 0 {
                let row = panel * Sieve::PANEL + mask.trailing_zeros() as usize;
                self.offer(query, row, first + row);
                mask &= mask - 1;
            }
        }
    }

    /// Offers a word to a query.
    fn offer(&mut self, query: usize, row: usize, word: usize) {
        let vector = self.batch.queries.row(query);
        let cosine = self.batch.scan.cosine(vector, self.rows.row(row), word);
        self.tops[query].push(word as u32, cosine);
        self.thresholds[query] = self.tops[query].threshold() - self.slack;
    }
}

/// How much larger a computed cosine can be than the dot product of the two unit vectors.
///
/// The cosine is fl(fl(q·x)·f) with f = 1 / ‖x‖, the unit vector w is fl(f·x). A sum of `dim` products is off by at
/// most γ·‖q‖·‖x‖ with γ = dim·u / (1 − dim·u) and u = 2⁻²⁴ (Higham 2002, section 3.1), and each of the two
/// multiplications by a factor of 1 ± u: together at most (γ + 3u)·‖q‖·‖f·x‖, where both lengths are up to 1.05,
/// as those of longer vectors are compared anyway.
fn slack(dim: usize) -> f32 {
    let rounded = dim as f32 * UNIT;
    1.05 * 1.06 * (rounded / (1.0 - rounded) + 3.0 * UNIT) + 1e-6
}

/// The best `k` of all parts, for each query.
pub(crate) fn merge(parts: Vec<Vec<TopK>>, k: usize) -> Vec<Vec<(u32, f32)>> {
    let mut merged: Vec<TopK> = Vec::new();
    for part in parts {
        merged.resize(part.len(), TopK::new(k));
        for (merged, top) in merged.iter_mut().zip(part) {
            top.into_sorted().into_iter().for_each(|(id, score)| merged.push(id, score));
        }
    }
    merged.into_iter().map(TopK::into_sorted).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Embeddings;
    use crate::scan::inverse_norm;
    use proptest::prelude::*;
    use sememe_kernels::{Kernels, Rng};
    use sememe_vocab::Vocab;

    /// Rows of all lengths; some lie close together, some are 0, some are no numbers.
    fn rows(n: usize, dim: usize, seed: u64) -> Matrix {
        let mut rng = Rng::new(seed, 0);
        let mut matrix = Matrix::zeros(n, dim);
        for i in 0..n {
            let length = 10f32.powi(rng.below(7) as i32 - 3);
            let near = rng.below(i as u64 + 1) as usize;
            let (from, spread) = match rng.below(50) {
                0..5 => (matrix.row(near).to_vec(), 1e-6),
                5..10 => (matrix.row(near).to_vec(), 0.0),
                10 => (vec![0.0; dim], 0.0),
                11 => (vec![f32::NAN; dim], 1.0),
                12 => (vec![1e30; dim], 1e30),
                13 => (vec![1e-22; dim], 1e-22),
                14 => (vec![f32::INFINITY; dim], 1.0),
                _ => (vec![0.0; dim], 1.0),
            };
            let values = from.iter().map(|x| length * (x + spread * (rng.unit_f32() - 0.5)));
            matrix.row_mut(i).iter_mut().zip(values).for_each(|(x, value)| *x = value);
        }
        matrix
    }

    /// The sieve gives what comparing everything gives, to the last bit.
    fn check(rows: Matrix, n_queries: usize, k: usize, threads: usize) {
        let vocab = Vocab::from_words((0..rows.n_rows()).map(|i| (i.to_string(), 1)), 0).unwrap();
        let queries = rows.clone();
        let embeddings = Embeddings::new(vocab, rows).unwrap();
        for kernels in Kernels::all() {
            let inverse_norms: Vec<f32> = queries.rows().map(|row| inverse_norm(row, kernels)).collect();
            let mut units = Matrix::zeros(n_queries, queries.n_cols());
            for i in 0..n_queries {
                let j = i % queries.n_rows();
                scale(inverse_norms[j], queries.row(j), units.row_mut(i));
            }
            let scan = Scan { embeddings: &embeddings, inverse_norms: &inverse_norms, kernels };
            let batch = Batch { scan, queries: &units, k };
            let got = batch.search(threads);
            let want = merge(vec![batch.compare_all(0..embeddings.len())], k.min(embeddings.len()));
            assert_eq!(got.len(), n_queries);
            for (i, (got, want)) in got.iter().zip(&want).enumerate() {
                assert_eq!(got, want, "query {i} of {n_queries}, k = {k}, {threads} threads, {kernels:?}");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn leaving_out_loses_nothing(
            (n_words, dim) in (1usize..700, 1usize..40),
            (n_queries, k, threads) in (WORTH_PACKING..60, 0usize..20, 1usize..4),
            seed in any::<u64>(),
        ) {
            check(rows(n_words, dim, seed), n_queries, k, threads);
        }
    }

    #[test]
    fn no_words_give_no_answers() {
        check(rows(3, 4, 1), 3, 0, 1);
        check(rows(3, 4, 1), 40, 0, 2);
        check(rows(3, 4, 1), 40, 9, 2);
    }
}
