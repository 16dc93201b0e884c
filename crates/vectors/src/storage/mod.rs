//! Where the numbers of the vectors lie, and in which form.

mod codebook;
mod derived;
pub(crate) mod int8;
mod plain;
mod product;

pub(crate) use codebook::Codebook;
pub(crate) use derived::{ComposedRows, ScaledRows, SelectedRows};
pub(crate) use int8::Int8Rows;
pub(crate) use plain::{Element, PlainRows};
pub(crate) use product::Norms;
pub use product::ProductRows;

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

    /// Row `i` where it lies: `f32[dim]`; `None` if it does not lie here as `f32`. Panics if there is no such row.
    fn borrow_row(&self, _i: usize) -> Option<&[f32]> {
        None
    }

    /// The form of the numbers.
    fn kind(&self) -> StorageKind {
        StorageKind::F32
    }

    /// The own rows of words, if the vectors of words are put together from these and n-grams whenever they are
    /// read.
    fn own_rows(&self) -> Option<&dyn Storage> {
        None
    }

    /// These rows, if they are codes of a product quantiser: for files that keep them so.
    fn product(&self) -> Option<&ProductRows> {
        None
    }
}

/// The form in which vectors are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum StorageKind {
    /// 32-bit floats.
    F32,
    /// 64-bit floats.
    F64,
    /// 16-bit floats with 11 significant bits, up to 65504.
    F16,
    /// 16-bit floats with the range of `f32` and 8 significant bits.
    Bf16,
    /// 8-bit integers with a factor for each row.
    Int8,
    /// Codes of a product quantiser.
    Pq,
    /// Codes of a product quantiser after a rotation.
    Opq,
}

impl fmt::Display for StorageKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::F32 => "f32",
            Self::F64 => "f64",
            Self::F16 => "f16",
            Self::Bf16 => "bf16",
            Self::Int8 => "int8",
            Self::Pq => "pq",
            Self::Opq => "opq",
        })
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
