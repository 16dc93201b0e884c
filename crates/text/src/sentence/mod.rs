//! Finding the ends of sentences.

mod abbreviations;
mod punctuation;

use serde::{Deserialize, Serialize};
use std::ops::Range;

/// How a document is cut into sentences.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SentenceSplit {
    /// A document is one sentence.
    #[default]
    None,
    /// A line is a sentence.
    Lines,
    /// At line ends, and at full stops, question and exclamation marks by the rules of English and Chinese:
    /// closing quotes and brackets go with the sentence; abbreviations, initials and decimals do not end one.
    Punctuation,
}

/// Cuts documents as its [`SentenceSplit`] says.
///
/// ```
/// use sememe_text::{SentenceSplit, sentence::SentenceSplitter};
/// let text = "Dr. Wu paid $3.50. 他走了。";
/// let mut found = Vec::new();
/// SentenceSplitter::new(SentenceSplit::Punctuation).split(text, &mut |range| found.push(&text[range]));
/// assert_eq!(found, ["Dr. Wu paid $3.50.", "他走了。"]);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct SentenceSplitter {
    split: SentenceSplit,
}

impl SentenceSplitter {
    /// A splitter of one kind.
    pub fn new(split: SentenceSplit) -> Self {
        Self { split }
    }

    /// Calls `sink` with the bytes of every sentence, in order, without the white space around it. Sentences of
    /// nothing but white space are left out.
    pub fn split(&self, text: &str, sink: &mut dyn FnMut(Range<usize>)) {
        match self.split {
            SentenceSplit::None => trimmed(text, 0..text.len(), sink),
            SentenceSplit::Lines => lines(text, |line| trimmed(text, line, sink)),
            SentenceSplit::Punctuation => {
                lines(text, |line| punctuation::split(text, line, |sentence| trimmed(text, sentence, sink)));
            }
        }
    }
}

fn lines(text: &str, mut sink: impl FnMut(Range<usize>)) {
    let mut start = 0;
    for end in memchr::memchr_iter(b'\n', text.as_bytes()) {
        sink(start..end);
        start = end + 1;
    }
    sink(start..text.len());
}

fn trimmed(text: &str, range: Range<usize>, sink: &mut dyn FnMut(Range<usize>)) {
    let part = text[range.clone()].trim_end();
    let start = range.start + (part.len() - part.trim_start().len());
    let end = range.start + part.len();
    if start < end {
        sink(start..end);
    }
}

#[cfg(test)]
mod tests;
