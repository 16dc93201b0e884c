//! k-means of the parts of vectors: few numbers a part, 256 centroids.

use sememe_kernels::{Kernels, Matrix, Rng};

/// Scores that are compared at once, so that the loop becomes vector code.
const LANES: usize = 16;

/// The centroids of one part, by columns.
pub(super) struct Centroids {
    width: usize,
    /// `f32[width, padded]`: number j of all centroids, one after the other.
    columns: Vec<f32>,
    /// ‖c‖²/2 of each centroid, and infinity for those that only fill the last lanes.
    halves: Vec<f32>,
    n: usize,
}

impl Centroids {
    /// Of `centroids`, rows of `width` numbers one after the other.
    pub(super) fn new(centroids: &[f32], width: usize) -> Self {
        let n = centroids.len() / width;
        let padded = n.next_multiple_of(LANES);
        let (mut columns, mut halves) = (vec![0.0; width * padded], vec![f32::INFINITY; padded]);
        for (k, centroid) in centroids.chunks_exact(width).enumerate() {
            halves[k] = 0.5 * centroid.iter().map(|x| x * x).sum::<f32>();
            centroid.iter().enumerate().for_each(|(j, &x)| columns[j * padded + k] = x);
        }
        Self { width, columns, halves, n }
    }

    /// The number of the centroid nearest to `x`, the first of equals: that with the least ‖c‖²/2 − x·c. `scores` is
    /// room to work in.
    pub(super) fn nearest(&self, x: &[f32], scores: &mut Vec<f32>, kernels: Kernels) -> u8 {
        debug_assert_eq!(x.len(), self.width);
        scores.clear();
        scores.extend_from_slice(&self.halves);
        for (&x, column) in x.iter().zip(self.columns.chunks_exact(self.halves.len())) {
            kernels.axpy(-x, column, scores);
        }
        least(scores).min(self.n - 1) as u8
    }
}

/// Where the least score is, the first of equals. First how small it is, then where: two loops of vector code are faster
/// than one that keeps both.
fn least(scores: &[f32]) -> usize {
    let smaller = |a: f32, b: f32| if b < a { b } else { a };
    let mut lanes = [f32::INFINITY; LANES];
    for chunk in scores.as_chunks::<LANES>().0 {
        lanes.iter_mut().zip(chunk).for_each(|(lane, &score)| *lane = smaller(*lane, score));
    }
    let least = lanes.into_iter().fold(f32::INFINITY, smaller);
    scores.iter().position(|&score| score == least).unwrap_or(0)
}

/// `n` of `points` to start from, by k-means++ (Arthur and Vassilvitskii 2007, section 2.2): each is drawn with a chance
/// that grows with the squared distance to the nearest one before it. Rare points far out, which the numbers of vectors
/// have many of, get centroids of their own, as they would not in many rounds from points drawn alike.
pub(super) fn seeds(points: &[f32], width: usize, n: usize, rng: &mut Rng) -> Vec<f32> {
    let n_points = points.len() / width;
    let mut distances = vec![f32::INFINITY; n_points];
    let mut chosen = Vec::with_capacity(n * width);
    let mut next = rng.below(n_points as u64) as usize;
    for _ in 0..n {
        let seed = &points[next * width..][..width];
        chosen.extend_from_slice(seed);
        for (distance, point) in distances.iter_mut().zip(points.chunks_exact(width)) {
            let square: f32 = point.iter().zip(seed).map(|(x, y)| (x - y) * (x - y)).sum();
            *distance = distance.min(square);
        }
        next = draw(&distances, rng);
    }
    chosen
}

/// A position, drawn with a chance in proportion to its weight.
fn draw(weights: &[f32], rng: &mut Rng) -> usize {
    let total: f64 = weights.iter().map(|&weight| f64::from(weight)).sum();
    let mut left = rng.unit_f64() * total;
    let reached = weights.iter().position(|&weight| {
        left -= f64::from(weight);
        left < 0.0
    });
    // Where all weights are 0, all points are among those chosen.
    reached.unwrap_or(0)
}

