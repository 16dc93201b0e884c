//! Eigenvectors of small symmetric matrices.

use sememe_kernels::dot_f64 as dot;

/// Steps for one eigenvalue at most; two are usual.
const MAX_STEPS: usize = 100;

/// A symmetric matrix taken apart: A = Σ λᵢ·vᵢ·vᵢᵀ, with falling λ.
#[derive(Clone, Debug)]
pub(super) struct Eigen {
    pub(super) values: Vec<f64>,
    /// Orthonormal eigenvectors one after the other: `f64[n, n]`.
    pub(super) vectors: Vec<f64>,
}

/// A matrix on its way to be diagonal.
struct Work {
    n: usize,
    /// What becomes of the matrix: first reflections, then eigenvectors, row by row.
    rows: Vec<f64>,
    diagonal: Vec<f64>,
    /// Number i stands between i − 1 and i.
    beside: Vec<f64>,
}

/// Takes apart the symmetric `f64[n, n]` matrix `a`, of which the lower triangle is read: Householder reflections make
/// it tridiagonal, and QL steps with implicit shifts diagonal (Golub and Van Loan 2013, sections 8.3.1 and 8.3.5).
pub(super) fn eigen(n: usize, a: Vec<f64>) -> Eigen {
    assert_eq!(a.len(), n * n, "a square matrix");
    let mut work = Work { n, rows: a, diagonal: vec![0.0; n], beside: vec![0.0; n] };
    work.make_tridiagonal();
    work.accumulate();
    work.make_diagonal();
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&i, &j| work.diagonal[j].total_cmp(&work.diagonal[i]));
    Eigen {
        values: order.iter().map(|&i| work.diagonal[i]).collect(),
        vectors: order.iter().flat_map(|&i| work.row(i).to_vec()).collect(),
    }
}

impl Work {
    fn row(&self, i: usize) -> &[f64] {
        &self.rows[i * self.n..][..self.n]
    }

    /// A ← H·A·H for a reflection H = 1 − v·vᵀ / h of each row i, from the last to the second, that leaves one number
    /// beside the diagonal. v stays in row i, and h on the diagonal.
    fn make_tridiagonal(&mut self) {
        for i in (1..self.n).rev() {
            let n = self.n;
            let (above, row) = split(&mut self.rows, n, i);
            let v = &mut row[..i];
            let scale: f64 = v.iter().map(|x| x.abs()).sum();
            if i == 1 || scale == 0.0 {
                self.beside[i] = v[i - 1];
                self.diagonal[i] = 0.0;
                continue;
            }
            v.iter_mut().for_each(|x| *x /= scale);
            let square = dot(v, v);
            let length = -square.sqrt().copysign(v[i - 1]);
            let h = square - v[i - 1] * length;
            v[i - 1] -= length;
            // p = A·v / h, and q = p − v·(vᵀp / 2h): A ← A − v·qᵀ − q·vᵀ.
            let mut q = vec![0.0; i];
            for j in 0..i {
                let a = &above[j * n..][..j + 1];
                q[j] += dot(a, &v[..j + 1]);
                q[..j].iter_mut().zip(a).for_each(|(q, a)| *q += v[j] * a);
            }
            q.iter_mut().for_each(|x| *x /= h);
            let half = dot(&q, v) / (2.0 * h);
            q.iter_mut().zip(&*v).for_each(|(q, v)| *q -= half * v);
            for j in 0..i {
                let a = above[j * n..][..j + 1].iter_mut();
                a.zip(&q).zip(&*v).for_each(|((a, q_k), v_k)| *a -= v[j] * q_k + q[j] * v_k);
            }
            (self.beside[i], self.diagonal[i]) = (scale * length, h);
        }
    }

    /// Multiplies the reflections together, each from the right: the rows of the product become eigenvectors.
    fn accumulate(&mut self) {
        for i in 0..self.n {
            let n = self.n;
            let h = self.diagonal[i];
            let (above, row) = split(&mut self.rows, n, i);
            if h != 0.0 {
                let v = &row[..i];
                for j in 0..i {
                    let done = &mut above[j * n..][..i];
                    let along = dot(done, v) / h;
                    done.iter_mut().zip(v).for_each(|(x, v)| *x -= along * v);
                }
            }
            self.diagonal[i] = row[i];
            row.fill(0.0);
            row[i] = 1.0;
            (0..i).for_each(|j| above[j * n + i] = 0.0);
        }
    }

