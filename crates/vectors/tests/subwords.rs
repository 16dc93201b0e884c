//! n-grams and buckets beside those of fastText 0.9.3, which `golden/make_subwords.py` wrote down.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use sememe_vectors::Subwords;

#[test]
fn ngrams_and_buckets_are_those_of_fasttext() {
    let golden = include_str!("golden/subwords.tsv");
    for line in golden.lines() {
        let [min_n, max_n, n_buckets, word, ngrams @ ..] = &line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("{line}");
        };
        let number = |text: &str| text.parse::<u32>().unwrap();
        let subwords = Subwords::new(number(min_n), number(max_n), number(n_buckets)).unwrap();
        let mut found = Vec::new();
        subwords.for_each(word, &mut |ngram, bucket| found.extend([ngram.to_owned(), bucket.to_string()]));
        assert_eq!(found, ngrams, "{word}");
    }
    assert_eq!(golden.lines().count(), 4 * 14);
}
