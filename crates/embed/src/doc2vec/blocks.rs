//! The words of a document in blocks that are predicted in one step.

use super::Doc2VecSettings;
use crate::negatives::Negatives;
use sememe_kernels::Rng;
use std::ops::Range;

/// Blocks of words that one vector predicts, and what each of their output rows is to become.
///
/// A block of n words with k negatives each would draw n·k. It draws fewer, which all of its words share, and lets
/// each count as often as it would have been drawn: the gradient is the same on average, and a row is fetched once
/// a block. A word that was drawn as its own negative does not count, as in word2vec. All that a row takes part in is
/// one term: with p times as the word and q times as a negative, p·ln σ + q·ln(1 − σ) has the gradient
/// (p + q)·(label − σ), where the label is p / (p + q).
#[derive(Debug, Default)]
pub(super) struct Blocks {
    pub(super) rows: Vec<u32>,
    pub(super) labels: Vec<f32>,
    /// How often each row counts.
    pub(super) weights: Vec<f32>,
    /// Where each block ends.
    ends: Vec<usize>,
    /// Words of each block.
    n_words: Vec<usize>,
    /// How often each row of the current block is a word, and was drawn.
    counts: Vec<[u32; 2]>,
}

/// How negatives are shared.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sharing {
    /// Words of a block.
    pub(super) block: usize,
    /// Negatives that a word would have of its own.
    pub(super) negatives: usize,
    /// Negatives that are drawn for a block.
    pub(super) draws: usize,
}

impl Sharing {
    pub(super) fn of(settings: &Doc2VecSettings) -> Self {
        let Doc2VecSettings { block, negatives, .. } = *settings;
        let draws = negatives.max(block);
        Self { block, negatives, draws }
    }
}

impl Blocks {
    /// Cuts `words` into blocks and draws their negatives.
    pub(super) fn plan(&mut self, words: &[u32], sharing: Sharing, negatives: &Negatives, rng: &mut Rng) {
        self.rows.clear();
        self.labels.clear();
        self.weights.clear();
        self.ends.clear();
        self.n_words.clear();
        for words in words.chunks(sharing.block) {
            self.push(words, sharing, negatives, rng);
        }
    }

    fn push(&mut self, words: &[u32], sharing: Sharing, negatives: &Negatives, rng: &mut Rng) {
        let start = self.rows.len();
        self.counts.clear();
        words.iter().for_each(|&word| self.count(start, word, 0));
        // A block that is not full draws in proportion.
        let draws = (sharing.draws * words.len()).div_ceil(sharing.block);
        (0..draws).for_each(|_| self.count(start, negatives.one(rng), 1));
        let each = sharing.negatives as f32 / draws as f32;
        for &[n_word, n_drawn] in &self.counts {
            let word = n_word as f32;
            let negative = n_drawn as f32 * (words.len() as f32 - word) * each;
            self.labels.push(word / (word + negative));
            self.weights.push(word + negative);
        }
        self.ends.push(self.rows.len());
        self.n_words.push(words.len());
    }

    #[inline]
    fn count(&mut self, start: usize, row: u32, which: usize) {
        let known = self.rows[start..].iter().position(|&known| known == row);
        let at = known.unwrap_or_else(|| {
            self.rows.push(row);
            self.counts.push([0; 2]);
            self.counts.len() - 1
        });
        self.counts[at][which] += 1;
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Words of block number `block`.
    pub(super) fn n_words(&self, block: usize) -> usize {
        self.n_words[block]
    }

    /// Where the rows of block number `block` are; behind the last block there are none.
    #[inline]
    pub(super) fn range(&self, block: usize) -> Range<usize> {
        let start = if block == 0 { 0 } else { *self.ends.get(block - 1).unwrap_or(&self.rows.len()) };
        start..*self.ends.get(block).unwrap_or(&start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The blocks of `words`, and what all their rows together count for.
    fn plan(words: &[u32], sharing: Sharing, seed: u64) -> Blocks {
        let negatives = Negatives::new(&[4, 3, 2, 1, 1], 1.0, sharing.negatives).unwrap();
        let mut blocks = Blocks::default();
        blocks.plan(words, sharing, &negatives, &mut Rng::new(seed, 0));
        blocks
    }

    #[test]
    fn words_are_cut_into_blocks() {
        let blocks = plan(&[0, 1, 2, 3, 4], Sharing { block: 2, negatives: 3, draws: 4 }, 1);
        assert_eq!(blocks.len(), 3);
        assert_eq!([0, 1, 2].map(|block| blocks.n_words(block)), [2, 2, 1]);
        assert_eq!([0, 1, 2].map(|block| blocks.rows[blocks.range(block).start]), [0, 2, 4]);
        assert_eq!((blocks.range(2).end, blocks.range(3).len()), (blocks.rows.len(), 0));
        assert_eq!((blocks.rows.len(), blocks.rows.len()), (blocks.labels.len(), blocks.weights.len()));
        assert_eq!(plan(&[], Sharing { block: 2, negatives: 3, draws: 4 }, 1).len(), 0);
    }

    /// The mean over many draws of how often row `row` counts as the word, and as a negative.
    fn mean(words: &[u32], sharing: Sharing, row: u32) -> [f32; 2] {
        const N: u64 = 20_000;
        let mut sums = [0.0; 2];
        for seed in 0..N {
            let blocks = plan(words, sharing, seed);
            for (at, _) in blocks.rows.iter().enumerate().filter(|(_, found)| **found == row) {
                sums[0] += blocks.weights[at] * blocks.labels[at];
                sums[1] += blocks.weights[at] * (1.0 - blocks.labels[at]);
            }
        }
        sums.map(|sum| sum / N as f32)
    }

    #[test]
    fn shared_negatives_count_as_often_as_those_of_each_word() {
        let words = [0, 0, 3, 1];
        // Each word draws five: row 0, with probability 4 / 11, is no negative of the two words that it is.
        let want = |row: usize, others: f32| 5.0 * others * [4.0, 3.0, 2.0, 1.0, 1.0][row] / 11.0;
        for sharing in
            [(1, 5), (4, 5), (4, 16), (3, 4)].map(|(block, draws)| Sharing { block, negatives: 5, draws })
        {
            for (row, times, others) in [(0, 2.0, 2.0), (2, 0.0, 4.0), (3, 1.0, 3.0)] {
                let [word, negative] = mean(&words, sharing, row);
                assert!((word - times).abs() < 1e-3, "{sharing:?}, row {row}: {word} times the word");
                let want = want(row as usize, others);
                assert!(
                    (negative - want).abs() < 0.1,
                    "{sharing:?}, row {row}: {negative}, not {want} negatives"
                );
            }
        }
    }
}
