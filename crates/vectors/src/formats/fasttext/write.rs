//! Writing fastText's models.

use super::quantized::QuantizedInput;
use super::settings::Settings;
use super::{MAGIC, VERSION, WORD};
use crate::atomic::Partial;
use crate::embeddings::check_finite;
use crate::formats::binary::write_floats;
use crate::formats::sink::check_word;
use crate::storage::lend;
use crate::{Embeddings, VectorFormat, VectorsError};
use std::io::{self, Write};
use std::path::Path;

/// Writes `embeddings` as an unsupervised model without an output layer that was trained: its output matrix is zero,
/// as that of a model before training.
pub(crate) fn save(embeddings: &Embeddings, path: &Path) -> Result<(), VectorsError> {
    for (word, row) in embeddings.iter() {
        check_word(word, VectorFormat::Fasttext)?;
        check_finite(word, &row)?;
    }
    if embeddings.buckets().is_some_and(|buckets| buckets.subwords().hash_name() != "fasttext") {
        let what = "n-grams hashed otherwise than in fastText";
        return Err(VectorsError::NoPlace { format: VectorFormat::Fasttext, what });
    }
    embeddings.buckets().map_or(Ok(()), |buckets| buckets.check_dense(VectorFormat::Fasttext))?;
    write(embeddings, path).map_err(|source| VectorsError::Write { path: path.to_owned(), source })
}

fn write(embeddings: &Embeddings, path: &Path) -> io::Result<()> {
    let partial = Partial::create(path)?;
    let mut out = partial.writer(0)?;
    out.write_all(&MAGIC.to_le_bytes())?;
    out.write_all(&VERSION.to_le_bytes())?;
    settings(embeddings).write(&mut out)?;
    write_dictionary(embeddings, &mut out)?;
    match QuantizedInput::of(embeddings) {
        Some(input) => input.write(&mut out)?,
        None => write_input(embeddings, &mut out)?,
    }
    write_output(embeddings, &mut out)?;
    out.flush()?;
    partial.finish()
}

fn settings(embeddings: &Embeddings) -> Settings {
    let settings = Settings::of(embeddings.metadata(), embeddings.dim() as u32);
    match embeddings.buckets().map(|buckets| buckets.subwords()) {
        None => settings,
        Some(subwords) => Settings {
            n_buckets: subwords.n_buckets(),
            min_n: subwords.min_n(),
            max_n: subwords.max_n(),
            ..settings
        },
    }
}

/// Writes words and counts. fastText draws negatives by count, so that none is 0.
fn write_dictionary(embeddings: &Embeddings, out: &mut impl Write) -> io::Result<()> {
    let vocab = embeddings.vocab();
    let counts = || vocab.counts().iter().map(|&count| i64::try_from(count.max(1)).unwrap_or(i64::MAX));
    let n_words = vocab.len() as i32;
    let n_labels = 0i32;
    for number in [n_words, n_words, n_labels] {
        out.write_all(&number.to_le_bytes())?;
    }
    let n_tokens = counts().fold(0, i64::saturating_add);
    // No bucket is left out.
    let n_pruned = -1i64;
    for number in [n_tokens, n_pruned] {
        out.write_all(&number.to_le_bytes())?;
    }
    for (word, count) in vocab.words().zip(counts()) {
        out.write_all(word.as_bytes())?;
        out.write_all(&[0])?;
        out.write_all(&count.to_le_bytes())?;
        out.write_all(&[WORD])?;
    }
    Ok(())
}

/// Writes the rows of words, from which fastText takes means with those of n-grams, and the rows of all buckets;
/// those of buckets without a row are 0.
fn write_input(embeddings: &Embeddings, out: &mut impl Write) -> io::Result<()> {
    let n_buckets = embeddings.buckets().map_or(0, |buckets| buckets.subwords().n_buckets() as usize);
    write_shape(embeddings.len() + n_buckets, embeddings.dim(), out)?;
    let (mut room, mut own) = (Vec::new(), vec![0.0; embeddings.dim()]);
    for (i, word) in embeddings.vocab().words().enumerate() {
        match (embeddings.storage().own_rows(), embeddings.buckets()) {
            // Where a bucket has no row, fastText's mean is another than ours.
            (Some(rows), Some(buckets)) if buckets.ids().is_none() => {
                write_floats(lend(rows, i, &mut room), out)?;
            }
            (_, None) => write_floats(lend(embeddings.storage(), i, &mut room), out)?,
            (_, Some(buckets)) => {
                buckets.own_row(word, lend(embeddings.storage(), i, &mut room), &mut own);
                write_floats(&own, out)?;
            }
        }
    }
    write_buckets(embeddings, out)
}

fn write_buckets(embeddings: &Embeddings, out: &mut impl Write) -> io::Result<()> {
    let Some(buckets) = embeddings.buckets() else { return Ok(()) };
    let (mut room, zeros) = (Vec::new(), vec![0.0; embeddings.dim()]);
    for bucket in 0..buckets.subwords().n_buckets() {
        match buckets.position(bucket) {
            Some(i) => write_floats(lend(buckets.rows(), i, &mut room), out)?,
            None => write_floats(&zeros, out)?,
        }
    }
    Ok(())
}

fn write_output(embeddings: &Embeddings, out: &mut impl Write) -> io::Result<()> {
    write_shape(embeddings.len(), embeddings.dim(), out)?;
    let zeros = vec![0.0; embeddings.dim()];
    (0..embeddings.len()).try_for_each(|_| write_floats(&zeros, out))
}

/// Writes what stands before a matrix that is not quantised.
fn write_shape(n_rows: usize, n_cols: usize, out: &mut impl Write) -> io::Result<()> {
    out.write_all(&[0])?;
    out.write_all(&(n_rows as i64).to_le_bytes())?;
    out.write_all(&(n_cols as i64).to_le_bytes())
}
