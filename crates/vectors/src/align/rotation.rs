//! The rotation that takes one set of vectors to another.

use crate::embeddings::check_finite_rows;
use crate::svd::{Columns, svd};
use crate::{Embeddings, VectorsError};
use sememe_kernels::Matrix;

/// An orthogonal matrix R: a row vector x becomes x·R, which keeps all lengths and cosines.
#[derive(Clone, Debug, PartialEq)]
pub struct Rotation {
    dim: usize,
    /// R by columns: `f64[dim, dim]`.
    columns: Vec<f64>,
    agreement: f64,
}

impl Rotation {
    /// The rotation with the least ‖X·R − Y‖, where X holds the rows of `from` and Y those of `to`: R = U·Vᵀ with
    /// Xᵀ·Y = U·Σ·Vᵀ (Schönemann 1966). It may reflect.
    ///
    /// ```
    /// use sememe_kernels::Matrix;
    /// use sememe_vectors::align::Rotation;
    ///
    /// let from = Matrix::from_vec(2, 2, vec![1., 0., 0., 1.])?;
    /// let to = Matrix::from_vec(2, 2, vec![0., 1., -1., 0.])?;
    /// let quarter = Rotation::between(&from, &to)?;
    /// assert_eq!(quarter.apply(&[2.0, 1.0]), [-1.0, 2.0]);
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the matrices have different shapes, or hold a number that is not finite.
    pub fn between(from: &Matrix, to: &Matrix) -> Result<Self, VectorsError> {
        let (dim, n) = (from.n_cols(), from.n_rows());
        if to.n_cols() != dim {
            return Err(VectorsError::Columns { want: dim, found: to.n_cols() });
        }
        if to.n_rows() != n {
            return Err(VectorsError::Pairs { from: n, to: to.n_rows() });
        }
        check_finite_rows(from)?;
        check_finite_rows(to)?;
        let factors = svd(correlation(from, to));
        // Column j of U·Vᵀ is Σₖ vⱼₖ·uₖ.
        let mut columns = vec![0.0; dim * dim];
        for (j, column) in columns.chunks_mut(dim.max(1)).enumerate() {
            for k in 0..dim {
                let factor = factors.v.column(k)[j];
                column.iter_mut().zip(factors.u.column(k)).for_each(|(sum, u)| *sum += factor * u);
            }
        }
        let agreement = factors.sigma.iter().sum();
        Ok(Self { dim, columns, agreement })
    }

    /// Numbers in the vectors that can be rotated.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// Σ (x·R)·y over the pairs that it was made from: for vectors of length 1, the sum of their cosines.
    pub fn agreement(&self) -> f64 {
        self.agreement
    }

    /// R: `f64[dim, dim]`, row after row.
    pub fn to_rows(&self) -> Vec<f64> {
        (0..self.dim * self.dim).map(|i| self.columns[i % self.dim * self.dim + i / self.dim]).collect()
    }

    /// The vector x·R. Panics if `x` has another dimension.
    pub fn apply(&self, x: &[f32]) -> Vec<f32> {
        assert_eq!(x.len(), self.dim, "a vector of another dimension");
        let product = |column: &[f64]| column.iter().zip(x).map(|(r, &x)| r * f64::from(x)).sum::<f64>();
        self.columns.chunks(self.dim.max(1)).map(|column| product(column) as f32).collect()
    }

    /// All vectors rotated, in memory; the vocabulary stays.
    ///
    /// # Errors
    /// If the vectors have another dimension.
    pub fn apply_to(&self, embeddings: &Embeddings) -> Result<Embeddings, VectorsError> {
        let (want, found) = (self.dim, embeddings.dim());
        if want != found {
            return Err(VectorsError::Columns { want, found });
        }
        let mut rows = embeddings.to_matrix(embeddings.len());
        for i in 0..rows.n_rows() {
            let rotated = self.apply(rows.row(i));
            rows.row_mut(i).copy_from_slice(&rotated);
        }
        Embeddings::new(embeddings.vocab().clone(), rows)
    }
}

/// Xᵀ·Y.
fn correlation(from: &Matrix, to: &Matrix) -> Columns {
    let dim = from.n_cols();
    let mut columns = vec![0.0; dim * dim];
    for (x, y) in from.rows().zip(to.rows()) {
        for (column, &y) in columns.chunks_mut(dim.max(1)).zip(y) {
            column.iter_mut().zip(x).for_each(|(sum, &x)| *sum += f64::from(x) * f64::from(y));
        }
    }
    Columns::new(dim, columns)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sememe_kernels::Rng;

    fn random(n: usize, dim: usize, seed: u64) -> Matrix {
        let mut rng = Rng::new(seed, 0);
        Matrix::from_vec(n, dim, (0..n * dim).map(|_| rng.unit_f32() - 0.5).collect()).unwrap()
    }

    /// A rotation is found again from vectors and what it makes of them.
    fn check(n: usize, dim: usize) {
        let rotation = Rotation::between(&random(3 * dim, dim, 1), &random(3 * dim, dim, 2)).unwrap();
        let from = random(n, dim, 3);
        let rotated = from.rows().flat_map(|row| rotation.apply(row)).collect();
        let to = Matrix::from_vec(n, dim, rotated).unwrap();
        let found = Rotation::between(&from, &to).unwrap();
        for (x, want) in from.rows().zip(to.rows()) {
            let got = found.apply(x);
            let off = got.iter().zip(want).map(|(got, want)| (got - want).abs()).fold(0.0, f32::max);
            assert!(off < 1e-5, "off by {off}, {n} pairs of {dim}");
        }
        let dot = |(x, y): (&[f32], &[f32])| x.iter().zip(y).map(|(x, y)| f64::from(x * y)).sum::<f64>();
        let agreement: f64 = to.rows().map(|y| dot((y, y))).sum();
        assert!((found.agreement() - agreement).abs() < 1e-4 * (1.0 + agreement));
        let (rows, mut worst) = (found.to_rows(), 0f64);
        for (i, j) in (0..dim).flat_map(|i| (0..dim).map(move |j| (i, j))) {
            let product: f64 = (0..dim).map(|k| rows[i * dim + k] * rows[j * dim + k]).sum();
            worst = worst.max((product - f64::from(u8::from(i == j))).abs());
        }
        assert!(worst < 1e-10, "R·Rᵀ is off by {worst}");
    }

    #[test]
    fn rotations_are_found_again() {
        check(40, 8);
        check(30, 30);
        check(1, 1);
    }

    #[test]
    fn few_pairs_leave_a_rotation_all_the_same() {
        check(3, 8);
        check(0, 4);
    }

    #[test]
    fn shapes_that_do_not_fit_are_refused() {
        let message = |from, to| Rotation::between(&from, &to).unwrap_err().to_string();
        assert_eq!(message(random(2, 3, 1), random(2, 4, 1)), "expected 3 numbers a vector, found 4");
        assert_eq!(
            message(random(2, 3, 1), random(1, 3, 1)),
            "expected as many targets as sources, 2, found 1"
        );
        let nan = Matrix::from_vec(1, 1, vec![f32::NAN]).unwrap();
        assert!(Rotation::between(&nan, &random(1, 1, 1)).is_err());
    }
}
