//! Files mapped into memory.

use crate::{Storage, VectorsError};
use memmap2::Mmap;
use std::fmt;
use std::fs::File;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

/// Maps the file at `path` for reading.
#[allow(unsafe_code)]
pub(crate) fn map(path: &Path) -> Result<Mmap, VectorsError> {
    let file = File::open(path).map_err(VectorsError::read(path))?;
    // SAFETY: the map is only read, as bytes and as floats, for which every bit pattern is valid. Nothing here
    // changes a file in place: what is saved gets its name by a rename, and the old file stays with its map.
    // Another program that cuts the file short while it is mapped ends this process, as with every mapped
    // file; the documentation of `Embeddings::map` says so.
    unsafe { Mmap::map(&file) }.map_err(VectorsError::read(path))
}

/// Vectors in a mapped file: rows of little-endian `f32`, one after the other.
#[derive(Clone)]
pub(crate) struct MappedRows {
    map: Arc<Mmap>,
    bytes: Range<usize>,
    n_rows: usize,
    dim: usize,
}

impl MappedRows {
    /// The rows in `bytes` of `map`. `None` if the bytes are not exactly those rows, or not aligned, or the
    /// machine stores floats the other way round.
    pub(crate) fn new(map: Arc<Mmap>, bytes: Range<usize>, n_rows: usize, dim: usize) -> Option<Self> {
        let floats: &[f32] = bytemuck::try_cast_slice(map.get(bytes.clone())?).ok()?;
        let fits = cfg!(target_endian = "little") && Some(floats.len()) == n_rows.checked_mul(dim);
        fits.then_some(Self { map, bytes, n_rows, dim })
    }
}

impl MappedRows {
    fn row(&self, i: usize) -> &[f32] {
        assert!(i < self.n_rows, "row {i} of {}", self.n_rows);
        let row_bytes = self.dim * size_of::<f32>();
        bytemuck::cast_slice(&self.map[self.bytes.start + i * row_bytes..][..row_bytes])
    }
}

impl Storage for MappedRows {
    fn n_rows(&self) -> usize {
        self.n_rows
    }

    fn dim(&self) -> usize {
        self.dim
    }

    fn read_row(&self, i: usize, into: &mut [f32]) {
        into.copy_from_slice(self.row(i));
    }

    fn borrow_row(&self, i: usize) -> Option<&[f32]> {
        Some(self.row(i))
    }
}

impl fmt::Debug for MappedRows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MappedRows({} x {})", self.n_rows, self.dim)
    }
}
