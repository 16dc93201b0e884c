//! Words to ids and back.

use crate::binary::{self, BinaryReader, BinaryWriter, Kind};
use crate::table::WordTable;
use crate::{OutOfVocabulary, VocabError};
use sememe_text::Token;
use std::fmt;
use std::path::Path;

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
    words: WordTable,
    counts: Vec<u64>,
    n_tokens: u64,
    n_special: usize,
    out_of_vocabulary: OutOfVocabulary,
    /// What [`Vocab::lookup`] answers for a word that is not here.
    fallback: Option<WordId>,
}

const KIND: Kind = Kind { name: "vocabulary", magic: *b"SMVOCAB\0", version: 1 };

impl Vocab {
    /// Takes words in the order of their ids; the first `n_special` are special.
    ///
    /// Words that are not in the vocabulary become `<unk>` where that is special, and are left out
    /// otherwise; [`Vocab::with_out_of_vocabulary`] changes that.
    ///
    /// # Errors
    /// If a word stands twice, or there are fewer words than special words, or more than ids.
    pub fn from_words<S: AsRef<str>>(
        words: impl IntoIterator<Item = (S, u64)>,
        n_special: usize,
    ) -> Result<Self, VocabError> {
        let words = words.into_iter();
        let n_words = words.size_hint().0;
        let (table, counts) = (WordTable::with_capacity(n_words), Vec::with_capacity(n_words));
        let mut vocab = Self { words: table, counts, n_special, ..Self::default() };
        for (word, count) in words {
            vocab.push(word.as_ref(), count)?;
        }
        if vocab.len() < n_special {
            return Err(VocabError::Special { wanted: n_special, found: vocab.len() });
        }
        vocab.fallback = vocab.unknown();
        if vocab.fallback.is_none() {
            vocab.out_of_vocabulary = OutOfVocabulary::Skip;
        }
        Ok(vocab)
    }

    /// The same words with another policy for those that are not here.
    ///
    /// # Errors
    /// If they shall become `<unk>` and that is not among the special words.
    pub fn with_out_of_vocabulary(mut self, policy: OutOfVocabulary) -> Result<Self, VocabError> {
        self.out_of_vocabulary = policy;
        self.fallback = match policy {
            OutOfVocabulary::Skip => None,
            OutOfVocabulary::Unknown => Some(self.unknown().ok_or_else(|| {
                VocabError::setting("out_of_vocabulary", "`unknown` needs `<unk>` among the special words")
            })?),
        };
        Ok(self)
    }

    fn push(&mut self, word: &str, count: u64) -> Result<(), VocabError> {
        let second = self.len();
        let first = self.words.intern(word).ok_or_else(|| VocabError::TooManyWords)? as usize;
        if first != second {
            return Err(VocabError::Duplicate { word: word.to_owned(), first, second });
        }
        self.counts.push(count);
        self.n_tokens = self.n_tokens.saturating_add(count);
        Ok(())
    }

    /// The id of `word`, if it is here.
    #[inline]
    pub fn id(&self, word: &str) -> Option<WordId> {
        self.words.find(word).map(WordId)
    }

