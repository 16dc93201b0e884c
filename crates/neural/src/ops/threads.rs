//! Work on several threads, with the same result on any number of them.
//!
//! Work is cut into pieces whose number depends on the work alone, and what comes of them is put together in their order.

use super::real::{Real, add};
use rayon::prelude::*;
use sememe_kernels::{View, ViewMut, matmul, wide};

/// The most pieces that anything is cut into.
const PIECES: usize = 16;
/// Fewer rows of a product than this are not worth a piece of their own: each piece packs the other matrix anew.
const MIN_ROWS: usize = 96;
/// Fewer multiplications than this are not worth a second thread.
const MIN_PRODUCTS: usize = 1 << 21;
/// Fewer floats than this are not worth a second thread.
const MIN_FLOATS: usize = 1 << 14;

/// What `work` makes of each piece, in their order.
pub(crate) fn map<W: Send, R: Send>(pieces: Vec<W>, work: impl Fn(W) -> R + Send + Sync) -> Vec<R> {
    if pieces.len() < 2 || rayon::current_num_threads() == 1 {
        return pieces.into_iter().map(work).collect();
    }
    pieces.into_par_iter().map(work).collect()
}

/// Rows of a piece, where each of `n_rows` is `width` floats wide.
pub(crate) fn rows_of_piece(n_rows: usize, width: usize) -> usize {
    let worth = MIN_FLOATS.div_ceil(width.max(1));
    n_rows.div_ceil(PIECES).max(worth).max(1)
}

/// into = keep·into + scale·a·b, with rows of `into` on all threads.
pub(crate) fn product<T: Real>(scale: T, a: View<'_, T>, b: View<'_, T>, keep: T, into: ViewMut<'_, T>) {
    let (m, k, n) = (a.n_rows(), a.n_cols(), b.n_cols());
    let large = m.saturating_mul(k).saturating_mul(n) >= MIN_PRODUCTS;
    let per_piece = if large { m.div_ceil(PIECES).next_multiple_of(16).max(MIN_ROWS) } else { m.max(1) };
    let pieces = into.split_rows(per_piece).into_iter().enumerate().collect();
    map(pieces, |(i, piece): (usize, ViewMut<'_, T>)| {
        matmul(scale, a.rows(i * per_piece, piece.n_rows()), b, keep, piece);
    });
}

/// Adds rows of `width` floats up: `T[width]`.
pub(crate) fn sum_rows<T: Real>(rows: &[T], width: usize) -> Vec<T> {
    if width == 0 {
        return Vec::new();
    }
    let per_piece = rows_of_piece(rows.len() / width, width);
    let pieces = rows.chunks(per_piece * width).collect();
    let sums = map(pieces, |piece: &[T]| {
        let mut sum = vec![T::ZERO; width];
        wide(|| piece.chunks_exact(width).for_each(|row| add(row, &mut sum)));
        sum
    });
    sum_all(sums, width)
}

/// Adds vectors of `width` floats up, in their order.
pub(crate) fn sum_all<T: Real>(vectors: Vec<Vec<T>>, width: usize) -> Vec<T> {
    let mut vectors = vectors.into_iter();
    let mut sum = vectors.next().unwrap_or_else(|| vec![T::ZERO; width]);
    vectors.for_each(|vector| wide(|| add(&vector, &mut sum)));
    sum
}
