//! Writing vectors in any format.

use crate::embeddings::check_finite;
use crate::error::excerpt;
use crate::{Embeddings, VectorFormat, VectorsError, binary, tensors, text};
use sememe_text::{TextError, TextWriter};
use std::path::Path;

/// Writes `embeddings` to the file at `path`: under a temporary name in the same folder, which becomes `path`
/// when everything is on disk. What was at `path` is replaced, or left alone if anything fails. A name that
/// ends in `.gz` or `.zst` is compressed.
///
/// Only safetensors keeps counts and special words; no format keeps the vectors of n-grams.
///
/// # Errors
/// If a number is not finite, a word is empty or holds white space where the format has none, safetensors is to
/// be compressed, or the file cannot be written.
pub fn save(embeddings: &Embeddings, path: &Path, format: VectorFormat) -> Result<(), VectorsError> {
    check(embeddings, format)?;
    if format == VectorFormat::Safetensors && is_compressed_name(path) {
        return Err(VectorsError::Compressed { path: path.to_owned() });
    }
    let mut file = TextWriter::create(path).map_err(in_writing)?;
    match format {
        VectorFormat::Word2vecText => text::write(embeddings, true, &mut file),
        VectorFormat::GloveText => text::write(embeddings, false, &mut file),
        VectorFormat::Word2vecBinary => binary::write(embeddings, &mut file),
        VectorFormat::Safetensors => tensors::write(embeddings, &mut file),
    }
    .map_err(|source| VectorsError::Write { path: path.to_owned(), source })?;
    file.finish().map_err(in_writing)
}

/// What the writer reports, as an error of writing.
fn in_writing(error: TextError) -> VectorsError {
    match error {
        TextError::Io { path, source } => VectorsError::Write { path, source },
        error => VectorsError::Text(error),
    }
}

fn is_compressed_name(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "gz" || extension == "zst")
}

/// Refuses what could not be read back.
fn check(embeddings: &Embeddings, format: VectorFormat) -> Result<(), VectorsError> {
    for (word, row) in embeddings.iter() {
        check_finite(word, &row)?;
        if format.separates_by_space() {
            check_word(word, format)?;
        }
    }
    Ok(())
}

fn check_word(word: &str, format: VectorFormat) -> Result<(), VectorsError> {
    let reason = match word {
        "" => "it is empty",
        _ if word.bytes().any(|byte| byte.is_ascii_whitespace()) => "it holds white space",
        _ => return Ok(()),
    };
    Err(VectorsError::Unwritable { word: excerpt(word.as_bytes()), format, reason })
}
