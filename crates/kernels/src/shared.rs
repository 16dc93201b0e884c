//! A matrix that several threads train at once without locks.

use crate::{Matrix, memory};
use memmap2::MmapMut;
use std::marker::PhantomData;

/// Floats in one cache line.
pub(crate) const LINE: usize = 16;

/// A matrix whose rows may be read and written by many threads at the same time (Hogwild, Niu et al. 2011).
///
/// Rows start at cache lines and are padded with zeros to whole ones, so kernels need no tails and threads
/// that train different rows never share a line. The memory comes straight from the system, in large pages where it
/// has them: rows are visited at random, and with small pages looking up addresses takes as long as the work. Rows are reached only as [`SharedRow`], and those only by
/// the functions of [`Kernels`](crate::Kernels): no reference to a float is ever formed while
/// threads may write it.
///
/// **What a race means here.** Two threads may update the same row at once; one of two additions to a float
/// can then be lost. An aligned `f32` is read and written whole on every machine we support, so no value
/// appears that nobody wrote. Stochastic gradient descent tolerates lost additions; nothing else may use
/// this type.
pub struct SharedMatrix {
    n_rows: usize,
    n_cols: usize,
    lines_per_row: usize,
    /// The first float; aligned to a cache line.
    start: *mut f32,
    /// Owns the memory behind `start`.
    _memory: Box<dyn Send + Sync>,
}

// SAFETY: `start` points into what `_memory` owns, which stays in its place when the matrix moves.
unsafe impl Send for SharedMatrix {}

// SAFETY: threads reach the floats only through the raw pointers of `SharedRow`, in the kernels of this
// crate, which never form references to them; lost additions are part of the contract above.
unsafe impl Sync for SharedMatrix {}

/// A row of a [`SharedMatrix`], for the functions of [`Kernels`](crate::Kernels).
#[derive(Clone, Copy)]
pub struct SharedRow<'a> {
    start: *mut f32,
    len: usize,
    matrix: PhantomData<&'a SharedMatrix>,
}

impl SharedMatrix {
    /// A matrix of zeros. Panics if there is no memory for it.
    pub fn zeros(n_rows: usize, n_cols: usize) -> Self {
        let lines_per_row = n_cols.div_ceil(LINE);
        let row_bytes = lines_per_row * LINE * size_of::<f32>();
        let bytes = n_rows.checked_mul(row_bytes).expect("a matrix that fits the address space");
        let mut pages = MmapMut::map_anon(bytes.max(1)).expect("memory for a matrix");
        #[cfg(target_os = "linux")]
        if bytes >= memory::LARGE {
            // A wish: a system without large pages works as well, only slower.
            let _ = pages.advise(memmap2::Advice::HugePage);
        }
        let start = pages.as_mut_ptr().cast();
        Self { n_rows, n_cols, lines_per_row, start, _memory: Box::new(pages) }
    }

    /// The same on the heap, where AddressSanitizer sees what is read or written beyond the last row: it knows of no
    /// bounds in memory that comes straight from the system.
    #[cfg(test)]
    pub(crate) fn zeros_on_heap(n_rows: usize, n_cols: usize) -> Self {
        #[derive(Clone)]
        #[repr(align(64))]
        struct Line {
            _floats: [f32; LINE],
        }

        let lines_per_row = n_cols.div_ceil(LINE);
        let mut memory = vec![Line { _floats: [0.0; LINE] }; n_rows * lines_per_row];
        let start = memory.as_mut_ptr().cast();
        Self { n_rows, n_cols, lines_per_row, start, _memory: Box::new(memory) }
    }

    /// The number of rows.
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// The number of columns, without padding.
    pub fn n_cols(&self) -> usize {
        self.n_cols
    }

    /// Row `i`, shared. Panics if there is no such row.
    #[inline]
    pub fn row(&self, i: usize) -> SharedRow<'_> {
        assert!(i < self.n_rows, "row {i} of {}", self.n_rows);
        let len = self.lines_per_row * LINE;
        SharedRow { start: self.start.wrapping_add(i * len), len, matrix: PhantomData }
    }

    /// Rows `ids`, shared, in their order, appended to `rows`. Panics if there is no such row.
    #[inline]
    pub fn rows<'a>(&'a self, ids: &[u32], rows: &mut Vec<SharedRow<'a>>) {
        rows.extend(ids.iter().map(|&i| self.row(i as usize)));
    }

    /// Row `i`, owned for as long as nobody else can see the matrix: `f32[n_cols]`.
    pub fn row_mut(&mut self, i: usize) -> &mut [f32] {
        assert!(i < self.n_rows, "row {i} of {}", self.n_rows);
        let row = self.row(i);
        // SAFETY: `&mut self` excludes every other access; the row has `len >= n_cols` initialised floats.
        unsafe { std::slice::from_raw_parts_mut(row.start, self.n_cols) }
    }

    /// Copies row `i` while others may write it: `f32[n_cols]`. Panics if there is no such row or `into` is of
    /// another length.
    pub fn read_row(&self, i: usize, into: &mut [f32]) {
        assert_eq!(into.len(), self.n_cols, "room for a row");
        let row = self.row(i);
        into.iter_mut().enumerate().for_each(|(k, x)| *x = crate::scalar::get(row, k));
    }

    /// A copy without the padding, taken when training has ended.
    pub fn to_matrix(&mut self) -> Matrix {
        let mut matrix = Matrix::zeros(self.n_rows, self.n_cols);
        for i in 0..self.n_rows {
            matrix.row_mut(i).copy_from_slice(self.row_mut(i));
        }
        matrix
    }
}

impl SharedRow<'_> {
    /// The first float; valid for [`Self::len`] floats and aligned to 64 bytes.
    #[inline]
    pub(crate) fn start(self) -> *mut f32 {
        self.start
    }

    /// Floats with padding: a multiple of 16.
    #[inline]
    #[allow(clippy::len_without_is_empty)]
    pub fn len(self) -> usize {
        self.len
    }

    /// Asks for the row to be brought near; changes nothing.
    #[inline]
    pub fn prefetch(self) {
        for line in 0..self.len / LINE {
            memory::prefetch_line(self.start.wrapping_add(line * LINE));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_lines_apart_and_keep_their_values() {
        let mut shared = SharedMatrix::zeros(3, 17);
        shared.row_mut(1).fill(2.0);
        assert_eq!(shared.row(1).start() as usize % 64, 0);
        assert_eq!(shared.row(0).len(), 32);
        let matrix = shared.to_matrix();
        assert_eq!((matrix.row(0), matrix.row(1)), (&[0.; 17][..], &[2.; 17][..]));
    }

    #[test]
    fn empty_shapes_are_allowed() {
        assert_eq!(SharedMatrix::zeros(0, 5).to_matrix().n_rows(), 0);
        assert_eq!(SharedMatrix::zeros(2, 0).to_matrix().n_rows(), 2);
    }
}
