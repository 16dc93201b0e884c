//! Vectors in a smaller form.

mod lloyd;
mod product;
mod scalar;

use crate::storage::{Element, Int8Rows, PlainRows, int8, lend};
use crate::{Buckets, Embeddings, Storage, StorageKind, VectorsError};
use half::{bf16, f16};
use product::Coder;
pub(crate) use scalar::nearest_values;
use sememe_kernels::{Kernels, Matrix, Observer};
use sememe_vocab::{Vocab, WordId};
use std::sync::Arc;

/// The form that vectors take, and how a product quantiser learns.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct QuantizerSettings {
    /// The form. The quantisers of products keep directions as codes, and norms as `f32` beside them.
    pub storage: StorageKind,
    /// Numbers of a part of a vector; each part becomes a byte. The last part may be shorter.
    pub part_width: usize,
    /// Vectors to learn from, at most; at least 256.
    pub sample: usize,
    /// Rounds of k-means in each part.
    pub rounds: usize,
    /// Rotations that are tried one after the other, each with a round of k-means before it (OPQ alone).
    pub rotations: usize,
    /// Seed of all random choices.
    pub seed: u64,
}

impl Default for QuantizerSettings {
    fn default() -> Self {
        let storage = StorageKind::Int8;
        Self { storage, part_width: 2, sample: 20_000, rounds: 20, rotations: 15, seed: 1 }
    }
}

/// Makes vectors smaller: halves them, takes bytes for numbers, or codes for parts (Jégou, Douze and Schmid 2011; OPQ:
/// Ge, He, Ke and Sun 2013).
///
/// Results depend on settings and vectors alone, not on the number of threads.
///
/// ```
/// use sememe_kernels::{Kernels, Matrix, Silent};
/// use sememe_vectors::{Embeddings, Quantizer, QuantizerSettings, StorageKind};
/// # use sememe_vocab::Vocab;
/// # let vocab = Vocab::from_words([("rose", 2), ("tulip", 1)], 0)?;
/// # let embeddings = Embeddings::new(vocab, Matrix::from_vec(2, 3, vec![1., 2., 127., 1., 2., 4.])?)?;
/// let quantizer = Quantizer::new(QuantizerSettings { storage: StorageKind::Int8, ..Default::default() })?;
/// let small = quantizer.run(&embeddings, Kernels::detect(), &mut Silent)?;
/// assert_eq!(small.vector("rose"), Some(vec![1., 2., 127.].into()));
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Quantizer {
    settings: QuantizerSettings,
    threads: usize,
}

/// The fewest vectors that a product quantiser learns from.
const LEAST_SAMPLE: usize = 256;

impl Quantizer {
    /// # Errors
    /// If vectors are to take 64-bit floats, a width or a number of rounds or rotations is 0, or the sample is too
    /// small.
    pub fn new(settings: QuantizerSettings) -> Result<Self, VectorsError> {
        let least = [
            ("part_width", settings.part_width, 1, "at least 1"),
            ("sample", settings.sample, LEAST_SAMPLE, "at least 256"),
            ("rounds", settings.rounds, 1, "at least 1"),
            ("rotations", settings.rotations, 1, "at least 1"),
        ];
        for (setting, found, least, want) in least {
            if found < least {
                return Err(VectorsError::Setting { setting, want, found: found as f64 });
            }
        }
        if settings.storage == StorageKind::F64 {
            return Err(VectorsError::Setting { setting: "storage", want: "at most 32 bits", found: 64.0 });
        }
        Ok(Self { settings, threads: 1 })
    }

    /// Works with `threads` threads (at least one).
    pub fn with_threads(self, threads: usize) -> Self {
        Self { threads: threads.max(1), ..self }
    }

    /// The same words and n-grams with vectors in the form wanted, in memory. Tells `observer` the rounds, then the
    /// vectors.
    ///
    /// # Errors
    /// If a number is not finite or has no place in the form, the parts are wider than the vectors, there are no
    /// vectors, or the observer asks to stop.
    pub fn run(
        &self,
        embeddings: &Embeddings,
        kernels: Kernels,
        observer: &mut dyn Observer,
    ) -> Result<Embeddings, VectorsError> {
        let words = embeddings.storage();
        let Some(buckets) = embeddings.buckets() else {
            let [words] = self.small([words], embeddings.vocab(), kernels, observer)?;
            return renewed(embeddings, words);
        };
        let [words, rows] = self.small([words, buckets.rows()], embeddings.vocab(), kernels, observer)?;
        let ids = buckets.ids().map(<[u32]>::to_vec);
        renewed(embeddings, words)?.with_buckets(Buckets::shared(*buckets.subwords(), ids, rows)?)
    }

