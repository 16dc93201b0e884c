//! The singular vectors of a large sparse matrix.

use super::eigen::{Eigen, eigen};
use super::products::Products;
use crate::EmbedError;
use sememe_kernels::{Matrix, Meter, Observer, Rng, SparseRows};

/// Vectors that are multiplied at once: two cache lines of each row.
const BLOCK: usize = 32;

/// A stream of random numbers that no job uses.
const STREAM: u64 = 1 << 63;

/// What is left of a vector beside others and is not longer than this share of it is rounding.
const NOTHING: f64 = 1e-6;

/// The first singular values of a matrix and their vectors: A ≈ U·diag(σ)·Vᵀ.
pub(super) struct Factors {
    /// Falling; 0 where the rank of the matrix ends.
    pub(super) sigma: Vec<f64>,
    basis: Basis,
    /// The eigenvectors of the projected matrix, `f64[dim, m]`.
    vectors: Vec<f64>,
}

/// A basis of the space that the matrix and its transpose lead to from random vectors.
struct Basis {
    products: Products,
    /// Q: orthonormal columns, in blocks.
    left: Vec<Matrix>,
    /// Aᵀ·Q, in blocks.
    right: Vec<Matrix>,
}

/// Decomposes `a` in a block Krylov space (Halko, Martinsson and Tropp 2011, section 4.5; Musco and Musco 2015,
/// algorithm 2): with an orthonormal basis Q of A·Ω, (A·Aᵀ)·A·Ω, (A·Aᵀ)²·A·Ω, ..., the best approximation of A whose
/// columns lie in the space is Q·(Qᵀ·A). With Z = Aᵀ·Q, the eigenvalues of Zᵀ·Z = P·Λ·Pᵀ are the squares of its
/// singular values, U = Q·P and V = Z·P·Λ^−½.
///
/// The space ends where it has `basis` vectors for each of `dim`, or where it is whole.
///
/// # Errors
/// If `observer` stops the work.
pub(super) fn decompose(
    a: &SparseRows,
    (dim, basis, seed): (usize, usize, u64),
    products: Products,
    observer: &mut dyn Observer,
) -> Result<Factors, EmbedError> {
    let n_vectors = (dim * basis + BLOCK).min(a.n_rows());
    let n_products = 2 * n_vectors.div_ceil(BLOCK) as u64;
    let meter = Meter::new("values", Some(n_products * a.n_values() as u64), observer);
    let mut found = Basis { products, left: Vec::new(), right: Vec::new() };
    let mut rng = Rng::new(seed, STREAM);
    let (mut start, mut is_random) = (random(a.n_cols(), &mut rng), true);
    while found.len() < n_vectors {
        let block = products.times(a, &start, &meter)?;
        match found.orthonormal(block, n_vectors - found.len()) {
            Some(block) => {
                start = products.transposed_times(a, &block, &meter)?;
                found.left.push(block);
                found.right.push(start.clone());
                is_random = false;
            }
            // Where a singular value stands often, the space can end too early.
            None if !is_random => (start, is_random) = (random(a.n_cols(), &mut rng), true),
            None => break,
        }
    }
    Ok(found.factors(dim))
}

impl Basis {
    fn len(&self) -> usize {
        self.left.iter().map(Matrix::n_cols).sum()
    }

    /// What `block` has beside the basis, with orthonormal columns, at most so many; none if that is nothing.
    fn orthonormal(&self, mut block: Matrix, at_most: usize) -> Option<Matrix> {
        let length = longest(&self.gram(&block)).sqrt();
        // Twice is enough (Giraud et al. 2005).
        for floor in [NOTHING * length, 0.5] {
            let pairs: Vec<_> = self.left.iter().map(|left| (left, &block)).collect();
            let along = self.products.grams(&pairs);
            self.products.add_combination(-1.0, &self.left, &along, &mut block);
            block = self.normalised(&block, floor, at_most)?;
        }
        Some(block)
    }

