//! Words of a test set among the words of the vectors.

use crate::Embeddings;
use sememe_vocab::{Vocab, WordId};
use std::borrow::Cow;
use std::collections::HashMap;

/// How words of a test set are compared with words of the vectors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Case {
    /// As they are written.
    Exact,
    /// The words of the test set in lower case: for vectors of lower-case text.
    Lower,
    /// Both sides in upper case, the most frequent word standing for all that become equal, as gensim and
    /// word2vec's compute-accuracy do.
    #[default]
    Ignore,
}

/// Finds words by the rules of a [`Case`].
pub(crate) struct Lookup<'a> {
    vocab: &'a Vocab,
    n_words: usize,
    case: Case,
    /// For [`Case::Ignore`]: every word in upper case, and the first id that it has.
    folded: HashMap<String, u32>,
    /// For [`Case::Ignore`]: the id that stands for each id.
    stands_for: Vec<u32>,
    /// Ids other than the one that stands for them, by that one.
    others: HashMap<u32, Vec<u32>>,
}

impl<'a> Lookup<'a> {
    /// Among the first `n_words` words.
    pub(crate) fn new(vocab: &'a Vocab, n_words: usize, case: Case) -> Self {
        let (folded, stands_for, others) = Default::default();
        let mut lookup = Self { vocab, n_words, case, folded, stands_for, others };
        if case == Case::Ignore {
            (0..).zip(vocab.words().take(n_words)).for_each(|(id, word)| lookup.fold(id, word));
        }
        lookup
    }

    fn fold(&mut self, id: u32, word: &str) {
        let first = *self.folded.entry(word.to_uppercase()).or_insert(id);
        self.stands_for.push(first);
        if first != id {
            self.others.entry(first).or_default().push(id);
        }
    }

    /// The id that stands for `word`. What is several words in the test set may be one with underscores here.
    pub(crate) fn id(&self, word: &str) -> Option<u32> {
        self.spelt(word).or_else(|| word.contains(' ').then(|| self.spelt(&word.replace(' ', "_")))?)
    }

    fn spelt(&self, word: &str) -> Option<u32> {
        let exact = |word: &str| self.vocab.id(word).map(|WordId(id)| id);
        let id = match self.case {
            Case::Exact => exact(word),
            Case::Lower => exact(&word.to_lowercase()),
            Case::Ignore => self.folded.get(&word.to_uppercase()).copied(),
        };
        id.filter(|&id| (id as usize) < self.n_words)
    }

    /// The vector of `word`, and whether it was made of n-grams because the word has none of its own.
    pub(crate) fn vector<'e>(
        &self,
        embeddings: &'e Embeddings,
        word: &str,
    ) -> Option<(Cow<'e, [f32]>, bool)> {
        if let Some(id) = self.id(word) {
            return Some((embeddings.row(WordId(id)), false));
        }
        embeddings.buckets()?;
        let word =
            if self.case == Case::Lower { Cow::Owned(word.to_lowercase()) } else { Cow::Borrowed(word) };
        Some((embeddings.vector(&word)?, true))
    }

    /// The id that stands for `id`.
    pub(crate) fn stands_for(&self, id: u32) -> u32 {
        self.stands_for.get(id as usize).copied().unwrap_or(id)
    }

    /// All ids that `id` stands for.
    pub(crate) fn all(&self, id: u32) -> impl Iterator<Item = u32> {
        std::iter::once(id).chain(self.others.get(&id).into_iter().flatten().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(case: Case, n_words: usize, word: &str, want: Option<u32>) {
        let vocab = Vocab::from_words(["Rose", "rose", "ROSE", "lily"].map(|word| (word, 1)), 0).unwrap();
        assert_eq!(Lookup::new(&vocab, n_words, case).id(word), want, "{case:?} {word}");
    }

    #[test]
    fn words_are_found_by_the_case_asked_for() {
        check(Case::Exact, 4, "ROSE", Some(2));
        check(Case::Exact, 4, "LILY", None);
        check(Case::Lower, 4, "ROSE", Some(1));
        check(Case::Lower, 4, "Lily", Some(3));
        check(Case::Ignore, 4, "rOSE", Some(0));
        check(Case::Ignore, 4, "Lily", Some(3));
    }

    #[test]
    fn several_words_may_be_one() {
        let vocab = Vocab::from_words(["New_York", "ice cream"].map(|word| (word, 1)), 0).unwrap();
        let id = |case, word| Lookup::new(&vocab, 2, case).id(word);
        assert_eq!((id(Case::Exact, "New York"), id(Case::Ignore, "new york")), (Some(0), Some(0)));
        assert_eq!((id(Case::Exact, "ice cream"), id(Case::Exact, "new york")), (Some(1), None));
    }

    #[test]
    fn rare_words_are_not_found() {
        check(Case::Exact, 2, "ROSE", None);
        check(Case::Ignore, 2, "ROSE", Some(0));
        check(Case::Ignore, 2, "lily", None);
    }

    #[test]
    fn equal_words_are_known_to_each_other() {
        let vocab = Vocab::from_words(["Rose", "rose", "lily", "ROSE"].map(|word| (word, 1)), 0).unwrap();
        let lookup = Lookup::new(&vocab, 4, Case::Ignore);
        assert_eq!(lookup.all(0).collect::<Vec<_>>(), [0, 1, 3]);
        assert_eq!(lookup.all(2).collect::<Vec<_>>(), [2]);
        assert_eq!([0, 1, 2, 3].map(|id| lookup.stands_for(id)), [0, 0, 2, 0]);
    }
}
