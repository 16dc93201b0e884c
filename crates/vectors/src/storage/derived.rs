//! Rows that are made of other rows.

use super::{Storage, StorageKind, lend};
use crate::Buckets;
use crate::mapped::Bytes;
use sememe_vocab::Vocab;
use std::sync::Arc;

/// Rows times a factor each: unit vectors and their norms.
#[derive(Clone, Debug)]
pub(crate) struct ScaledRows {
    rows: Arc<dyn Storage>,
    /// Little-endian `f32`, one a row.
    factors: Bytes,
}

impl ScaledRows {
    /// `None` if there are fewer factors than rows or more.
    pub(crate) fn new(rows: Arc<dyn Storage>, factors: Bytes) -> Option<Self> {
        (rows.n_rows().checked_mul(size_of::<f32>()) == Some(factors.len())).then_some(Self { rows, factors })
    }
}

impl Storage for ScaledRows {
    fn n_rows(&self) -> usize {
        self.rows.n_rows()
    }

    fn dim(&self) -> usize {
        self.rows.dim()
    }

    fn read_row(&self, i: usize, into: &mut [f32]) {
        let factor = f32::from_le_bytes(self.factors.as_chunks().0[i]);
        self.rows.read_row(i, into);
        into.iter_mut().for_each(|x| *x *= factor);
    }

    fn kind(&self) -> StorageKind {
        self.rows.kind()
    }
}

/// Some of the rows of another storage, in any order.
#[derive(Clone, Debug)]
pub(crate) struct SelectedRows {
    rows: Arc<dyn Storage>,
    /// Row `i` is that row of the others.
    chosen: Chosen,
}

#[derive(Clone, Debug)]
enum Chosen {
    /// So many, from this one on.
    Run(usize, usize),
    /// Those, all of them there.
    List(Box<[u32]>),
}

impl SelectedRows {
    /// Those with the numbers in `range`; `None` if not all are there.
    pub(crate) fn run(rows: Arc<dyn Storage>, range: std::ops::Range<usize>) -> Option<Self> {
        let fits = range.start <= range.end && range.end <= rows.n_rows();
        fits.then(|| Self { rows, chosen: Chosen::Run(range.start, range.len()) })
    }

    /// Those with the numbers in `list`; `None` if not all are there.
    pub(crate) fn list(rows: Arc<dyn Storage>, list: Box<[u32]>) -> Option<Self> {
        let fits = list.iter().all(|&i| (i as usize) < rows.n_rows());
        fits.then_some(Self { rows, chosen: Chosen::List(list) })
    }

    fn place(&self, i: usize) -> usize {
        match &self.chosen {
            Chosen::Run(start, len) => {
                assert!(i < *len, "row {i} of {len}");
                start + i
            }
            Chosen::List(list) => list[i] as usize,
        }
    }
}

impl Storage for SelectedRows {
    fn n_rows(&self) -> usize {
        match &self.chosen {
            Chosen::Run(_, len) => *len,
            Chosen::List(list) => list.len(),
        }
    }

    fn dim(&self) -> usize {
        self.rows.dim()
    }

    fn read_row(&self, i: usize, into: &mut [f32]) {
        self.rows.read_row(self.place(i), into);
    }

    fn borrow_row(&self, i: usize) -> Option<&[f32]> {
        self.rows.borrow_row(self.place(i))
    }

    fn kind(&self) -> StorageKind {
        self.rows.kind()
    }
}

/// Vectors of words as fastText defines them, put together whenever they are read.
#[derive(Clone, Debug)]
pub(crate) struct ComposedRows {
    vocab: Arc<Vocab>,
    own: Arc<dyn Storage>,
    buckets: Arc<Buckets>,
}

impl ComposedRows {
    /// A row of `own` for each word of `vocab`, of the dimension of the buckets.
    pub(crate) fn new(vocab: Arc<Vocab>, own: Arc<dyn Storage>, buckets: Arc<Buckets>) -> Self {
        Self { vocab, own, buckets }
    }
}

impl Storage for ComposedRows {
    fn n_rows(&self) -> usize {
        self.own.n_rows()
    }

    fn dim(&self) -> usize {
        self.own.dim()
    }

    fn read_row(&self, i: usize, into: &mut [f32]) {
        let mut room = Vec::new();
        let word = self.vocab.word(sememe_vocab::WordId(i as u32));
        self.buckets.mean(word, Some(lend(&*self.own, i, &mut room)), into);
    }

    fn kind(&self) -> StorageKind {
        self.own.kind()
    }

    fn own_rows(&self) -> Option<&dyn Storage> {
        Some(&*self.own)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Subwords;
    use sememe_kernels::Matrix;

    fn rows() -> Arc<dyn Storage> {
        Arc::new(Matrix::from_vec(3, 2, vec![1., 2., 3., 4., 5., 6.]).unwrap())
    }

    fn row(rows: &dyn Storage, i: usize) -> Vec<f32> {
        let mut row = vec![0.0; rows.dim()];
        rows.read_row(i, &mut row);
        row
    }

    #[test]
    fn factors_scale_rows() {
        let factors: Bytes = [1f32, 10., 2.].map(f32::to_le_bytes).concat().into();
        let scaled = ScaledRows::new(rows(), factors.clone()).unwrap();
        assert_eq!(row(&scaled, 1), [30., 40.]);
        assert!(scaled.borrow_row(1).is_none());
        assert!(ScaledRows::new(rows(), factors.slice(0..8).unwrap()).is_none());
    }

    #[test]
    fn rows_are_selected_as_runs_and_lists() {
        let run = SelectedRows::run(rows(), 1..3).unwrap();
        assert_eq!((run.n_rows(), row(&run, 1)), (2, vec![5., 6.]));
        let list = SelectedRows::list(rows(), Box::new([2, 0])).unwrap();
        assert_eq!(
            (list.n_rows(), row(&list, 1), list.borrow_row(0)),
            (2, vec![1., 2.], Some(&[5., 6.][..]))
        );
        assert!(
            SelectedRows::run(rows(), 1..4).is_none() && SelectedRows::list(rows(), Box::new([3])).is_none()
        );
    }

    #[test]
    fn words_are_composed_when_read() {
        let vocab = Arc::new(Vocab::from_words([("a", 1), ("b", 1), ("</s>", 1)], 0).unwrap());
        let subwords = Subwords::new(3, 3, 1).unwrap();
        let buckets = Buckets::new(subwords, Matrix::from_vec(1, 2, vec![9., 0.]).unwrap()).unwrap();
        let composed = ComposedRows::new(vocab, rows(), Arc::new(buckets));
        assert_eq!(row(&composed, 1), [6., 2.]);
        assert_eq!(row(&composed, 2), [5., 6.]);
    }
}
