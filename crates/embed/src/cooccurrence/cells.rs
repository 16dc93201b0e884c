//! Cells of the matrix of counts as numbers, and meetings as numbers.

use crate::EmbedError;

/// How row, column and distance share the 64 bits of a note: in this order, so that sorted notes are sorted by cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cells {
    /// Bits of a column.
    bits: u32,
    symmetric: bool,
}

impl Cells {
    /// Bits of a distance: windows are of 1000 words at most.
    const DISTANCE_BITS: u32 = 10;
    /// Two words and a distance then fill 64 bits.
    const MOST_WORDS: usize = 1 << 27;

    /// # Errors
    /// If there are too many words to number their pairs.
    pub(super) fn new(n_words: usize, symmetric: bool) -> Result<Self, EmbedError> {
        if n_words > Self::MOST_WORDS {
            return Err(EmbedError::TooManyWords { n_words, most: Self::MOST_WORDS });
        }
        Ok(Self { bits: n_words.next_power_of_two().trailing_zeros(), symmetric })
    }

    /// Whether a cell stands for both orders of its words.
    pub(super) fn is_symmetric(self) -> bool {
        self.symmetric
    }

    /// The cell of a word and one that stands before it.
    #[inline]
    pub(super) fn cell(self, word: u32, before: u32) -> (u32, u32) {
        if self.symmetric { (word.min(before), word.max(before)) } else { (word, before) }
    }

    /// The number of a cell: cells are numbered by rows and then columns.
    #[inline]
    pub(super) fn key(self, (row, column): (u32, u32)) -> u64 {
        u64::from(row) << self.bits | u64::from(column)
    }

    #[inline]
    pub(super) fn row_and_column(self, key: u64) -> (u32, u32) {
        ((key >> self.bits) as u32, (key & ((1 << self.bits) - 1)) as u32)
    }

    /// A meeting in a cell.
    #[inline]
    pub(super) fn note(self, cell: (u32, u32), distance: usize) -> u64 {
        self.key(cell) << Self::DISTANCE_BITS | distance as u64
    }

    /// The number of the cell of a note, and its distance.
    #[inline]
    pub(super) fn key_and_distance(note: u64) -> (u64, usize) {
        (note >> Self::DISTANCE_BITS, (note & ((1 << Self::DISTANCE_BITS) - 1)) as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(n_words: usize, symmetric: bool, (word, before): (u32, u32), want: (u32, u32)) {
        let cells = Cells::new(n_words, symmetric).unwrap();
        let cell = cells.cell(word, before);
        assert_eq!(cell, want);
        let (key, distance) = Cells::key_and_distance(cells.note(cell, 1000));
        assert_eq!((cells.row_and_column(key), distance), (want, 1000));
    }

    #[test]
    fn cells_and_distances_come_back() {
        check(5, true, (4, 1), (1, 4));
        check(5, true, (1, 4), (1, 4));
        check(5, false, (4, 1), (4, 1));
        check(1, true, (0, 0), (0, 0));
        let most = (1 << 27) - 1;
        check(1 << 27, false, (most, most), (most, most));
    }

    #[test]
    fn more_words_than_can_be_numbered_are_refused() {
        let error = Cells::new((1 << 27) + 1, true).unwrap_err();
        assert!(matches!(error, EmbedError::TooManyWords { n_words: 134_217_729, .. }));
    }
}
