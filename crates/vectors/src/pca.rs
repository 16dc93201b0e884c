//! Principal directions of rows.

use sememe_kernels::{Matrix, Rng};

/// Rounds of the iteration at most: enough to tell directions apart whose variances differ by 2 %.
const MAX_ROUNDS: usize = 1000;

/// A direction that moves less than this in a round has been found.
const TOLERANCE: f64 = 1e-9;

/// The rows projected on their first two principal components: `f32[n_rows, 2]`.
///
/// The rows are centred first. Each component points to the side of its largest coordinate, so that equal rows
/// always give equal pictures. A component that does not exist, as the second of rows on a line, is 0.
pub fn pca_2d(rows: &Matrix) -> Matrix {
    let mean = mean(rows);
    let directions: [Vec<f64>; 2] = leading_directions(rows, &mean);
    let mut projected = Matrix::zeros(rows.n_rows(), 2);
    for (i, row) in rows.rows().enumerate() {
        for (out, direction) in projected.row_mut(i).iter_mut().zip(&directions) {
            *out = along(row, &mean, direction) as f32;
        }
    }
    projected
}

/// The mean of all rows: `f64[n_cols]`.
fn mean(rows: &Matrix) -> Vec<f64> {
    let mut mean = vec![0.0; rows.n_cols()];
    let share = 1.0 / rows.n_rows().max(1) as f64;
    for row in rows.rows() {
        mean.iter_mut().zip(row).for_each(|(mean, &x)| *mean += share * f64::from(x));
    }
    mean
}

/// The first `K` eigenvectors of Σ (x − m)·(x − m)ᵀ over all rows x, by orthogonal iteration from fixed random
/// directions. Unit vectors, or 0 where the rows span fewer directions.
pub(crate) fn leading_directions<const K: usize>(rows: &Matrix, m: &[f64]) -> [Vec<f64>; K] {
    let start = |k: usize| {
        let mut rng = Rng::new(0, k as u64);
        (0..rows.n_cols()).map(|_| rng.unit_f64() - 0.5).collect()
    };
    let mut directions: [Vec<f64>; K] = std::array::from_fn(start);
    let mut spread = 0.0;
    for _ in 0..MAX_ROUNDS {
        let mut next = directions.each_ref().map(|direction| multiply(rows, m, direction));
        spread = next.iter().map(|direction| norm(direction)).fold(spread, f64::max);
        orthonormalise(&mut next, spread);
        let moved = next.iter().zip(&directions).map(|(next, old)| distance(next, old)).fold(0.0, f64::max);
        directions = next;
        if moved < TOLERANCE {
            break;
        }
    }
    directions.iter_mut().for_each(|direction| orient(direction));
    directions
}

/// Σ (x − m)·((x − m)·v) over all rows x.
fn multiply(rows: &Matrix, m: &[f64], v: &[f64]) -> Vec<f64> {
    let mut product = vec![0.0; v.len()];
    for row in rows.rows() {
        let along = along(row, m, v);
        for ((out, &x), m) in product.iter_mut().zip(row).zip(m) {
            *out += along * (f64::from(x) - m);
        }
    }
    product
}

/// (x − m)·v.
fn along(x: &[f32], m: &[f64], v: &[f64]) -> f64 {
    x.iter().zip(m).zip(v).map(|((&x, m), v)| (f64::from(x) - m) * v).sum()
}

/// Makes the directions orthonormal, one after the other (Gram and Schmidt). One of which only rounding is left,
/// measured by the length `spread` of the longest, becomes 0.
fn orthonormalise(directions: &mut [Vec<f64>], spread: f64) {
    for k in 0..directions.len() {
        let (done, rest) = directions.split_at_mut(k);
        let direction = &mut rest[0];
        for other in &*done {
            let along: f64 = direction.iter().zip(other).map(|(x, y)| x * y).sum();
            direction.iter_mut().zip(other).for_each(|(x, y)| *x -= along * y);
        }
        let length = norm(direction);
        let factor = if length > 1e-12 * spread { 1.0 / length } else { 0.0 };
        direction.iter_mut().for_each(|x| *x *= factor);
    }
}

fn norm(x: &[f64]) -> f64 {
    x.iter().map(|x| x * x).sum::<f64>().sqrt()
}

fn distance(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| (x - y) * (x - y)).sum::<f64>().sqrt()
}

/// Turns a direction so that its largest coordinate is positive.
fn orient(direction: &mut [f64]) {
    let largest = direction.iter().copied().fold(0.0, |x: f64, y| if y.abs() > x.abs() { y } else { x });
    if largest < 0.0 {
        direction.iter_mut().for_each(|x| *x = -*x);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(rows: &[[f32; 3]], want: &[[f32; 2]]) {
        let rows = Matrix::from_vec(rows.len(), 3, rows.concat()).unwrap();
        let got = pca_2d(&rows);
        assert_eq!(got.n_rows(), want.len());
        let want = want.concat();
        let close = got.as_slice().iter().zip(&want).all(|(got, want)| (got - want).abs() < 1e-5);
        assert!(close, "{:?}, not {want:?}", got.as_slice());
    }

    #[test]
    fn the_widest_directions_are_the_axes() {
        check(
            &[[5., 1., 9.], [5., 1., 1.], [5., 3., 5.], [5., -1., 5.]],
            &[[4., 0.], [-4., 0.], [0., 2.], [0., -2.]],
        );
    }

    #[test]
    fn rows_on_a_line_have_one_component() {
        let step = 2f32.sqrt();
        check(&[[0., 0., 1.], [1., 1., 1.], [2., 2., 1.]], &[[-step, 0.], [0., 0.], [step, 0.]]);
    }

    #[test]
    fn rows_without_spread_are_points() {
        check(&[], &[]);
        check(&[[1., 2., 3.]; 2], &[[0., 0.]; 2]);
        assert_eq!(pca_2d(&Matrix::from_vec(2, 1, vec![1., 3.]).unwrap()).as_slice(), [-1., 0., 1., 0.]);
        assert_eq!(pca_2d(&Matrix::zeros(2, 0)).as_slice(), [0.; 4]);
    }

    #[test]
    fn spread_is_kept_as_far_as_two_axes_can() {
        let mut rng = Rng::new(4, 0);
        let values = (0..60 * 8).map(|i| (rng.unit_f32() - 0.5) * (1 + i % 8) as f32).collect();
        let rows = Matrix::from_vec(60, 8, values).unwrap();
        let mean = mean(&rows);
        let [first, second]: [Vec<f64>; 2] = leading_directions(&rows, &mean);
        for direction in [&first, &second] {
            let product = multiply(&rows, &mean, direction);
            let value = norm(&product);
            let off = product.iter().zip(direction).map(|(p, d)| (p / value - d).abs()).fold(0.0, f64::max);
            assert!(off < 1e-6, "no eigenvector: off by {off}");
        }
        assert!(norm(&multiply(&rows, &mean, &first)) > norm(&multiply(&rows, &mean, &second)));
    }
}
