//! Cosines of a few vectors with very many: a matrix product in blocks that stay in the cache.

use crate::Embeddings;
use sememe_kernels::{Kernels, Matrix, SharedMatrix, SharedRow};
use sememe_vocab::WordId;
use std::ops::{ControlFlow, Range};

/// Words whose cosines are computed together: 128 rows of 100 numbers fill a twentieth of a second-level cache,
/// and leave room for their cosines with a thousand vectors.
const BLOCK: usize = 128;

/// Vectors that a block of words is multiplied with before the next ones are fetched.
const TILE: usize = 32;

/// Up to so many queries are a few: those of an analogy.
const FEW: usize = 3;

/// Words to be searched: their vectors, and what makes them unit vectors.
pub(crate) struct Scan<'a> {
    pub(crate) embeddings: &'a Embeddings,
    /// 1 / ‖row‖ for each word that may be found, 0 for a zero vector.
    pub(crate) inverse_norms: &'a [f32],
    pub(crate) kernels: Kernels,
}

/// The cosines of every query with a block of words.
pub(crate) struct Block<'a> {
    /// The id of the first word.
    pub(crate) first: usize,
    /// The number of words.
    pub(crate) n_words: usize,
    /// `f32[n_queries, n_words]`.
    cosines: &'a [f32],
}

impl Block<'_> {
    /// The cosines of one query with the words of the block.
    pub(crate) fn row(&self, query: usize) -> &[f32] {
        &self.cosines[query * self.n_words..][..self.n_words]
    }
}

impl Scan<'_> {
    /// The cosine of a query, which is a unit vector, with the vector `row` of `word`.
    #[inline]
    pub(crate) fn cosine(&self, query: &[f32], row: &[f32], word: usize) -> f32 {
        self.kernels.dot(query, row) * self.inverse_norms[word]
    }

    /// Calls `sink` with the cosines of all `queries`, which are unit vectors, with every block of `words`, until
    /// it breaks.
    pub(crate) fn for_each_block(
        &self,
        queries: &Matrix,
        words: Range<usize>,
        sink: &mut dyn FnMut(Block<'_>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let mut padded = (queries.n_rows() > FEW).then(|| Padded::new(queries));
        let mut cosines = vec![0.0; queries.n_rows() * BLOCK.min(words.len())];
        for first in words.clone().step_by(BLOCK) {
            let n_words = BLOCK.min(words.end - first);
            let cosines = &mut cosines[..queries.n_rows() * n_words];
            match &mut padded {
                None => self.multiply_few(queries, first..first + n_words, cosines),
                Some(padded) => self.multiply_many(padded, first..first + n_words, cosines),
            }
            sink(Block { first, n_words, cosines })?;
        }
        ControlFlow::Continue(())
    }

    /// The cosines of a few queries: each row is read where it lies, as its way from memory takes longest.
    fn multiply_few(&self, queries: &Matrix, words: Range<usize>, cosines: &mut [f32]) {
        let mut room = Vec::new();
        for (i, word) in words.clone().enumerate() {
            let row = self.embeddings.lend_row(WordId(word as u32), &mut room);
            for (query, cosines) in queries.rows().zip(cosines.chunks_mut(words.len())) {
                cosines[i] = self.cosine(query, row, word);
            }
        }
    }

    /// The cosines of many queries: rows are copied once to where the kernels want them.
    fn multiply_many(&self, padded: &mut Padded, words: Range<usize>, cosines: &mut [f32]) {
        let (n_words, mut room) = (words.len(), Vec::new());
        for (i, word) in words.enumerate() {
            let row = self.embeddings.lend_row(WordId(word as u32), &mut room);
            scale(self.inverse_norms[word], row, padded.units.row_mut(i));
        }
        let words = rows(&padded.units, n_words);
        let queries = rows(&padded.queries, padded.queries.n_rows());
        for (queries, cosines) in queries.chunks(TILE).zip(cosines.chunks_mut(TILE * n_words)) {
            self.kernels.scores(queries, &words, cosines);
        }
    }
}

/// Rows as the kernels for many dot products want them.
struct Padded {
    queries: SharedMatrix,
    /// Room for the unit vectors of a block of words.
    units: SharedMatrix,
}

impl Padded {
    fn new(rows: &Matrix) -> Self {
        let mut queries = SharedMatrix::zeros(rows.n_rows(), rows.n_cols());
        rows.rows().enumerate().for_each(|(i, row)| queries.row_mut(i).copy_from_slice(row));
        Self { queries, units: SharedMatrix::zeros(BLOCK, rows.n_cols()) }
    }
}

