//! Ranks, ties and inversions.

/// The 1-based ranks of the values; equal values share the mean of their ranks.
///
/// NaN compares above all numbers, each apart; callers with NaN have no use for ranks.
///
/// ```
/// assert_eq!(sememe_eval::ranks(&[3.0, 1.0, 3.0, 2.0]), [3.5, 1.0, 3.5, 2.0]);
/// ```
pub fn ranks(values: &[f64]) -> Vec<f64> {
    let order = sorted_indices(values);
    let mut ranks = vec![0.0; values.len()];
    let mut first = 0;
    for group in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let mean = first as f64 + (group.len() as f64 + 1.0) / 2.0;
        group.iter().for_each(|&index| ranks[index] = mean);
        first += group.len();
    }
    ranks
}

/// Indices by rising value; −0 and 0 are equal.
fn sorted_indices(values: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| (values[a] + 0.0).total_cmp(&(values[b] + 0.0)));
    order
}

/// Sums over the groups of t equal values of a column.
pub(crate) struct Ties {
    /// Σ t(t − 1)/2.
    pub(crate) pairs: f64,
    /// Σ t(t − 1)(t − 2).
    pub(crate) triples: f64,
    /// Σ t(t − 1)(2t + 5).
    pub(crate) fives: f64,
}

impl Ties {
    pub(crate) fn of(values: &[f64]) -> Self {
        let order = sorted_indices(values);
        let groups = order.chunk_by(|&a, &b| values[a] == values[b]).map(|group| group.len() as f64);
        let mut ties = Self { pairs: 0.0, triples: 0.0, fives: 0.0 };
        for t in groups {
            ties.pairs += t * (t - 1.0) / 2.0;
            ties.triples += t * (t - 1.0) * (t - 2.0);
            ties.fives += t * (t - 1.0) * (2.0 * t + 5.0);
        }
        ties
    }
}

/// The number of discordant pairs, and of pairs tied in both columns.
///
/// With the items in order of x, then y, the discordant pairs are the inversions of y (Knight 1966).
pub(crate) fn discordant_pairs(x: &[f64], y: &[f64]) -> (f64, f64) {
    let (x, y) = (ranks(x), ranks(y));
    let mut order: Vec<usize> = (0..x.len()).collect();
    order.sort_by(|&a, &b| x[a].total_cmp(&x[b]).then(y[a].total_cmp(&y[b])));
    let same = order.chunk_by(|&a, &b| x[a] == x[b] && y[a] == y[b]);
    let tied_in_both = same.map(|group| group.len() as f64 * (group.len() as f64 - 1.0) / 2.0).sum();
    let mut sorted: Vec<f64> = order.iter().map(|&index| y[index]).collect();
    let mut buffer = sorted.clone();
    (sort_counting(&mut sorted, &mut buffer), tied_in_both)
}

/// Merge sort; returns the number of inversions.
fn sort_counting(values: &mut [f64], buffer: &mut [f64]) -> f64 {
    let n = values.len();
    if n < 2 {
        return 0.0;
    }
    let (low, high) = values.split_at_mut(n / 2);
    let (low_buffer, high_buffer) = buffer.split_at_mut(n / 2);
    let inside = sort_counting(low, low_buffer) + sort_counting(high, high_buffer);
    let across = merge(low, high, buffer);
    values.copy_from_slice(buffer);
    inside + across
}

/// Merges two sorted runs into `out`; returns how many pairs stood in the wrong order.
fn merge(low: &[f64], high: &[f64], out: &mut [f64]) -> f64 {
    let (mut i, mut j, mut inversions) = (0, 0, 0.0);
    for slot in out {
        if i < low.len() && (j == high.len() || low[i] <= high[j]) {
            *slot = low[i];
            i += 1;
        } else {
            *slot = high[j];
            inversions += (low.len() - i) as f64;
            j += 1;
        }
    }
    inversions
}
