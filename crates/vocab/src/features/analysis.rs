//! From a text to its features.

use super::ngrams::{Parts, Unit};
use crate::VocabError;
use sememe_text::Pipeline;
use sememe_text::clean::Cleaner;
use std::ops::RangeInclusive;

/// Takes texts apart, always in the same way.
#[derive(Clone, Debug)]
pub(crate) struct Analysis {
    pipeline: Pipeline,
    /// The clean-up of the pipeline alone: character n-grams need no tokens.
    cleaner: Cleaner,
}

impl Analysis {
    pub(crate) fn new(pipeline: &Pipeline) -> Result<Self, VocabError> {
        let cleaner = Cleaner::new(&pipeline.settings().clean)?;
        Ok(Self { pipeline: pipeline.clone(), cleaner })
    }

    pub(crate) fn pipeline(&self) -> &Pipeline {
        &self.pipeline
    }

    /// Calls `sink` with every n-gram of `text`, as often as it stands there.
    pub(crate) fn for_each_feature(
        &self,
        text: &str,
        (unit, lengths): (Unit, RangeInclusive<usize>),
        parts: &mut Parts,
        sink: &mut dyn FnMut(&str),
    ) {
        match unit {
            Unit::Words => {
                parts.clear();
                self.pipeline.tokens(text, &mut |token| parts.push_word(token));
                parts.for_each_ngram(lengths, sink);
            }
            Unit::Chars => parts.for_each_char_ngram(&self.cleaner.clean(text), lengths, sink),
            Unit::CharsAtWordBounds => {
                parts.for_each_bounded_ngram(&self.cleaner.clean(text), lengths, sink);
            }
        }
    }
}