    /// Appends the id of each token, none for one that is not here.
    pub(crate) fn ids(&self, tokens: &[Token<'_>], ids: &mut Vec<Option<WordId>>) {
        self.words.find_all(tokens, |id| ids.push(id.map(WordId)));
    }

    /// The id that stands for `word` in a text: its own, or else what the policy for words out of the
    /// vocabulary gives, `<unk>` or nothing.
    #[inline]
    pub fn lookup(&self, word: &str) -> Option<WordId> {
        self.id(word).or(self.fallback)
    }

    /// What [`Vocab::lookup`] answers for a word that is not here.
    #[inline]
    pub(crate) fn fallback(&self) -> Option<WordId> {
        self.fallback
    }

    /// The word of `id`. Panics if the vocabulary has no such id.
    #[inline]
    pub fn word(&self, id: WordId) -> &str {
        self.words.word(id.index())
    }

    /// How often the word of `id` was counted. Panics if the vocabulary has no such id.
    #[inline]
    pub fn count(&self, id: WordId) -> u64 {
        self.counts[id.index()]
    }

    /// All counts, in the order of the ids.
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// How many running words were counted of the words that are here: the sum of all counts.
    pub fn n_tokens(&self) -> u64 {
        self.n_tokens
    }

    /// All words, in the order of their ids.
    pub fn words(&self) -> impl ExactSizeIterator<Item = &str> + Clone {
        self.words.words()
    }

    /// The number of words, special ones among them.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Whether there are no words.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many of the first ids are special words.
    pub fn n_special(&self) -> usize {
        self.n_special
    }

    /// Whether `id` is that of a special word.
    #[inline]
    pub fn is_special(&self, id: WordId) -> bool {
        id.index() < self.n_special
    }

    /// The id of the special word `<unk>`, if there is one.
    pub fn unknown(&self) -> Option<WordId> {
        self.special("<unk>")
    }

    /// The id of the special word `<s>`, which begins a sentence, if there is one.
    pub fn begin(&self) -> Option<WordId> {
        self.special("<s>")
    }

    /// The id of the special word `</s>`, which ends a sentence, if there is one.
    pub fn end(&self) -> Option<WordId> {
        self.special("</s>")
    }

    fn special(&self, word: &str) -> Option<WordId> {
        self.id(word).filter(|&id| self.is_special(id))
    }

    /// What becomes of words that are not here.
    pub fn out_of_vocabulary(&self) -> OutOfVocabulary {
        self.out_of_vocabulary
    }

    /// 16 hexadecimal digits that differ when words, counts or policy do: against mix-ups, not forgery.
    pub fn digest(&self) -> String {
        format!("{:016x}", self.to_binary().digest())
    }

    /// Writes the binary form: smaller and faster to read than the text.
    ///
    /// # Errors
    /// If the file cannot be written; then what stood there before stays.
    pub fn save(&self, path: &Path) -> Result<(), VocabError> {
        self.to_binary().save(path)
    }

    fn to_binary(&self) -> BinaryWriter {
        let mut writer = BinaryWriter::new(KIND);
        writer.text(self.out_of_vocabulary.name());
        writer.u64(self.n_special as u64);
        writer.words(self.words());
        self.counts.iter().for_each(|&count| writer.u64(count));
        writer
    }

    /// Reads the binary form.
    ///
    /// # Errors
    /// If the file cannot be read, is no vocabulary, or is damaged.
    pub fn load(path: &Path) -> Result<Self, VocabError> {
        Self::from_binary(path, &binary::read(path)?)
    }

    fn from_binary(path: &Path, bytes: &[u8]) -> Result<Self, VocabError> {
        let mut reader = BinaryReader::new(path, bytes, KIND)?;
        let policy = OutOfVocabulary::from_name(reader.text()?);
        let policy = policy.ok_or_else(|| reader.corrupt("it has a policy that is not known"))?;
        let n_special = reader.length(8)?;
        let words = reader.words()?;
        let counts = reader.u64s(words.len())?;
        reader.end()?;
        Self::from_words(words.into_iter().zip(counts), n_special)?.with_out_of_vocabulary(policy)
    }
}

impl PartialEq for Vocab {
    fn eq(&self, other: &Self) -> bool {
        self.n_special == other.n_special
            && self.out_of_vocabulary == other.out_of_vocabulary
            && self.counts == other.counts
            && self.words().eq(other.words())
    }
}

impl fmt::Debug for Vocab {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vocab")
            .field("words", &self.len())
            .field("n_special", &self.n_special)
            .field("n_tokens", &self.n_tokens)
            .field("out_of_vocabulary", &self.out_of_vocabulary)
            .finish()
    }
}

#[cfg(test)]
mod tests;
