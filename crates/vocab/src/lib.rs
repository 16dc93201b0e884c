//! Words to ids and back; text encoded once as ids; text as sparse features.
//!
//! ```
//! use sememe_kernels::Silent;
//! use sememe_text::{MemoryDocuments, Pipeline, PipelineSettings};
//! use sememe_vocab::{VocabSettings, WordId, count};
//!
//! let documents = MemoryDocuments::from_texts(["a rose is a rose"]);
//! let pipeline = Pipeline::new(&PipelineSettings::default())?;
//! let (vocab, stats) = count(&documents, &pipeline, &VocabSettings::default(), 1, &mut Silent)?;
//! assert_eq!((vocab.id("rose"), stats.n_tokens), (Some(WordId(4)), 5));
//! # Ok::<_, sememe_vocab::VocabError>(())
//! ```
//!
//! [`count`] makes a [`Vocab`] of documents, in bounded memory where asked; [`encode`] writes them as the ids
//! of its words, and [`MmapCorpus`] lends those ids to trainers as a [`Corpus`]; [`count_and_encode`] does both in one reading. [`learn_phrases`] finds out which
//! words belong together. A [`Vectorizer`] makes sparse rows of texts, by TF-IDF of word and character n-grams. This
//! crate knows nothing of vectors or models, and no floats but the weights of features; how text is split is the business of
//! [`sememe_text`].

mod atomic;
mod binary;
mod builder;
mod corpus;
mod count;
mod draft;
mod encode;
mod error;
mod features;
#[cfg(test)]
mod fixtures;
mod hash;
mod holdout;
mod map;
mod mmap_corpus;
mod one_pass;
mod parallel;
mod pass;
mod phrases;
mod piece;
mod select;
mod sentences;
mod settings;
mod spill;
mod table;
mod text_form;
mod vocab;
mod write;

pub use builder::VocabBuilder;
pub use corpus::{Corpus, DocumentCorpus, MemoryCorpus};
pub use count::{CountStats, count};
pub use encode::{CorpusPlan, EncodeStats, encode};
pub use error::VocabError;
pub use features::{Vectorizer, VectorizerSettings, Weight, bag_of_words, one_hot};
pub use holdout::{Holdout, HoldoutUnit};
pub use mmap_corpus::{CorpusStats, MmapCorpus};
pub use one_pass::count_and_encode;
pub use phrases::{PhraseScoring, PhraseSettings, learn_phrases};
pub use settings::{OutOfVocabulary, VocabSettings};
pub use vocab::{Vocab, WordId};
pub use write::{WriteStats, write_sentences};
