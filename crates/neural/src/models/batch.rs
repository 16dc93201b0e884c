//! What a step of training is made of.

use crate::{NeuralError, Result};

/// Words and what follows each of them: `u32[n_batch, time]` both, sequence after sequence.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    inputs: &'a [u32],
    targets: &'a [u32],
    n_batch: usize,
}

impl<'a> Batch<'a> {
    /// `n_batch` sequences of the same length. A target may be [`IGNORED`](crate::ops::IGNORED).
    ///
    /// # Errors
    /// If there are not as many targets as inputs, none at all, or they are no multiple of `n_batch`.
    pub fn new(inputs: &'a [u32], targets: &'a [u32], n_batch: usize) -> Result<Self> {
        if inputs.is_empty() || n_batch == 0 || !inputs.len().is_multiple_of(n_batch) {
            return Err(NeuralError::shape("inputs", format!("[{n_batch}, 1 or more]"), &[inputs.len()]));
        }
        if inputs.len() != targets.len() {
            return Err(NeuralError::shape("targets", format!("[{}]", inputs.len()), &[targets.len()]));
        }
        Ok(Self { inputs, targets, n_batch })
    }

    /// The words: `[n_batch, time]`.
    pub fn inputs(&self) -> &'a [u32] {
        self.inputs
    }

    /// What follows them: `[n_batch, time]`.
    pub fn targets(&self) -> &'a [u32] {
        self.targets
    }

    /// The number of sequences.
    pub fn n_batch(&self) -> usize {
        self.n_batch
    }

    /// Words in a sequence.
    pub fn time(&self) -> usize {
        self.inputs.len() / self.n_batch
    }
}

/// `[n_rows, n_cols]` to `[n_cols, n_rows]`.
pub(crate) fn transposed<T: Copy>(values: &[T], n_rows: usize) -> Vec<T> {
    let n_cols = values.len() / n_rows.max(1);
    (0..values.len()).map(|at| values[at % n_rows * n_cols + at / n_rows]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transposing_twice_changes_nothing() {
        let values = [1, 2, 3, 4, 5, 6];
        assert_eq!(transposed(&values, 2), [1, 4, 2, 5, 3, 6]);
        assert_eq!(transposed(&transposed(&values, 2), 3), values);
    }

    #[test]
    fn batches_that_do_not_fit_are_refused() {
        assert!(Batch::new(&[1, 2, 3], &[1, 2, 3], 2).is_err());
        assert!(Batch::new(&[1, 2], &[1], 1).is_err());
        assert!(Batch::new(&[], &[], 1).is_err() && Batch::new(&[1], &[1], 0).is_err());
    }
}
