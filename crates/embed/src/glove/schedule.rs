//! Which records can be trained at the same time.

use super::record::Record;
use sememe_kernels::Rng;

/// A stream of random numbers that no cell uses in any epoch.
const STREAM: u64 = u64::MAX - 1;

/// Words fall into groups, and records into cells: one for each pair of groups, with the records that have a word in
/// each. Cells without a common group share no row, so threads can train them at the same time, and it makes no
/// difference who is first (Gemulla et al. 2011, "Large-Scale Matrix Factorization with Distributed Stochastic Gradient
/// Descent").
///
/// An epoch has as many rounds as there are groups, in each of which every group is in one cell: all cells of two groups
/// as in a tournament of `n_groups` players, and in one round those of a group with itself. The number of groups depends
/// on the counts alone, and so does the result: threads only decide how long it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Schedule {
    /// One, or an even number.
    n_groups: usize,
}

impl Schedule {
    /// Meetings for each cell, were every meeting that of another pair: a cell is then worth the start of a thread,
    /// and fits into the nearer caches. Few in tests, so that there are many cells.
    const MEETINGS: u64 = if cfg!(test) { 1 << 10 } else { 1 << 15 };

    /// So half as many threads can work at once, and the chunks that cells are gathered in take 32 MiB.
    const MOST_GROUPS: u64 = 64;

    /// The schedule for `n_meetings` meetings of words.
    pub(super) fn new(n_meetings: u64) -> Self {
        let n_cells = n_meetings / Self::MEETINGS;
        let n_groups = (2 * n_cells).isqrt() / 2 * 2;
        Self { n_groups: n_groups.clamp(1, Self::MOST_GROUPS) as usize }
    }

    pub(super) fn n_cells(self) -> usize {
        self.n_groups * (self.n_groups + 1) / 2
    }

    /// The cell of a record. Ids go by frequency, so that groups of every n-th word are of about one size.
    #[inline]
    pub(super) fn cell_of(self, record: Record) -> usize {
        self.cell(record.row as usize % self.n_groups, record.column as usize % self.n_groups)
    }

    /// The cell of two groups, in any order.
    fn cell(self, a: usize, b: usize) -> usize {
        let (low, high) = (a.min(b), a.max(b));
        high * (high + 1) / 2 + low
    }

    pub(super) fn n_rounds(self) -> usize {
        self.n_groups
    }

    /// The rounds of an epoch, in the order of their training, which is another in each.
    pub(super) fn rounds(self, seed: u64, epoch: usize) -> Vec<usize> {
        let mut rounds: Vec<usize> = (0..self.n_rounds()).collect();
        Rng::new(seed, STREAM - epoch as u64).shuffle(&mut rounds);
        rounds
    }

    /// The cells of a round, by the circle method: all players but the last stand in a circle that turns by one place
    /// from round to round, and play those across.
    pub(super) fn cells(self, round: usize) -> Vec<usize> {
        let last = self.n_groups - 1;
        if round == last {
            return (0..self.n_groups).map(|group| self.cell(group, group)).collect();
        }
        let across = |k: usize| self.cell((round + k) % last, (round + last - k) % last);
        [self.cell(round, last)].into_iter().chain((1..self.n_groups / 2).map(across)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The groups of each cell.
    fn groups(schedule: Schedule) -> Vec<(u32, u32)> {
        let mut groups = vec![(0, 0); schedule.n_cells()];
        for a in 0..schedule.n_groups as u32 {
            for b in a..schedule.n_groups as u32 {
                groups[schedule.cell_of(Record { row: b, column: a, log: 0.0, weight: 0.0 })] = (a, b);
            }
        }
        groups
    }

    #[track_caller]
    fn check(n_groups: usize) {
        let schedule = Schedule { n_groups };
        let groups = groups(schedule);
        let mut seen = Vec::new();
        for round in schedule.rounds(1, 0) {
            let cells = schedule.cells(round);
            let mut players: Vec<u32> = Vec::new();
            for &cell in &cells {
                let (a, b) = groups[cell];
                players.extend(if a == b { vec![a] } else { vec![a, b] });
            }
            players.sort_unstable();
            assert_eq!(
                players,
                (0..n_groups as u32).collect::<Vec<_>>(),
                "each group is in one cell of a round"
            );
            seen.extend(cells);
        }
        seen.sort_unstable();
        assert_eq!(
            seen,
            (0..schedule.n_cells()).collect::<Vec<_>>(),
            "each cell is in one round of an epoch"
        );
    }

    #[test]
    fn cells_of_a_round_share_no_group() {
        [1, 2, 4, 6, 12, 64].into_iter().for_each(check);
    }

    #[test]
    fn groups_are_one_or_even_and_not_too_many() {
        let n_groups = |n_cells: u64| Schedule::new(n_cells * Schedule::MEETINGS).n_groups;
        assert_eq!([0, 1, 2, 7, 8, 50, 1 << 20].map(n_groups), [1, 1, 2, 2, 4, 10, 64]);
    }

    #[test]
    fn every_epoch_has_an_order_of_its_own() {
        let schedule = Schedule { n_groups: 32 };
        assert_ne!(schedule.rounds(1, 0), schedule.rounds(1, 1));
        assert_eq!(schedule.rounds(1, 1), schedule.rounds(1, 1));
    }
}
