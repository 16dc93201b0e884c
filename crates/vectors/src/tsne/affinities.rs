//! How likely a vector is to pick another as its neighbour.

use super::Point;
use crate::products::{Products, squares};
use crate::scan::in_parts;
use sememe_kernels::{Kernels, Matrix, TopK};

/// Halvings of the interval in which a width is sought.
const MAX_HALVINGS: usize = 100;

/// An entropy is found when it is off by less than this, in nats.
const TOLERANCE: f64 = 1e-5;

/// pᵢⱼ = (p(j|i) + p(i|j)) / 2n, where p(j|i) ∝ exp(−β·‖xᵢ − xⱼ‖²) over the nearest neighbours j of i, and β gives
/// the distribution the perplexity asked for (van der Maaten 2014, section 4.1).
pub(super) struct Affinities {
    /// Where the entries of each row end.
    ends: Vec<usize>,
    /// Columns and values, by row and column.
    entries: Vec<(u32, f64)>,
}

impl Affinities {
    pub(super) fn new(rows: &Matrix, perplexity: f64, (kernels, threads): (Kernels, usize)) -> Self {
        let n = rows.n_rows();
        let perplexity = perplexity.min((n - 1) as f64 / 3.0);
        let k = (n - 1).min((3.0 * perplexity) as usize).max(1);
        let (squares, products) = (squares(rows, kernels), Products::new(rows, rows, kernels));
        let parts = in_parts(n, threads, |part| {
            let mut found = Vec::with_capacity(part.len());
            products.for_each_row(part, &mut |i, products| {
                let nearest = nearest(i, &squares, products, k);
                found.push(with_perplexity(&nearest, perplexity));
            });
            found
        });
        symmetric(parts.concat())
    }

    fn row(&self, i: usize) -> &[(u32, f64)] {
        let first = if i == 0 { 0 } else { self.ends[i - 1] };
        &self.entries[first..self.ends[i]]
    }

    /// Σⱼ pᵢⱼ·(yᵢ − yⱼ) / (1 + ‖yᵢ − yⱼ‖²).
    pub(super) fn attraction(&self, i: usize, points: &[Point]) -> Point {
        let mut force = [0.0; 2];
        let [x, y] = points[i];
        for &(j, p) in self.row(i) {
            let other = points[j as usize];
            let (dx, dy) = (x - other[0], y - other[1]);
            let factor = p / (1.0 + dx * dx + dy * dy);
            force[0] += factor * dx;
            force[1] += factor * dy;
        }
        force
    }

    /// Σ pᵢⱼ·ln(pᵢⱼ / qᵢⱼ), by the definition.
    #[cfg(test)]
    pub(super) fn divergence(&self, points: &[Point]) -> f64 {
        let weight = |i: usize, j: usize| {
            let (a, b) = (points[i], points[j]);
            1.0 / (1.0 + (a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2))
        };
        let n = points.len();
        let pairs = (0..n * n).filter(|k| k / n != k % n);
        let z: f64 = pairs.map(|k| weight(k / n, k % n)).sum();
        let term = |i: usize, j: u32, p: f64| p * (p * z / weight(i, j as usize)).ln();
        (0..n).flat_map(|i| self.row(i).iter().map(move |&(j, p)| term(i, j, p))).sum()
    }
}

/// The `k` rows nearest to row `i` and their squared distances, nearest first.
fn nearest(i: usize, squares: &[f32], products: &[f32], k: usize) -> Vec<(u32, f64)> {
    let mut top = TopK::new(k);
    for (j, product) in products.iter().enumerate().filter(|&(j, _)| j != i) {
        top.push(j as u32, 2.0 * product - squares[j]);
    }
    let distance = |score: f32| f64::from((squares[i] - score).max(0.0));
    top.into_sorted().into_iter().map(|(j, score)| (j, distance(score))).collect()
}

