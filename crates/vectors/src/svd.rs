//! The singular value decomposition of small square matrices.

use sememe_kernels::dot_f64 as dot;

/// Sweeps at most: convergence is quadratic, so ten are many.
const MAX_SWEEPS: usize = 60;

/// Columns whose cosine is below this are orthogonal.
const ORTHOGONAL: f64 = 1e-14;

/// A singular value below this share of the largest is 0.
const NOTHING: f64 = 1e-12;

/// A square matrix by columns: `f64[n, n]`, where column j stands at `j * n`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Columns {
    n: usize,
    values: Vec<f64>,
}

impl Columns {
    /// The matrix with these columns, one after the other. Panics unless there are n² values.
    pub(crate) fn new(n: usize, values: Vec<f64>) -> Self {
        assert_eq!(values.len(), n * n, "a square matrix");
        Self { n, values }
    }

    fn identity(n: usize) -> Self {
        let mut identity = Self::new(n, vec![0.0; n * n]);
        (0..n).for_each(|i| identity.values[i * n + i] = 1.0);
        identity
    }

    pub(crate) fn column(&self, j: usize) -> &[f64] {
        &self.values[j * self.n..][..self.n]
    }

    fn column_mut(&mut self, j: usize) -> &mut [f64] {
        &mut self.values[j * self.n..][..self.n]
    }

    /// Columns p < q as c·p − s·q and s·p + c·q.
    fn rotate(&mut self, (p, q): (usize, usize), (c, s): (f64, f64)) {
        let (left, right) = self.values.split_at_mut(q * self.n);
        let columns = left[p * self.n..][..self.n].iter_mut().zip(&mut right[..self.n]);
        columns.for_each(|(x, y)| (*x, *y) = (c * *x - s * *y, s * *x + c * *y));
    }
}

/// A = U·diag(σ)·Vᵀ.
#[derive(Clone, Debug)]
pub(crate) struct Svd {
    /// Orthonormal columns, those of singular values of 0 as well.
    pub(crate) u: Columns,
    /// In no order.
    pub(crate) sigma: Vec<f64>,
    /// Orthonormal columns.
    pub(crate) v: Columns,
}

/// Decomposes `a` by one-sided Jacobi rotations (Hestenes 1958; Golub and Van Loan 2013, section 8.6.3): columns are
/// rotated in pairs until all are orthogonal, A·V = U·diag(σ). Small singular values are as exact as large ones.
pub(crate) fn svd(a: Columns) -> Svd {
    let n = a.n;
    let (mut work, mut v) = (a, Columns::identity(n));
    for _ in 0..MAX_SWEEPS {
        let mut rotated = false;
        for (p, q) in (0..n).flat_map(|p| (p + 1..n).map(move |q| (p, q))) {
            if let Some(rotation) = rotation(work.column(p), work.column(q)) {
                work.rotate((p, q), rotation);
                v.rotate((p, q), rotation);
                rotated = true;
            }
        }
        if !rotated {
            break;
        }
    }
    let sigma: Vec<f64> = (0..n).map(|j| dot(work.column(j), work.column(j)).sqrt()).collect();
    Svd { u: normalised(work, &sigma), sigma, v }
}

/// Cosine and sine of the rotation that makes two columns orthogonal; `None` if they are.
fn rotation(x: &[f64], y: &[f64]) -> Option<(f64, f64)> {
    let (xx, yy, xy) = (dot(x, x), dot(y, y), dot(x, y));
    if xy.abs() <= ORTHOGONAL * xx.sqrt() * yy.sqrt() {
        return None;
    }
    let zeta = (yy - xx) / (2.0 * xy);
    let t = zeta.signum() / (zeta.abs() + zeta.hypot(1.0));
    let c = t.hypot(1.0).recip();
    Some((c, c * t))
}

