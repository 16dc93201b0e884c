//! Training rows as the solvers see them, sparse or dense.

use sememe_kernels::{Matrix, SparseRow, SparseRows};

/// Rows of features: `f32[n_rows, n_cols]`.
pub(crate) trait Rows: Sync {
    /// The number of rows.
    fn n_rows(&self) -> usize;

    /// The number of columns.
    fn n_cols(&self) -> usize;

    /// xᵢ·w, where w is `f64[n_cols]`.
    fn dot(&self, row: usize, w: &[f64]) -> f64;

    /// w += a·xᵢ, where w is `f64[n_cols]`.
    fn add_to(&self, row: usize, a: f64, w: &mut [f64]);

    /// sums += xᵢ·W, where W is `[n_cols, sums.len()]`, row after row.
    fn add_scores<W: Copy + Into<f64>>(&self, row: usize, weights: &[W], sums: &mut [f64]);

    /// xᵢ·xᵢ.
    fn squared_norm(&self, row: usize) -> f64;

    /// The first value that is not a number or infinite, as (row, column).
    fn first_not_finite(&self) -> Option<(usize, usize)>;
}

impl Rows for SparseRows {
    fn n_rows(&self) -> usize {
        self.n_rows()
    }

    fn n_cols(&self) -> usize {
        self.n_cols()
    }

    #[inline]
    fn dot(&self, row: usize, w: &[f64]) -> f64 {
        dot_sparse(self.row(row), w)
    }

    #[inline]
    fn add_to(&self, row: usize, a: f64, w: &mut [f64]) {
        for (column, value) in self.row(row).entries() {
            w[column as usize] += a * f64::from(value);
        }
    }

    #[inline]
    fn add_scores<W: Copy + Into<f64>>(&self, row: usize, weights: &[W], sums: &mut [f64]) {
        for (column, value) in self.row(row).entries() {
            add_scaled(value, weights, column as usize, sums);
        }
    }

    fn squared_norm(&self, row: usize) -> f64 {
        square_sum(self.row(row).values)
    }

    fn first_not_finite(&self) -> Option<(usize, usize)> {
        self.rows().enumerate().find_map(|(i, row)| {
            let (column, _) = row.entries().find(|(_, value)| !value.is_finite())?;
            Some((i, column as usize))
        })
    }
}

impl Rows for Matrix {
    fn n_rows(&self) -> usize {
        self.n_rows()
    }

    fn n_cols(&self) -> usize {
        self.n_cols()
    }

    fn dot(&self, row: usize, w: &[f64]) -> f64 {
        self.row(row).iter().zip(w).map(|(&x, w)| f64::from(x) * w).sum()
    }

    fn add_to(&self, row: usize, a: f64, w: &mut [f64]) {
        for (w, &x) in w.iter_mut().zip(self.row(row)) {
            *w += a * f64::from(x);
        }
    }

    fn add_scores<W: Copy + Into<f64>>(&self, row: usize, weights: &[W], sums: &mut [f64]) {
        for (column, &value) in self.row(row).iter().enumerate() {
            add_scaled(value, weights, column, sums);
        }
    }

    fn squared_norm(&self, row: usize) -> f64 {
        square_sum(self.row(row))
    }

    fn first_not_finite(&self) -> Option<(usize, usize)> {
        let i = self.as_slice().iter().position(|value| !value.is_finite())?;
        Some((i / self.n_cols(), i % self.n_cols()))
    }
}

/// Four sums at a time, so that an addition need not wait for the one before it.
#[inline]
fn dot_sparse(row: SparseRow<'_>, w: &[f64]) -> f64 {
    let (columns, last_columns) = row.columns.as_chunks::<4>();
    let (values, last_values) = row.values.as_chunks::<4>();
    let mut sums = [0.0; 4];
    for (columns, values) in columns.iter().zip(values) {
        for lane in 0..4 {
            sums[lane] += f64::from(values[lane]) * w[columns[lane] as usize];
        }
    }
    let last: f64 = last_columns.iter().zip(last_values).map(|(&j, &x)| f64::from(x) * w[j as usize]).sum();
    (sums[0] + sums[1]) + (sums[2] + sums[3]) + last
}

/// sums += value·W\[column\].
#[inline]
fn add_scaled<W: Copy + Into<f64>>(value: f32, weights: &[W], column: usize, sums: &mut [f64]) {
    let weights = &weights[column * sums.len()..(column + 1) * sums.len()];
    for (sum, &weight) in sums.iter_mut().zip(weights) {
        *sum += f64::from(value) * weight.into();
    }
}

fn square_sum(values: &[f32]) -> f64 {
    values.iter().map(|&x| f64::from(x) * f64::from(x)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The same random rows, sparse and dense, with about half of the values zero.
    fn both(n_rows: usize, n_cols: usize, seed: u64) -> (SparseRows, Matrix) {
        let mut rng = sememe_kernels::Rng::new(seed, 0);
        let (mut sparse, mut dense) = (SparseRows::new(n_cols), Matrix::zeros(n_rows, n_cols));
        for i in 0..n_rows {
            let columns = (0..n_cols).filter(|_| rng.below(2) == 0).collect::<Vec<_>>();
            let mut entries: Vec<_> = columns.iter().map(|&j| (j as u32, rng.unit_f32() - 0.5)).collect();
            entries.iter().for_each(|&(j, x)| dense.row_mut(i)[j as usize] = x);
            sparse.push_row(&mut entries);
        }
        (sparse, dense)
    }

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9
    }

    proptest! {
        #[test]
        fn sparse_and_dense_rows_agree(n_cols in 1usize..30, n_outputs in 1usize..6, seed in any::<u64>()) {
            let (sparse, dense) = both(3, n_cols, seed);
            let w: Vec<f64> = (0..n_cols * n_outputs).map(|i| (i as f64).sin()).collect();
            for row in 0..3 {
                prop_assert!(close(sparse.dot(row, &w[..n_cols]), dense.dot(row, &w[..n_cols])));
                prop_assert!(close(sparse.squared_norm(row), dense.squared_norm(row)));
                let (mut a, mut b) = (vec![0.0; n_cols], vec![0.0; n_cols]);
                sparse.add_to(row, 0.3, &mut a);
                dense.add_to(row, 0.3, &mut b);
                prop_assert_eq!(a, b);
                let (mut a, mut b) = (vec![1.0; n_outputs], vec![1.0; n_outputs]);
                sparse.add_scores(row, &w, &mut a);
                dense.add_scores(row, &w, &mut b);
                prop_assert!(a.iter().zip(&b).all(|(a, b)| close(*a, *b)));
            }
        }
    }

    #[test]
    fn values_that_are_no_numbers_are_found() {
        let (mut sparse, mut dense) = both(3, 4, 1);
        assert_eq!((sparse.first_not_finite(), dense.first_not_finite()), (None, None));
        dense.row_mut(2)[1] = f32::INFINITY;
        sparse.push_row(&mut [(2, f32::NAN)]);
        assert_eq!((sparse.first_not_finite(), dense.first_not_finite()), (Some((3, 2)), Some((2, 1))));
    }
}