    /// Columns with the same span as those of `block`, orthonormal, but for directions that are shorter than `floor`:
    /// X·W·Λ^−½, where Xᵀ·X = W·Λ·Wᵀ (Stathopoulos and Wu 2002).
    fn normalised(&self, block: &Matrix, floor: f64, at_most: usize) -> Option<Matrix> {
        let width = block.n_cols();
        let Eigen { values, vectors } = eigen(width, self.gram(block));
        let n = values.iter().take_while(|&&value| value > floor * floor).count().min(at_most);
        if n == 0 {
            return None;
        }
        let mut scaled = vec![0.0; width * n];
        for (k, value) in values[..n].iter().enumerate() {
            (0..width).for_each(|i| scaled[i * n + k] = vectors[k * width + i] / value.sqrt());
        }
        let mut columns = Matrix::zeros(block.n_rows(), n);
        self.products.add_combination(1.0, std::slice::from_ref(block), &[scaled], &mut columns);
        Some(columns)
    }

    fn gram(&self, block: &Matrix) -> Vec<f64> {
        self.products.grams(&[(block, block)]).swap_remove(0)
    }

    fn factors(self, dim: usize) -> Factors {
        let m = self.len();
        let Eigen { values, mut vectors } = eigen(m, self.projected());
        let sigma: Vec<f64> = values.iter().map(|value| value.max(0.0).sqrt()).collect();
        let least = NOTHING * sigma.first().copied().unwrap_or(0.0);
        let sigma = sigma.into_iter().map(|s| if s > least { s } else { 0.0 });
        let sigma = sigma.chain(std::iter::repeat(0.0)).take(dim).collect();
        vectors.resize(dim * m, 0.0);
        Factors { sigma, basis: self, vectors }
    }

    /// Zᵀ·Z.
    fn projected(&self) -> Vec<f64> {
        let (n, m) = (self.right.len(), self.len());
        let places: Vec<(usize, usize)> = (0..n).flat_map(|i| (0..=i).map(move |j| (i, j))).collect();
        let pairs: Vec<_> = places.iter().map(|&(i, j)| (&self.right[i], &self.right[j])).collect();
        let starts = starts(&self.right);
        let mut projected = vec![0.0; m * m];
        for (&(i, j), gram) in places.iter().zip(self.products.grams(&pairs)) {
            for (k, row) in gram.chunks_exact(self.right[j].n_cols()).enumerate() {
                projected[(starts[i] + k) * m + starts[j]..][..row.len()].copy_from_slice(row);
            }
        }
        projected
    }
}

impl Factors {
    /// U·diag(σ)^p: `f32[n_rows, dim]`. Columns of singular values of 0 are 0.
    pub(super) fn words(&self, p: f64) -> Matrix {
        self.combined(&self.basis.left, p)
    }

    /// V·diag(σ)^p: `f32[n_cols, dim]`.
    pub(super) fn contexts(&self, p: f64) -> Matrix {
        self.combined(&self.basis.right, p - 1.0)
    }

    fn combined(&self, blocks: &[Matrix], p: f64) -> Matrix {
        let (dim, m) = (self.sigma.len(), self.basis.len());
        let scale = |sigma: f64| if sigma > 0.0 { sigma.powf(p) } else { 0.0 };
        let scales: Vec<f64> = self.sigma.iter().map(|&sigma| scale(sigma)).collect();
        let coefficient = |i: usize, k: usize| self.vectors[k * m + i] * scales[k];
        let rows = |start: usize, n: usize| {
            (start..start + n).flat_map(|i| (0..dim).map(move |k| coefficient(i, k))).collect()
        };
        let coefficients: Vec<Vec<f64>> = starts(blocks)
            .into_iter()
            .zip(blocks)
            .map(|(start, block)| rows(start, block.n_cols()))
            .collect();
        let mut combined = Matrix::zeros(blocks.first().map_or(0, Matrix::n_rows), dim);
        self.basis.products.add_combination(1.0, blocks, &coefficients, &mut combined);
        combined
    }
}

/// The number of the first column of each block.
fn starts(blocks: &[Matrix]) -> Vec<usize> {
    let widths = blocks.iter().scan(0, |sum, block| {
        *sum += block.n_cols();
        Some(*sum - block.n_cols())
    });
    widths.collect()
}

/// The largest square on the diagonal of a square matrix.
fn longest(gram: &[f64]) -> f64 {
    gram.iter().step_by(gram.len().isqrt() + 1).copied().fold(0.0, f64::max)
}

/// A block of numbers in ±½.
fn random(n_rows: usize, rng: &mut Rng) -> Matrix {
    let mut matrix = Matrix::zeros(n_rows, BLOCK.min(n_rows));
    matrix.as_mut_slice().iter_mut().for_each(|x| *x = rng.unit_f32() - 0.5);
    matrix
}
