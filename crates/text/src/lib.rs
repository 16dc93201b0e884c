//! From raw text to clean, segmented sentences.

pub mod clean;
mod document;
mod error;
mod pipeline;
pub mod segment;
pub mod sentence;
mod token;

pub use clean::CleanStep;
pub use document::{Document, Documents, MemoryDocuments};
pub use error::TextError;
pub use pipeline::{Pipeline, PipelineSettings};
pub use segment::Segment;
pub use sentence::SentenceSplit;
pub use token::{AlignedToken, Token, Tokenize};
