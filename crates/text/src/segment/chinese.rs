//! Chinese words, in text that may be mixed with any other.

use crate::{Token, Tokenize};
use jieba_rs::Jieba;
use std::fmt;

/// Cuts text as Python's `jieba.cut(text, HMM=True)` does, and drops the tokens that are white space.
///
/// In two places the crate of the dictionary goes other ways, and the rules are ours: what belongs to a block of
/// Han and Latin characters (it takes in more rare ideographs), and where runs such as `a-b.org` end (it keeps
/// them whole).
pub(super) struct Chinese {
    jieba: Jieba,
}

impl Chinese {
    pub(super) fn new() -> Self {
        Self { jieba: Jieba::new() }
    }

    fn cut_block<'t>(&self, block: &'t str, start: usize, sink: &mut dyn FnMut(Token<'t>)) {
        for word in self.jieba.cut(block, true) {
            let token = Token { text: word.word, start: start + word.byte_start };
            if is_compound(token.text) && !self.jieba.has_word(token.text) {
                cut_compound(token, sink);
            } else {
                sink(token);
            }
        }
    }
}

/// Latin characters or digits with punctuation between.
fn is_compound(word: &str) -> bool {
    word.is_ascii() && word.len() > 1 && !word.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Cuts at the bounds of the expression `[a-zA-Z0-9]+(?:\.\d+)?%?`.
fn cut_compound<'t>(token: Token<'t>, sink: &mut dyn FnMut(Token<'t>)) {
    let mut at = 0;
    while at < token.text.len() {
        let rest = &token.text[at..];
        let len = match number_or_word_len(rest.as_bytes()) {
            0 => rest.bytes().take_while(|byte| !byte.is_ascii_alphanumeric()).count(),
            len => len,
        };
        sink(Token { text: &rest[..len], start: token.start + at });
        at += len;
    }
}

/// Bytes of the match of the expression at the start of `bytes`.
fn number_or_word_len(bytes: &[u8]) -> usize {
    let run =
        |start: usize, is_in: fn(&u8) -> bool| bytes[start..].iter().take_while(|byte| is_in(byte)).count();
    let mut len = run(0, u8::is_ascii_alphanumeric);
    if len > 0 && bytes.get(len) == Some(&b'.') {
        let n_digits = run(len + 1, u8::is_ascii_digit);
        len += if n_digits > 0 { 1 + n_digits } else { 0 };
    }
    len + usize::from(len > 0 && bytes.get(len) == Some(&b'%'))
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
