//! Trainers for vectors of words and documents.
//!
//! ```
//! use sememe_embed::{Trainer, Word2Vec, Word2VecSettings};
//! use sememe_kernels::Silent;
//! use sememe_vocab::{MemoryCorpus, Vocab, WordId};
//!
//! let vocab = Vocab::from_words([("rose", 2), ("is", 1), ("a", 1)], 0)?;
//! let corpus = MemoryCorpus::new(vec![vec![WordId(2), WordId(0), WordId(1), WordId(0)]], 1);
//! let settings = Word2VecSettings { dim: 8, ..Word2VecSettings::default() };
//! let vectors = Word2Vec::new(settings)?.train(&corpus, &vocab, &mut Silent)?;
//! assert_eq!(vectors.dim(), 8);
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```
//!
//! A [`Trainer`] reads a [`Corpus`](sememe_vocab::Corpus) of word ids and gives
//! [`Embeddings`](sememe_vectors::Embeddings); it sees no text. [`Doc2Vec`] gives a [`Doc2VecModel`], with which a
//! [`DocumentEncoder`] finds the vectors of new texts; it cuts them with the pipeline that the model carries along.

mod barrier;
mod checkpoint;
mod cooccurrence;
mod course;
mod deterministic;
mod doc2vec;
mod error;
mod fasttext;
mod glove;
mod huffman;
mod jobs;
mod loss;
mod negatives;
mod objective;
mod pace;
mod plan;
mod sentences;
mod settings;
mod start;
mod subsample;
mod svd;
#[cfg(test)]
mod testing;
mod trainer;
mod word2vec;

pub use cooccurrence::DistanceWeight;
pub use doc2vec::{
    Doc2Vec, Doc2VecModel, Doc2VecSettings, DocumentAlgorithm, DocumentEncoder, InferenceSettings,
};
pub use error::EmbedError;
pub use fasttext::{FastText, FastTextSettings};
pub use glove::{Glove, GloveSettings};
pub use settings::{Architecture, CbowUpdate, Loss, NegativeSharing, Word2VecSettings};
pub use svd::{Svd, SvdSettings};
pub use trainer::Trainer;
pub use word2vec::Word2Vec;
