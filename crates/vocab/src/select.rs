//! Which of the counted words make the vocabulary.

use crate::{Vocab, VocabError, VocabSettings};
use std::cmp::Reverse;
use std::ops::Range;

/// Takes every counted word once, in any order, and holds on to those that may still be in the vocabulary.
///
/// It never holds more than about twice `max_size` words.
pub(crate) struct Selection<'a> {
    settings: &'a VocabSettings,
    special: Vec<u64>,
    text: String,
    kept: Vec<Kept>,
}

/// A word that may stay: its count, and its bytes in the text.
struct Kept {
    count: u64,
    range: Range<usize>,
}

/// Fewer words than this are not worth a cut.
const LEAST_CUT: usize = 1024;

impl<'a> Selection<'a> {
    pub(crate) fn new(settings: &'a VocabSettings) -> Self {
        let special = vec![0; settings.special.len()];
        Self { settings, special, text: String::new(), kept: Vec::new() }
    }

    /// Takes `word`, which the text holds `count` times.
    pub(crate) fn offer(&mut self, word: &str, count: u64) {
        if let Some(i) = self.settings.special.iter().position(|special| special == word) {
            self.special[i] = count;
        } else if count >= self.settings.min_count {
            let start = self.text.len();
            self.text.push_str(word);
            self.kept.push(Kept { count, range: start..self.text.len() });
            self.cut_when_long();
        }
    }

    fn cut_when_long(&mut self) {
        let Some(max_size) = self.settings.max_size else { return };
        if self.kept.len() / 2 <= max_size || self.kept.len() < LEAST_CUT {
            return;
        }
        self.rank();
        let old = std::mem::take(&mut self.text);
        for kept in &mut self.kept {
            let start = self.text.len();
            self.text.push_str(&old[kept.range.clone()]);
            kept.range = start..self.text.len();
        }
    }

    /// Sorts by falling count, then by bytes, and cuts off what is too much.
    fn rank(&mut self) {
        let text = &self.text;
        self.kept.sort_unstable_by(|a, b| {
            let key = |kept: &Kept| (Reverse(kept.count), &text[kept.range.clone()]);
            key(a).cmp(&key(b))
        });
        self.kept.truncate(self.settings.max_size.unwrap_or(usize::MAX));
    }

    /// The vocabulary.
    pub(crate) fn finish(mut self) -> Result<Vocab, VocabError> {
        self.rank();
        let special = self.settings.special.iter().map(String::as_str).zip(self.special);
        let kept = self.kept.iter().map(|kept| (&self.text[kept.range.clone()], kept.count));
        Vocab::from_words(special.chain(kept), self.settings.special.len())?
            .with_out_of_vocabulary(self.settings.out_of_vocabulary)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::OutOfVocabulary;

    #[track_caller]
    fn check(settings: VocabSettings, words: impl IntoIterator<Item = (String, u64)>, want: &[(&str, u64)]) {
        let settings = VocabSettings { out_of_vocabulary: OutOfVocabulary::Skip, ..settings };
        let mut selection = Selection::new(&settings);
        words.into_iter().for_each(|(word, count)| selection.offer(&word, count));
        let vocab = selection.finish().unwrap();
        let found: Vec<_> = vocab.words().zip(vocab.counts().iter().copied()).collect();
        assert_eq!(found, want);
    }

    fn words(list: &[(&str, u64)]) -> Vec<(String, u64)> {
        list.iter().map(|&(word, count)| (word.to_owned(), count)).collect()
    }

    #[test]
    fn frequent_words_come_first_and_ties_by_bytes() {
        let settings = VocabSettings { special: Vec::new(), min_count: 2, ..VocabSettings::default() };
        let given = words(&[("b", 2), ("爱", 2), ("rare", 1), ("a", 2), ("z", 9)]);
        check(settings, given, &[("z", 9), ("a", 2), ("b", 2), ("爱", 2)]);
    }

    #[test]
    fn special_words_stay_in_their_places() {
        let special = vec!["<unk>".to_owned(), "<s>".to_owned()];
        let settings = VocabSettings { special, max_size: Some(1), min_count: 5, ..VocabSettings::default() };
        let given = words(&[("<s>", 3), ("a", 5), ("b", 6)]);
        check(settings, given, &[("<unk>", 0), ("<s>", 3), ("b", 6)]);
    }

    #[test]
    fn cuts_on_the_way_change_nothing() {
        let settings = VocabSettings { special: Vec::new(), max_size: Some(3), ..VocabSettings::default() };
        let given = (0..10_000).map(|i| (format!("w{:04}", i * 7919 % 10_000), i * 7919 % 10_000 / 2));
        check(settings, given, &[("w9998", 4999), ("w9999", 4999), ("w9996", 4998)]);
    }
}
