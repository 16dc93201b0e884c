//! Writing finalfusion's files.

use super::{Chunk, MAGIC, TOML, TYPE_F32, TYPE_U8, VERSION, padding};
use crate::atomic::Partial;
use crate::embeddings::check_finite;
use crate::formats::binary::write_floats;
use crate::storage::{ProductRows, lend};
use crate::{Buckets, Embeddings, Storage, VectorFormat, VectorsError};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// Writes `embeddings`: the words as unit vectors, with their norms.
///
/// Codes of a product quantiser stay codes, if words and buckets share it and its parts are of equal width.
pub(crate) fn save(embeddings: &Embeddings, path: &Path) -> Result<(), VectorsError> {
    embeddings.iter().try_for_each(|(word, row)| check_finite(word, &row))?;
    embeddings.buckets().map_or(Ok(()), |buckets| buckets.check_dense(VectorFormat::Finalfusion))?;
    write(embeddings, path).map_err(|source| VectorsError::Write { path: path.to_owned(), source })
}

fn write(embeddings: &Embeddings, path: &Path) -> io::Result<()> {
    let partial = Partial::create(path)?;
    let mut file = ChunkWriter { out: partial.writer(0)?, at: 0 };
    let (metadata, product) = (toml(embeddings), quantized(embeddings));
    let vocab = match embeddings.buckets().map(|buckets| buckets.subwords().hash_name()) {
        None => Chunk::SimpleVocab,
        Some("fasttext") => Chunk::FasttextVocab,
        Some(_) => Chunk::BucketVocab,
    };
    let array = if product.is_some() { Chunk::QuantizedArray } else { Chunk::Array };
    let chunks = metadata.as_ref().map(|_| Chunk::Metadata).into_iter().chain([vocab, array, Chunk::Norms]);
    file.header(&chunks.collect::<Vec<_>>())?;
    if let Some(metadata) = metadata {
        file.begin(Chunk::Metadata, metadata.len() as u64)?;
        file.bytes(metadata.as_bytes())?;
    }
    file.vocab(embeddings, vocab)?;
    match product {
        None => file.array(embeddings)?,
        Some(rows) => file.quantized_array(embeddings, rows)?,
    }
    file.norms(embeddings)?;
    file.out.flush()?;
    partial.finish()
}

/// The codes of the words, if they can be written as such.
fn quantized(embeddings: &Embeddings) -> Option<&ProductRows> {
    let rows = embeddings.storage().product()?;
    let book = rows.codebook();
    let shared = match embeddings.buckets() {
        None => true,
        Some(buckets) => buckets.rows().product().is_some_and(|rows| rows.codebook() == book),
    };
    (shared && book.dim().is_multiple_of(book.width()) && dense(embeddings.buckets())).then_some(rows)
}

/// Whether every bucket has a row.
fn dense(buckets: Option<&Buckets>) -> bool {
    buckets.is_none_or(|buckets| buckets.ids().is_none())
}

/// The metadata as TOML; `None` if there is none.
fn toml(embeddings: &Embeddings) -> Option<String> {
    let metadata = embeddings.metadata();
    if let Some(text) = metadata.get(TOML) {
        return Some(text.clone());
    }
    let mut text = String::new();
    for (key, value) in metadata {
        // Strings of JSON are strings of TOML.
        let [key, value] = [key, value].map(|text| serde_json::Value::from(text.as_str()).to_string());
        let _ = writeln!(text, "{key} = {value}");
    }
    (!text.is_empty()).then_some(text)
}

/// The norm of row `i`.
fn norm(embeddings: &Embeddings, i: usize, room: &mut Vec<f32>) -> f32 {
    let row = lend(embeddings.storage(), i, room);
    let norm = row.iter().map(|&x| f64::from(x) * f64::from(x)).sum::<f64>().sqrt() as f32;
    // Numbers near the largest have a norm beyond it; then what is left of a unit vector is shorter.
    norm.min(f32::MAX)
}

/// x / norm, or 0 for a zero vector.
fn quotient(x: f32, norm: f32) -> f32 {
    if norm > 0.0 { x / norm } else { 0.0 }
}

/// A file, and how many bytes of it are written.
struct ChunkWriter {
    out: BufWriter<File>,
    at: u64,
}

