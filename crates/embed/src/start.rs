//! What training starts from.

use crate::EmbedError;
use sememe_kernels::{Matrix, Rng, SharedMatrix};
use sememe_vectors::Embeddings;
use sememe_vocab::{Vocab, WordId};

/// Vectors that training starts from.
#[derive(Clone, Debug)]
pub(crate) struct Start {
    pub(crate) vectors: Embeddings,
    /// Whether they stay as they are.
    pub(crate) frozen: bool,
}

impl Start {
    /// # Errors
    /// If the vectors are of another dimension than `dim`.
    pub(crate) fn new(vectors: Embeddings, frozen: bool, dim: usize) -> Result<Self, EmbedError> {
        let found = vectors.dim();
        if found == dim { Ok(Self { vectors, frozen }) } else { Err(EmbedError::Start { want: dim, found }) }
    }

    /// The rows of the words among `words` that have a vector here, and their ids here. A vector that n-grams give to
    /// a word that is not there does not count.
    pub(crate) fn rows_of<'a>(&'a self, words: &'a Vocab) -> impl Iterator<Item = (usize, WordId)> + 'a {
        words.words().enumerate().filter_map(|(i, word)| Some((i, self.vectors.vocab().id(word)?)))
    }

    /// The trained vectors of `words`, which `read` copies, and behind them the words that only the start has, as they
    /// are. Frozen ones are taken from the start.
    pub(crate) fn with_others(
        &self,
        words: Vocab,
        mut read: impl FnMut(usize, &mut [f32]),
    ) -> Result<Embeddings, EmbedError> {
        let from = &self.vectors;
        let is_other =
            |(id, word): &(WordId, &str)| id.index() >= from.vocab().n_special() && words.id(word).is_none();
        let others: Vec<(WordId, &str)> =
            (0..).map(WordId).zip(from.vocab().words()).filter(is_other).collect();
        let mut matrix = Matrix::zeros(words.len() + others.len(), from.dim());
        (0..words.len()).for_each(|i| read(i, matrix.row_mut(i)));
        if self.frozen {
            self.rows_of(&words).for_each(|(i, id)| from.read_row(id, matrix.row_mut(i)));
        }
        for (i, (id, _)) in (words.len()..).zip(&others) {
            from.read_row(*id, matrix.row_mut(i));
        }
        let trained = (0..).map(WordId).zip(words.words()).map(|(id, word)| (word, words.count(id)));
        let others = others.into_iter().map(|(id, word)| (word, from.vocab().count(id)));
        Ok(Embeddings::new(Vocab::from_words(trained.chain(others), 0)?, matrix)?)
    }
}

/// The words of `vocab` that get a vector, which are all but the special ones, and their counts.
pub(crate) fn words_of(vocab: &Vocab) -> Result<(Vocab, Vec<u64>), EmbedError> {
    let n_special = vocab.n_special();
    let counts: Vec<u64> = (n_special..vocab.len()).map(|i| vocab.count(WordId(i as u32))).collect();
    if counts.is_empty() {
        return Err(EmbedError::EmptyVocabulary);
    }
    let words = vocab.words().skip(n_special).zip(counts.iter().copied());
    Ok((Vocab::from_words(words, 0)?, counts))
}

/// Uniform numbers in ±1/dim, as gensim starts: on small corpora it learns faster than word2vec's half.
pub(crate) fn first_vectors(n_rows: usize, dim: usize, seed: u64) -> SharedMatrix {
    /// A stream that no shard uses.
    const STREAM: u64 = u64::MAX;
    let (mut rng, scale) = (Rng::new(seed, STREAM), 2.0 / dim as f32);
    let mut matrix = SharedMatrix::zeros(n_rows, dim);
    for i in 0..n_rows {
        matrix.row_mut(i).iter_mut().for_each(|x| *x = (rng.unit_f32() - 0.5) * scale);
    }
    matrix
}
