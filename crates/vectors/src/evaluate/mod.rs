//! How good vectors are: analogy questions, judged pairs of words, and words in classes.
//!
//! What comes back is plain data, hits, pairs of numbers and clusters; the measures over them are made elsewhere.

mod analogies;
mod argmax;
mod categories;
mod kind;
pub(crate) mod lines;
mod lookup;
mod questions;
mod similarity;
mod table;

pub use analogies::{AnalogyReport, SectionScore};
pub use categories::{CategoryReport, ClusteredWord, Clustering, WordClasses, purity};
pub use kind::SetKind;
pub use lookup::Case;
pub use questions::{AnalogyQuestion, AnalogyQuestions, QuestionSection};
pub use similarity::{JudgedPair, SimilarityReport, WordPairs};
