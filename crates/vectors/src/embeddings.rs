//! Words and their vectors.

use crate::storage::{ComposedRows, lend};
use crate::{Buckets, MAX_DIM, Storage, VectorsError};
use sememe_kernels::Matrix;
use sememe_vocab::{Vocab, WordId};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A vocabulary and a vector for each of its words: `f32[len, dim]`; with [`Buckets`] also vectors for other words.
///
/// A clone shares all of it.
#[derive(Clone)]
pub struct Embeddings {
    vocab: Arc<Vocab>,
    storage: Arc<dyn Storage>,
    buckets: Option<Arc<Buckets>>,
    metadata: Arc<BTreeMap<String, String>>,
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
        Self::from_shared(vocab, Arc::new(storage))
    }

    pub(crate) fn from_shared(vocab: Vocab, storage: Arc<dyn Storage>) -> Result<Self, VectorsError> {
        if vocab.len() != storage.n_rows() {
            return Err(VectorsError::Rows { words: vocab.len(), rows: storage.n_rows() });
        }
        if !(1..=MAX_DIM).contains(&storage.dim()) {
            return Err(VectorsError::Dimension { found: storage.dim() });
        }
        let metadata = Arc::default();
        Ok(Self { vocab: Arc::new(vocab), storage, buckets: None, metadata })
    }

    /// Vectors made of a row for each word and of n-grams, as a trainer of fastText has them: the vector of a word
    /// is the [mean](Buckets::mean) of its row in `own` and the rows of its n-grams.
    ///
    /// # Errors
    /// As for [`Embeddings::new`], or if words and buckets are of different dimensions.
    pub fn from_subwords(vocab: Vocab, own: &dyn Storage, buckets: Buckets) -> Result<Self, VectorsError> {
        if vocab.len() != own.n_rows() {
            return Err(VectorsError::Rows { words: vocab.len(), rows: own.n_rows() });
        }
        check_dim(own.dim(), &buckets)?;
        let (mut means, mut room) = (Matrix::zeros(vocab.len(), own.dim()), Vec::new());
        for (i, word) in vocab.words().enumerate() {
            buckets.mean(word, Some(lend(own, i, &mut room)), means.row_mut(i));
        }
        Self::new(vocab, means)?.with_buckets(buckets)
    }

    /// As [`Embeddings::from_subwords`], but each vector is put together when it is asked for.
    pub(crate) fn composed(
        vocab: Vocab,
        own: Arc<dyn Storage>,
        buckets: Arc<Buckets>,
    ) -> Result<Self, VectorsError> {
        let embeddings = Self::from_shared(vocab, own)?.with_shared_buckets(Arc::clone(&buckets))?;
        let rows = ComposedRows::new(Arc::clone(&embeddings.vocab), embeddings.storage, buckets);
        Ok(Self { storage: Arc::new(rows), ..embeddings })
    }

    /// The same vectors, all of them in memory as `f32`; those of n-grams stay where they are.
    pub fn in_memory(self) -> Self {
        let rows = self.to_matrix(self.len());
        Self { storage: Arc::new(rows), ..self }
    }

    /// The same vectors of words, with n-grams that give vectors to words out of the vocabulary.
    ///
    /// # Errors
    /// If the rows of the buckets are of another dimension.
    pub fn with_buckets(self, buckets: Buckets) -> Result<Self, VectorsError> {
        self.with_shared_buckets(Arc::new(buckets))
    }

    pub(crate) fn with_shared_buckets(self, buckets: Arc<Buckets>) -> Result<Self, VectorsError> {
        check_dim(self.dim(), &buckets)?;
        Ok(Self { buckets: Some(buckets), ..self })
    }

    /// The same vectors with other notes on what they are and how they were made: files that have a place for such
    /// notes keep them.
    pub fn with_metadata(self, metadata: BTreeMap<String, String>) -> Self {
        Self { metadata: Arc::new(metadata), ..self }
    }

    /// What the file says of the vectors: names and values, which differ from format to format.
    pub fn metadata(&self) -> &BTreeMap<String, String> {
        &self.metadata
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

    /// What gives vectors to words out of the vocabulary, if anything does.
    pub fn buckets(&self) -> Option<&Buckets> {
        self.buckets.as_deref()
    }

    /// Where the vectors of the words lie.
    pub fn storage(&self) -> &dyn Storage {
        &*self.storage
    }

    /// The vector of the word with this id: `f32[dim]`; lent where it lies as `f32`. Panics if there is no such id.
    #[inline]
    pub fn row(&self, id: WordId) -> Cow<'_, [f32]> {
        match self.storage.borrow_row(id.index()) {
            Some(row) => Cow::Borrowed(row),
            None => {
                let mut row = vec![0.0; self.dim()];
                self.storage.read_row(id.index(), &mut row);
                Cow::Owned(row)
            }
        }
    }

    /// The vector of the word with this id, without a copy where it lies as `f32`, and else without an allocation,
    /// in `room`: for loops over many words. Panics if there is no such id.
    #[inline]
    pub fn lend_row<'a>(&'a self, id: WordId, room: &'a mut Vec<f32>) -> &'a [f32] {
        lend(&*self.storage, id.index(), room)
    }

    /// Writes the vector of the word with this id to `into`: `f32[dim]`. Panics if there is no such id, or `into`
    /// has another length.
    #[inline]
    pub fn read_row(&self, id: WordId, into: &mut [f32]) {
        self.storage.read_row(id.index(), into);
    }

    /// The vector of `word`: `f32[dim]`. With [`Buckets`] also of a word out of the vocabulary, if at least one of
    /// its n-grams has a vector.
    pub fn vector(&self, word: &str) -> Option<Cow<'_, [f32]>> {
        match self.vocab.id(word) {
            Some(id) => Some(self.row(id)),
            None => self.of_ngrams(word).map(Cow::Owned),
        }
    }

    /// The vector of a word out of the vocabulary.
    fn of_ngrams(&self, word: &str) -> Option<Vec<f32>> {
        let buckets = self.buckets.as_ref()?;
        let mut vector = vec![0.0; self.dim()];
        buckets.mean(word, None, &mut vector).then_some(vector)
    }

    /// All vectors, in the order of the ids.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = Cow<'_, [f32]>> {
        (0..self.len()).map(|i| self.row(WordId(i as u32)))
    }

    /// Every word with its vector, in the order of the ids.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, Cow<'_, [f32]>)> {
        self.vocab.words().zip(self.rows())
    }

    /// A copy of the first `n_rows` vectors, or of all if there are fewer: `f32[min(n_rows, len), dim]`.
    pub fn to_matrix(&self, n_rows: usize) -> Matrix {
        let mut matrix = Matrix::zeros(n_rows.min(self.len()), self.dim());
        for i in 0..matrix.n_rows() {
            self.storage.read_row(i, matrix.row_mut(i));
        }
        matrix
    }

    /// Looks at every number: files that are mapped are not looked at when they are opened.
    ///
    /// # Errors
    /// At the first NaN or infinity, naming the word and the column.
    pub fn check_finite(&self) -> Result<(), VectorsError> {
        self.iter().try_for_each(|(word, row)| check_finite(word, &row))
    }
}