    fn make_diagonal(&mut self) {
        // From here on number i stands between i and i + 1. The first was 0, and becomes the last.
        self.beside.rotate_left(self.n.min(1));
        let norm = self.diagonal.iter().zip(&self.beside).map(|(d, e)| d.abs() + e.abs()).fold(0.0, f64::max);
        for first in 0..self.n {
            for _ in 0..MAX_STEPS {
                let small = |i: usize| self.beside[i].abs() <= f64::EPSILON * norm;
                let last = (first..self.n).find(|&i| small(i)).unwrap_or(self.n - 1);
                if last == first {
                    break;
                }
                self.step(first, last);
            }
            self.beside[first] = 0.0;
        }
    }

    /// A QL step on the part from `first` to `last`.
    fn step(&mut self, first: usize, last: usize) {
        let (d, e) = (&mut self.diagonal, &mut self.beside);
        let slope = (d[first + 1] - d[first]) / (2.0 * e[first]);
        let mut g = d[last] - d[first] + e[first] / (slope + slope.hypot(1.0).copysign(slope));
        let (mut s, mut c, mut p) = (1.0, 1.0, 0.0);
        for i in (first..last).rev() {
            let (f, b) = (s * e[i], c * e[i]);
            let r = f.hypot(g);
            e[i + 1] = r;
            if r == 0.0 {
                d[i + 1] -= p;
                e[last] = 0.0;
                return;
            }
            (s, c) = (f / r, g / r);
            g = d[i + 1] - p;
            let t = (d[i] - g) * s + 2.0 * c * b;
            p = s * t;
            d[i + 1] = g + p;
            g = c * t - b;
            let (above, rest) = self.rows.split_at_mut((i + 1) * self.n);
            let pair = above[i * self.n..].iter_mut().zip(&mut rest[..self.n]);
            pair.for_each(|(x, y)| (*x, *y) = (c * *x - s * *y, s * *x + c * *y));
        }
        d[first] -= p;
        e[first] = g;
        e[last] = 0.0;
    }
}

/// The rows of length `n` above row `i`, and row `i`.
fn split(rows: &mut [f64], n: usize, i: usize) -> (&mut [f64], &mut [f64]) {
    let (above, rest) = rows.split_at_mut(i * n);
    (above, &mut rest[..n])
}

#[cfg(test)]
mod tests {
    use super::*;
    use sememe_kernels::Rng;

    /// Checks A = Σ λᵢ·vᵢ·vᵢᵀ with orthonormal v.
    #[track_caller]
    fn check(n: usize, a: Vec<f64>) -> Vec<f64> {
        let Eigen { values, vectors } = eigen(n, a.clone());
        assert!(values.is_sorted_by(|x, y| x >= y), "{values:?}");
        let scale = values.iter().fold(1e-300, |scale: f64, x| scale.max(x.abs()));
        let vector = |i: usize| &vectors[i * n..][..n];
        for (i, j) in (0..n).flat_map(|i| (0..=i).map(move |j| (i, j))) {
            let product = dot(vector(i), vector(j));
            assert!((product - f64::from(u8::from(i == j))).abs() < 1e-11, "vectors {i} and {j}: {product}");
            let sum: f64 = (0..n).map(|k| values[k] * vector(k)[i] * vector(k)[j]).sum();
            assert!((sum - a[i * n + j]).abs() < 1e-12 * scale * n as f64, "{sum} at {i}, {j}");
        }
        values
    }

    fn random(n: usize, seed: u64) -> Vec<f64> {
        let mut rng = Rng::new(seed, 0);
        let mut a = vec![0.0; n * n];
        for (i, j) in (0..n).flat_map(|i| (0..=i).map(move |j| (i, j))) {
            let x = rng.unit_f64() - 0.5;
            (a[i * n + j], a[j * n + i]) = (x, x);
        }
        a
    }

    #[test]
    fn the_parts_add_up_to_the_matrix() {
        for n in [0, 1, 2, 3, 4, 10, 41] {
            check(n, random(n, n as u64));
        }
    }

    #[test]
    fn eigenvalues_are_those_of_the_textbook() {
        let values = check(3, vec![2., -1., 0., -1., 2., -1., 0., -1., 2.]);
        let want = [2.0 + 2f64.sqrt(), 2.0, 2.0 - 2f64.sqrt()];
        assert!(values.iter().zip(want).all(|(x, y)| (x - y).abs() < 1e-14), "{values:?}");
    }

    #[test]
    fn diagonal_and_singular_matrices_are_taken_apart() {
        check(4, vec![0.0; 16]);
        let mut diagonal = vec![0.0; 25];
        (0..5).for_each(|i| diagonal[6 * i] = [3., -1., 0., 3., 7.][i]);
        assert_eq!(check(5, diagonal), [7., 3., 3., 0., -1.]);
        let x = random(6, 3);
        let outer = (0..36).map(|i| x[i / 6] * x[i % 6]).collect();
        assert!(check(6, outer)[1].abs() < 1e-15);
    }
}
