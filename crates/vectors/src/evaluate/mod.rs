//! How good vectors are: analogy questions and judged pairs of words.
//!
//! What comes back is plain data, hits and pairs of numbers; the measures over them are made elsewhere.

mod analogies;
mod argmax;
pub(crate) mod lines;
mod lookup;
mod questions;
mod similarity;

pub use analogies::{AnalogyReport, SectionScore};
pub use lookup::Case;
pub use questions::{AnalogyQuestions, QuestionSection};
pub use similarity::{JudgedPair, SimilarityReport, WordPairs};
