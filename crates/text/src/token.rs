//! Tokens that borrow from the text.

use std::ops::Range;

/// A token and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token<'t> {
    /// The token, borrowed from the text.
    pub text: &'t str,
    /// Byte offset of its first byte in the text that was tokenised.
    pub start: usize,
}

impl Token<'_> {
    /// The bytes of the text that the token covers.
    pub fn range(&self) -> Range<usize> {
        self.start..self.start + self.text.len()
    }
}

/// A token of a cleaned text and where it stood before the clean-up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlignedToken<'t> {
    /// The token, borrowed from the cleaned text.
    pub token: Token<'t>,
    /// The bytes of the original that it came from.
    pub original: Range<usize>,
}

/// Splits text into tokens that borrow from it.
pub trait Tokenize: Send + Sync {
    /// Calls `sink` with every token of `text`, in order.
    fn tokenize<'t>(&self, text: &'t str, sink: &mut dyn FnMut(Token<'t>));
}
