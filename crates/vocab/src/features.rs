//! Texts as sparse rows of features.

mod analysis;
mod block;
mod ngrams;
mod one_hot;
mod settings;
mod terms;
mod vectorizer;

pub use one_hot::{bag_of_words, one_hot};
pub use settings::{VectorizerSettings, Weight};
pub use vectorizer::Vectorizer;
