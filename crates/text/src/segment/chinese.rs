//! Chinese words, in text that may be mixed with any other.

use crate::{Token, Tokenize};
use jieba_rs::Jieba;
use std::fmt;

/// Cuts text as Python's `jieba.cut(text, HMM=True)` does, and drops the tokens that are white space.
///
/// The text is first cut into blocks of Han and Latin characters and the characters between them. That is done
/// here rather than by the dictionary's crate, which counts more rare ideographs as Han than Python's does.
pub(super) struct Chinese {
    jieba: Jieba,
}

impl Chinese {
    pub(super) fn new() -> Self {
        Self { jieba: Jieba::new() }
    }

    fn cut_block<'t>(&self, block: &'t str, start: usize, sink: &mut dyn FnMut(Token<'t>)) {
        for word in self.jieba.cut(block, true) {
            sink(Token { text: word.word, start: start + word.byte_start });
        }
    }
}

impl fmt::Debug for Chinese {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chinese").finish_non_exhaustive()
    }
}

impl Tokenize for Chinese {
    fn tokenize<'t>(&self, text: &'t str, sink: &mut dyn FnMut(Token<'t>)) {
        let mut at = 0;
        while let Some(first) = text[at..].chars().next() {
            let rest = &text[at..];
            let len = if is_block(first) {
                rest.find(|c| !is_block(c)).unwrap_or(rest.len())
            } else {
                first.len_utf8()
            };
            match is_block(first) {
                true => self.cut_block(&rest[..len], at, sink),
                false if first.is_whitespace() => {}
                false => sink(Token { text: &rest[..len], start: at }),
            }
            at += len;
        }
    }
}

/// The class `[\u4E00-\u9FD5a-zA-Z0-9+#&._%\-]`.
fn is_block(c: char) -> bool {
    matches!(c, '\u{4E00}'..='\u{9FD5}') || c.is_ascii_alphanumeric() || "+#&._%-".contains(c)
}
