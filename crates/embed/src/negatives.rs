//! Negative words.

use crate::EmbedError;
use sememe_kernels::{AliasTable, Rng};

/// Draws negative words in proportion to count to a power.
pub(crate) struct Negatives {
    table: AliasTable,
    n: usize,
}

impl Negatives {
    /// Will draw `n` at a time.
    pub(crate) fn new(counts: &[u64], exponent: f64, n: usize) -> Result<Self, EmbedError> {
        let weigh = |&count: &u64| if count == 0 { 0.0 } else { (count as f64).powf(exponent) };
        let weights: Vec<f64> = counts.iter().map(weigh).collect();
        let table = AliasTable::new(&weights).ok_or(EmbedError::NoCounts)?;
        Ok(Self { table, n })
    }

    /// Appends negatives to `rows`, which holds the positive word. A word that is already there is drawn
    /// again, a few times over: in a tiny vocabulary fewer negatives come out than asked for.
    #[inline]
    pub(crate) fn draw(&self, rows: &mut Vec<u32>, rng: &mut Rng) {
        let want = rows.len() + self.n;
        for _ in 0..4 * self.n {
            let row = self.table.sample(rng);
            if !rows.contains(&row) {
                rows.push(row);
                if rows.len() == want {
                    return;
                }
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
            let mut rows = vec![2];
            negatives.draw(&mut rows, &mut rng);
            assert_eq!((rows.len(), rows[0]), (5, 2));
            rows.sort_unstable();
            rows.dedup();
            assert_eq!(rows.len(), 5);
        }
    }

    #[test]
    fn a_vocabulary_of_one_word_has_no_negatives() {
        let mut rows = vec![0];
        Negatives::new(&[5], 0.75, 5).unwrap().draw(&mut rows, &mut Rng::new(1, 0));
        assert_eq!(rows, [0]);
    }

    #[test]
    fn words_that_never_occur_are_no_negatives() {
        let mut rows = vec![1];
        Negatives::new(&[0, 5, 0, 5], 0.0, 3).unwrap().draw(&mut rows, &mut Rng::new(1, 0));
        assert_eq!(rows, [1, 3]);
        assert!(matches!(Negatives::new(&[0, 0], 0.75, 1), Err(EmbedError::NoCounts)));
    }
}
