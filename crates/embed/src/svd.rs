//! Word vectors as singular vectors of a matrix of pointwise mutual information (Levy and Goldberg 2014; Levy, Goldberg
//! and Dagan 2015).

mod basis;
mod eigen;
mod ppmi;
mod products;
mod settings;
#[cfg(test)]
mod tests;

pub use settings::SvdSettings;

use crate::cooccurrence::{Counts, Settings};
use crate::plan::Rows;
use crate::start::words_of;
use crate::subsample::Subsampler;
use crate::{EmbedError, Trainer};
use products::Products;
use sememe_kernels::{Kernels, Observer};
use sememe_vectors::Embeddings;
use sememe_vocab::{Corpus, Vocab};

/// The trainer by singular value decomposition.
///
/// It counts how often words meet, exactly and in bounded memory, makes the counts a sparse matrix of shifted positive
/// pointwise mutual information, and finds its first singular vectors in a block Krylov space: the vectors are U·Σ^p.
/// The observer hears of words, then of pairs of words, then of values of the matrix, each as often as it is multiplied.
///
/// A seed gives the same bits on any number of threads and with any memory.
#[derive(Clone, Debug)]
pub struct Svd {
    settings: SvdSettings,
}

impl Svd {
    /// A trainer with these settings.
    ///
    /// # Errors
    /// If a setting is outside its range.
    pub fn new(settings: SvdSettings) -> Result<Self, EmbedError> {
        settings.check()?;
        Ok(Self { settings })
    }

    fn counting(&self) -> Settings {
        let SvdSettings { window, symmetric, memory, threads, seed, .. } = self.settings;
        Settings { window, symmetric, weight: self.settings.distance_weight, memory, threads, seed }
    }
}

impl Trainer for Svd {
    fn train(
        &self,
        corpus: &dyn Corpus,
        vocab: &Vocab,
        observer: &mut dyn Observer,
    ) -> Result<Embeddings, EmbedError> {
        let settings = &self.settings;
        let (words, frequencies) = words_of(vocab)?;
        let (dim, n_words) = (settings.dim, words.len());
        if dim > n_words {
            return Err(EmbedError::FewWords { dim, n_words });
        }
        let rows = Rows { n_special: vocab.n_special() as u32, n_words };
        let subsampler = Subsampler::new(&frequencies, settings.sample);
        let counts = Counts::of(corpus, rows, &subsampler, self.counting(), observer)?;
        let matrix = ppmi::ppmi(counts, n_words, settings, observer)?;
        let products = Products::new(Kernels::detect(), settings.threads);
        let factors = basis::decompose(&matrix, (dim, settings.basis, settings.seed), products, observer)?;
        drop(matrix);
        let mut vectors = factors.words(settings.exponent);
        if settings.add_contexts {
            let contexts = factors.contexts(settings.exponent);
            vectors.as_mut_slice().iter_mut().zip(contexts.as_slice()).for_each(|(x, c)| *x += c);
        }
        Ok(Embeddings::new(words, vectors)?)
    }
}