    /// As [`run`](Self::run), but words keep rows of their own, from which fastText takes means with n-grams: what
    /// its `.ftz` files hold. Without n-grams this is the same.
    ///
    /// # Errors
    /// As for [`run`](Self::run).
    pub fn run_for_fasttext(
        &self,
        embeddings: &Embeddings,
        kernels: Kernels,
        observer: &mut dyn Observer,
    ) -> Result<Embeddings, VectorsError> {
        let Some(buckets) = embeddings.buckets() else { return self.run(embeddings, kernels, observer) };
        let (own, buckets) = (own_rows(embeddings, buckets), buckets.to_dense()?);
        let [words, rows] = self.small([&own, buckets.rows()], embeddings.vocab(), kernels, observer)?;
        let buckets = Arc::new(Buckets::shared(*buckets.subwords(), None, rows)?);
        let composed = Embeddings::composed(embeddings.vocab().clone(), words, buckets)?;
        Ok(composed.with_metadata(embeddings.metadata().clone()))
    }

    /// The rows in the form wanted; the first are those of the words of `vocab`.
    fn small<const N: usize>(
        &self,
        sources: [&dyn Storage; N],
        vocab: &Vocab,
        kernels: Kernels,
        observer: &mut dyn Observer,
    ) -> Result<[Arc<dyn Storage>; N], VectorsError> {
        let kind = self.settings.storage;
        let mut small: Vec<Arc<dyn Storage>> = Vec::with_capacity(N);
        if matches!(kind, StorageKind::Pq | StorageKind::Opq) {
            let coder = Coder::learn(&sources, &self.settings, (kernels, self.threads), observer)?;
            for rows in sources {
                small.push(Arc::new(coder.code(rows, self.threads, observer)?));
            }
        } else {
            let word = |i: usize| vocab.word(WordId(i as u32)).to_owned();
            for (at, rows) in sources.into_iter().enumerate() {
                let name = |i| if at == 0 { word(i) } else { format!("n-grams of row {i}") };
                small.push(plain(rows, kind, &name)?);
            }
        }
        small.try_into().map_err(|_| VectorsError::Interrupted)
    }
}

/// The words and notes of `embeddings` with other vectors.
fn renewed(embeddings: &Embeddings, rows: Arc<dyn Storage>) -> Result<Embeddings, VectorsError> {
    let renewed = Embeddings::from_shared(embeddings.vocab().clone(), rows)?;
    Ok(renewed.with_metadata(embeddings.metadata().clone()))
}

/// The rows of words that, in the mean with those of all their n-grams, give the vectors of the words.
fn own_rows(embeddings: &Embeddings, buckets: &Buckets) -> Matrix {
    let mut own = Matrix::zeros(embeddings.len(), embeddings.dim());
    let mut room = Vec::new();
    // Where a bucket has no row, fastText's mean is another than ours.
    let kept = embeddings.storage().own_rows().filter(|_| buckets.ids().is_none());
    for (i, word) in embeddings.vocab().words().enumerate() {
        match kept {
            Some(rows) => own.row_mut(i).copy_from_slice(lend(rows, i, &mut room)),
            None => buckets.own_row(word, lend(embeddings.storage(), i, &mut room), own.row_mut(i)),
        }
    }
    own
}

/// The rows as floats or as integers with a scale each.
fn plain(
    rows: &dyn Storage,
    kind: StorageKind,
    name: &dyn Fn(usize) -> String,
) -> Result<Arc<dyn Storage>, VectorsError> {
    let (n_rows, dim) = (rows.n_rows(), rows.dim());
    let (mut bytes, mut scales, mut room) = (Vec::new(), Vec::new(), Vec::new());
    let mut codes = vec![0; dim];
    for i in 0..n_rows {
        let row = lend(rows, i, &mut room);
        if let Some(column) = row.iter().position(|x| !x.is_finite()) {
            return Err(VectorsError::NotFinite { word: name(i), column, found: row[column] });
        }
        match kind {
            StorageKind::F16 => {
                if let Some(column) = row.iter().position(|&x| !f16::from_f32(x).is_finite()) {
                    return Err(VectorsError::BeyondF16 { word: name(i), column, found: row[column] });
                }
                row.iter().for_each(|&x| bytes.extend(f16::from_f32(x).to_le_bytes()));
            }
            StorageKind::Bf16 => row.iter().for_each(|&x| bytes.extend(bf16::from_f32(x).to_le_bytes())),
            StorageKind::Int8 => {
                scales.extend(int8::encode(row, &mut codes).to_le_bytes());
                bytes.extend_from_slice(&codes);
            }
            _ => row.iter().for_each(|&x| bytes.extend(x.to_le_bytes())),
        }
    }
    let element = match kind {
        StorageKind::F16 => Element::F16,
        StorageKind::Bf16 => Element::Bf16,
        StorageKind::Int8 => {
            let rows = Int8Rows::new(bytes.into(), scales.into(), n_rows, dim);
            return Ok(Arc::new(rows.ok_or(VectorsError::Dimension { found: dim })?));
        }
        _ => Element::F32,
    };
    let rows = PlainRows::new(bytes.into(), element, n_rows, dim);
    Ok(Arc::new(rows.ok_or(VectorsError::Dimension { found: dim })?))
}

#[cfg(test)]
mod tests;
