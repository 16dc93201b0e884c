//! Rows of 8-bit integers, each row with a factor.

use super::{Storage, StorageKind};
use crate::mapped::Bytes;

/// The largest integer that is used, so that the range is the same on either side of 0.
const MAX: f32 = 127.0;

/// Rows of which number j is code·scale: a byte a number, and an `f32` a row.
#[derive(Clone, Debug)]
pub(crate) struct Int8Rows {
    codes: Bytes,
    /// Little-endian `f32`, one a row.
    scales: Bytes,
    n_rows: usize,
    dim: usize,
}

impl Int8Rows {
    /// `None` if the bytes are not exactly those rows and their scales.
    pub(crate) fn new(codes: Bytes, scales: Bytes, n_rows: usize, dim: usize) -> Option<Self> {
        let fits = n_rows.checked_mul(dim) == Some(codes.len())
            && n_rows.checked_mul(size_of::<f32>()) == Some(scales.len());
        fits.then_some(Self { codes, scales, n_rows, dim })
    }

    fn scale(&self, i: usize) -> f32 {
        f32::from_le_bytes(self.scales.as_chunks().0[i])
    }
}

impl Storage for Int8Rows {
    fn n_rows(&self) -> usize {
        self.n_rows
    }

    fn dim(&self) -> usize {
        self.dim
    }

    fn read_row(&self, i: usize, into: &mut [f32]) {
        assert!(i < self.n_rows && into.len() == self.dim, "row {i} of {}, room for a row", self.n_rows);
        let (scale, codes) = (self.scale(i), &self.codes[i * self.dim..][..self.dim]);
        into.iter_mut().zip(codes).for_each(|(x, &code)| *x = scale * f32::from(code as i8));
    }

    fn kind(&self) -> StorageKind {
        StorageKind::Int8
    }
}

/// Writes the codes of `row` to `codes` and returns its scale: the largest |x| becomes ±127, and each number the
/// nearest code.
pub(crate) fn encode(row: &[f32], codes: &mut [u8]) -> f32 {
    let largest = row.iter().fold(0.0, |largest: f32, x| largest.max(x.abs()));
    if largest == 0.0 {
        codes.fill(0);
        return 0.0;
    }
    // Dividing first keeps the smallest numbers from becoming infinite.
    codes.iter_mut().zip(row).for_each(|(code, x)| *code = (x / largest * MAX).round() as i8 as u8);
    largest / MAX
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decoded(row: &[f32]) -> Vec<f32> {
        let mut codes = vec![0; row.len()];
        let scale = encode(row, &mut codes);
        let scales = scale.to_le_bytes().to_vec();
        let rows = Int8Rows::new(codes.into(), scales.into(), 1, row.len()).unwrap();
        let mut found = vec![0.0; row.len()];
        rows.read_row(0, &mut found);
        found
    }

    #[test]
    fn the_largest_number_is_kept() {
        assert_eq!(decoded(&[-12.7, 0.1, 6.26, 0.0]), [-12.7, 0.1, 6.3, 0.0]);
        assert_eq!(decoded(&[0.0, 0.0]), [0.0, 0.0]);
    }

    proptest! {
        #[test]
        fn numbers_move_by_half_a_step_at_most(row in prop::collection::vec(-1e30f32..1e30, 1..50)) {
            let step = row.iter().fold(0f32, |m, x| m.max(x.abs())) / 127.0;
            for (x, y) in row.iter().zip(decoded(&row)) {
                prop_assert!((x - y).abs() <= 0.50001 * step);
            }
        }

        #[test]
        fn coding_twice_changes_no_code(row in prop::collection::vec(-1f32..1.0, 1..50)) {
            let (mut first, mut second) = (vec![0; row.len()], vec![0; row.len()]);
            encode(&row, &mut first);
            encode(&decoded(&row), &mut second);
            prop_assert_eq!(first, second);
        }
    }
}
