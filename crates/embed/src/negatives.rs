//! Negative words.

use crate::EmbedError;
use sememe_kernels::{AliasTable, Rng};

/// Draws negative words in proportion to count to a power.
#[derive(Debug)]
pub(crate) struct Negatives {
    table: AliasTable,
    n: usize,
    most_frequent: f64,
}

impl Negatives {
    /// Will draw `n` at a time.
    pub(crate) fn new(counts: &[u64], exponent: f64, n: usize) -> Result<Self, EmbedError> {
        let weigh = |&count: &u64| if count == 0 { 0.0 } else { (count as f64).powf(exponent) };
        let weights: Vec<f64> = counts.iter().map(weigh).collect();
        let table = AliasTable::new(&weights).ok_or(EmbedError::NoCounts)?;
        let largest = weights.iter().copied().fold(0.0, f64::max);
        Ok(Self { table, n, most_frequent: n as f64 * largest / weights.iter().sum::<f64>() })
    }

    /// How many of the negatives of a draw are the most frequent word, on average.
    pub(crate) fn most_frequent(&self) -> f64 {
        self.most_frequent
    }

    /// Draws one, whatever it is.
    #[inline]
    pub(crate) fn one(&self, rng: &mut Rng) -> u32 {
        self.table.sample(rng)
    }

    /// Appends `word` and its negatives to `rows`. A negative that is the word or was drawn before is drawn again,
    /// a few times over: in a tiny vocabulary fewer come out than asked for.
    #[inline]
    pub(crate) fn draw(&self, word: u32, rows: &mut Vec<u32>, rng: &mut Rng) {
        let start = rows.len();
        rows.push(word);
        // All at once, so that the lookups overlap; doubles are rare.
        rows.extend((0..self.n).map(|_| self.table.sample(rng)));
        let mut n_more = 3 * self.n;
        let mut i = start + 1;
        while i < rows.len() {
            if !rows[start..i].contains(&rows[i]) {
                i += 1;
            } else if n_more > 0 {
                n_more -= 1;
                rows[i] = self.table.sample(rng);
            } else {
                rows.swap_remove(i);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn negatives_differ_from_the_word_and_from_each_other() {
        let (negatives, mut rng) = (Negatives::new(&[3; 50], 0.75, 4).unwrap(), Rng::new(1, 0));
        for _ in 0..1000 {
            let mut rows = Vec::new();
            negatives.draw(2, &mut rows, &mut rng);
            assert_eq!((rows.len(), rows[0]), (5, 2));
            rows.sort_unstable();
            rows.dedup();
            assert_eq!(rows.len(), 5);
        }
    }

    #[test]
    fn a_vocabulary_of_one_word_has_no_negatives() {
        let mut rows = Vec::new();
        Negatives::new(&[5], 0.75, 5).unwrap().draw(0, &mut rows, &mut Rng::new(1, 0));
        assert_eq!(rows, [0]);
    }

    #[test]
    fn words_that_never_occur_are_no_negatives() {
        let mut rows = vec![3];
        Negatives::new(&[0, 5, 0, 5], 0.0, 3).unwrap().draw(1, &mut rows, &mut Rng::new(1, 0));
        assert_eq!(rows, [3, 1, 3], "what stood there before does not matter");
        assert!(matches!(Negatives::new(&[0, 0], 0.75, 1), Err(EmbedError::NoCounts)));
    }
}
