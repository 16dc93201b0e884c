//! Writing vectors in any format.

use crate::formats::{self, Checked, Content};
use crate::{Embeddings, VectorFormat, VectorsError};
use sememe_vocab::WordId;
use std::path::Path;

/// Writes `embeddings` to the file at `path`: under a temporary name in the same folder, which becomes `path`
/// when everything is on disk. What was at `path` is replaced, or left alone if anything fails. A name that
/// ends in `.gz` or `.zst` is compressed, where the format can be.
///
/// Only safetensors keeps everything: counts, special words, n-grams, notes and the [form](crate::StorageKind) of the
/// numbers. fastText's files keep counts and n-grams, finalfusion's n-grams and codes of product quantisers, numpy's
/// 16-bit floats; text and binary files keep words and `f32` vectors.
///
/// # Errors
/// If a number is not finite, a word is empty or holds white space where the format has none, a file that is to be
/// mapped would be compressed, or the file cannot be written.
pub fn save(embeddings: &Embeddings, path: &Path, format: VectorFormat) -> Result<(), VectorsError> {
    format.check_name(path)?;
    match format {
        VectorFormat::Fasttext => return formats::fasttext::save(embeddings, path),
        VectorFormat::Finalfusion => return formats::finalfusion::save(embeddings, path),
        _ => {}
    }
    let content = content(embeddings);
    let mut file = Checked::new(path, format, content.kind, formats::create(path, format, &content)?);
    let mut room = Vec::new();
    for (id, word) in (0..).map(WordId).zip(embeddings.vocab().words()) {
        file.push(word, embeddings.vocab().count(id), embeddings.lend_row(id, &mut room))?;
    }
    file.finish()
}

/// What a file is told before the words come.
fn content(embeddings: &Embeddings) -> Content<'_> {
    let product = embeddings.storage().product();
    Content {
        n_rows: embeddings.len() as u64,
        dim: embeddings.dim(),
        n_special: embeddings.vocab().n_special(),
        kind: Content::kind(embeddings.storage().kind(), product),
        product,
        buckets: embeddings.buckets(),
        metadata: embeddings.metadata(),
    }
}
