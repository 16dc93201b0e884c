//! One long stream, cut in rows that are read side by side.

use super::{Sentences, TrainingBatch};
use crate::ops::IGNORED;

/// All sentences of an epoch one after the other, `[n_rows, length]`; the end of the last row is padded.
#[derive(Clone, Debug)]
pub(super) struct Stream {
    inputs: Vec<u32>,
    targets: Vec<u32>,
    length: usize,
    n_rows: usize,
    time: usize,
}

impl Stream {
    /// Sentences in the order `order`; no more rows than there are targets.
    pub(super) fn new(sentences: &Sentences, order: &[usize], n_rows: usize, time: usize) -> Self {
        let n = sentences.n_targets() as usize;
        let length = n.div_ceil(n_rows.max(1)).max(1);
        let n_rows = n.div_ceil(length).max(1);
        let (mut inputs, mut targets) =
            (Vec::with_capacity(n_rows * length), Vec::with_capacity(n_rows * length));
        order.iter().for_each(|&i| sentences.append(i, &mut inputs, &mut targets));
        inputs.resize(n_rows * length, 0);
        targets.resize(n_rows * length, IGNORED);
        Self { inputs, targets, length, n_rows, time: time.max(1) }
    }

    pub(super) fn n_batches(&self) -> usize {
        self.length.div_ceil(self.time)
    }

    /// The window with number `i`: `[n_rows, time]`, the last one shorter.
    pub(super) fn batch(&self, i: usize) -> TrainingBatch {
        let start = i * self.time;
        let end = (start + self.time).min(self.length);
        let window = |all: &[u32]| -> Vec<u32> {
            all.chunks_exact(self.length).flat_map(|row| row[start..end].iter().copied()).collect()
        };
        TrainingBatch::new(window(&self.inputs), window(&self.targets), self.n_rows, i == 0)
    }
}

#[cfg(test)]
mod tests {
    use super::super::sentences::tests::sentences;
    use super::*;

    #[track_caller]
    fn check(n_rows: usize, time: usize, want: &[(&[u32], &[u32])]) {
        let sentences = sentences(&[&[5, 6], &[7], &[8]]);
        let stream = Stream::new(&sentences, &[0, 1, 2], n_rows, time);
        assert_eq!(stream.n_batches(), want.len());
        for (i, (inputs, targets)) in want.iter().enumerate() {
            let batch = stream.batch(i);
            assert_eq!((batch.inputs(), batch.targets()), (*inputs, *targets));
            assert_eq!(batch.is_first(), i == 0);
        }
    }

    #[test]
    fn rows_go_on_from_window_to_window() {
        const X: u32 = IGNORED;
        // Inputs 0 5 6 0 7 0 8, targets 5 6 1 7 1 8 1.
        check(1, 4, &[(&[0, 5, 6, 0], &[5, 6, 1, 7]), (&[7, 0, 8], &[1, 8, 1])]);
        check(2, 2, &[(&[0, 5, 7, 0], &[5, 6, 1, 8]), (&[6, 0, 8, 0], &[1, 7, 1, X])]);
        check(2, 9, &[(&[0, 5, 6, 0, 7, 0, 8, 0], &[5, 6, 1, 7, 1, 8, 1, X])]);
    }

    #[test]
    fn no_row_is_all_padding() {
        let sentences = sentences(&[&[5, 6], &[7], &[8]]);
        // 7 places in 5 rows of 2 would leave one row empty.
        let batch = Stream::new(&sentences, &[0, 1, 2], 5, 9).batch(0);
        assert_eq!((batch.n_rows(), batch.n_targets()), (4, 7));
    }
}
