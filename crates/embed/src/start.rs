//! What training starts from.

use crate::EmbedError;
use sememe_kernels::{Matrix, Rng, SharedMatrix};
use sememe_vectors::Embeddings;
use sememe_vocab::{Vocab, WordId};

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

/// Copies the vectors of all words that `from` has into their rows; which those are. A vector that n-grams give to a
/// word that is not there does not count.
pub(crate) fn copy_vectors(from: &Embeddings, words: &Vocab, into: &mut SharedMatrix) -> Vec<bool> {
    let mut copy = |(i, word): (usize, &str)| {
        let id = from.vocab().id(word);
        id.inspect(|&id| from.read_row(id, into.row_mut(i))).is_some()
    };
    words.words().enumerate().map(&mut copy).collect()
}

/// The trained `rows` of `words`, and behind them the words that only `from` has, as they are.
pub(crate) fn with_others(
    words: Vocab,
    rows: &mut SharedMatrix,
    from: &Embeddings,
) -> Result<Embeddings, EmbedError> {
    let is_other =
        |(id, word): &(WordId, &str)| id.index() >= from.vocab().n_special() && words.id(word).is_none();
    let others: Vec<(WordId, &str)> = (0..).map(WordId).zip(from.vocab().words()).filter(is_other).collect();
    let mut matrix = Matrix::zeros(words.len() + others.len(), rows.n_cols());
    (0..words.len()).for_each(|i| matrix.row_mut(i).copy_from_slice(rows.row_mut(i)));
    for (i, (id, _)) in (words.len()..).zip(&others) {
        from.read_row(*id, matrix.row_mut(i));
    }
    let count = |id: WordId, vocab: &Vocab| vocab.count(id);
    let trained = (0..).map(WordId).zip(words.words()).map(|(id, word)| (word, count(id, &words)));
    let others = others.into_iter().map(|(id, word)| (word, count(id, from.vocab())));
    Ok(Embeddings::new(Vocab::from_words(trained.chain(others), 0)?, matrix)?)
}
