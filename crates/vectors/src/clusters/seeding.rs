//! Where k-means starts.

use crate::products::{Products, squares};
use crate::scan::in_parts;
use sememe_kernels::{Kernels, Matrix, Rng};

/// Rows as first centroids, by greedy k-means++ (Arthur and Vassilvitskii 2007, section 2.2 and the end of section 5):
/// of several rows drawn with a chance that grows with the squared distance to the nearest centroid so far, the
/// next centroid is that which leaves the least sum of those.
pub(super) fn seeds(
    rows: &Matrix,
    n_seeds: usize,
    rng: &mut Rng,
    (kernels, threads): (Kernels, usize),
) -> Vec<usize> {
    let n_drawn = 2 + (n_seeds as f64).ln() as usize;
    let squares = squares(rows, kernels);
    let mut seeds = vec![rng.below(rows.n_rows() as u64) as usize];
    let mut near = Near { rows, squares, kernels, threads, nearest: Vec::new() };
    near.nearest = near.with(&seeds).swap_remove(0).1;
    while seeds.len() < n_seeds {
        let drawn: Vec<usize> = (0..n_drawn).map(|_| draw(&near.nearest, rng)).collect();
        let outcomes = near.with(&drawn);
        let best = outcomes.into_iter().zip(drawn).reduce(|a, b| if b.0.0 < a.0.0 { b } else { a });
        let Some(((_, nearest), seed)) = best else { break };
        near.nearest = nearest;
        seeds.push(seed);
    }
    seeds
}

/// A row, with a chance in proportion to `weights`; if all of these are 0, any row.
fn draw(weights: &[f32], rng: &mut Rng) -> usize {
    let total: f64 = weights.iter().map(|&weight| f64::from(weight)).sum();
    if total == 0.0 {
        return rng.below(weights.len() as u64) as usize;
    }
    let mut left = rng.unit_f64() * total;
    let mut last = 0;
    for (row, &weight) in weights.iter().enumerate().filter(|(_, weight)| **weight > 0.0) {
        last = row;
        left -= f64::from(weight);
        if left < 0.0 {
            break;
        }
    }
    last
}

/// Squared distances to the nearest centroid so far.
struct Near<'a> {
    rows: &'a Matrix,
    squares: Vec<f32>,
    kernels: Kernels,
    threads: usize,
    /// Of each row; empty if there is no centroid yet.
    nearest: Vec<f32>,
}

impl Near<'_> {
    /// For each of the rows `drawn` as a further centroid: the sum of the distances, and the distances.
    fn with(&self, drawn: &[usize]) -> Vec<(f64, Vec<f32>)> {
        let mut centroids = Matrix::zeros(drawn.len(), self.rows.n_cols());
        drawn
            .iter()
            .enumerate()
            .for_each(|(i, &row)| centroids.row_mut(i).copy_from_slice(self.rows.row(row)));
        let products = Products::new(self.rows, &centroids, self.kernels);
        let parts = in_parts(self.rows.n_rows(), self.threads, |part| {
            let mut distances = vec![Vec::with_capacity(part.len()); drawn.len()];
            products.for_each_row(part, &mut |row, products| {
                for ((distances, &product), &centroid) in distances.iter_mut().zip(products).zip(drawn) {
                    distances.push(self.distance(row, centroid, product));
                }
            });
            distances
        });
        let joined = |i: usize| -> Vec<f32> { parts.iter().flat_map(|part| &part[i]).copied().collect() };
        let sum = |distances: &[f32]| distances.iter().map(|&distance| f64::from(distance)).sum();
        (0..drawn.len()).map(joined).map(|distances| (sum(&distances), distances)).collect()
    }

    /// The squared distance of a row to the nearest centroid, where `centroid` has become one.
    fn distance(&self, row: usize, centroid: usize, product: f32) -> f32 {
        let so_far = self.nearest.get(row).copied().unwrap_or(f32::INFINITY);
        if row == centroid {
            return 0.0;
        }
        let distance = self.squares[row] + self.squares[centroid] - 2.0 * product;
        distance.max(0.0).min(so_far)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(values: &[f32], n_seeds: usize, seed: u64) -> Vec<f32> {
        let rows = Matrix::from_vec(values.len(), 1, values.to_vec()).unwrap();
        let seeds = seeds(&rows, n_seeds, &mut Rng::new(seed, 0), (Kernels::detect(), 2));
        let mut found: Vec<f32> = seeds.into_iter().map(|seed| values[seed]).collect();
        found.sort_by(f32::total_cmp);
        found
    }

    #[test]
    fn seeds_lie_far_apart() {
        for seed in 0..20 {
            let found = check(&[0., 0.1, 0.2, 50., 50.1, 100., 100.1, 100.2], 3, seed);
            assert!(found[0] < 1. && (50.0..51.0).contains(&found[1]) && found[2] >= 100., "{found:?}");
        }
    }

    #[test]
    fn equal_rows_can_be_seeds_too() {
        assert_eq!(check(&[1., 1., 1.], 3, 7), [1., 1., 1.]);
    }

    #[test]
    fn rows_are_drawn_by_their_weights() {
        let (mut rng, mut counts) = (Rng::new(1, 0), [0u32; 4]);
        for _ in 0..4000 {
            counts[draw(&[1.0, 0.0, 2.0, 1.0], &mut rng)] += 1;
        }
        assert!(
            counts[1] == 0 && counts[2].abs_diff(2000) < 200 && counts[0].abs_diff(1000) < 150,
            "{counts:?}"
        );
    }
}
