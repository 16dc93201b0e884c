//! The seam of all trainers.

use crate::EmbedError;
use sememe_kernels::Observer;
use sememe_vectors::Embeddings;
use sememe_vocab::{Corpus, Vocab};

/// Learns word vectors from a corpus.
pub trait Trainer {
    /// Trains on `corpus`, whose ids are those of `vocab`; special words get no vector.
    ///
    /// # Errors
    /// If there is nothing to train, the corpus cannot be read, training diverges, or `observer` stops it.
    fn train(
        &self,
        corpus: &dyn Corpus,
        vocab: &Vocab,
        observer: &mut dyn Observer,
    ) -> Result<Embeddings, EmbedError>;
}