/// Probabilities of the neighbours, by falling nearness.
fn with_perplexity(nearest: &[(u32, f64)], perplexity: f64) -> Vec<(u32, f64)> {
    let closest = nearest.first().map_or(0.0, |&(_, distance)| distance);
    let spread = nearest.last().map_or(0.0, |&(_, distance)| distance) - closest;
    // In units of the spread, β is near 1 whatever the scale of the vectors.
    let unit = if spread > 0.0 { spread.recip() } else { 1.0 };
    let distances: Vec<f64> = nearest.iter().map(|(_, distance)| (distance - closest) * unit).collect();
    let weights = find_width(&distances, perplexity.ln());
    let total: f64 = weights.iter().sum();
    nearest.iter().zip(weights).map(|(&(j, _), weight)| (j, weight / total)).collect()
}

/// exp(−β·distance) with the β for which these have the entropy wanted, as far as there is one.
fn find_width(distances: &[f64], wanted: f64) -> Vec<f64> {
    let (mut low, mut high, mut beta) = (0.0, f64::INFINITY, 1.0);
    let mut weights = Vec::new();
    for _ in 0..MAX_HALVINGS {
        weights = distances.iter().map(|distance| (-beta * distance).exp()).collect();
        let excess = entropy(&weights, distances, beta) - wanted;
        if excess.abs() < TOLERANCE {
            break;
        }
        if excess > 0.0 {
            low = beta
        } else {
            high = beta
        }
        beta = if high.is_finite() { 0.5 * (low + high) } else { 2.0 * beta };
    }
    weights
}

/// −Σ p·ln p with p = weight / Σ weights: ln Σ weights + β·Σ p·distance.
fn entropy(weights: &[f64], distances: &[f64], beta: f64) -> f64 {
    let total: f64 = weights.iter().sum();
    let mean = weights.iter().zip(distances).map(|(weight, distance)| weight * distance).sum::<f64>() / total;
    total.ln() + beta * mean
}

/// (P + Pᵀ) / 2n.
fn symmetric(rows: Vec<Vec<(u32, f64)>>) -> Affinities {
    let share = 0.5 / rows.len() as f64;
    let mut both: Vec<Vec<(u32, f64)>> = vec![Vec::new(); rows.len()];
    for (i, row) in rows.iter().enumerate() {
        for &(j, p) in row {
            both[i].push((j, share * p));
            both[j as usize].push((i as u32, share * p));
        }
    }
    let (mut ends, mut entries) = (Vec::with_capacity(rows.len()), Vec::new());
    for mut row in both {
        row.sort_by_key(|&(j, _)| j);
        for chunk in row.chunk_by(|a, b| a.0 == b.0) {
            entries.push((chunk[0].0, chunk.iter().map(|(_, p)| p).sum()));
        }
        ends.push(entries.len());
    }
    Affinities { ends, entries }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sememe_kernels::Rng;

    #[test]
    fn affinities_have_the_perplexity_asked_for() {
        let mut rng = Rng::new(2, 0);
        for scale in [1e-6, 1.0, 1e6] {
            let mut nearest: Vec<(u32, f64)> = (0..60).map(|j| (j, scale * rng.unit_f64())).collect();
            nearest.sort_by(|a, b| a.1.total_cmp(&b.1));
            let found = with_perplexity(&nearest, 20.0);
            let entropy: f64 = found.iter().map(|(_, p)| -p * p.ln()).sum();
            assert!((entropy.exp() - 20.0).abs() < 1e-3, "{} at scale {scale}", entropy.exp());
        }
    }

    #[test]
    fn affinities_are_symmetric_and_sum_to_one() {
        let mut rng = Rng::new(3, 0);
        let rows = Matrix::from_vec(50, 4, (0..200).map(|_| rng.unit_f32()).collect()).unwrap();
        let affinities = Affinities::new(&rows, 5.0, (Kernels::detect(), 2));
        let sum: f64 = affinities.entries.iter().map(|(_, p)| p).sum();
        assert!((sum - 1.0).abs() < 1e-12);
        for i in 0..50 {
            for &(j, p) in affinities.row(i) {
                assert!(j as usize != i && affinities.row(j as usize).contains(&(i as u32, p)), "{i} {j}");
            }
        }
    }

    #[test]
    fn the_nearest_are_found_by_euclidean_distance() {
        let (squares, products) = ([1., 4., 0., 9.], [-1., 2., 0., 3.]);
        assert_eq!(nearest(0, &squares, &products, 2), [(1, 1.0), (2, 1.0)]);
    }
}
