//! Texts as sparse rows over a vocabulary.

use super::block::BATCH;
use crate::parallel::map;
use crate::{Vocab, WordId};
use sememe_kernels::SparseRows;
use sememe_text::Pipeline;
use std::convert::Infallible;

/// One row an id, with a 1 in its column: f32\[n ids, `n_words`\]. Panics if an id is not below `n_words`.
pub fn one_hot(ids: impl IntoIterator<Item = WordId>, n_words: usize) -> SparseRows {
    let mut rows = SparseRows::new(n_words);
    ids.into_iter().for_each(|id| rows.push_row(&mut [(id.0, 1.0)]));
    rows
}

/// One row a text, with the count of each word in the column of its id: f32\[n texts, n words\].
///
/// A word that the vocabulary lacks counts as `<unk>` or not at all, as its policy says.
pub fn bag_of_words(texts: &[&str], pipeline: &Pipeline, vocab: &Vocab, threads: usize) -> SparseRows {
    let work = |(): &mut (), batch: usize| {
        let texts = &texts[batch * BATCH..texts.len().min((batch + 1) * BATCH)];
        Ok::<_, Infallible>(bags(texts, pipeline, vocab))
    };
    let Ok(batches) = map(texts.len().div_ceil(BATCH), threads, || (), work);
    let mut rows = SparseRows::new(vocab.len());
    batches.iter().for_each(|batch| rows.append(batch));
    rows
}

fn bags(texts: &[&str], pipeline: &Pipeline, vocab: &Vocab) -> SparseRows {
    let (mut rows, mut row) = (SparseRows::new(vocab.len()), Vec::new());
    for text in texts {
        row.clear();
        pipeline.tokens(text, &mut |token| row.extend(vocab.lookup(token).map(|id| (id.0, 1.0))));
        rows.push_row(&mut row);
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::OutOfVocabulary;
    use crate::fixtures::lines;

    #[track_caller]
    fn check(policy: OutOfVocabulary, want: &[&[(u32, f32)]]) {
        let vocab = Vocab::from_words([("<unk>", 0), ("a", 2), ("b", 1)], 1).unwrap();
        let vocab = vocab.with_out_of_vocabulary(policy).unwrap();
        let rows = bag_of_words(&["b a b", "", "c\na"], &lines(), &vocab, 2);
        let found: Vec<Vec<_>> = rows.rows().map(|row| row.entries().collect()).collect();
        assert_eq!(found, want);
        assert_eq!(rows.n_cols(), 3);
    }

    #[test]
    fn words_are_counted() {
        check(OutOfVocabulary::Skip, &[&[(1, 1.), (2, 2.)], &[], &[(1, 1.)]]);
        check(OutOfVocabulary::Unknown, &[&[(1, 1.), (2, 2.)], &[], &[(0, 1.), (1, 1.)]]);
    }

    #[test]
    fn an_id_is_a_row() {
        let rows = one_hot([WordId(2), WordId(0)], 3);
        assert_eq!((rows.n_rows(), rows.row(0).columns, rows.row(1).values), (2, &[2][..], &[1.][..]));
    }

    #[test]
    fn rows_stay_in_order() {
        let texts: Vec<String> = (0..1000).map(|i| format!("w{i}")).collect();
        let vocab = Vocab::from_words(texts.iter().map(|word| (word, 1)), 0).unwrap();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let rows = bag_of_words(&texts, &lines(), &vocab, 4);
        assert!(rows.rows().zip(0..).all(|(row, i)| row.columns == [i]));
    }
}
