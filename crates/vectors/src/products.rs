//! Dot products of the rows of one matrix with all rows of another, in blocks that stay in the cache.

use sememe_kernels::{Kernels, Matrix, SharedMatrix, SharedRow};
use std::ops::Range;

/// Rows whose products are computed together.
const BLOCK: usize = 32;

/// Dot products of rows with all rows of a second matrix. Each has the same bits whatever stands beside it.
pub(crate) struct Products<'a> {
    kernels: Kernels,
    left: &'a Matrix,
    right: SharedMatrix,
}

impl<'a> Products<'a> {
    /// Of the rows of `left` with those of `right`, which is copied. Panics if these are of different lengths.
    pub(crate) fn new(left: &'a Matrix, right: &Matrix, kernels: Kernels) -> Self {
        assert_eq!(left.n_cols(), right.n_cols(), "rows of different lengths");
        Self { kernels, left, right: padded(right, 0..right.n_rows()) }
    }

    /// Calls `sink` with the number of each row in `part` and its products with all rows of the right matrix.
    pub(crate) fn for_each_row(&self, part: Range<usize>, sink: &mut dyn FnMut(usize, &[f32])) {
        let right: Vec<SharedRow<'_>> = (0..self.right.n_rows()).map(|i| self.right.row(i)).collect();
        if right.is_empty() {
            return part.for_each(|i| sink(i, &[]));
        }
        let mut products = vec![0.0; BLOCK * right.len()];
        for first in part.clone().step_by(BLOCK) {
            let block = first..part.end.min(first + BLOCK);
            let left = padded(self.left, block.clone());
            let left: Vec<SharedRow<'_>> = (0..block.len()).map(|i| left.row(i)).collect();
            let products = &mut products[..left.len() * right.len()];
            self.kernels.scores(&left, &right, products);
            block.zip(products.chunks(right.len())).for_each(|(i, products)| sink(i, products));
        }
    }
}

/// Some rows as the kernels want them.
fn padded(rows: &Matrix, part: Range<usize>) -> SharedMatrix {
    let mut padded = SharedMatrix::zeros(part.len(), rows.n_cols());
    part.enumerate().for_each(|(i, row)| padded.row_mut(i).copy_from_slice(rows.row(row)));
    padded
}

/// ‖row‖² of every row.
pub(crate) fn squares(rows: &Matrix, kernels: Kernels) -> Vec<f32> {
    rows.rows().map(|row| kernels.dot(row, row)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_is_multiplied_and_its_bits_do_not_depend_on_the_block() {
        let rows = |n| Matrix::from_vec(n, 3, (0..3 * n).map(|i| (i as f32).sin()).collect()).unwrap();
        let (left, right, kernels) = (rows(BLOCK + 9), rows(7), Kernels::detect());
        let products = Products::new(&left, &right, kernels);
        let take = |part| {
            let mut all = Vec::new();
            products.for_each_row(part, &mut |i, products| all.push((i, products.to_vec())));
            all
        };
        let (all, some) = (take(0..left.n_rows()), take(5..left.n_rows()));
        assert_eq!(all[5..], some);
        for (i, products) in all {
            for (j, product) in products.into_iter().enumerate() {
                assert!((product - kernels.dot(left.row(i), right.row(j))).abs() < 1e-5, "{i} {j}");
            }
        }
        let nothing = Products::new(&left, &Matrix::zeros(0, 3), kernels);
        nothing.for_each_row(0..2, &mut |_, products| assert!(products.is_empty()));
    }
}
