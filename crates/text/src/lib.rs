//! From raw text to clean, segmented sentences.
//!
//! ```
//! use sememe_text::{CleanStep, Pipeline, PipelineSettings, Segment, SentenceSplit};
//! let pipeline = Pipeline::new(&PipelineSettings {
//!     clean: vec![CleanStep::Html, CleanStep::Simplify, CleanStep::Lowercase],
//!     segment: Segment::ChineseWords,
//!     sentences: SentenceSplit::Punctuation,
//!     min_chars: 0,
//! })?;
//! let mut sentences = Vec::new();
//! pipeline.for_each_sentence("<p>我們用<b>Rust</b>寫程式。It works.</p>", &mut |sentence| {
//!     sentences.push(sentence.iter().map(|token| token.text).collect::<Vec<_>>().join("|"));
//! });
//! assert_eq!(sentences, ["我们|用|rust|写|程式", "it|works"]);
//! # Ok::<_, sememe_text::TextError>(())
//! ```
//!
//! [`FileDocuments`] reads documents from files, in shards, and never holds a file as a whole; a [`Pipeline`]
//! turns each into sentences of tokens: clean-up ([`clean`]), sentences ([`sentence`]), tokens ([`segment`]). Both
//! are made from settings that can be kept with a model. [`Phrases`] join tokens that belong together. Tokens borrow from the text and know where they stand in
//! it, and, if asked, where they stood before the clean-up.
//!
//! Knows nothing of word ids or models. What is not valid, in files or settings, is refused with a
//! [`TextError`]; no input makes it panic.

pub mod clean;
mod document;
mod error;
mod nearest;
pub mod phrases;
mod pipeline;
mod read;
pub mod segment;
pub mod sentence;
mod stats;
mod token;

pub use clean::CleanStep;
pub use document::{Document, Documents, MemoryDocuments};
pub use error::TextError;
pub use nearest::nearest;
pub use phrases::{Phrase, Phrases};
pub use pipeline::{Pipeline, PipelineSettings};
pub use read::{
    Column, Conll, Encoding, Fields, FileDocuments, Format, InvalidPolicy, ReadOptions, ReadStats, Table,
    TextWriter, open_text,
};
pub use segment::Segment;
pub use sentence::SentenceSplit;
pub use stats::CorpusStats;
pub use token::{AlignedToken, Token, Tokenize};
