//! The dense corner of the matrix: pairs of frequent words.

use super::cells::Cells;
use super::runs::{Packed, Packer};
use std::collections::HashMap;
use std::ops::Range;

/// Which cells are dense: those with (row + 1)·(column + 1) ≤ p, as in GloVe's own counting.
///
/// Words are numbered by falling frequency and frequencies fall like 1 / rank (Zipf), so these are the cells that
/// most meetings go to.
#[derive(Debug)]
pub(super) struct Hyperbola {
    /// Of each row, where its column 0 would lie (it may lie before the first cell); one row more, empty, stands for
    /// all others.
    starts: Vec<u32>,
    /// Of each row, the first column that is no longer dense.
    ends: Vec<u32>,
    symmetric: bool,
    n_cells: usize,
}

/// The first cell is no cell of a row: what does not belong in the corner may be added there.
const NO_CELL: usize = 1;

impl Hyperbola {
    /// As many of the most frequent pairs of `n_words` words as need at most `most` cells (below 2³¹).
    pub(super) fn new(n_words: usize, most: u64, symmetric: bool) -> Self {
        let n_cells =
            |product: u64| rows(n_words, product, symmetric).map(|row| row.len() as u64).sum::<u64>();
        // The largest product that fits lies between these two.
        let (mut fits, mut too_large) = (0, (most + 1).saturating_mul(2));
        while fits + 1 < too_large {
            let middle = fits + (too_large - fits) / 2;
            if n_cells(middle) <= most { fits = middle } else { too_large = middle }
        }
        let (mut starts, mut ends, mut next) = (Vec::new(), Vec::new(), NO_CELL as u32);
        for row in rows(n_words, fits, symmetric) {
            starts.push(next.wrapping_sub(row.start as u32));
            ends.push(row.end as u32);
            next += row.len() as u32;
        }
        starts.push(0);
        ends.push(0);
        Self { starts, ends, symmetric, n_cells: next as usize }
    }

    /// The place of a cell if it is dense, or 0.
    #[inline]
    pub(super) fn place(&self, (row, column): (u32, u32)) -> usize {
        let row = (row as usize).min(self.ends.len() - 1);
        let place = self.starts[row].wrapping_add(column);
        if column < self.ends[row] { place as usize } else { 0 }
    }

    /// All dense cells by rows and columns: this is also the order of their places.
    fn cells(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        let first = |row: u32| if self.symmetric { row } else { 0 };
        self.ends
            .iter()
            .zip(0..)
            .flat_map(move |(&end, row)| (first(row)..end).map(move |column| (row, column)))
    }
}

/// The dense columns of each row that has any.
fn rows(n_words: usize, product: u64, symmetric: bool) -> impl Iterator<Item = Range<usize>> {
    (0..n_words)
        .map(move |row| {
            let end = (product / (row as u64 + 1)).min(n_words as u64) as usize;
            (if symmetric { row } else { 0 })..end
        })
        .take_while(|row| !row.is_empty())
}

/// The counts of the dense cells that one thread has found, in units.
pub(super) struct Corner {
    counts: Vec<u32>,
    /// How often each count has passed 2³².
    carries: HashMap<usize, u64>,
}

impl Corner {
    pub(super) fn new(hyperbola: &Hyperbola) -> Self {
        Self { counts: vec![0; hyperbola.n_cells], carries: HashMap::new() }
    }

    /// Adds to the count at `place`.
    #[inline]
    pub(super) fn add(&mut self, place: usize, units: u32) {
        let (sum, is_over) = self.counts[place].overflowing_add(units);
        self.counts[place] = sum;
        if is_over {
            self.carry(place);
        }
    }

    #[cold]
    fn carry(&mut self, place: usize) {
        *self.carries.entry(place).or_default() += 1;
    }

    /// The sums of several corners as a run.
    pub(super) fn pack(corners: Vec<Self>, hyperbola: &Hyperbola, cells: Cells) -> Packed {
        let mut packer = Packer::default();
        for (place, cell) in (NO_CELL..).zip(hyperbola.cells()) {
            let units: u64 = corners.iter().map(|corner| corner.units(place)).sum();
            if units > 0 {
                packer.push(cells.key(cell), units);
            }
        }
        packer.finish()
    }

    fn units(&self, place: usize) -> u64 {
        let carries = if self.carries.is_empty() { None } else { self.carries.get(&place) };
        (carries.copied().unwrap_or(0) << 32) + u64::from(self.counts[place])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(n_words: usize, most: u64, symmetric: bool, want: &[(u32, u32)]) {
        let hyperbola = Hyperbola::new(n_words, most, symmetric);
        assert_eq!(hyperbola.cells().collect::<Vec<_>>(), want);
        assert_eq!(hyperbola.n_cells, NO_CELL + want.len());
        for row in 0..n_words as u32 {
            for column in if symmetric { row } else { 0 }..n_words as u32 {
                let place = want.iter().position(|&cell| cell == (row, column)).map_or(0, |i| i + NO_CELL);
                assert_eq!(hyperbola.place((row, column)), place, "{row}, {column}");
            }
        }
    }

    #[test]
    fn dense_cells_lie_under_a_hyperbola() {
        check(9, 5, true, &[(0, 0), (0, 1), (0, 2), (0, 3), (1, 1)]);
        check(9, 5, false, &[(0, 0), (0, 1), (0, 2), (1, 0), (2, 0)]);
        check(2, 1000, true, &[(0, 0), (0, 1), (1, 1)]);
        check(2, 1000, false, &[(0, 0), (0, 1), (1, 0), (1, 1)]);
    }

    #[test]
    fn tiny_budgets_and_vocabularies_have_no_dense_cells() {
        check(9, 0, true, &[]);
        check(0, 100, true, &[]);
    }

    #[test]
    fn sums_beyond_32_bits_are_carried() {
        let hyperbola = Hyperbola::new(3, 4, true);
        let mut corners = [Corner::new(&hyperbola), Corner::new(&hyperbola)];
        for corner in &mut corners {
            (0..5).for_each(|_| corner.add(2, u32::MAX));
        }
        assert_eq!(corners.iter().map(|c| c.units(2)).sum::<u64>(), 10 * u64::from(u32::MAX));
        assert_eq!(corners[0].units(1), 0);
    }
}
