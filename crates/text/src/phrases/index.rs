//! Phrases found by the numbers of their words.

use super::{Phrase, Phrases};
use crate::TextError;
use rustc_hash::FxHashMap;
use std::ops::Range;

/// Tokens of a sentence that are one word for [`Phrases::join`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unit {
    first: u32,
    end: u32,
    word: u32,
}

/// The number of a word that is part of no phrase.
const NONE: u32 = u32::MAX;

impl Unit {
    /// Token number `at` of a sentence, whose word has the number `word` among phrases.
    pub fn new(at: u32, word: Option<u32>) -> Self {
        Self { first: at, end: at + 1, word: word.unwrap_or(NONE) }
    }

    /// The tokens that the unit covers.
    pub fn tokens(self) -> Range<usize> {
        self.first as usize..self.end as usize
    }

    /// Whether it is more than one token.
    pub fn is_phrase(self) -> bool {
        self.end - self.first > 1
    }

    /// The number of its word among phrases, if it has one.
    pub fn word(self) -> Option<u32> {
        (self.word != NONE).then_some(self.word)
    }
}

/// The connectors between two words, up to [`Phrases::MAX_JOINT`] of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Joint(
    /// Digits to the base 256, each the number of a connector and 1.
    u32,
);

impl Joint {
    /// With connector number `connector` behind the others; `None` if that is one too many.
    #[inline]
    pub fn with(self, connector: u8) -> Option<Self> {
        const { assert!(size_of::<Self>() == Phrases::MAX_JOINT) };
        let is_full = self.0 >> (u32::BITS - 8) != 0;
        (!is_full).then_some(Self(self.0 << 8 | (u32::from(connector) + 1)))
    }

    /// The numbers of the connectors, in order.
    pub fn connectors(self) -> impl Iterator<Item = u8> {
        self.0.to_be_bytes().into_iter().filter_map(|digit| digit.checked_sub(1))
    }

    /// The joint as a number: the same for the same connectors only.
    #[inline]
    pub fn number(self) -> u32 {
        self.0
    }
}

/// The first word, the connectors and the last word of a phrase, and the number of the joined word.
type Pass = FxHashMap<(u32, Joint, u32), u32>;

/// The words of phrases by number, and the phrases of each pass by the numbers of their words.
#[derive(Clone, Default)]
pub(super) struct Index {
    numbers: FxHashMap<Box<str>, u32>,
    words: Vec<Box<str>>,
    /// The first words are the connectors.
    n_connectors: u32,
    passes: Vec<Pass>,
}

impl Index {
    /// Takes phrases that were checked. The same joined text is the same word, however it came about.
    pub(super) fn new(
        delimiter: &str,
        connectors: &[String],
        passes: &[Vec<Phrase>],
    ) -> Result<Self, TextError> {
        let mut index = Self::default();
        for connector in connectors {
            index.intern(connector)?;
        }
        index.n_connectors = index.words.len() as u32;
        for phrases in passes {
            let mut pass = Pass::default();
            for phrase in phrases {
                let joined = index.intern(&phrase.words.join(delimiter))?;
                if pass.insert(index.key(&phrase.words)?, joined).is_some() {
                    let reason = format!("`{}` stands twice in a pass", phrase.words.join(" "));
                    return Err(TextError::Phrases { reason });
                }
            }
            index.passes.push(pass);
        }
        Ok(index)
    }

    fn key(&mut self, words: &[String]) -> Result<(u32, Joint, u32), TextError> {
        let mut joint = Joint::default();
        for word in &words[1..words.len() - 1] {
            // They were checked: all are connectors, and not too many.
            joint = joint.with(self.intern(word)? as u8).unwrap_or_default();
        }
        Ok((self.intern(&words[0])?, joint, self.intern(&words[words.len() - 1])?))
    }

    fn intern(&mut self, word: &str) -> Result<u32, TextError> {
        if let Some(number) = self.number(word) {
            return Ok(number);
        }
        let number = u32::try_from(self.words.len()).ok().filter(|&number| number != NONE);
        let too_many = || TextError::Phrases { reason: format!("they have more than {NONE} words") };
        let number = number.ok_or_else(too_many)?;
        self.numbers.insert(word.into(), number);
        self.words.push(word.into());
        Ok(number)
    }

    #[inline]
    pub(super) fn number(&self, word: &str) -> Option<u32> {
        self.numbers.get(word).copied()
    }

    pub(super) fn words(&self) -> impl ExactSizeIterator<Item = &str> {
        self.words.iter().map(Box::as_ref)
    }

    pub(super) fn join(&self, units: &mut Vec<Unit>) {
        self.passes.iter().for_each(|pass| self.join_pass(pass, units));
    }

    /// One pass, from left to right and in place: `units[..n_kept]` are done.
    fn join_pass(&self, pass: &Pass, units: &mut Vec<Unit>) {
        let mut n_kept = 0;
        // Where the last word stands that may begin a phrase, and the connectors since then.
        let (mut open, mut joint) = (None, Some(Joint::default()));
        for at in 0..units.len() {
            let unit = units[at];
            if unit.word < self.n_connectors {
                joint = joint.and_then(|joint| joint.with(unit.word as u8));
            } else {
                let found = open.zip(joint).and_then(|(first, joint): (usize, _)| {
                    let joined = pass.get(&(units[first].word, joint, unit.word))?;
                    Some((first, *joined))
                });
                joint = Some(Joint::default());
                if let Some((first, word)) = found {
                    units[first] = Unit { first: units[first].first, end: unit.end, word };
                    n_kept = first + 1;
                    open = None;
                    continue;
                }
                open = (unit.word != NONE).then_some(n_kept);
            }
            units[n_kept] = unit;
            n_kept += 1;
        }
        units.truncate(n_kept);
    }
}
