//! Rows as codes of a product quantiser.

use super::{Codebook, Storage, StorageKind};
use crate::mapped::Bytes;
use sememe_kernels::Kernels;
use std::sync::Arc;

/// Rows as codes of centroids, a byte for each part, times a norm each if they have norms.
#[derive(Clone, Debug)]
pub struct ProductRows {
    codebook: Arc<Codebook>,
    /// `u8[n_rows, n_parts]`
    codes: Bytes,
    norms: Option<Norms>,
    n_rows: usize,
    kernels: Kernels,
}

/// What rows are multiplied with.
#[derive(Clone, Debug)]
pub(crate) enum Norms {
    /// Little-endian `f32`, one a row.
    Floats(Bytes),
    /// One of 256 numbers a row, as in fastText.
    Codes {
        /// `u8[n_rows]`
        codes: Bytes,
        /// `f32[256]`
        values: Arc<[f32]>,
    },
}

impl Norms {
    fn get(&self, i: usize) -> f32 {
        match self {
            Self::Floats(floats) => f32::from_le_bytes(floats.as_chunks().0[i]),
            Self::Codes { codes, values } => values[usize::from(codes[i])],
        }
    }

    fn fits(&self, n_rows: usize) -> bool {
        match self {
            Self::Floats(floats) => n_rows.checked_mul(size_of::<f32>()) == Some(floats.len()),
            Self::Codes { codes, values } => codes.len() == n_rows && values.len() == 256,
        }
    }
}

impl ProductRows {
    /// `None` if the codes are not exactly those of `n_rows` rows, or name centroids that are not there, or the
    /// norms are too few or too many.
    pub(crate) fn new(
        codebook: Arc<Codebook>,
        codes: Bytes,
        norms: Option<Norms>,
        n_rows: usize,
    ) -> Option<Self> {
        let fits = n_rows.checked_mul(codebook.n_parts()) == Some(codes.len())
            && codebook.missing(&codes).is_none()
            && norms.as_ref().is_none_or(|norms| norms.fits(n_rows));
        fits.then(|| Self { codebook, codes, norms, n_rows, kernels: Kernels::detect() })
    }

    pub(crate) fn codebook(&self) -> &Arc<Codebook> {
        &self.codebook
    }

    /// `u8[n_rows, n_parts]`
    pub(crate) fn codes(&self) -> &[u8] {
        &self.codes
    }

    /// Whether rows are multiplied with a norm each.
    pub(crate) fn has_norms(&self) -> bool {
        self.norms.is_some()
    }

    /// What row `i` is multiplied with, if rows have norms.
    pub(crate) fn norm(&self, i: usize) -> Option<f32> {
        self.norms.as_ref().map(|norms| norms.get(i))
    }
}

impl Storage for ProductRows {
    fn n_rows(&self) -> usize {
        self.n_rows
    }

    fn dim(&self) -> usize {
        self.codebook.dim()
    }

    fn read_row(&self, i: usize, into: &mut [f32]) {
        assert!(i < self.n_rows && into.len() == self.dim(), "row {i} of {}, room for a row", self.n_rows);
        let n_parts = self.codebook.n_parts();
        self.codebook.decode(&self.codes[i * n_parts..][..n_parts], into, self.kernels);
        if let Some(norms) = &self.norms {
            let norm = norms.get(i);
            into.iter_mut().for_each(|x| *x *= norm);
        }
    }

    fn kind(&self) -> StorageKind {
        if self.codebook.rotation().is_some() { StorageKind::Opq } else { StorageKind::Pq }
    }

    fn product(&self) -> Option<&ProductRows> {
        Some(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sememe_kernels::Matrix;

    fn rows(norms: Option<Norms>, codes: &[u8]) -> Option<ProductRows> {
        let centroids = Matrix::from_vec(2, 2, vec![1., 2., 10., 20.]).unwrap();
        let codebook = Codebook::new(centroids, 1, None).unwrap();
        ProductRows::new(Arc::new(codebook), codes.to_vec().into(), norms, 2)
    }

    fn second(rows: &ProductRows) -> [f32; 2] {
        let mut row = [0.0; 2];
        rows.read_row(1, &mut row);
        row
    }

    #[test]
    fn rows_are_decoded_and_scaled() {
        let codes = [0, 0, 1, 0];
        assert_eq!(second(&rows(None, &codes).unwrap()), [10., 2.]);
        let floats = Norms::Floats([1f32, 0.5].map(f32::to_le_bytes).concat().into());
        assert_eq!(second(&rows(Some(floats), &codes).unwrap()), [5., 1.]);
        let values: Arc<[f32]> = (0..256).map(|i| i as f32).collect();
        let coded = Norms::Codes { codes: vec![7, 3].into(), values };
        let rows = rows(Some(coded), &codes).unwrap();
        assert_eq!((second(&rows), rows.norm(0)), ([30., 6.], Some(7.)));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        assert!(rows(None, &[0, 0, 1]).is_none());
        assert!(rows(None, &[0, 0, 2, 0]).is_none());
        assert!(rows(Some(Norms::Floats(vec![0; 4].into())), &[0; 4]).is_none());
    }
}
