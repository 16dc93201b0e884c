//! From raw text to clean, segmented sentences.

mod document;
mod error;
mod token;

pub use document::{Document, Documents, MemoryDocuments};
pub use error::TextError;
pub use token::{Token, Tokenize};
