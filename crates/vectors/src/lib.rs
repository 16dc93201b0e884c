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
//! or in a mapped file. [`load`] and [`save`] know the files of word2vec, fastText (`.vec`), gensim and GloVe,
//! and safetensors; a damaged file is an error that names the line or entry, never a panic. How vectors come
//! to be is not known here.

pub mod align;
mod batch;
mod binary;
mod buckets;
pub mod clusters;
mod embeddings;
mod encoder;
pub mod error;
pub mod evaluate;
mod format;
mod load;
mod mapped;
mod neighbours;
mod pca;
mod products;
mod save;
mod scan;
mod source;
mod storage;
mod subwords;
mod svd;
mod tensors;
mod text;
pub mod tsne;

pub use buckets::Buckets;
pub use embeddings::Embeddings;
pub use encoder::{Encoder, MeanEncoder};
pub use error::VectorsError;
pub use format::{VectorFormat, detect};
pub use load::{LoadOptions, LoadReport, load};
pub use neighbours::{Analogy, Neighbour, Neighbours};
pub use pca::pca_2d;
pub use save::save;
pub use storage::Storage;
pub use subwords::Subwords;

/// The largest dimension that is taken from a file: far above any in use, so that a damaged header is refused
/// before memory is asked for.
pub const MAX_DIM: usize = 1 << 20;
