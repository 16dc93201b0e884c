//! Sentences side by side, each on its own.

use super::{Sentences, TrainingBatch};
use crate::ops::IGNORED;
use sememe_kernels::Rng;

/// Batches whose lengths are sorted together: the more, the less padding, and the less chance.
const POOL: usize = 32;

/// A part of a sentence, as long as a sequence may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Part {
    sentence: usize,
    start: usize,
    length: usize,
}

/// Batches of sentences of about the same length.
#[derive(Clone, Debug)]
pub(super) struct Buckets {
    parts: Vec<Part>,
    /// Batch i is `parts[ranges[i].0..ranges[i].1]`.
    ranges: Vec<(usize, usize)>,
}

impl Buckets {
    /// `n_rows` sentences a batch, of those in `order`; longer ones than `time` are cut. Batches come in random order
    /// where there is one.
    pub(super) fn new(
        sentences: &Sentences,
        order: &[usize],
        [n_rows, time]: [usize; 2],
        shuffle: Option<&mut Rng>,
    ) -> Self {
        let (n_rows, time) = (n_rows.max(1), time.max(1));
        let mut parts = Vec::with_capacity(order.len());
        for &sentence in order {
            let n = sentences.n_targets_of(sentence);
            let part = |start| Part { sentence, start, length: time.min(n - start) };
            parts.extend((0..n).step_by(time).map(part));
        }
        for pool in parts.chunks_mut(n_rows.saturating_mul(POOL)) {
            // Stable, so that the order of equals is that of the shuffle.
            pool.sort_by_key(|part| part.length);
        }
        let mut ranges: Vec<_> = (0..parts.len())
            .step_by(n_rows)
            .map(|start| (start, (start + n_rows).min(parts.len())))
            .collect();
        if let Some(rng) = shuffle {
            rng.shuffle(&mut ranges);
        }
        Self { parts, ranges }
    }

    pub(super) fn n_batches(&self) -> usize {
        self.ranges.len()
    }

    /// The batch with number `i`: `[rows, time]`, shorter sentences padded.
    pub(super) fn batch(&self, sentences: &Sentences, i: usize) -> TrainingBatch {
        let parts = &self.parts[self.ranges[i].0..self.ranges[i].1];
        let time = parts.iter().map(|part| part.length).max().unwrap_or(0);
        let n = parts.len() * time;
        let (mut inputs, mut targets) = (Vec::with_capacity(n), Vec::with_capacity(n));
        let (mut from, mut to) = (Vec::new(), Vec::new());
        for (row, part) in parts.iter().enumerate() {
            from.clear();
            to.clear();
            sentences.append(part.sentence, &mut from, &mut to);
            let own = part.start..part.start + part.length;
            inputs.extend_from_slice(&from[own.clone()]);
            targets.extend_from_slice(&to[own]);
            inputs.resize((row + 1) * time, 0);
            targets.resize((row + 1) * time, IGNORED);
        }
        TrainingBatch::new(inputs, targets, parts.len(), true)
    }
}

#[cfg(test)]
mod tests {
    use super::super::sentences::tests::sentences;
    use super::*;

    #[test]
    fn sentences_of_one_length_come_together() {
        let sentences = sentences(&[&[5, 6, 7], &[8], &[9, 10, 11], &[12]]);
        let buckets = Buckets::new(&sentences, &[0, 1, 2, 3], [2, 99], None);
        let batches: Vec<_> = (0..buckets.n_batches()).map(|i| buckets.batch(&sentences, i)).collect();
        assert_eq!(batches.len(), 2);
        assert_eq!((batches[0].inputs(), batches[0].targets()), (&[0, 8, 0, 12][..], &[8, 1, 12, 1][..]));
        assert_eq!(batches[1].targets(), [5, 6, 7, 1, 9, 10, 11, 1]);
    }

    #[test]
    fn shorter_sentences_are_padded_and_longer_ones_cut() {
        let sentences = sentences(&[&[5, 6, 7], &[8]]);
        let buckets = Buckets::new(&sentences, &[0, 1], [3, 3], None);
        let batch = buckets.batch(&sentences, 0);
        assert_eq!(batch.inputs(), [7, 0, 0, 0, 8, 0, 0, 5, 6]);
        assert_eq!(batch.targets(), [1, IGNORED, IGNORED, 8, 1, IGNORED, 5, 6, 7]);
        assert_eq!((batch.n_rows(), batch.n_targets(), batch.is_first()), (3, 6, true));
    }
}
