//! Counting in memory.

use crate::select::Selection;
use crate::table::WordTable;
use crate::{Vocab, VocabError, VocabSettings, WordId};
use sememe_text::Token;

/// Counts words, to make a [`Vocab`] of them.
///
/// ```
/// use sememe_vocab::{OutOfVocabulary, VocabBuilder, VocabSettings};
///
/// let mut builder = VocabBuilder::default();
/// "a rose is a rose".split(' ').try_for_each(|word| builder.add(word, 1))?;
/// let vocab = builder.build(&VocabSettings::default())?;
/// assert_eq!(vocab.words().collect::<Vec<_>>(), ["<unk>", "<s>", "</s>", "a", "rose", "is"]);
/// # Ok::<_, sememe_vocab::VocabError>(())
/// ```
#[derive(Clone, Default)]
pub struct VocabBuilder {
    words: WordTable,
    counts: Vec<u64>,
}

/// What a word costs beside its bytes: its end, its count, one to three slots, and a place in a sort.
const BYTES_PER_WORD: usize = 8 + 8 + 2 * 32 + 8;

impl VocabBuilder {
    /// Counts `word` `count` times more.
    ///
    /// # Errors
    /// If it is one word too many for ids of 32 bits.
    #[inline]
    pub fn add(&mut self, word: &str, count: u64) -> Result<(), VocabError> {
        self.add_numbered(word, count).map(drop)
    }

    #[inline]
    fn add_numbered(&mut self, word: &str, count: u64) -> Result<WordId, VocabError> {
        let number = WordId(self.words.intern(word).ok_or_else(|| VocabError::TooManyWords)?);
        match self.counts.get_mut(number.index()) {
            Some(sum) => *sum += count,
            None => self.counts.push(count),
        }
        Ok(number)
    }

    /// Counts each of `tokens` `count` times more, and appends their numbers: a word has the number of different words
    /// that came before it.
    ///
    /// # Errors
    /// If they are too many words for ids of 32 bits.
    pub(crate) fn add_all(
        &mut self,
        tokens: &[Token<'_>],
        count: u64,
        numbers: &mut Vec<WordId>,
    ) -> Result<(), VocabError> {
        let start = numbers.len();
        self.words.intern_all(tokens, numbers).ok_or_else(|| VocabError::TooManyWords)?;
        self.counts.resize(self.words.len(), 0);
        numbers[start..].iter().for_each(|number| self.counts[number.index()] += count);
        Ok(())
    }

    /// Adds all counts of `other`.
    ///
    /// # Errors
    /// If together they are too many words for ids of 32 bits.
    pub fn merge(&mut self, other: &Self) -> Result<(), VocabError> {
        self.merged_numbers(other).map(drop)
    }

    /// As [`VocabBuilder::merge`]; the number that each word of `other` has here.
    pub(crate) fn merged_numbers(&mut self, other: &Self) -> Result<Vec<WordId>, VocabError> {
        other.iter().map(|(word, count)| self.add_numbered(word, count)).collect()
    }

    /// How many different words were counted.
    pub fn len(&self) -> usize {
        self.counts.len()
    }

    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// The words in the order in which they came, with their counts.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        self.words.words().zip(self.counts.iter().copied())
    }

    /// The vocabulary that `settings` ask for.
    ///
    /// # Errors
    /// If the settings contradict each other.
    pub fn build(&self, settings: &VocabSettings) -> Result<Vocab, VocabError> {
        settings.check()?;
        let mut selection = Selection::new(settings);
        self.iter().for_each(|(word, count)| selection.offer(word, count));
        selection.finish()
    }

    /// Words and counts by rising bytes of the words.
    pub(crate) fn by_bytes(&self) -> impl ExactSizeIterator<Item = (&str, u64)> {
        let ids = self.words.sort_by_bytes(0..self.len() as u32);
        ids.into_iter().map(|id| (self.words.word(id as usize), self.counts[id as usize]))
    }

    /// About how many bytes the words need, not counting room for more.
    pub(crate) fn size(&self) -> usize {
        self.words.text().len() + self.len() * BYTES_PER_WORD
    }

    /// Forgets all words, but keeps the memory for others.
    pub(crate) fn clear(&mut self) {
        self.words.clear();
        self.counts.clear();
    }
}