/// The first `n` rows.
fn rows(matrix: &SharedMatrix, n: usize) -> Vec<SharedRow<'_>> {
    (0..n).map(|i| matrix.row(i)).collect()
}

/// 1 / ‖vector‖, or 0 for a zero vector.
pub(crate) fn inverse_norm(vector: &[f32], kernels: Kernels) -> f32 {
    let norm = kernels.dot(vector, vector).sqrt();
    if norm > 0.0 { norm.recip() } else { 0.0 }
}

/// into = factor·vector.
pub(crate) fn scale(factor: f32, vector: &[f32], into: &mut [f32]) {
    into.iter_mut().zip(vector).for_each(|(into, x)| *into = factor * x);
}

/// Runs `work` on `n_threads` equal parts of `0..n`, each on its own thread; the results in the order of the
/// parts.
pub(crate) fn in_parts<T: Send>(
    n: usize,
    n_threads: usize,
    work: impl Fn(Range<usize>) -> T + Sync,
) -> Vec<T> {
    in_shares(n, n_threads.min(n.div_ceil(BLOCK)), work)
}

/// As [`in_parts`], but in `n_parts` parts however small they are.
pub(crate) fn in_shares<T: Send>(
    n: usize,
    n_parts: usize,
    work: impl Fn(Range<usize>) -> T + Sync,
) -> Vec<T> {
    let n_parts = n_parts.min(n).max(1);
    if n_parts == 1 {
        return vec![work(0..n)];
    }
    let part = |i: usize| i * n / n_parts..(i + 1) * n / n_parts;
    std::thread::scope(|scope| {
        let work = &work;
        let threads: Vec<_> = (0..n_parts).map(|i| scope.spawn(move || work(part(i)))).collect();
        let join = |thread: std::thread::ScopedJoinHandle<'_, T>| {
            thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        threads.into_iter().map(join).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use sememe_kernels::Rng;
    use sememe_vocab::Vocab;

    fn random(n_rows: usize, dim: usize) -> Matrix {
        let mut rng = Rng::new(1, 0);
        let values = (0..n_rows * dim).map(|_| rng.unit_f32() - 0.5).collect();
        Matrix::from_vec(n_rows, dim, values).unwrap()
    }

    /// All cosines by the definition.
    fn check(n_words: usize, n_queries: usize, dim: usize) {
        let vocab = Vocab::from_words((0..n_words).map(|i| (i.to_string(), 1)), 0).unwrap();
        let embeddings = Embeddings::new(vocab, random(n_words, dim)).unwrap();
        let kernels = Kernels::detect();
        let inverse_norms: Vec<f32> = embeddings.rows().map(|row| inverse_norm(&row, kernels)).collect();
        let scan = Scan { embeddings: &embeddings, inverse_norms: &inverse_norms, kernels };
        let (rows, mut queries) = (random(n_queries, dim), Matrix::zeros(n_queries, dim));
        for (i, row) in rows.rows().enumerate() {
            scale(inverse_norm(row, kernels), row, queries.row_mut(i));
        }
        let mut n_seen = 0;
        let _ = scan.for_each_block(&queries, 0..n_words, &mut |block| {
            n_seen += block.n_words;
            for (q, query) in rows.rows().enumerate() {
                for (i, &got) in block.row(q).iter().enumerate() {
                    let want = cosine(query, &embeddings.row(WordId((block.first + i) as u32)));
                    assert!(
                        (got - want).abs() < 1e-5,
                        "query {q}, word {}: {got}, not {want}",
                        block.first + i
                    );
                }
            }
            ControlFlow::Continue(())
        });
        assert_eq!(n_seen, n_words);
    }

    fn cosine(x: &[f32], y: &[f32]) -> f32 {
        let dot = |x: &[f32], y: &[f32]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f32>();
        dot(x, y) / (dot(x, x) * dot(y, y)).sqrt()
    }

    #[test]
    fn blocks_hold_the_cosines_of_all_pairs() {
        check(1, 1, 1);
        check(BLOCK + 1, FEW, 20);
        check(BLOCK + 1, FEW + 1, 20);
        check(BLOCK, TILE, 16);
        check(2 * BLOCK + 3, TILE + 5, 19);
        check(0, 3, 4);
    }

    #[test]
    fn parts_cover_everything_in_order() {
        for n in [0, 1, BLOCK, 10 * BLOCK + 1] {
            let parts: Vec<usize> = in_parts(n, 3, |part| part.collect::<Vec<_>>()).concat();
            assert_eq!(parts, (0..n).collect::<Vec<_>>());
        }
    }
}
