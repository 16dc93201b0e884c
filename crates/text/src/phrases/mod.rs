//! Words that belong together, joined into one token: `new york` becomes `new_york`.

mod file;
mod index;

pub use index::{Joint, Unit};

use crate::{TextError, Token};
use index::Index;
use std::fmt;
use std::ops::Range;

/// A run of tokens that becomes one.
#[derive(Clone, Debug, PartialEq)]
pub struct Phrase {
    /// Its first token, the connectors, and its last token. A token of a later pass may be a phrase itself.
    pub words: Vec<String>,
    /// How much more often they stand together than by chance, by the scoring that it was learned with.
    pub score: f64,
    /// How often they stood together.
    pub count: u64,
}

/// What joins the words of sentences into phrases, in one or more passes: the second sees the tokens that the
/// first made, so that phrases grow (Mikolov et al. 2013, "Distributed Representations of Words and Phrases and
/// their Compositionality", section 4).
///
/// In each pass a sentence is read from left to right. Two words that are a phrase are joined, and the joined word
/// begins no other phrase in the same pass. Connectors, such as `of`, may stand between them, but begin and end no
/// phrase.
///
/// ```
/// use sememe_text::{Phrase, Phrases, Pipeline, PipelineSettings};
/// let phrase = |words: &[&str]| {
///     Phrase { words: words.iter().map(|&word| word.to_owned()).collect(), score: 200.0, count: 9 }
/// };
/// let passes = vec![vec![phrase(&["new", "york"])], vec![phrase(&["new_york", "times"])]];
/// let phrases = Phrases::new("_", &[], passes)?;
/// let pipeline = Pipeline::new(&PipelineSettings::default())?.with_phrases(phrases);
/// let mut found = Vec::new();
/// pipeline.tokens("the new york times of new york", &mut |token| found.push(token.to_owned()));
/// assert_eq!(found, ["the", "new_york_times", "of", "new_york"]);
/// # Ok::<_, sememe_text::TextError>(())
/// ```
#[derive(Clone)]
pub struct Phrases {
    delimiter: String,
    connectors: Vec<String>,
    passes: Vec<Vec<Phrase>>,
    index: Index,
}

impl Phrases {
    /// So many connectors in a row may stand inside a phrase.
    pub const MAX_JOINT: usize = 4;
    /// So many different connectors there may be.
    pub const MAX_CONNECTORS: usize = 255;

    /// Phrases of each pass, whose words are joined with `delimiter` between them. Within a pass they are put
    /// into the order of their words.
    ///
    /// # Errors
    /// If a phrase has fewer than two words, has words between the first and the last that are no connectors or
    /// more than [`Phrases::MAX_JOINT`] of them, or stands twice in a pass; if there are more than
    /// [`Phrases::MAX_CONNECTORS`] connectors; or if a word could not be written to a file: it is empty or holds a
    /// tab or a line end.
    pub fn new(
        delimiter: &str,
        connectors: &[String],
        mut passes: Vec<Vec<Phrase>>,
    ) -> Result<Self, TextError> {
        file::check(delimiter, connectors, &passes)?;
        passes.truncate(passes.iter().rposition(|pass| !pass.is_empty()).map_or(0, |last| last + 1));
        passes.iter_mut().for_each(|pass| pass.sort_by(|a, b| a.words.cmp(&b.words)));
        let index = Index::new(delimiter, connectors, &passes)?;
        Ok(Self { delimiter: delimiter.to_owned(), connectors: connectors.to_vec(), passes, index })
    }

    /// What stands between the words of a joined phrase.
    pub fn delimiter(&self) -> &str {
        &self.delimiter
    }

    /// Words that may stand inside a phrase, but not at its ends.
    pub fn connectors(&self) -> &[String] {
        &self.connectors
    }

    /// The phrases of each pass, in the order of their words.
    pub fn passes(&self) -> &[Vec<Phrase>] {
        &self.passes
    }

    /// The number of phrases in all passes.
    pub fn len(&self) -> usize {
        self.passes.iter().map(Vec::len).sum()
    }

    /// Whether there are no phrases.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of `word`, if it is part of a phrase or one itself.
    pub fn number(&self, word: &str) -> Option<u32> {
        self.index.number(word)
    }

    /// The words that have numbers, in the order of these: connectors, parts of phrases, joined phrases.
    pub fn words(&self) -> impl ExactSizeIterator<Item = &str> {
        self.index.words()
    }

    /// Joins the units of a sentence, which at first are single tokens, in all passes.
    ///
    /// For those who have numbered their tokens already; [`Pipeline`](crate::Pipeline) joins text.
    pub fn join(&self, units: &mut Vec<Unit>) {
        self.index.join(units);
    }

    /// The tokens of a sentence, joined; `arena` holds the texts that stand nowhere in the sentence.
    pub(crate) fn join_tokens(&self, tokens: &[Token<'_>], arena: &mut Arena) {
        arena.clear();
        arena.units.extend((0..).zip(tokens).map(|(at, token)| Unit::new(at, self.number(token.text))));
        self.join(&mut arena.units);
        for unit in &arena.units {
            let start = arena.text.len();
            if let [first, rest @ ..] = &tokens[unit.tokens()]
                && !rest.is_empty()
            {
                arena.text.push_str(first.text);
                rest.iter().for_each(|token| {
                    arena.text.push_str(&self.delimiter);
                    arena.text.push_str(token.text);
                });
            }
            arena.ranges.push(start..arena.text.len());
        }
    }
}

/// What becomes of the tokens of a sentence.
#[derive(Default)]
pub(crate) struct Arena {
    units: Vec<Unit>,
    /// The texts of all phrases, one after the other,
    text: String,
    /// and where that of each unit is; empty for a single token.
    ranges: Vec<Range<usize>>,
}

impl Arena {
    fn clear(&mut self) {
        self.units.clear();
        self.text.clear();
        self.ranges.clear();
    }

    /// The units of `tokens`: which tokens they cover, and the token that they are now. A phrase starts where its
    /// first word does.
    pub(crate) fn tokens<'t>(
        &'t self,
        tokens: &[Token<'t>],
    ) -> impl ExactSizeIterator<Item = (Range<usize>, Token<'t>)> {
        self.units.iter().zip(&self.ranges).map(move |(unit, range)| {
            let first = tokens[unit.tokens().start];
            let text = if range.is_empty() { first.text } else { &self.text[range.clone()] };
            (unit.tokens(), Token { text, start: first.start })
        })
    }
}

impl fmt::Debug for Phrases {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers: Vec<usize> = self.passes.iter().map(Vec::len).collect();
        f.debug_struct("Phrases").field("delimiter", &self.delimiter).field("passes", &numbers).finish()
    }
}

impl PartialEq for Phrases {
    fn eq(&self, other: &Self) -> bool {
        (&self.delimiter, &self.connectors, &self.passes)
            == (&other.delimiter, &other.connectors, &other.passes)
    }
}

#[cfg(test)]
mod tests;
