//! Single numbers as one of 256.

use super::lloyd::{Centroids, round};
use sememe_kernels::Kernels;

/// Numbers to choose from.
const N: usize = 256;

/// Rounds of k-means.
const ROUNDS: usize = 25;

/// Numbers to learn from, at most.
const SAMPLE: usize = 50_000;

/// For each of `numbers` the nearest of 256 values, and those. 0 is one of them, so that zeros stay.
pub(crate) fn nearest_values(numbers: &[f32]) -> (Vec<u8>, Vec<f32>) {
    let kernels = Kernels::detect();
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f32::total_cmp);
    let sample: Vec<f32> = evenly(&sorted, SAMPLE.min(sorted.len())).collect();
    let mut values: Vec<f32> = evenly(&sorted, N - 1).collect();
    for _ in 0..ROUNDS {
        round(&sample, &mut values, 1, kernels);
    }
    values.push(0.0);
    let (centroids, mut room) = (Centroids::new(&values, 1), Vec::new());
    let code = |x: &f32| match *x {
        0.0 => (N - 1) as u8,
        x => centroids.nearest(&[x], &mut room, kernels),
    };
    (numbers.iter().map(code).collect(), values)
}

/// `n` numbers of a sorted list, from its first to its last; zeros if there are none.
fn evenly(sorted: &[f32], n: usize) -> impl Iterator<Item = f32> {
    let last = sorted.len().saturating_sub(1);
    (0..n).map(move |i| sorted.get(i * last / n.saturating_sub(1).max(1)).copied().unwrap_or(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stay_close_and_zeros_stay() {
        let numbers: Vec<f32> = (0..3_000).map(|i| 5.0 * (i as f32 * 0.37).sin().abs().powi(3)).collect();
        let (codes, values) = nearest_values(&numbers);
        assert_eq!(values.len(), N);
        for (x, &code) in numbers.iter().zip(&codes) {
            assert!((x - values[usize::from(code)]).abs() < 0.02, "{x}");
        }
        assert_eq!(values[usize::from(codes[0])], 0.0);
        assert_eq!(nearest_values(&[]).1, [0.0; N]);
        let (codes, values) = nearest_values(&[7.0]);
        assert_eq!(values[usize::from(codes[0])], 7.0);
    }
}