fn check_dim(dim: usize, buckets: &Buckets) -> Result<(), VectorsError> {
    let found = buckets.rows().dim();
    if found != dim {
        let want = format!("rows of {dim} numbers");
        return Err(VectorsError::Buckets { want, found: found.to_string() });
    }
    Ok(())
}

/// Refuses rows with a NaN or an infinity.
pub(crate) fn check_finite_rows(rows: &Matrix) -> Result<(), VectorsError> {
    match rows.rows().position(|row| first_not_finite(row).is_some()) {
        Some(row) => Err(VectorsError::RowNotFinite { row }),
        None => Ok(()),
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
    use crate::Subwords;

    fn embeddings(words: &[&str], n_rows: usize, dim: usize) -> Result<Embeddings, VectorsError> {
        let vocab = Vocab::from_words(words.iter().map(|word| (word, 1)), 0).unwrap();
        let values = (0..n_rows * dim).map(|i| i as f32).collect();
        Embeddings::new(vocab, Matrix::from_vec(n_rows, dim, values).unwrap())
    }

    #[test]
    fn words_find_their_rows() {
        let embeddings = embeddings(&["b", "a"], 2, 2).unwrap();
        assert_eq!(embeddings.vector("a"), Some([2., 3.][..].into()));
        assert_eq!(embeddings.row(WordId(0))[..], [0., 1.]);
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
    fn ngrams_give_vectors_to_other_words() {
        let own = Matrix::from_vec(1, 1, vec![8.]).unwrap();
        let vocab = || Vocab::from_words([("ab", 1)], 0).unwrap();
        let subwords = Subwords::new(2, 2, 1 << 20).unwrap();
        let mut ids = subwords.buckets("ab");
        ids.sort_unstable();
        let buckets = |dim| {
            let rows = Matrix::from_vec(3, dim, vec![4.; 3 * dim]).unwrap();
            Buckets::sparse(subwords, ids.clone(), rows).unwrap()
        };
        let embeddings = Embeddings::from_subwords(vocab(), &own, buckets(1)).unwrap();
        assert_eq!(embeddings.vector("ab"), Some([5.][..].into()));
        assert_eq!(embeddings.vector("abc"), Some([4.][..].into()));
        assert_eq!(embeddings.vector("xyz"), None);
        let error = Embeddings::from_subwords(vocab(), &own, buckets(2)).unwrap_err().to_string();
        assert_eq!(error, "expected rows of 1 numbers for the buckets of subwords, found 2");
    }

    #[test]
    fn numbers_that_are_not_finite_are_named() {
        let vocab = Vocab::from_words([("a", 1), ("b", 1)], 0).unwrap();
        let rows = Matrix::from_vec(2, 2, vec![0., 1., 2., f32::NAN]).unwrap();
        let error = Embeddings::new(vocab, rows).unwrap().check_finite().unwrap_err();
        assert_eq!(error.to_string(), "the vector of `b` holds NaN in column 1");
    }
}
