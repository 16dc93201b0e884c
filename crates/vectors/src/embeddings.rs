//! Words and their vectors.

use crate::{MAX_DIM, Storage, VectorsError};
use sememe_kernels::Matrix;
use sememe_vocab::{Vocab, WordId};
use std::sync::Arc;

/// A vocabulary and a vector for each of its words: `f32[len, dim]`.
///
/// A clone shares both.
#[derive(Clone)]
pub struct Embeddings {
    vocab: Arc<Vocab>,
    storage: Arc<dyn Storage>,
}

impl Embeddings {
    /// Vectors in memory: row `i` belongs to the word with id `i`.
    ///
    /// # Errors
    /// If there are more or fewer rows than words, or the rows are empty or longer than [`MAX_DIM`].
    pub fn new(vocab: Vocab, rows: Matrix) -> Result<Self, VectorsError> {
        Self::from_storage(vocab, rows)
    }

    /// Vectors wherever `storage` has them.
    ///
    /// # Errors
    /// As for [`Embeddings::new`].
    pub fn from_storage(vocab: Vocab, storage: impl Storage + 'static) -> Result<Self, VectorsError> {
        if vocab.len() != storage.n_rows() {
            return Err(VectorsError::Rows { words: vocab.len(), rows: storage.n_rows() });
        }
        if !(1..=MAX_DIM).contains(&storage.dim()) {
            return Err(VectorsError::Dimension { found: storage.dim() });
        }
        Ok(Self { vocab: Arc::new(vocab), storage: Arc::new(storage) })
    }

    /// The words, with their ids and counts. Files of word2vec and GloVe hold no counts: those are 0.
    pub fn vocab(&self) -> &Vocab {
        &self.vocab
    }

    /// Numbers in a vector.
    pub fn dim(&self) -> usize {
        self.storage.dim()
    }

    /// The number of words.
    pub fn len(&self) -> usize {
        self.storage.n_rows()
    }

    /// Whether there are no words.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The vector of the word with this id: `f32[dim]`. Panics if there is no such id.
    #[inline]
    pub fn row(&self, id: WordId) -> &[f32] {
        self.storage.row(id.index())
    }

    /// The vector of `word`: `f32[dim]`.
    pub fn vector(&self, word: &str) -> Option<&[f32]> {
        self.vocab.id(word).map(|id| self.row(id))
    }

    /// All vectors, in the order of the ids.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[f32]> {
        (0..self.len()).map(|i| self.storage.row(i))
    }

    /// Every word with its vector, in the order of the ids.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &[f32])> {
        self.vocab.words().zip(self.rows())
    }

    /// A copy of the first `n_rows` vectors, or of all if there are fewer: `f32[min(n_rows, len), dim]`.
    pub fn to_matrix(&self, n_rows: usize) -> Matrix {
        let mut matrix = Matrix::zeros(n_rows.min(self.len()), self.dim());
        for (i, row) in self.rows().take(n_rows).enumerate() {
            matrix.row_mut(i).copy_from_slice(row);
        }
        matrix
    }

    /// Looks at every number: files that are mapped are not looked at when they are opened.
    ///
    /// # Errors
    /// At the first NaN or infinity, naming the word and the column.
    pub fn check_finite(&self) -> Result<(), VectorsError> {
        self.iter().try_for_each(|(word, row)| check_finite(word, row))
    }
}

/// Refuses a vector with a NaN or an infinity.
pub(crate) fn check_finite(word: &str, row: &[f32]) -> Result<(), VectorsError> {
    match first_not_finite(row) {
        Some((column, found)) => Err(VectorsError::NotFinite { word: word.to_owned(), column, found }),
        None => Ok(()),
    }
}

/// Column and value of the first NaN or infinity.
pub(crate) fn first_not_finite(row: &[f32]) -> Option<(usize, f32)> {
    // Without early exit the first pass becomes vector code.
    if row.iter().fold(true, |all, x| all & x.is_finite()) {
        return None;
    }
    row.iter().copied().enumerate().find(|(_, x)| !x.is_finite())
}

impl std::fmt::Debug for Embeddings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Embeddings({} x {})", self.len(), self.dim())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn embeddings(words: &[&str], n_rows: usize, dim: usize) -> Result<Embeddings, VectorsError> {
        let vocab = Vocab::from_words(words.iter().map(|word| (word, 1)), 0).unwrap();
        let values = (0..n_rows * dim).map(|i| i as f32).collect();
        Embeddings::new(vocab, Matrix::from_vec(n_rows, dim, values).unwrap())
    }

    #[test]
    fn words_find_their_rows() {
        let embeddings = embeddings(&["b", "a"], 2, 2).unwrap();
        assert_eq!(embeddings.vector("a"), Some(&[2., 3.][..]));
        assert_eq!(embeddings.row(WordId(0)), [0., 1.]);
        assert_eq!(embeddings.vector("c"), None);
        assert_eq!(embeddings.to_matrix(1).as_slice(), [0., 1.]);
    }

    #[test]
    fn shapes_that_do_not_fit_are_refused() {
        let message = |words: &[&str], rows, dim| embeddings(words, rows, dim).unwrap_err().to_string();
        assert_eq!(message(&["a"], 2, 1), "expected a vector for each of 1 words, found 2");
        assert_eq!(message(&["a"], 1, 0), "expected vectors of 1 to 1048576 numbers, found 0");
    }

    #[test]
    fn numbers_that_are_not_finite_are_named() {
        let vocab = Vocab::from_words([("a", 1), ("b", 1)], 0).unwrap();
        let rows = Matrix::from_vec(2, 2, vec![0., 1., 2., f32::NAN]).unwrap();
        let error = Embeddings::new(vocab, rows).unwrap().check_finite().unwrap_err();
        assert_eq!(error.to_string(), "the vector of `b` holds NaN in column 1");
    }
}
