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
use sememe_vocab::WordId;
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
        let (rows, buckets) = (embeddings.storage(), embeddings.buckets());
        let Small { words, buckets } = self.small(embeddings, rows, buckets, kernels, observer)?;
        let result = Embeddings::from_shared(embeddings.vocab().clone(), words)?;
        let result = result.with_metadata(embeddings.metadata().clone());
        buckets.map_or(Ok(result.clone()), |buckets| result.with_buckets(buckets))
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
        let (words, buckets) = (own_rows(embeddings, buckets), buckets.to_dense()?);
        let Small { words, buckets } = self.small(embeddings, &words, Some(&buckets), kernels, observer)?;
        let buckets = Arc::new(buckets.ok_or(VectorsError::Interrupted)?);
        Ok(Embeddings::composed(embeddings.vocab().clone(), words, buckets)?
            .with_metadata(embeddings.metadata().clone()))
    }

    fn small(
        &self,
        embeddings: &Embeddings,
        rows: &dyn Storage,
        buckets: Option<&Buckets>,
        kernels: Kernels,
        observer: &mut dyn Observer,
    ) -> Result<Small, VectorsError> {
        let name = |i: usize| embeddings.vocab().word(WordId(i as u32)).to_owned();
        let coder = match self.settings.storage {
            StorageKind::Pq | StorageKind::Opq => {
                let sources: Vec<&dyn Storage> =
                    [Some(rows), buckets.map(Buckets::rows)].into_iter().flatten().collect();
                Some(Coder::learn(&sources, &self.settings, (kernels, self.threads), observer)?)
            }
            _ => None,
        };
        let mut small = |rows: &dyn Storage, name: &dyn Fn(usize) -> String| match &coder {
            Some(coder) => Ok(Arc::new(coder.code(rows, self.threads, observer)?) as Arc<dyn Storage>),
            None => plain(rows, self.settings.storage, name),
        };
        let words = small(rows, &name)?;
        let Some(buckets) = buckets else { return Ok(Small { words, buckets: None }) };
        let rows = small(buckets.rows(), &|i| format!("n-grams of row {i}"))?;
        let ids = buckets.ids().map(<[u32]>::to_vec);
        Ok(Small { words, buckets: Some(Buckets::shared(*buckets.subwords(), ids, rows)?) })
    }
}

/// The rows of words and n-grams in the form wanted.
struct Small {
    words: Arc<dyn Storage>,
    buckets: Option<Buckets>,
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
