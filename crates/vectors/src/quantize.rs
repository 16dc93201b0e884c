//! Vectors in a smaller form.

mod lloyd;
mod product;
mod scalar;

use crate::embeddings::{check_finite, first_not_finite};
use crate::formats::{check_range, first_beyond_f16};
use crate::storage::{Element, Int8Rows, PlainRows, int8, lend};
use crate::{Buckets, Embeddings, Storage, StorageKind, VectorsError};
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
        let (words, buckets) = (embeddings.storage(), embeddings.buckets());
        let sources: Vec<&dyn Storage> =
            [Some(words), buckets.map(Buckets::rows)].into_iter().flatten().collect();
        let mut form = self.form(&sources, kernels, observer)?;
        let small =
            Embeddings::from_shared(embeddings.vocab().clone(), form.of_words(words, embeddings.vocab())?)?;
        let small = small.with_metadata(embeddings.metadata().clone());
        let Some(buckets) = buckets else { return Ok(small) };
        let ids = buckets.ids().map(<[u32]>::to_vec);
        small.with_buckets(Buckets::shared(*buckets.subwords(), ids, form.of_ngrams(buckets.rows())?)?)
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
        let mut form = self.form(&[&own, buckets.rows()], kernels, observer)?;
        let words = form.of_words(&own, embeddings.vocab())?;
        let buckets = Buckets::shared(*buckets.subwords(), None, form.of_ngrams(buckets.rows())?)?;
        let composed = Embeddings::composed(embeddings.vocab().clone(), words, Arc::new(buckets))?;
        Ok(composed.with_metadata(embeddings.metadata().clone()))
    }

    /// The form wanted, which for quantisers of products is learnt from the rows of all `sources`.
    fn form<'a>(
        &self,
        sources: &[&dyn Storage],
        kernels: Kernels,
        observer: &'a mut dyn Observer,
    ) -> Result<Form<'a>, VectorsError> {
        let (kind, threads) = (self.settings.storage, self.threads);
        let is_product = matches!(kind, StorageKind::Pq | StorageKind::Opq);
        let learnt = is_product.then(|| Coder::learn(sources, &self.settings, (kernels, threads), observer));
        Ok(Form { kind, coder: learnt.transpose()?, threads, observer })
    }
}

/// A form that rows can be brought into.
struct Form<'a> {
    kind: StorageKind,
    /// Of the quantisers of products.
    coder: Option<Coder>,
    threads: usize,
    observer: &'a mut dyn Observer,
}

impl Form<'_> {
    /// Rows of the words of `vocab`.
    fn of_words(&mut self, rows: &dyn Storage, vocab: &Vocab) -> Result<Arc<dyn Storage>, VectorsError> {
        self.of(rows, &|i| vocab.word(WordId(i as u32)).to_owned())
    }

    /// Rows of n-grams, which have no names.
    fn of_ngrams(&mut self, rows: &dyn Storage) -> Result<Arc<dyn Storage>, VectorsError> {
        self.of(rows, &|i| format!("n-grams of row {i}"))
    }

    fn of(&mut self, rows: &dyn Storage, name: Name<'_>) -> Result<Arc<dyn Storage>, VectorsError> {
        match &self.coder {
            Some(coder) => Ok(Arc::new(coder.code(rows, self.threads, self.observer)?)),
            None => plain(rows, self.kind, name),
        }
    }
}

/// What messages call the row with a number.
type Name<'a> = &'a dyn Fn(usize) -> String;

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
fn plain(rows: &dyn Storage, kind: StorageKind, name: Name<'_>) -> Result<Arc<dyn Storage>, VectorsError> {
    let (n_rows, dim, element) = (rows.n_rows(), rows.dim(), Element::of(kind));
    let (mut bytes, mut scales, mut room) = (Vec::new(), Vec::new(), Vec::new());
    let mut codes = vec![0; dim];
    for i in 0..n_rows {
        let row = lend(rows, i, &mut room);
        if first_not_finite(row).is_some() {
            check_finite(&name(i), row)?;
        }
        if kind == StorageKind::F16 && first_beyond_f16(row).is_some() {
            check_range(&name(i), row)?;
        }
        if kind == StorageKind::Int8 {
            scales.extend(int8::encode(row, &mut codes).to_le_bytes());
            bytes.extend_from_slice(&codes);
        } else {
            element.write(row, &mut bytes).expect("memory takes all bytes");
        }
    }
    let small: Option<Arc<dyn Storage>> = match kind {
        StorageKind::Int8 => {
            Int8Rows::new(bytes.into(), scales.into(), n_rows, dim).map(|rows| Arc::new(rows) as _)
        }
        _ => PlainRows::new(bytes.into(), element, n_rows, dim).map(|rows| Arc::new(rows) as _),
    };
    small.ok_or(VectorsError::Dimension { found: dim })
}

#[cfg(test)]
mod tests;
