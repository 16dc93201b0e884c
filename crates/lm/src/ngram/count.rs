//! Collecting the sentences that a model is estimated from.

use super::settings::SpecialWords;
use super::{BEGIN, END, UNKNOWN};
use crate::LmError;
use sememe_kernels::{Meter, Observer};
use sememe_vocab::WordId;

/// Room is made for at most so many words before they are read, whatever a corpus says of itself.
const MAX_RESERVED: u64 = 1 << 28;

/// How many words are read between two reports.
const WORDS_PER_REPORT: u64 = 1 << 16;

/// Takes sentences of word ids, one by one.
///
/// It keeps 4 bytes a word: the in-memory engine finds all n-grams from the text itself, so that counts of
/// every order cost no hash table.
#[derive(Clone, Debug)]
pub struct NgramCounter {
    /// Sentences, each led by `<s>` and, where it has an end, closed by `</s>`.
    text: Vec<u32>,
    special_words: SpecialWords,
    n_sentences: u64,
    max_id: u32,
}

impl NgramCounter {
    /// No sentences yet.
    pub fn new(special_words: SpecialWords) -> Self {
        Self { text: Vec::new(), special_words, n_sentences: 0, max_id: END }
    }

    /// Adds a sentence without boundaries; `end` says whether its end is a fact of the text, as it is not for
    /// a last line that lacks its line feed.
    ///
    /// # Errors
    /// If the sentence holds special words and the settings refuse them, or the text gets too long. The
    /// sentence is then not added.
    pub fn add_sentence(&mut self, sentence: &[WordId], end: bool) -> Result<(), LmError> {
        let start = self.text.len();
        self.n_sentences += 1;
        self.text.push(BEGIN);
        for &WordId(id) in sentence {
            match self.admit(id) {
                Ok(true) => self.text.push(id),
                Ok(false) => {}
                Err(error) => return Err(self.undo(start, error)),
            }
        }
        if end {
            self.text.push(END);
        }
        if self.text.len() >= u32::MAX as usize {
            let limit = u64::from(u32::MAX);
            return Err(self.undo(start, LmError::TooLarge { what: "words of text", limit }));
        }
        Ok(())
    }

    /// Makes room for so many sentences and words.
    pub(crate) fn reserve(&mut self, n_sentences: u64, n_words: u64) {
        let n_places = n_words.saturating_add(n_sentences.saturating_mul(2)).min(MAX_RESERVED);
        self.text.reserve_exact(n_places as usize);
    }

    /// Sentences added.
    pub fn n_sentences(&self) -> u64 {
        self.n_sentences
    }

    /// The text, and the highest id in it.
    pub(crate) fn into_text(self) -> (Vec<u32>, u32) {
        (self.text, self.max_id)
    }

    /// Forgets what stands after `start`, the last sentence.
    fn undo(&mut self, start: usize, error: LmError) -> LmError {
        self.text.truncate(start);
        self.n_sentences -= 1;
        error
    }

    /// Whether a word is counted.
    #[inline]
    fn admit(&mut self, id: u32) -> Result<bool, LmError> {
        self.max_id = self.max_id.max(id);
        if id > END {
            return Ok(true);
        }
        match self.special_words {
            SpecialWords::Skip => Ok(false),
            SpecialWords::Word if id == UNKNOWN => Ok(true),
            _ => {
                let word = super::SPECIAL_WORDS[id as usize];
                Err(LmError::SpecialWord { word, sentence: self.n_sentences })
            }
        }
    }
}

/// A counter that reports how far the reading has come.
pub(crate) struct Intake<'a> {
    pub(crate) counter: NgramCounter,
    meter: Meter<'a>,
    n_unreported: u64,
}

impl<'a> Intake<'a> {
    /// Will read `n_words`, where that is known.
    pub(crate) fn new(policy: SpecialWords, n_words: Option<u64>, observer: &'a mut dyn Observer) -> Self {
        let meter = Meter::new("words read", n_words, observer);
        Self { counter: NgramCounter::new(policy), meter, n_unreported: 0 }
    }

    /// As [`NgramCounter::add_sentence`], but may also be interrupted.
    pub(crate) fn add(&mut self, sentence: &[WordId], end: bool) -> Result<(), LmError> {
        self.counter.add_sentence(sentence, end)?;
        self.n_unreported += sentence.len() as u64 + 1;
        if self.n_unreported < WORDS_PER_REPORT {
            return Ok(());
        }
        let n_words = std::mem::take(&mut self.n_unreported);
        if self.meter.advance(n_words, None).is_break() { Err(LmError::Interrupted) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(policy: SpecialWords, sentence: &[u32], want: Result<&[u32], &str>) {
        let mut counter = NgramCounter::new(policy);
        let ids: Vec<WordId> = sentence.iter().copied().map(WordId).collect();
        let result = counter.add_sentence(&ids, true).map_err(|error| error.to_string());
        match want {
            Ok(text) => assert_eq!(counter.into_text().0, text),
            Err(start) => assert!(result.unwrap_err().starts_with(start)),
        }
    }

    #[test]
    fn special_words_follow_the_policy() {
        check(SpecialWords::Word, &[5, 0, 6], Ok(&[1, 5, 0, 6, 2]));
        check(SpecialWords::Skip, &[5, 0, 6, 2, 1], Ok(&[1, 5, 6, 2]));
        check(SpecialWords::Error, &[5, 0], Err("sentence 1: the special word `<unk>` is in the text"));
        check(SpecialWords::Word, &[5, 2], Err("sentence 1: the special word `</s>` is in the text"));
    }

    #[test]
    fn a_refused_sentence_leaves_no_trace() {
        let mut counter = NgramCounter::new(SpecialWords::Error);
        counter.add_sentence(&[WordId(7)], false).unwrap();
        assert!(counter.add_sentence(&[WordId(3), WordId(0)], true).is_err());
        assert_eq!(counter.into_text().0, [1, 7]);
    }
}
