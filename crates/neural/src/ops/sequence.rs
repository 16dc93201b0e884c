//! What recurrent layers share: a batch is cut into pieces, each of which runs through the whole sequence.
//!
//! Time-major tensors `[time, batch, width]` are copied into one buffer `[time, rows, width]` a piece, so that a thread
//! works on memory of its own and the recurrent weights stay in its cache.

/// Fewer sequences than this make too little of the weights.
const MIN_ROWS: usize = 10;
const PIECES: usize = 16;

/// Sequences `start` to `start + n` of a batch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    pub(crate) start: usize,
    pub(crate) n: usize,
}

/// The pieces of a batch of `n_batch` sequences; they depend on nothing else.
pub(crate) fn parts(n_batch: usize) -> Vec<Part> {
    let n_pieces = (n_batch / MIN_ROWS).clamp(1, PIECES);
    let per_piece = n_batch.div_ceil(n_pieces).max(1);
    (0..n_batch).step_by(per_piece).map(|start| Part { start, n: per_piece.min(n_batch - start) }).collect()
}

impl Part {
    /// The rows of this part at one time of `[time, batch, width]`.
    pub(crate) fn at<T>(self, values: &[T], time: usize, n_batch: usize, width: usize) -> &[T] {
        &values[(time * n_batch + self.start) * width..][..self.n * width]
    }

    /// As [`Part::at`], to be written.
    pub(crate) fn at_mut<T>(self, values: &mut [T], time: usize, n_batch: usize, width: usize) -> &mut [T] {
        &mut values[(time * n_batch + self.start) * width..][..self.n * width]
    }

    /// Copies this part, `[time, n, width]`, back to where it belongs in `[time, batch, width]`.
    pub(crate) fn put<T: Copy>(self, part: &[T], into: &mut [T], n_batch: usize, width: usize) {
        for (time, rows) in part.chunks_exact((self.n * width).max(1)).enumerate() {
            self.at_mut(into, time, n_batch, width).copy_from_slice(rows);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cover_the_batch() {
        for n_batch in 0..300 {
            let parts = parts(n_batch);
            let mut next = 0;
            for part in &parts {
                assert_eq!(part.start, next);
                assert!(part.n > 0);
                next += part.n;
            }
            assert!(next == n_batch && parts.len() <= PIECES);
        }
    }
}
