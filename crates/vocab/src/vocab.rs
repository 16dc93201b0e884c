//! Words to ids and back.

use crate::VocabError;
use hashbrown::HashTable;
use rustc_hash::FxBuildHasher;
use std::hash::BuildHasher;

/// The number of a word in its [`Vocab`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct WordId(pub u32);

impl WordId {
    /// The id as an index.
    #[inline]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Words in the order of their ids, with their counts.
///
/// Special words come first, in the order given, with count 0 unless the text holds them; then the words by
/// falling count, ties by first bytes.
#[derive(Clone, Default)]
pub struct Vocab {
    /// All words, one after the other.
    text: String,
    /// Word `i` is `text[ends[i - 1]..ends[i]]`.
    ends: Vec<usize>,
    counts: Vec<u64>,
    n_special: usize,
    index: HashTable<u32>,
}

impl Vocab {
    /// Takes words in the order of their ids; the first `n_special` are special.
    ///
    /// # Errors
    /// If a word stands twice.
    pub fn from_words<S: AsRef<str>>(
        words: impl IntoIterator<Item = (S, u64)>,
        n_special: usize,
    ) -> Result<Self, VocabError> {
        let mut vocab = Self { n_special, ..Self::default() };
        for (word, count) in words {
            vocab.push(word.as_ref(), count)?;
        }
        Ok(vocab)
    }

    fn push(&mut self, word: &str, count: u64) -> Result<(), VocabError> {
        let second = self.len();
        if let Some(first) = self.id(word) {
            return Err(VocabError::Duplicate { word: word.to_owned(), first: first.index(), second });
        }
        self.text.push_str(word);
        self.ends.push(self.text.len());
        self.counts.push(count);
        let (text, ends) = (&self.text, &self.ends);
        self.index.insert_unique(hash(word), second as u32, |&id| hash(word_at(text, ends, id as usize)));
        Ok(())
    }

    /// The id of `word`.
    #[inline]
    pub fn id(&self, word: &str) -> Option<WordId> {
        let same = |&id: &u32| word_at(&self.text, &self.ends, id as usize) == word;
        self.index.find(hash(word), same).map(|&id| WordId(id))
    }

    /// The word of `id`. Panics if the vocabulary has no such id.
    #[inline]
    pub fn word(&self, id: WordId) -> &str {
        word_at(&self.text, &self.ends, id.index())
    }

    /// How often the word of `id` was counted. Panics if the vocabulary has no such id.
    #[inline]
    pub fn count(&self, id: WordId) -> u64 {
        self.counts[id.index()]
    }

    /// All words, in the order of their ids.
    pub fn words(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.len()).map(|i| word_at(&self.text, &self.ends, i))
    }

    /// The number of words, special ones among them.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are no words.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// How many of the first ids are special words.
    pub fn n_special(&self) -> usize {
        self.n_special
    }
}

fn word_at<'a>(text: &'a str, ends: &[usize], i: usize) -> &'a str {
    let start = if i == 0 { 0 } else { ends[i - 1] };
    &text[start..ends[i]]
}

fn hash(word: &str) -> u64 {
    FxBuildHasher.hash_one(word)
}
