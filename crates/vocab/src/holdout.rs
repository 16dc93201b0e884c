//! The part of a text that is kept for tests.

use crate::VocabError;
use crate::hash::murmur3;
use sememe_text::{Pipeline, Token};
use serde::{Deserialize, Serialize};

/// Which part of a text is held out: about one in `every` documents or sentences.
///
/// The choice follows from a hash (MurmurHash3) of the document, or of the words of the sentence, and from
/// nothing else. So it is the same whatever the shards, the threads and the order of the text, counting and
/// encoding agree about it, and what stands twice in the text never stands on both sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holdout {
    /// One in so many, at least 2.
    pub every: u64,
    /// Of what.
    pub unit: HoldoutUnit,
}

/// What is held out or kept as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum HoldoutUnit {
    /// Whole documents.
    Documents,
    /// Sentences, wherever they stand.
    Sentences,
}

impl Holdout {
    /// Finds out whether anything is left.
    ///
    /// # Errors
    /// If `every` is below 2.
    pub fn check(self) -> Result<(), VocabError> {
        if self.every < 2 {
            return Err(VocabError::setting("holdout.every", format!("{} is below 2", self.every)));
        }
        Ok(())
    }

    /// Whether the whole document is held out.
    pub(crate) fn takes_document(self, text: &str) -> bool {
        self.unit == HoldoutUnit::Documents && self.takes(murmur3(text.as_bytes(), 0))
    }

    /// Whether a sentence is held out on its own account.
    pub(crate) fn takes_sentence(self, tokens: &[Token<'_>]) -> bool {
        let hash = |hash, token: &Token<'_>| murmur3(token.text.as_bytes(), hash);
        self.unit == HoldoutUnit::Sentences && self.takes(tokens.iter().fold(0, hash))
    }

    fn takes(self, hash: u32) -> bool {
        u64::from(hash).is_multiple_of(self.every)
    }
}

/// The two sides of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Train,
    HeldOut,
}

/// Calls `sink` with every sentence of the document `text` and the side that it is on.
pub(crate) fn for_each_sentence(
    text: &str,
    pipeline: &Pipeline,
    holdout: Option<Holdout>,
    sink: &mut dyn FnMut(Part, &[Token<'_>]),
) {
    let whole = holdout.is_some_and(|holdout| holdout.takes_document(text));
    pipeline.for_each_sentence(text, &mut |tokens| {
        let held_out = whole || holdout.is_some_and(|holdout| holdout.takes_sentence(tokens));
        sink(if held_out { Part::HeldOut } else { Part::Train }, tokens);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn about_one_in_every() {
        let holdout = Holdout { every: 10, unit: HoldoutUnit::Documents };
        let taken = (0..10_000).filter(|i| holdout.takes_document(&format!("text {i}"))).count();
        assert!((900..1100).contains(&taken), "{taken}");
    }

    #[test]
    fn only_the_unit_is_asked() {
        let (documents, sentences) = (HoldoutUnit::Documents, HoldoutUnit::Sentences);
        let token = Token { text: "a", start: 0 };
        let taken = |unit| {
            let holdout = Holdout { every: 1, unit };
            (holdout.takes_document("a"), holdout.takes_sentence(&[token]))
        };
        assert_eq!((taken(documents), taken(sentences)), ((true, false), (false, true)));
    }
}
