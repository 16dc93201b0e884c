//! The words of a pass, and what is seen of them.

use super::pairs::{Pair, PairCounts, Section};
use crate::{Vocab, VocabError, WordId};
use sememe_text::Phrases;
use sememe_text::phrases::{Joint, Unit};

/// The words of a pass: those of the vocabulary by their ids, and then the phrases of the passes before.
pub(super) struct Words<'a> {
    vocab: &'a Vocab,
    phrases: &'a Phrases,
    /// Texts of phrases that are no words of the vocabulary.
    joined: Vec<&'a str>,
    /// Number of each word of the vocabulary among phrases,
    to_phrases: Vec<Option<u32>>,
    /// and back.
    from_phrases: Vec<u32>,
    /// Which connector each word of the vocabulary is.
    connectors: Vec<Option<u8>>,
}

impl<'a> Words<'a> {
    pub(super) fn new(vocab: &'a Vocab, phrases: &'a Phrases) -> Self {
        let (mut joined, mut from_phrases) = (Vec::new(), Vec::new());
        for word in phrases.words() {
            let new = (vocab.len() + joined.len()) as u32;
            from_phrases.push(vocab.id(word).map_or(new, |id| id.0));
            if from_phrases.last() == Some(&new) {
                joined.push(word);
            }
        }
        let mut connectors = vec![None; vocab.len()];
        for (number, connector) in (0..=u8::MAX).zip(phrases.connectors()) {
            if let Some(id) = vocab.id(connector) {
                connectors[id.index()] = Some(number);
            }
        }
        let to_phrases = vocab.words().map(|word| phrases.number(word)).collect();
        Self { vocab, phrases, joined, to_phrases, from_phrases, connectors }
    }

    pub(super) fn len(&self) -> usize {
        self.vocab.len() + self.joined.len()
    }

    /// The words of a phrase.
    pub(super) fn of(&self, pair: Pair) -> Vec<String> {
        let [first, last] = pair.words.map(|word| self.text(word).to_owned());
        let connectors = self.phrases.connectors();
        let joint = pair.joint.connectors().map(|number| connectors[usize::from(number)].clone());
        std::iter::once(first).chain(joint).chain([last]).collect()
    }

    fn text(&self, word: u32) -> &str {
        match (word as usize).checked_sub(self.vocab.len()) {
            Some(at) => self.joined[at],
            None => self.vocab.word(WordId(word)),
        }
    }

    fn check(&self, ids: &[WordId]) -> Result<(), VocabError> {
        let n_words = self.vocab.len();
        match ids.iter().max() {
            Some(id) if id.index() >= n_words => Err(VocabError::ForeignId { found: id.0, n_words }),
            _ => Ok(()),
        }
    }
}

/// How often the words of a pass stand in the text.
pub(super) struct WordCounts {
    /// Of each word but connectors and special words.
    pub(super) words: Vec<u64>,
    /// Of all words.
    pub(super) n_tokens: u64,
}

/// What one thread has seen in one reading of the text.
pub(super) struct Seen<'a> {
    pub(super) counts: WordCounts,
    pub(super) pairs: PairCounts<'a>,
    units: Vec<Unit>,
}

impl<'a> Seen<'a> {
    pub(super) fn new(n_words: usize, section: &'a Section) -> Self {
        let counts = WordCounts { words: vec![0; n_words], n_tokens: 0 };
        Self { counts, pairs: PairCounts::new(section), units: Vec::new() }
    }

    pub(super) fn sentence(&mut self, ids: &[WordId], words: &Words<'_>) -> Result<(), VocabError> {
        words.check(ids)?;
        if words.phrases.is_empty() {
            self.count(ids.iter().map(|id| id.0), words);
            return Ok(());
        }
        let mut units = std::mem::take(&mut self.units);
        units.clear();
        units.extend((0..).zip(ids).map(|(at, id)| Unit::new(at, words.to_phrases[id.index()])));
        words.phrases.join(&mut units);
        let number = |unit: &Unit| match unit.word().filter(|_| unit.is_phrase()) {
            Some(word) => words.from_phrases[word as usize],
            None => ids[unit.tokens().start].0,
        };
        self.count(units.iter().map(number), words);
        self.units = units;
        Ok(())
    }

    /// Counts each word as the end of a pair and the beginning of the next.
    fn count(&mut self, sentence: impl Iterator<Item = u32>, words: &Words<'_>) {
        // The last word that may begin a phrase, and the connectors since then.
        let (mut first, mut joint) = (None, Some(Joint::default()));
        for word in sentence {
            self.counts.n_tokens += 1;
            if let Some(&Some(connector)) = words.connectors.get(word as usize) {
                joint = joint.and_then(|joint| joint.with(connector));
            } else if (word as usize) < words.vocab.n_special() {
                first = None;
            } else {
                self.counts.words[word as usize] += 1;
                if let (Some(first), Some(joint)) = (first, joint) {
                    self.pairs.add(Pair { words: [first, word], joint });
                }
                (first, joint) = (Some(word), Some(Joint::default()));
            }
        }
    }
}
