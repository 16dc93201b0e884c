//! Two spaces of vectors made one: dictionaries, and how well words find their translations.
//!
//! Words that mean the same in both spaces say how to turn one into the other ([`Rotation`]). Whether other words
//! then find their translations is measured as for bilingual dictionaries (Conneau et al. 2018).

mod dictionary;
mod rotation;
mod translation;

pub use dictionary::Dictionary;
pub use rotation::Rotation;
pub use translation::{Hits, Translation, TranslationReport};

use crate::scan::{inverse_norm, scale};
use crate::{Embeddings, VectorsError};
use sememe_kernels::{Kernels, Matrix};

/// The rotation that takes the words of `dictionary` in `from` as near as possible to their translations in `to`, all
/// with vectors of length 1 (Xing et al. 2015). Pairs that lack a vector are left out; the number of the others comes
/// with the rotation.
///
/// # Errors
/// If the spaces are of different dimensions, no pair has both vectors, or a number is not finite.
pub fn align(
    from: &Embeddings,
    to: &Embeddings,
    dictionary: &Dictionary,
    kernels: Kernels,
) -> Result<(Rotation, usize), VectorsError> {
    let (want, found) = (from.dim(), to.dim());
    if want != found {
        return Err(VectorsError::Columns { want, found });
    }
    let vectors = |(source, target): &(String, String)| Some((from.vector(source)?, to.vector(target)?));
    let pairs: Vec<_> = dictionary.pairs.iter().filter_map(vectors).collect();
    if pairs.is_empty() {
        return Err(VectorsError::NoPairs);
    }
    let (mut sources, mut targets) = (Matrix::zeros(pairs.len(), want), Matrix::zeros(pairs.len(), want));
    for (i, (source, target)) in pairs.iter().enumerate() {
        scale(inverse_norm(source, kernels), source, sources.row_mut(i));
        scale(inverse_norm(target, kernels), target, targets.row_mut(i));
    }
    Ok((Rotation::between(&sources, &targets)?, pairs.len()))
}
