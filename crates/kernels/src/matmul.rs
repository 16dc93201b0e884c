//! Products of matrices that lie in slices.

use gemm::{Parallelism, gemm};

/// The floats that matrices are multiplied in.
pub trait Element: Copy + Send + Sync + 'static + sealed::Sealed {
    /// 0.
    const ZERO: Self;
    /// 1.
    const ONE: Self;
}

mod sealed {
    /// Nobody else implements [`Element`](super::Element): the products are those of `f32` and `f64`.
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

impl Element for f32 {
    const ZERO: Self = 0.0;
    const ONE: Self = 1.0;
}

impl Element for f64 {
    const ZERO: Self = 0.0;
    const ONE: Self = 1.0;
}

/// A matrix in a slice, to be read: `T[n_rows, n_cols]` at any strides.
#[derive(Clone, Copy, Debug)]
pub struct View<'a, T> {
    values: &'a [T],
    shape: [usize; 2],
    strides: [usize; 2],
}

impl<'a, T> View<'a, T> {
    /// Row after row. Panics if there are too few values.
    pub fn new(values: &'a [T], n_rows: usize, n_cols: usize) -> Self {
        Self::with_strides(values, [n_rows, n_cols], [n_cols, 1])
    }

    /// Entry (i, j) at `i * strides[0] + j * strides[1]`. Panics if an entry is out of reach.
    pub fn with_strides(values: &'a [T], shape: [usize; 2], strides: [usize; 2]) -> Self {
        assert!(reach(shape, strides).is_some_and(|end| end <= values.len()), "a view beyond its values");
        Self { values, shape, strides }
    }

    /// The transpose, without a copy.
    pub fn t(self) -> Self {
        let ([n_rows, n_cols], [by_row, by_col]) = (self.shape, self.strides);
        Self { values: self.values, shape: [n_cols, n_rows], strides: [by_col, by_row] }
    }

    /// Rows `start` to `start + n_rows`. Panics if there are not so many.
    pub fn rows(self, start: usize, n_rows: usize) -> Self {
        assert!(start <= self.shape[0] && n_rows <= self.shape[0] - start, "rows beyond the view");
        let first = (start * self.strides[0]).min(self.values.len());
        Self::with_strides(&self.values[first..], [n_rows, self.shape[1]], self.strides)
    }

    /// The number of rows.
    pub fn n_rows(&self) -> usize {
        self.shape[0]
    }

    /// The number of columns.
    pub fn n_cols(&self) -> usize {
        self.shape[1]
    }
}

/// A matrix in a slice, to be written: `T[n_rows, n_cols]`, each row in one piece.
#[derive(Debug)]
pub struct ViewMut<'a, T> {
    values: &'a mut [T],
    shape: [usize; 2],
    row_stride: usize,
}

impl<'a, T> ViewMut<'a, T> {
    /// Row after row. Panics if there are too few values.
    pub fn new(values: &'a mut [T], n_rows: usize, n_cols: usize) -> Self {
        Self::with_stride(values, [n_rows, n_cols], n_cols)
    }

    /// Row i from `i * row_stride` on. Panics if a row is out of reach or they overlap.
    pub fn with_stride(values: &'a mut [T], shape: [usize; 2], row_stride: usize) -> Self {
        assert!(shape[1] <= row_stride, "rows that overlap");
        assert!(
            reach(shape, [row_stride, 1]).is_some_and(|end| end <= values.len()),
            "a view beyond its values"
        );
        Self { values, shape, row_stride }
    }

    /// Pieces of at most `n_rows` rows, in order. Panics if `n_rows` is 0.
    pub fn split_rows(self, n_rows: usize) -> Vec<Self> {
        assert!(n_rows > 0, "pieces without rows");
        let [mut left, n_cols] = self.shape;
        let mut values = self.values;
        let mut pieces = Vec::with_capacity(left.div_ceil(n_rows));
        while left > 0 {
            let n = n_rows.min(left);
            let cut = (n * self.row_stride).min(values.len());
            let (piece, rest) = values.split_at_mut(cut);
            pieces.push(Self { values: piece, shape: [n, n_cols], row_stride: self.row_stride });
            (values, left) = (rest, left - n);
        }
        pieces
    }

    /// The number of rows.
    pub fn n_rows(&self) -> usize {
        self.shape[0]
    }
}

/// One more than the last place that a matrix touches; none where that cannot be counted.
fn reach(shape: [usize; 2], strides: [usize; 2]) -> Option<usize> {
    if shape.contains(&0) {
        return Some(0);
    }
    let by_rows = (shape[0] - 1).checked_mul(strides[0])?;
    let by_cols = (shape[1] - 1).checked_mul(strides[1])?;
    let end = by_rows.checked_add(by_cols)?.checked_add(1)?;
    (end <= isize::MAX as usize).then_some(end)
}