/// Moves the centroids in `columns` of the rows of `centroids` by one round of Lloyd's: to the means of the rows of
/// `points` that are nearest to them. One without points takes the place of the point farthest from its own.
///
/// Returns the sum of the squared distances before the move.
pub(super) fn round(points: &[f32], centroids: &mut [f32], width: usize, kernels: Kernels) -> f64 {
    let nearest = Centroids::new(centroids, width);
    let (mut sums, mut counts) = (vec![0f64; centroids.len()], vec![0u32; nearest.n]);
    let (mut scores, mut distances) = (Vec::new(), Vec::with_capacity(points.len() / width));
    for x in points.chunks_exact(width) {
        let k = usize::from(nearest.nearest(x, &mut scores, kernels));
        counts[k] += 1;
        let own = k * width..(k + 1) * width;
        sums[own.clone()].iter_mut().zip(x).for_each(|(sum, &x)| *sum += f64::from(x));
        let square = |(x, c): (&f32, &f32)| f64::from(x - c).powi(2);
        distances.push(x.iter().zip(&centroids[own]).map(square).sum::<f64>());
    }
    let empty: Vec<usize> = (0..counts.len()).filter(|&k| counts[k] == 0).collect();
    for (k, centroid) in centroids.chunks_exact_mut(width).enumerate().filter(|(k, _)| counts[*k] > 0) {
        let share = f64::from(counts[k]).recip();
        centroid.iter_mut().zip(&sums[k * width..]).for_each(|(c, sum)| *c = (share * sum) as f32);
    }
    for (k, point) in empty.iter().zip(farthest(&distances, empty.len())) {
        centroids[k * width..][..width].copy_from_slice(&points[point * width..][..width]);
    }
    distances.iter().sum()
}

/// The numbers of the `n` points with the greatest distances, the first of equals first.
fn farthest(distances: &[f64], n: usize) -> Vec<usize> {
    if n == 0 {
        return Vec::new();
    }
    let mut points: Vec<usize> = (0..distances.len()).collect();
    points.sort_by(|&a, &b| distances[b].total_cmp(&distances[a]));
    points.truncate(n);
    points
}

/// All rows of a matrix, less the columns that do not belong to the part.
pub(super) fn part_of(rows: &Matrix, columns: std::ops::Range<usize>) -> Vec<f32> {
    rows.rows().flat_map(|row| &row[columns.clone()]).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::{prop, prop_assert, proptest};

    proptest! {
        #[test]
        fn the_nearest_centroid_is_found(
            width in 1usize..5,
            values in prop::collection::vec(-1f32..1.0, 300),
            x in prop::collection::vec(-1f32..1.0, 5),
        ) {
            let n = (values.len() / width).min(256);
            let centroids = &values[..n * width];
            let found = Centroids::new(centroids, width).nearest(&x[..width], &mut Vec::new(), Kernels::detect());
            let distance = |k: usize| -> f32 {
                centroids[k * width..][..width].iter().zip(&x).map(|(c, x)| (c - x).powi(2)).sum()
            };
            let least = (0..centroids.len() / width).map(distance).fold(f32::INFINITY, f32::min);
            prop_assert!(distance(usize::from(found)) <= least + 1e-5);
        }
    }

    #[test]
    fn the_first_of_equals_is_the_nearest() {
        let centroids = [3.0, 1.0, 1.0].repeat(20);
        assert_eq!(Centroids::new(&centroids, 1).nearest(&[0.9], &mut Vec::new(), Kernels::scalar()), 1);
    }

    #[test]
    fn seeds_are_points_and_reach_those_far_out() {
        let points: Vec<f32> = (0..1_000).map(|i| if i == 700 { 50.0 } else { (i as f32).sin() }).collect();
        let found = seeds(&points, 1, 8, &mut Rng::new(1, 0));
        assert!(found.len() == 8 && found.iter().all(|seed| points.contains(seed)), "{found:?}");
        assert!(found.contains(&50.0), "{found:?}");
        assert_eq!(seeds(&[2.0; 6], 2, 3, &mut Rng::new(1, 0)), [2.0; 6]);
    }

    #[test]
    fn rounds_lessen_the_distances_and_leave_no_centroid_without_points() {
        let points: Vec<f32> = (0..200).map(|i| (i as f32 * 0.7).sin() + (i % 5) as f32).collect();
        let mut centroids = vec![0.0; 8];
        let distances: Vec<f64> =
            (0..12).map(|_| round(&points, &mut centroids, 2, Kernels::detect())).collect();
        assert!(distances.windows(2).skip(1).all(|pair| pair[1] <= pair[0] + 1e-9), "{distances:?}");
        assert!(distances[11] < 0.2 * distances[0], "{distances:?}");
    }
}