/// Orthogonal columns with length 1. In the place of those without length come unit vectors that are orthogonal to
/// all others.
fn normalised(mut columns: Columns, sigma: &[f64]) -> Columns {
    let n = columns.n;
    let largest = sigma.iter().copied().fold(0.0, f64::max);
    let (kept, lost): (Vec<usize>, Vec<usize>) = (0..n).partition(|&j| sigma[j] > NOTHING * largest);
    for &j in &kept {
        columns.column_mut(j).iter_mut().for_each(|x| *x /= sigma[j]);
    }
    let (mut done, mut axis) = (kept, 0);
    for j in lost {
        while !complete(&mut columns, j, axis, &done) {
            axis += 1;
        }
        axis += 1;
        done.push(j);
    }
    columns
}

/// Makes column j what the axis has beside the columns `done`, with length 1; false if that is little.
fn complete(columns: &mut Columns, j: usize, axis: usize, done: &[usize]) -> bool {
    let mut rest = vec![0.0; columns.n];
    rest[axis] = 1.0;
    // Twice is enough (Giraud et al. 2005).
    for &other in done.iter().chain(done) {
        let along = dot(&rest, columns.column(other));
        rest.iter_mut().zip(columns.column(other)).for_each(|(x, y)| *x -= along * y);
    }
    let length = dot(&rest, &rest).sqrt();
    columns.column_mut(j).iter_mut().zip(&rest).for_each(|(x, rest)| *x = rest / length);
    // Of n axes, one must keep this much beside fewer than n orthonormal vectors.
    length * length >= 0.5 / columns.n as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use sememe_kernels::Rng;

    /// Checks A = U·diag(σ)·Vᵀ with orthonormal U and V.
    #[track_caller]
    fn check(n: usize, values: Vec<f64>) -> Vec<f64> {
        let a = Columns::new(n, values);
        let Svd { u, sigma, v } = svd(a.clone());
        let scale = sigma.iter().copied().fold(1e-300, f64::max);
        for (i, j) in (0..n).flat_map(|i| (0..n).map(move |j| (i, j))) {
            let unit = f64::from(u8::from(i == j));
            for (name, columns) in [("U", &u), ("V", &v)] {
                let product = dot(columns.column(i), columns.column(j));
                assert!((product - unit).abs() < 1e-10, "{name}: columns {i} and {j}: {product}");
            }
            let sum: f64 = (0..n).map(|k| u.column(k)[i] * sigma[k] * v.column(k)[j]).sum();
            assert!((sum - a.column(j)[i]).abs() < 1e-12 * scale * n as f64, "{sum} at {i}, {j}");
        }
        let mut sigma = sigma;
        sigma.sort_by(|x, y| y.total_cmp(x));
        sigma
    }

    fn random(n: usize, seed: u64) -> Vec<f64> {
        let mut rng = Rng::new(seed, 0);
        (0..n * n).map(|_| rng.unit_f64() - 0.5).collect()
    }

    #[test]
    fn the_factors_multiply_to_the_matrix() {
        for n in [1, 2, 3, 10, 41] {
            check(n, random(n, n as u64));
        }
    }

    #[test]
    fn singular_values_are_those_of_the_textbook() {
        // (3 0; 4 5) has √45 and √5.
        let sigma = check(2, vec![3., 4., 0., 5.]);
        assert!((sigma[0] - 45f64.sqrt()).abs() < 1e-14 && (sigma[1] - 5f64.sqrt()).abs() < 1e-14);
    }

    #[test]
    fn matrices_of_less_rank_have_whole_bases() {
        check(4, vec![0.0; 16]);
        let (x, y) = (random(3, 1), random(3, 2));
        let outer: Vec<f64> = (0..9).map(|i| x[i % 3] * y[i / 3]).collect();
        let sigma = check(3, outer);
        assert!(sigma[1] < 1e-15);
        let mut half = random(20, 5);
        half[..200].fill(0.0);
        check(20, half);
    }

    #[test]
    fn small_and_large_values_stand_together() {
        let mut values = random(6, 9);
        values.iter_mut().enumerate().for_each(|(i, x)| *x *= 10f64.powi(-3 * (i / 6) as i32));
        check(6, values);
    }
}
