//! Sparse rows in compressed form.

use crate::{Kernels, Matrix};

/// Sparse rows over `n_cols` columns: column numbers and values of each row, compressed (CSR).
///
/// Within a row the columns rise strictly, so that two rows can be merged in one pass.
#[derive(Clone, Debug, PartialEq)]
pub struct SparseRows {
    n_cols: usize,
    starts: Vec<usize>,
    columns: Vec<u32>,
    values: Vec<f32>,
}

/// One row of [`SparseRows`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SparseRow<'a> {
    /// Columns with a value, strictly rising.
    pub columns: &'a [u32],
    /// Their values.
    pub values: &'a [f32],
}

impl SparseRows {
    /// No rows yet, over `n_cols` columns.
    pub fn new(n_cols: usize) -> Self {
        Self { n_cols, starts: vec![0], columns: Vec::new(), values: Vec::new() }
    }

    /// Takes rows in compressed form: row i has the columns and values from `starts[i]` to `starts[i + 1]`. Rows that are
    /// not filled one after the other are made so.
    ///
    /// Panics if the starts do not fit, or columns do not rise or are outside the matrix.
    pub fn from_parts(n_cols: usize, starts: Vec<usize>, columns: Vec<u32>, values: Vec<f32>) -> Self {
        assert_eq!((starts.first(), starts.last()), (Some(&0), Some(&columns.len())), "starts that fit");
        assert_eq!(columns.len(), values.len(), "a value for each column");
        for row in starts.windows(2) {
            let columns = &columns[row[0]..row[1]];
            assert!(columns.is_sorted_by(|x, y| x < y), "columns that rise");
            assert!(columns.last().is_none_or(|&last| (last as usize) < n_cols), "a column of {n_cols}");
        }
        Self { n_cols, starts, columns, values }
    }

    /// Appends a row. The entries may come in any order; values of the same column are added up.
    ///
    /// Panics if a column is outside the matrix.
    pub fn push_row(&mut self, entries: &mut [(u32, f32)]) {
        entries.sort_unstable_by_key(|&(column, _)| column);
        let start = self.columns.len();
        for &(column, value) in &*entries {
            assert!((column as usize) < self.n_cols, "column {column} of {}", self.n_cols);
            match self.columns[start..].last() {
                Some(&last) if last == column => {
                    *self.values.last_mut().expect("as many as columns") += value
                }
                _ => {
                    self.columns.push(column);
                    self.values.push(value);
                }
            }
        }
        self.starts.push(self.columns.len());
    }

    /// The number of rows.
    pub fn n_rows(&self) -> usize {
        self.starts.len() - 1
    }

    /// The number of columns.
    pub fn n_cols(&self) -> usize {
        self.n_cols
    }

    /// The number of stored values.
    pub fn n_values(&self) -> usize {
        self.values.len()
    }

    /// Row `i`. Panics if there is no such row.
    pub fn row(&self, i: usize) -> SparseRow<'_> {
        let range = self.starts[i]..self.starts[i + 1];
        SparseRow { columns: &self.columns[range.clone()], values: &self.values[range] }
    }

    /// All rows in order.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = SparseRow<'_>> {
        (0..self.n_rows()).map(|i| self.row(i))
    }

    /// The values of row `i`, to be scaled or replaced in place.
    pub fn values_mut(&mut self, i: usize) -> &mut [f32] {
        &mut self.values[self.starts[i]..self.starts[i + 1]]
    }

    /// Appends the rows of `other`. Panics if it has another number of columns.
    pub fn append(&mut self, other: &Self) {
        assert_eq!(self.n_cols, other.n_cols, "rows over different columns");
        let base = self.columns.len();
        self.starts.extend(other.starts[1..].iter().map(|start| base + start));
        self.columns.extend_from_slice(&other.columns);
        self.values.extend_from_slice(&other.values);
    }
}

impl<'a> SparseRow<'a> {
    /// Column and value of each entry.
    pub fn entries(self) -> impl Iterator<Item = (u32, f32)> + 'a {
        self.columns.iter().copied().zip(self.values.iter().copied())
    }

    /// Σ over the entries of value · dense\[column\].
    pub fn dot(self, dense: &[f32]) -> f32 {
        self.entries().map(|(column, value)| value * dense[column as usize]).sum()
    }

    /// `sum` += Σ over the entries of value · dense row of that column: a row of the product of two matrices.
    ///
    /// Panics if `dense` has no such row, or rows of another length than `sum`.
    #[inline]
    pub fn add_product(self, dense: &Matrix, sum: &mut [f32], kernels: Kernels) {
        self.entries().for_each(|(column, value)| kernels.axpy(value, dense.row(column as usize), sum));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_sorted_and_merged() {
        let mut rows = SparseRows::new(4);
        rows.push_row(&mut [(3, 1.), (0, 2.), (3, 0.5)]);
        rows.push_row(&mut []);
        assert_eq!(rows.row(0), SparseRow { columns: &[0, 3], values: &[2., 1.5] });
        assert_eq!((rows.n_rows(), rows.n_values(), rows.row(1).columns.len()), (2, 2, 0));
    }

    #[test]
    fn equal_columns_of_neighbouring_rows_stay_apart() {
        let mut rows = SparseRows::new(2);
        rows.push_row(&mut [(1, 1.)]);
        rows.push_row(&mut [(1, 2.)]);
        assert_eq!(rows.row(1).values, [2.]);
    }

    #[test]
    fn parts_are_rows() {
        let rows = SparseRows::from_parts(4, vec![0, 2, 2], vec![0, 3], vec![2., 1.5]);
        let mut pushed = SparseRows::new(4);
        pushed.push_row(&mut [(3, 1.5), (0, 2.)]);
        pushed.push_row(&mut []);
        assert_eq!(rows, pushed);
    }

    #[test]
    fn a_row_times_a_matrix_is_a_sum_of_its_rows() {
        let rows = SparseRows::from_parts(3, vec![0, 2], vec![0, 2], vec![2., -1.]);
        let dense = Matrix::from_vec(3, 2, vec![1., 2., 3., 4., 5., 6.]).unwrap();
        let mut sum = [10., 20.];
        rows.row(0).add_product(&dense, &mut sum, Kernels::detect());
        assert_eq!(sum, [7., 18.]);
    }

    #[test]
    #[should_panic(expected = "columns that rise")]
    fn parts_out_of_order_are_refused() {
        SparseRows::from_parts(4, vec![0, 2], vec![3, 0], vec![1., 1.]);
    }

    #[test]
    fn appended_rows_follow() {
        let (mut a, mut b) = (SparseRows::new(2), SparseRows::new(2));
        a.push_row(&mut [(0, 1.)]);
        b.push_row(&mut [(1, 2.), (0, 3.)]);
        a.append(&b);
        assert_eq!(a.row(1).dot(&[10., 100.]), 230.);
    }
}
