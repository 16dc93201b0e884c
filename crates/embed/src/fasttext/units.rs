//! What words are made of.

use sememe_vectors::Subwords;
use sememe_vocab::{Vocab, WordId};

/// The input rows of every word: its own, and those of its n-grams.
///
/// The rows of words come first, in their order, then those of the buckets that are used, the most used first: what
/// is fetched often lies together.
#[derive(Debug)]
pub(super) struct Units {
    /// Rows of all words, one after the other.
    rows: Vec<u32>,
    /// Where the rows of each word end.
    ends: Vec<usize>,
    /// The number of the bucket of each row behind those of the words.
    buckets: Vec<u32>,
}

impl Units {
    /// The units of all words of `vocab`.
    pub(super) fn new(vocab: &Vocab, subwords: &Subwords) -> Self {
        let buckets = by_use(vocab, subwords);
        let mut places: Vec<(u32, u32)> =
            (vocab.len() as u32..).zip(&buckets).map(|(row, &b)| (b, row)).collect();
        places.sort_unstable();
        let row_of = |bucket: u32| {
            let place = places.partition_point(|&(other, _)| other < bucket);
            places[place].1
        };
        let (mut rows, mut ends) = (Vec::new(), Vec::with_capacity(vocab.len()));
        for (id, word) in (0..).zip(vocab.words()) {
            rows.push(id);
            subwords.for_each(word, &mut |_, bucket| rows.push(row_of(bucket)));
            ends.push(rows.len());
        }
        Self { rows, ends, buckets }
    }

    /// The rows of `word`, its own first.
    #[inline]
    pub(super) fn of(&self, word: u32) -> &[u32] {
        let word = word as usize;
        let start = if word == 0 { 0 } else { self.ends[word - 1] };
        &self.rows[start..self.ends[word]]
    }

    /// The number of rows of words and buckets.
    pub(super) fn n_rows(&self) -> usize {
        self.ends.len() + self.buckets.len()
    }

    /// The buckets that are used, rising, with their rows.
    pub(super) fn buckets(&self) -> Vec<(u32, usize)> {
        let mut buckets: Vec<_> = self.buckets.iter().copied().zip(self.ends.len()..).collect();
        buckets.sort_unstable();
        buckets
    }
}

/// The buckets of all n-grams, those first that are used most often in the running text; then by number.
fn by_use(vocab: &Vocab, subwords: &Subwords) -> Vec<u32> {
    let mut uses: Vec<(u32, u64)> = Vec::new();
    for (id, word) in (0..).zip(vocab.words()) {
        subwords.for_each(word, &mut |_, bucket| uses.push((bucket, vocab.count(WordId(id)))));
    }
    uses.sort_unstable_by_key(|&(bucket, _)| bucket);
    uses.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        kept.1 += if same { next.1 } else { 0 };
        same
    });
    uses.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
    uses.into_iter().map(|(bucket, _)| bucket).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(words: &[(&str, u64)], n_buckets: u32) -> Units {
        let vocab = Vocab::from_words(words.iter().map(|(word, count)| (*word, *count)), 0).unwrap();
        Units::new(&vocab, &Subwords::new(2, 2, n_buckets).unwrap())
    }

    #[test]
    fn words_share_the_rows_of_their_ngrams() {
        // <a ab b> and <b ba a>
        let units = units(&[("ab", 9), ("ba", 1)], 1 << 20);
        assert_eq!((units.of(0)[0], units.of(1)[0]), (0, 1));
        assert_eq!((units.of(0).len(), units.of(1).len(), units.n_rows()), (4, 4, 8));
        let shared = units.of(0)[1..].iter().filter(|row| units.of(1).contains(row)).count();
        assert_eq!(shared, 0, "`<a` is not `a>`");
    }

    #[test]
    fn the_most_used_buckets_come_first() {
        let units = units(&[("xy", 9), ("xz", 8)], 1 << 20);
        assert_eq!(units.of(0)[1], 2, "`<x` stands in both words");
        assert_eq!(units.of(0)[1], units.of(1)[1]);
        assert!(units.of(1)[2..].iter().all(|row| units.of(0)[2..].iter().all(|other| other < row)));
    }

    #[test]
    fn only_used_buckets_have_rows() {
        let units = units(&[("abcdef", 1), ("fedcba", 1)], 3);
        assert!(units.n_rows() <= 2 + 3);
        assert!(units.buckets().windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert_eq!(units.of(0).len(), 1 + 7);
    }
}
