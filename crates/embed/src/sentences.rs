//! The sentences and documents of a shard, as trainers take them.

use crate::EmbedError;
use sememe_vocab::{Corpus, DocumentCorpus, WordId};
use std::ops::ControlFlow;

/// Longer sentences are cut here, so that their plan stays in the cache.
const MAX_SENTENCE: usize = 1_000;

/// Calls `train` with every sentence of `shard`, the long ones in pieces, until it fails.
///
/// # Errors
/// If the shard cannot be read, or the error of `train`.
pub(crate) fn for_each_piece(
    corpus: &dyn Corpus,
    shard: usize,
    mut train: impl FnMut(&[WordId]) -> Result<(), EmbedError>,
) -> Result<(), EmbedError> {
    let mut result = Ok(());
    corpus.for_each_sentence(shard, &mut |ids| in_pieces(ids, &mut result, &mut train))?;
    result
}

/// As [`for_each_piece`], of documents: `train` is told the number of each as well.
///
/// # Errors
/// As for [`for_each_piece`].
pub(crate) fn for_each_document_piece(
    corpus: &dyn DocumentCorpus,
    shard: usize,
    mut train: impl FnMut(u64, &[WordId]) -> Result<(), EmbedError>,
) -> Result<(), EmbedError> {
    let mut result = Ok(());
    corpus
        .for_each_document(shard, &mut |number, ids| in_pieces(ids, &mut result, |ids| train(number, ids)))?;
    result
}

/// Breaks after an error, which is then in `result`.
fn in_pieces(
    ids: &[WordId],
    result: &mut Result<(), EmbedError>,
    train: impl FnMut(&[WordId]) -> Result<(), EmbedError>,
) -> ControlFlow<()> {
    *result = ids.chunks(MAX_SENTENCE).try_for_each(train);
    if result.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sememe_vocab::MemoryCorpus;

    fn check(lengths: &[usize], n_wanted: usize, want: &[usize]) {
        let sentences = lengths.iter().map(|&length| vec![WordId(0); length]).collect();
        let mut seen = Vec::new();
        let result = for_each_piece(&MemoryCorpus::new(sentences, 1), 0, |ids| {
            seen.push(ids.len());
            if seen.len() < n_wanted { Ok(()) } else { Err(EmbedError::EmptyVocabulary) }
        });
        assert_eq!((result.is_err(), &seen[..]), (seen.len() == n_wanted, want));
    }

    #[test]
    fn long_sentences_come_in_pieces_and_an_error_is_the_last() {
        check(&[3, 2_500, 1], 99, &[3, 1_000, 1_000, 500, 1]);
        check(&[3, 2_500, 1], 3, &[3, 1_000, 1_000]);
        check(&[], 99, &[]);
    }
}
