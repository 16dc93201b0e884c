//! Product quantisation: a row becomes the numbers of the centroids nearest to its parts.

use sememe_kernels::{Kernels, Matrix};

/// Centroids of every part of a row (Jégou, Douze and Schmid 2011), and a rotation that makes the parts alike (Ge,
/// He, Ke and Sun 2013).
///
/// Part m of a row is its numbers from m·width on; the last part may be shorter.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Codebook {
    /// Row k is the centroids number k of all parts, side by side: `f32[n_centroids, dim]`.
    centroids: Matrix,
    /// Numbers of a part.
    width: usize,
    /// The orthogonal R, `f32[dim, dim]`, if rows x are coded as x·R.
    rotation: Option<Matrix>,
}

impl Codebook {
    /// The most centroids of a part: their numbers are bytes.
    pub(crate) const MAX_CENTROIDS: usize = 256;

    /// `None` if the shapes do not fit each other, there are no centroids or more than fit a byte.
    pub(crate) fn new(centroids: Matrix, width: usize, rotation: Option<Matrix>) -> Option<Self> {
        let dim = centroids.n_cols();
        let square = rotation.as_ref().is_none_or(|r| (r.n_rows(), r.n_cols()) == (dim, dim));
        let fits = (1..=Self::MAX_CENTROIDS).contains(&centroids.n_rows()) && (1..=dim).contains(&width);
        (square && fits).then_some(Self { centroids, width, rotation })
    }

    /// As [`new`](Self::new), of centroids that come part by part, each with its centroids one after the other: the
    /// order of fastText and finalfusion. `values` are `n_centroids` times `dim` numbers.
    pub(crate) fn from_parts(
        values: &[f32],
        [n_centroids, dim, width]: [usize; 3],
        rotation: Option<Matrix>,
    ) -> Option<Self> {
        if n_centroids.checked_mul(dim) != Some(values.len()) || width == 0 {
            return None;
        }
        let mut centroids = Matrix::zeros(n_centroids, dim);
        for start in (0..dim).step_by(width) {
            let width = width.min(dim - start);
            let part = &values[start * n_centroids..][..width * n_centroids];
            for (k, centroid) in part.chunks_exact(width).enumerate() {
                centroids.row_mut(k)[start..start + width].copy_from_slice(centroid);
            }
        }
        Self::new(centroids, width, rotation)
    }

    /// The centroids in the order of [`from_parts`](Self::from_parts).
    pub(crate) fn parts(&self) -> Vec<f32> {
        let part = |m: usize| {
            let columns = m * self.width..self.dim().min((m + 1) * self.width);
            self.centroids.rows().flat_map(move |row| &row[columns.clone()]).copied()
        };
        (0..self.n_parts()).flat_map(part).collect()
    }

    /// Numbers of a row.
    pub(crate) fn dim(&self) -> usize {
        self.centroids.n_cols()
    }

    /// Parts of a row, which is also the bytes of its code.
    pub(crate) fn n_parts(&self) -> usize {
        self.dim().div_ceil(self.width)
    }

    /// Numbers of a part; the last one may have fewer.
    pub(crate) fn width(&self) -> usize {
        self.width
    }

    pub(crate) fn n_centroids(&self) -> usize {
        self.centroids.n_rows()
    }

    pub(crate) fn centroids(&self) -> &Matrix {
        &self.centroids
    }

    pub(crate) fn rotation(&self) -> Option<&Matrix> {
        self.rotation.as_ref()
    }

    /// Writes the row of `code` to `into`. Panics if the code names a centroid that is not there.
    pub(crate) fn decode(&self, code: &[u8], into: &mut [f32], kernels: Kernels) {
        match &self.rotation {
            None => self.gather(code, into),
            Some(rotation) => {
                let mut rotated = vec![0.0; into.len()];
                self.gather(code, &mut rotated);
                // x = y·Rᵀ
                into.iter_mut().zip(rotation.rows()).for_each(|(x, row)| *x = kernels.dot(row, &rotated));
            }
        }
    }

    /// Puts the centroids of `code` side by side.
    fn gather(&self, code: &[u8], into: &mut [f32]) {
        let (centroids, dim) = (self.centroids.as_slice(), self.dim());
        for (m, (part, &k)) in into.chunks_mut(self.width).zip(code).enumerate() {
            part.copy_from_slice(&centroids[usize::from(k) * dim + m * self.width..][..part.len()]);
        }
    }

    /// A code that names a centroid which is not there, if there is one.
    pub(crate) fn missing(&self, codes: &[u8]) -> Option<u8> {
        // The largest code, without early exit, so that it becomes vector code.
        let largest = codes.iter().copied().max().unwrap_or(0);
        (usize::from(largest) >= self.n_centroids()).then_some(largest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codebook(rotation: Option<Matrix>) -> Codebook {
        let centroids = Matrix::from_vec(2, 3, vec![1., 2., 3., 10., 20., 30.]).unwrap();
        Codebook::new(centroids, 2, rotation).unwrap()
    }

    #[test]
    fn a_row_is_the_centroids_of_its_code() {
        let mut row = [0.; 3];
        codebook(None).decode(&[1, 0], &mut row, Kernels::detect());
        assert_eq!((row, codebook(None).n_parts()), ([10., 20., 3.], 2));
        assert_eq!((codebook(None).missing(&[1, 0]), codebook(None).missing(&[1, 2])), (None, Some(2)));
    }

    #[test]
    fn centroids_may_come_part_by_part() {
        // Parts of 2, 2 and 1 numbers.
        let values: Vec<f32> = (0..15).map(|i| i as f32).collect();
        let codebook = Codebook::from_parts(&values, [3, 5, 2], None).unwrap();
        assert_eq!(codebook.centroids().row(1), [2., 3., 8., 9., 13.]);
        assert_eq!(codebook.parts(), values);
        assert!(Codebook::from_parts(&values, [3, 4, 2], None).is_none());
    }

    #[test]
    fn a_rotation_is_undone() {
        // x·R moves the first column to the third.
        let rotation = Matrix::from_vec(3, 3, vec![0., 0., 1., 1., 0., 0., 0., 1., 0.]).unwrap();
        let mut row = [0.; 3];
        codebook(Some(rotation)).decode(&[0, 1], &mut row, Kernels::detect());
        assert_eq!(row, [30., 1., 2.]);
    }

    #[test]
    fn shapes_that_do_not_fit_are_refused() {
        let fits = |n, dim, width, r| Codebook::new(Matrix::zeros(n, dim), width, r).is_some();
        assert!(fits(256, 3, 3, Some(Matrix::zeros(3, 3))));
        assert!(
            !fits(257, 3, 3, None) && !fits(0, 3, 3, None) && !fits(1, 3, 0, None) && !fits(1, 3, 4, None)
        );
        assert!(!fits(1, 3, 1, Some(Matrix::zeros(3, 2))));
    }
}
