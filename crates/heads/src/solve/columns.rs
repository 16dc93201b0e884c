//! Sparse rows turned on their side, for gradients.

use crate::solve::rows::Rows;
use sememe_kernels::{Matrix, SparseRow, SparseRows};
use std::ops::Range;

/// Rows that can also be summed by column, a range of columns at a time: the gradient of several threads needs
/// no sum over threads, and so does not depend on how many there are.
pub(crate) trait Design: Sync {
    /// The rows.
    fn rows(&self) -> &impl Rows;

    /// Xᵀ·R for the columns of `range`: `f64[range.len(), n_outputs]`, from R = `f64[n_rows, n_outputs]`.
    fn column_sums(&self, range: Range<usize>, residuals: &[f64], n_outputs: usize, sums: &mut [f64]);

    /// Ends of `n_parts` ranges of columns that take about as long as each other.
    fn cuts(&self, n_parts: usize) -> Vec<usize>;
}

/// Sparse rows, by row and by column.
pub(crate) struct SparseDesign<'a> {
    rows: &'a SparseRows,
    /// Column `j` has the entries `starts[j]..starts[j + 1]`.
    starts: Vec<usize>,
    row_numbers: Vec<u32>,
    values: Vec<f32>,
}

impl<'a> SparseDesign<'a> {
    /// Sorts the entries of `rows` by column.
    pub(crate) fn new(rows: &'a SparseRows) -> Self {
        let mut starts = vec![0; rows.n_cols() + 1];
        for row in rows.rows() {
            row.columns.iter().for_each(|&column| starts[column as usize + 1] += 1);
        }
        for j in 0..rows.n_cols() {
            starts[j + 1] += starts[j];
        }
        let mut next = starts.clone();
        let (mut row_numbers, mut values) = (vec![0; rows.n_values()], vec![0.0; rows.n_values()]);
        for (i, row) in rows.rows().enumerate() {
            for (column, value) in row.entries() {
                let place = &mut next[column as usize];
                (row_numbers[*place], values[*place]) = (i as u32, value);
                *place += 1;
            }
        }
        Self { rows, starts, row_numbers, values }
    }

    fn column(&self, j: usize) -> SparseRow<'_> {
        let range = self.starts[j]..self.starts[j + 1];
        SparseRow { columns: &self.row_numbers[range.clone()], values: &self.values[range] }
    }
}

impl Design for SparseDesign<'_> {
    fn rows(&self) -> &impl Rows {
        self.rows
    }

    fn column_sums(&self, range: Range<usize>, residuals: &[f64], n_outputs: usize, sums: &mut [f64]) {
        for (j, sums) in range.zip(sums.chunks_exact_mut(n_outputs)) {
            sums.fill(0.0);
            for (i, value) in self.column(j).entries() {
                add_row(value, residuals, i as usize, sums);
            }
        }
    }

    fn cuts(&self, n_parts: usize) -> Vec<usize> {
        // A column costs something even where it is empty: its sums are written.
        let work = |j: usize| self.starts[j] + j;
        let (n_cols, all) = (self.rows.n_cols(), work(self.rows.n_cols()));
        let cut = |part| partition(n_cols, |j| work(j) < all * part / n_parts);
        (1..n_parts).map(cut).chain([n_cols]).collect()
    }
}

impl Design for Matrix {
    fn rows(&self) -> &impl Rows {
        self
    }

    fn column_sums(&self, range: Range<usize>, residuals: &[f64], n_outputs: usize, sums: &mut [f64]) {
        sums.fill(0.0);
        for (i, row) in self.rows().enumerate() {
            for (&value, sums) in row[range.clone()].iter().zip(sums.chunks_exact_mut(n_outputs)) {
                add_row(value, residuals, i, sums);
            }
        }
    }

    fn cuts(&self, n_parts: usize) -> Vec<usize> {
        (1..=n_parts).map(|part| self.n_cols() * part / n_parts).collect()
    }
}

/// sums += value·Rᵢ.
#[inline]
fn add_row(value: f32, residuals: &[f64], i: usize, sums: &mut [f64]) {
    let residuals = &residuals[i * sums.len()..(i + 1) * sums.len()];
    for (sum, residual) in sums.iter_mut().zip(residuals) {
        *sum += f64::from(value) * residual;
    }
}

/// The first number below `n` for which `before` does not hold, if it holds for a first run of them; else `n`.
fn partition(n: usize, before: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, n);
    while low < high {
        let middle = low.midpoint(high);
        if before(middle) { low = middle + 1 } else { high = middle }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> (SparseRows, Matrix) {
        let mut rows = SparseRows::new(3);
        rows.push_row(&mut [(0, 1.0), (2, 2.0)]);
        rows.push_row(&mut [(2, 3.0)]);
        (rows, Matrix::from_vec(2, 3, vec![1., 0., 2., 0., 0., 3.]).unwrap())
    }

    #[track_caller]
    fn check(design: &impl Design, n_parts: usize) {
        let (mut all, mut start) = (Vec::new(), 0);
        for end in design.cuts(n_parts) {
            let mut sums = vec![9.0; (end - start) * 2];
            design.column_sums(start..end, &[1.0, -1.0, 10.0, 0.5], 2, &mut sums);
            all.extend(sums);
            start = end;
        }
        assert_eq!(all, [1.0, -1.0, 0.0, 0.0, 32.0, -0.5]);
    }

    #[test]
    fn sums_do_not_depend_on_the_cuts() {
        let (sparse, dense) = rows();
        for n_parts in 1..6 {
            check(&SparseDesign::new(&sparse), n_parts);
            check(&dense, n_parts);
        }
    }
}
