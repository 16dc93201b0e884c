//! Word vectors: storage, formats, neighbours and analogies.
//!
//! ```
//! use sememe_kernels::Matrix;
//! use sememe_vectors::Embeddings;
//! use sememe_vocab::Vocab;
//!
//! let vocab = Vocab::from_words([("rose", 2), ("tulip", 1)], 0)?;
//! let rows = Matrix::from_vec(2, 3, vec![1., 2., 3., 1., 2., 4.])?;
//! let embeddings = Embeddings::new(vocab, rows)?;
//! assert_eq!(embeddings.vector("tulip"), Some([1., 2., 4.][..].into()));
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```
//!
//! [`Embeddings`] are a [`Vocab`](sememe_vocab::Vocab) and a row for each word in some [`Storage`]: in memory,
//! or in a mapped file, as floats or in a smaller form; with [`Buckets`] of n-grams they give vectors to words out
//! of the vocabulary. [`load`], [`save`] and [`convert`] know the files of word2vec, GloVe, fastText, finalfusion,
//! numpy and gensim, and safetensors ([`VectorFormat`]); a damaged file is an error that names the line, entry or
//! byte, never a panic. How vectors come to be is not known here.

pub mod align;
mod atomic;
mod batch;
mod buckets;
pub mod clusters;
mod convert;
mod embeddings;
mod encoder;
pub mod error;
pub mod evaluate;
mod formats;
mod load;
mod mapped;
mod neighbours;
mod pca;
mod products;
mod quantize;
mod save;
mod scan;
mod storage;
mod subwords;
mod svd;
pub mod tsne;

pub use buckets::Buckets;
pub use convert::convert;
pub use embeddings::Embeddings;
pub use encoder::{Encoder, MeanEncoder};
pub use error::VectorsError;
pub use formats::{VectorFormat, detect};
pub use load::{LoadOptions, LoadReport, load};
pub use neighbours::{Analogy, Neighbour, Neighbours};
pub use pca::pca_2d;
pub use quantize::{Quantizer, QuantizerSettings};
pub use save::save;
pub use storage::{ProductRows, Storage, StorageKind};
pub use subwords::Subwords;

/// The largest dimension that is taken from a file: far above any in use, so that a damaged header is refused
/// before memory is asked for.
pub const MAX_DIM: usize = 1 << 20;