impl ChunkWriter {
    fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.at += bytes.len() as u64;
        self.out.write_all(bytes)
    }

    fn u32(&mut self, number: u32) -> io::Result<()> {
        self.bytes(&number.to_le_bytes())
    }

    fn u64(&mut self, number: u64) -> io::Result<()> {
        self.bytes(&number.to_le_bytes())
    }

    fn floats(&mut self, row: &[f32]) -> io::Result<()> {
        self.at += size_of_val(row) as u64;
        write_floats(row, &mut self.out)
    }

    fn header(&mut self, chunks: &[Chunk]) -> io::Result<()> {
        self.bytes(&MAGIC)?;
        self.u32(VERSION)?;
        self.u32(chunks.len() as u32)?;
        chunks.iter().try_for_each(|&chunk| self.u32(chunk as u32))
    }

    /// Begins a chunk of `n_bytes` after its length.
    fn begin(&mut self, chunk: Chunk, n_bytes: u64) -> io::Result<()> {
        self.u32(chunk as u32)?;
        self.u64(n_bytes)
    }

    /// Begins a chunk in which `n_fixed` bytes come before the padding and `n_bytes` after it; returns the padding.
    fn begin_padded(&mut self, chunk: Chunk, n_fixed: u64, n_bytes: u64) -> io::Result<u64> {
        let padding = padding(self.at + 12 + n_fixed);
        self.begin(chunk, n_fixed + padding + n_bytes)?;
        Ok(padding)
    }

    fn pad(&mut self, n_bytes: u64) -> io::Result<()> {
        self.bytes(&[0; 4][..n_bytes as usize])
    }

    fn vocab(&mut self, embeddings: &Embeddings, chunk: Chunk) -> io::Result<()> {
        let words = embeddings.vocab().words();
        let n_bytes: u64 = words.clone().map(|word| word.len() as u64 + 4).sum();
        let subwords = embeddings.buckets().map(Buckets::subwords);
        self.begin(chunk, 8 + if subwords.is_some() { 12 } else { 0 } + n_bytes)?;
        self.u64(embeddings.len() as u64)?;
        if let Some(subwords) = subwords {
            self.u32(subwords.min_n())?;
            self.u32(subwords.max_n())?;
            let is_exponent = chunk == Chunk::BucketVocab;
            self.u32(if is_exponent { subwords.n_buckets().ilog2() } else { subwords.n_buckets() })?;
        }
        for word in words {
            self.u32(word.len() as u32)?;
            self.bytes(word.as_bytes())?;
        }
        Ok(())
    }

    fn array(&mut self, embeddings: &Embeddings) -> io::Result<()> {
        let (n_rows, dim) = (n_rows(embeddings), embeddings.dim());
        let padding = self.begin_padded(Chunk::Array, 16, n_rows * dim as u64 * 4)?;
        self.u64(n_rows)?;
        self.u32(dim as u32)?;
        self.u32(TYPE_F32)?;
        self.pad(padding)?;
        let (mut room, mut unit) = (Vec::new(), vec![0.0; dim]);
        for i in 0..embeddings.len() {
            let norm = norm(embeddings, i, &mut room);
            let row = lend(embeddings.storage(), i, &mut room);
            unit.iter_mut().zip(row).for_each(|(unit, x)| *unit = quotient(*x, norm));
            self.floats(&unit)?;
        }
        unit.fill(0.0);
        let Some(buckets) = embeddings.buckets() else { return Ok(()) };
        for bucket in 0..buckets.subwords().n_buckets() {
            match buckets.position(bucket) {
                Some(i) => self.floats(lend(buckets.rows(), i, &mut room))?,
                None => self.floats(&unit)?,
            }
        }
        Ok(())
    }

    fn quantized_array(&mut self, embeddings: &Embeddings, words: &ProductRows) -> io::Result<()> {
        let (book, n_rows) = (words.codebook(), n_rows(embeddings));
        let (dim, n_parts, n_centroids) = (book.dim(), book.n_parts(), book.n_centroids());
        let n_floats = book.rotation().map_or(0, |_| dim * dim) + n_centroids * dim;
        let n_bytes = n_floats as u64 * 4 + n_rows * (4 + n_parts as u64);
        let padding = self.begin_padded(Chunk::QuantizedArray, 36, n_bytes)?;
        self.u32(u32::from(book.rotation().is_some()))?;
        // There are norms: what makes unit vectors of the words.
        for number in [1, n_parts, dim, n_centroids] {
            self.u32(number as u32)?;
        }
        self.u64(n_rows)?;
        self.u32(TYPE_U8)?;
        self.u32(TYPE_F32)?;
        self.pad(padding)?;
        if let Some(rotation) = book.rotation() {
            self.floats(rotation.as_slice())?;
        }
        self.floats(&book.parts())?;
        self.factors(embeddings, words)?;
        self.bytes(words.codes())?;
        let buckets = embeddings.buckets().and_then(|buckets| buckets.rows().product());
        buckets.map_or(Ok(()), |rows| self.bytes(rows.codes()))
    }

    /// What the rows of the codes are multiplied with.
    fn factors(&mut self, embeddings: &Embeddings, words: &ProductRows) -> io::Result<()> {
        let mut room = Vec::new();
        for i in 0..embeddings.len() {
            let factor = quotient(words.norm(i).unwrap_or(1.0), norm(embeddings, i, &mut room));
            self.floats(&[factor])?;
        }
        let buckets = embeddings.buckets().and_then(|buckets| buckets.rows().product());
        let Some(rows) = buckets else { return Ok(()) };
        (0..rows.n_rows()).try_for_each(|i| self.floats(&[rows.norm(i).unwrap_or(1.0)]))
    }

    fn norms(&mut self, embeddings: &Embeddings) -> io::Result<()> {
        let n_words = embeddings.len() as u64;
        let padding = self.begin_padded(Chunk::Norms, 12, n_words * 4)?;
        self.u64(n_words)?;
        self.u32(TYPE_F32)?;
        self.pad(padding)?;
        let mut room = Vec::new();
        (0..embeddings.len()).try_for_each(|i| {
            let norm = norm(embeddings, i, &mut room);
            self.floats(&[norm])
        })
    }
}

/// Words and buckets.
fn n_rows(embeddings: &Embeddings) -> u64 {
    let n_buckets = embeddings.buckets().map_or(0, |buckets| u64::from(buckets.subwords().n_buckets()));
    embeddings.len() as u64 + n_buckets
}
