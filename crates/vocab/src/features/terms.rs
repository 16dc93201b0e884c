//! Counting the features of many texts.

use super::settings::VectorizerSettings;
use crate::VocabError;
use crate::table::WordTable;
use std::cmp::Reverse;

/// Features, how often they stand in the texts, and in how many of them.
#[derive(Default)]
pub(crate) struct Terms {
    words: WordTable,
    counts: Vec<Counts>,
}

#[derive(Clone, Copy, Default)]
struct Counts {
    /// How often the feature was met.
    tf: u64,
    /// How many texts have it.
    df: u64,
    /// The number, from 1, of the last text that had it.
    last: u64,
}

impl Terms {
    /// Counts `feature` once in the text number `text`. A text is counted as a whole before the next one.
    #[inline]
    pub(crate) fn add(&mut self, feature: &str, text: u64) -> Result<(), VocabError> {
        let counts = self.counts_of(feature)?;
        counts.tf += 1;
        counts.df += u64::from(counts.last != text);
        counts.last = text;
        Ok(())
    }

    #[inline]
    fn counts_of(&mut self, feature: &str) -> Result<&mut Counts, VocabError> {
        let id = self.words.intern(feature).ok_or_else(|| VocabError::TooManyWords)? as usize;
        if id == self.counts.len() {
            self.counts.push(Counts::default());
        }
        Ok(&mut self.counts[id])
    }

    /// Adds what was counted in other texts.
    pub(crate) fn merge(&mut self, other: &Self) -> Result<(), VocabError> {
        for (feature, more) in other.words.words().zip(&other.counts) {
            let counts = self.counts_of(feature)?;
            counts.tf += more.tf;
            counts.df += more.df;
        }
        Ok(())
    }

    pub(crate) fn len(&self) -> usize {
        self.counts.len()
    }

    /// The features that `settings` keep, by rising bytes, each with the number of texts that have it.
    pub(crate) fn select(&self, settings: &VectorizerSettings, n_texts: usize) -> Vec<(&str, u64)> {
        let max_df = settings.max_df * n_texts as f64;
        let fits = |&id: &u32| {
            let df = self.counts[id as usize].df;
            df >= settings.min_df && df as f64 <= max_df
        };
        let ids = self.words.sort_by_bytes((0..self.len() as u32).filter(fits));
        let ids = self.most_frequent(ids, settings.max_features.unwrap_or(usize::MAX));
        ids.into_iter().map(|id| (self.words.word(id as usize), self.counts[id as usize].df)).collect()
    }

    /// The `limit` features with the highest counts, in the order given; of equals, the first ones.
    fn most_frequent(&self, ids: Vec<u32>, limit: usize) -> Vec<u32> {
        if ids.len() <= limit {
            return ids;
        }
        let mut ranked: Vec<(usize, u32)> = ids.into_iter().enumerate().collect();
        ranked.sort_by_key(|&(_, id)| Reverse(self.counts[id as usize].tf));
        ranked.truncate(limit);
        ranked.sort_unstable();
        ranked.into_iter().map(|(_, id)| id).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(settings: VectorizerSettings, want: &[(&str, u64)]) {
        let (mut terms, mut more) = (Terms::default(), Terms::default());
        for (text, words) in (1..).zip(["b a a", "a 爱", "c c c", "b a c"]) {
            let part = if text < 3 { &mut terms } else { &mut more };
            words.split(' ').try_for_each(|word| part.add(word, text)).unwrap();
        }
        terms.merge(&more).unwrap();
        assert_eq!(terms.select(&settings, 4), want);
    }

    #[test]
    fn texts_are_counted_once() {
        check(VectorizerSettings::default(), &[("a", 3), ("b", 2), ("c", 2), ("爱", 1)]);
    }

    #[test]
    fn rare_and_common_features_are_left_out() {
        check(VectorizerSettings { min_df: 2, ..Default::default() }, &[("a", 3), ("b", 2), ("c", 2)]);
        check(VectorizerSettings { max_df: 0.5, ..Default::default() }, &[("b", 2), ("c", 2), ("爱", 1)]);
    }

    #[test]
    fn of_equals_the_first_stay() {
        let limit =
            |max_features| VectorizerSettings { max_features: Some(max_features), ..Default::default() };
        check(limit(1), &[("a", 3)]);
        check(limit(3), &[("a", 3), ("b", 2), ("c", 2)]);
        check(limit(0), &[]);
    }
}
