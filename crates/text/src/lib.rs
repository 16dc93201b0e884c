//! From raw text to clean, segmented sentences.

pub mod clean;
mod document;
mod error;
mod nearest;
mod pipeline;
mod read;
pub mod segment;
pub mod sentence;
mod token;

pub use clean::CleanStep;
pub use document::{Document, Documents, MemoryDocuments};
pub use error::TextError;
pub use nearest::nearest;
pub use pipeline::{Pipeline, PipelineSettings};
pub use read::{
    Column, Conll, Encoding, Fields, FileDocuments, Format, InvalidPolicy, ReadOptions, Table, TextWriter,
    open_text,
};
pub use segment::Segment;
pub use sentence::SentenceSplit;
pub use token::{AlignedToken, Token, Tokenize};
