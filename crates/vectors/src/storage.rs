//! Where the numbers of the vectors lie.

use sememe_kernels::Matrix;
use std::fmt;

/// Rows of `f32` that can be lent: `f32[n_rows, dim]`.
///
/// Object-safe, so that vectors in memory, in a mapped file or in another form share one [`Embeddings`].
///
/// [`Embeddings`]: crate::Embeddings
pub trait Storage: fmt::Debug + Send + Sync {
    /// The number of rows.
    fn n_rows(&self) -> usize;

    /// Numbers in a row.
    fn dim(&self) -> usize;

    /// Row `i`: `f32[dim]`. Panics if there is no such row.
    fn row(&self, i: usize) -> &[f32];
}

impl Storage for Matrix {
    fn n_rows(&self) -> usize {
        self.n_rows()
    }

    fn dim(&self) -> usize {
        self.n_cols()
    }

    fn row(&self, i: usize) -> &[f32] {
        self.row(i)
    }
}