/// into = keep·into + scale·a·b, on the thread that asks: `a` is `T[m, k]`, `b` `T[k, n]`, `into` `T[m, n]`.
///
/// With `keep` 0 what stood in `into` is not read, so that it may be anything. The order of the sums depends on
/// shapes, strides and the processor, never on other threads. Panics if the shapes do not fit.
pub fn matmul<T: Element + PartialEq>(
    scale: T,
    a: View<'_, T>,
    b: View<'_, T>,
    keep: T,
    into: ViewMut<'_, T>,
) {
    let ([m, k], [inner, n]) = (a.shape, b.shape);
    assert!(inner == k && into.shape == [m, n], "shapes that do not fit");
    if m == 0 || n == 0 {
        return;
    }
    let stride = |stride: usize| stride as isize;
    let (by_row, into) = (stride(into.row_stride), into.values.as_mut_ptr());
    // SAFETY: every view was checked to reach no further than its slice, with strides that fit `isize`; the slice that
    // is written is borrowed mutably, so that it overlaps neither of the others, and its rows do not overlap.
    unsafe {
        gemm(
            m,
            n,
            k,
            into,
            1,
            by_row,
            keep != T::ZERO,
            a.values.as_ptr(),
            stride(a.strides[1]),
            stride(a.strides[0]),
            b.values.as_ptr(),
            stride(b.strides[1]),
            stride(b.strides[0]),
            keep,
            scale,
            false,
            false,
            false,
            Parallelism::None,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn naive(a: &[f64], b: &[f64], [m, k, n]: [usize; 3]) -> Vec<f64> {
        let entry = |i: usize, j: usize| (0..k).map(|l| a[i * k + l] * b[l * n + j]).sum();
        (0..m * n).map(|at| entry(at / n, at % n)).collect()
    }

    fn transposed(values: &[f64], n_rows: usize, n_cols: usize) -> Vec<f64> {
        (0..n_rows * n_cols).map(|at| values[at % n_rows * n_cols + at / n_rows]).collect()
    }

    proptest! {
        #[test]
        fn products_agree_with_the_definition(m in 0usize..20, k in 0usize..20, n in 0usize..20, keep in 0..2) {
            let (a, b): (Vec<f64>, Vec<f64>) =
                ((0..m * k).map(|i| (i as f64).sin()).collect(), (0..k * n).map(|i| (i as f64).cos()).collect());
            let keep = f64::from(keep);
            let want: Vec<f64> = naive(&a, &b, [m, k, n]).iter().map(|x| 2.0 * x + 3.0 * keep).collect();
            let (a_t, b_t) = (transposed(&a, m, k), transposed(&b, k, n));
            for (a, b) in [
                (View::new(&a, m, k), View::new(&b, k, n)),
                (View::new(&a_t, k, m).t(), View::new(&b_t, n, k).t()),
            ] {
                let mut into = vec![3.0; m * n];
                matmul(2.0, a, b, keep, ViewMut::new(&mut into, m, n));
                prop_assert!(into.iter().zip(&want).all(|(x, y)| (x - y).abs() < 1e-12), "{into:?} != {want:?}");
            }
        }
    }

    #[test]
    fn what_is_not_kept_may_be_anything() {
        let mut into = [f32::NAN; 4];
        matmul(
            1.0,
            View::new(&[1.0; 4], 2, 2),
            View::new(&[1.0; 4], 2, 2),
            0.0,
            ViewMut::new(&mut into, 2, 2),
        );
        assert_eq!(into, [2.0; 4]);
    }

    #[test]
    fn rows_between_others_are_left_alone() {
        let mut into = [7.0_f32; 5];
        let a = View::new(&[1.0, 2.0], 2, 1);
        matmul(1.0, a, View::new(&[1.0, 1.0], 1, 2), 0.0, ViewMut::with_stride(&mut into, [2, 2], 3));
        assert_eq!(into, [1.0, 1.0, 7.0, 2.0, 2.0]);
    }

    #[test]
    fn pieces_of_rows_are_a_whole() {
        let mut into = [0.0_f32; 15];
        let (a, b) = (View::new(&[1.0, 2.0, 3.0, 4.0, 5.0], 5, 1), View::new(&[1.0, 10.0, 100.0], 1, 3));
        let mut start = 0;
        for piece in ViewMut::new(&mut into, 5, 3).split_rows(2) {
            let n = piece.n_rows();
            matmul(1.0, a.rows(start, n), b, 0.0, piece);
            start += n;
        }
        assert_eq!(start, 5);
        assert_eq!(into[9..], [4.0, 40.0, 400.0, 5.0, 50.0, 500.0]);
    }

    #[test]
    #[should_panic = "a view beyond its values"]
    fn a_view_beyond_its_values_is_refused() {
        View::with_strides(&[0.0_f32; 6], [2, 3], [4, 1]);
    }

    #[test]
    #[should_panic = "shapes that do not fit"]
    fn shapes_that_do_not_fit_are_refused() {
        let a = [0.0_f32; 6];
        matmul(1.0, View::new(&a, 2, 3), View::new(&a, 2, 3), 0.0, ViewMut::new(&mut [0.0; 6], 2, 3));
    }
}
