//! Where the numbers of the vectors lie.

use sememe_kernels::Matrix;
use std::fmt;

/// Rows of numbers that can be read as `f32`: `f32[n_rows, dim]`.
///
/// Object-safe, so that vectors in memory, in a mapped file or in a smaller form share one [`Embeddings`].
///
/// [`Embeddings`]: crate::Embeddings
pub trait Storage: fmt::Debug + Send + Sync {
    /// The number of rows.
    fn n_rows(&self) -> usize;

    /// Numbers in a row.
    fn dim(&self) -> usize;

    /// Writes row `i` to `into`: `f32[dim]`. Panics if there is no such row or `into` has another length.
    fn read_row(&self, i: usize, into: &mut [f32]);

    /// Row `i` where it lies: `f32[dim]`; `None` if rows do not lie here as `f32`, and then for every row.
    /// Panics if there is no such row.
    fn borrow_row(&self, _i: usize) -> Option<&[f32]> {
        None
    }
}

impl Storage for Matrix {
    fn n_rows(&self) -> usize {
        self.n_rows()
    }

    fn dim(&self) -> usize {
        self.n_cols()
    }

    fn read_row(&self, i: usize, into: &mut [f32]) {
        into.copy_from_slice(self.row(i));
    }

    fn borrow_row(&self, i: usize) -> Option<&[f32]> {
        Some(self.row(i))
    }
}

/// Row `i` of `storage`: where it lies, or else read into `room`.
#[inline]
pub(crate) fn lend<'a>(storage: &'a dyn Storage, i: usize, room: &'a mut Vec<f32>) -> &'a [f32] {
    if let Some(row) = storage.borrow_row(i) {
        return row;
    }
    room.resize(storage.dim(), 0.0);
    storage.read_row(i, room);
    room
}
