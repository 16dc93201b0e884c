//! A dense row-major matrix.

/// A matrix of `f32`, row after row: `f32[n_rows, n_cols]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Matrix {
    n_rows: usize,
    n_cols: usize,
    values: Vec<f32>,
}

/// The number of values does not fit the shape.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {n_rows} x {n_cols} values, found {found}")]
pub struct ShapeError {
    /// Rows asked for.
    pub n_rows: usize,
    /// Columns asked for.
    pub n_cols: usize,
    /// Values given.
    pub found: usize,
}

impl Matrix {
    /// A matrix of zeros.
    pub fn zeros(n_rows: usize, n_cols: usize) -> Self {
        Self { n_rows, n_cols, values: vec![0.0; n_rows * n_cols] }
    }

    /// Takes `values`, which hold the rows one after the other.
    ///
    /// # Errors
    /// If there are not exactly `n_rows * n_cols` values.
    pub fn from_vec(n_rows: usize, n_cols: usize, values: Vec<f32>) -> Result<Self, ShapeError> {
        if n_rows.checked_mul(n_cols) != Some(values.len()) {
            return Err(ShapeError { n_rows, n_cols, found: values.len() });
        }
        Ok(Self { n_rows, n_cols, values })
    }

    /// The number of rows.
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// The number of columns.
    pub fn n_cols(&self) -> usize {
        self.n_cols
    }

    /// Row `i`: `f32[n_cols]`. Panics if there is no such row.
    pub fn row(&self, i: usize) -> &[f32] {
        assert!(i < self.n_rows, "row {i} of {}", self.n_rows);
        &self.values[i * self.n_cols..(i + 1) * self.n_cols]
    }

    /// Row `i`, to be written. Panics if there is no such row.
    pub fn row_mut(&mut self, i: usize) -> &mut [f32] {
        assert!(i < self.n_rows, "row {i} of {}", self.n_rows);
        &mut self.values[i * self.n_cols..(i + 1) * self.n_cols]
    }

    /// All rows in order.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[f32]> {
        (0..self.n_rows).map(|i| self.row(i))
    }

    /// All values, row after row.
    pub fn as_slice(&self) -> &[f32] {
        &self.values
    }

    /// All values, to be written.
    pub fn as_mut_slice(&mut self) -> &mut [f32] {
        &mut self.values
    }

    /// Gives the values back.
    pub fn into_vec(self) -> Vec<f32> {
        self.values
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_lie_one_after_the_other() {
        let m = Matrix::from_vec(2, 2, vec![1., 2., 3., 4.]).unwrap();
        assert_eq!((m.row(0), m.row(1)), (&[1., 2.][..], &[3., 4.][..]));
    }

    #[test]
    fn wrong_number_of_values_is_named() {
        let error = Matrix::from_vec(2, 3, vec![0.; 5]).unwrap_err();
        assert_eq!(error.to_string(), "expected 2 x 3 values, found 5");
    }

    #[test]
    fn rows_of_no_columns_are_empty() {
        assert_eq!(Matrix::zeros(3, 0).rows().map(<[f32]>::len).collect::<Vec<_>>(), [0, 0, 0]);
    }
}
