//! Fewer columns for the same answer: the columns that only one row has become one column of that row.

use sememe_kernels::SparseRows;

/// Sparse rows in which the columns that only one row has are folded together.
///
/// Most n-grams stand in one text only. Let u be the part of a row in such columns. Both losses see it
/// through w·u alone, and the penalty ‖w‖² is least where w is a multiple of u there; so one column of value
/// ‖u‖ stands for them, with w = ω·u/‖u‖ from its weight ω. This is a rotation of the space of weights: the
/// minimum is the same, and so is every step towards it, of L-BFGS as well as of coordinate descent.
///
/// The other columns are renumbered by falling frequency, so that the weights used most lie together.
pub(crate) struct Folded {
    rows: SparseRows,
    /// For each original column, its folded column and the share of that column's weight it gets.
    places: Vec<(u32, f32)>,
}

/// The place of a column that no row has.
const NOWHERE: (u32, f32) = (u32::MAX, 0.0);

impl Folded {
    /// Folds `rows`. Column `n_shared + i` is the folded one of row `i`.
    pub(crate) fn new(rows: &SparseRows) -> Self {
        let counts = column_counts(rows);
        let (mut places, n_shared) = shared_places(&counts);
        let mut folded = SparseRows::new(n_shared + rows.n_rows());
        for (i, row) in rows.rows().enumerate() {
            let own = (n_shared + i) as u32;
            let (alone, shared): (Vec<_>, Vec<_>) =
                row.entries().partition(|&(j, _)| counts[j as usize] == 1);
            let mut entries: Vec<_> = shared.into_iter().map(|(j, x)| (places[j as usize].0, x)).collect();
            let norm = alone.iter().map(|&(_, x)| f64::from(x).powi(2)).sum::<f64>().sqrt();
            if norm > 0.0 {
                entries.push((own, norm as f32));
                alone.iter().for_each(|&(j, x)| places[j as usize] = (own, (f64::from(x) / norm) as f32));
            }
            folded.push_row(&mut entries);
        }
        Self { rows: folded, places }
    }

    /// The folded rows.
    pub(crate) fn rows(&self) -> &SparseRows {
        &self.rows
    }

    /// The weights of the original columns from those of the folded ones: `[columns, n_outputs]` both.
    pub(crate) fn unfold(&self, weights: &[f64], n_outputs: usize) -> Vec<f32> {
        let mut unfolded = Vec::with_capacity(self.places.len() * n_outputs);
        for &(column, share) in &self.places {
            let start = column as usize * n_outputs;
            match weights.get(start..start + n_outputs) {
                Some(weights) => unfolded.extend(weights.iter().map(|w| (f64::from(share) * w) as f32)),
                None => unfolded.resize(unfolded.len() + n_outputs, 0.0),
            }
        }
        unfolded
    }
}

/// In how many rows each column stands.
fn column_counts(rows: &SparseRows) -> Vec<u32> {
    let mut counts = vec![0; rows.n_cols()];
    for row in rows.rows() {
        row.columns.iter().for_each(|&column| counts[column as usize] += 1);
    }
    counts
}

/// The places of the columns that several rows have, most frequent first, and how many these are.
fn shared_places(counts: &[u32]) -> (Vec<(u32, f32)>, usize) {
    let mut shared: Vec<u32> = (0..counts.len() as u32).filter(|&j| counts[j as usize] > 1).collect();
    shared.sort_by_key(|&column| std::cmp::Reverse(counts[column as usize]));
    let mut places = vec![NOWHERE; counts.len()];
    for (new, &old) in shared.iter().enumerate() {
        places[old as usize] = (new as u32, 1.0);
    }
    (places, shared.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::solve::rows::Rows;

    fn rows() -> SparseRows {
        let mut rows = SparseRows::new(6);
        rows.push_row(&mut [(0, 3.0), (1, 1.0), (2, 4.0)]);
        rows.push_row(&mut [(1, 2.0), (4, 0.5)]);
        rows.push_row(&mut [(1, 1.0), (4, 0.5), (3, 0.0)]);
        rows
    }

    #[test]
    fn columns_of_one_row_become_one() {
        let folded = Folded::new(&rows());
        let entries: Vec<_> = folded.rows().rows().map(|row| row.entries().collect::<Vec<_>>()).collect();
        assert_eq!(entries, [vec![(0, 1.0), (2, 5.0)], vec![(0, 2.0), (1, 0.5)], vec![(0, 1.0), (1, 0.5)]]);
    }

    #[test]
    fn scores_stay_the_same() {
        let (rows, folded) = (rows(), Folded::new(&rows()));
        let weights: Vec<f64> = (0..folded.rows().n_cols() * 2).map(|i| i as f64 - 3.5).collect();
        let unfolded = folded.unfold(&weights, 2);
        for i in 0..3 {
            let (mut a, mut b) = ([0.0; 2], [0.0; 2]);
            rows.add_scores(i, &unfolded, &mut a);
            folded.rows().add_scores(i, &weights, &mut b);
            assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-5), "{a:?} {b:?}");
        }
    }

    #[test]
    fn columns_without_rows_get_no_weight() {
        let folded = Folded::new(&rows());
        let unfolded = folded.unfold(&vec![1.0; folded.rows().n_cols()], 1);
        assert_eq!(unfolded, [0.6, 1.0, 0.8, 0.0, 1.0, 0.0]);
    }
}
