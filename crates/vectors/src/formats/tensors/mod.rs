//! Vectors as safetensors.

mod file;
mod layout;
mod sink;

pub(crate) use sink::TensorsSink;

use super::Words;
use super::mapped_file::{MappedFile, WordReader};
use crate::mapped::Bytes;
use crate::storage::{Codebook, Element, Int8Rows, Norms, PlainRows, ProductRows};
use crate::{Buckets, MAX_DIM, Storage, Subwords, VectorsError};
use file::TensorFile;
use safetensors::Dtype;
use sememe_kernels::Matrix;
use std::path::Path;
use std::sync::Arc;

const WORDS: &str = "words";
const WORD_ENDS: &str = "word_ends";
const COUNTS: &str = "counts";
const BUCKET_IDS: &str = "bucket_ids";
const CENTROIDS: &str = "centroids";
const ROTATION: &str = "rotation";

/// Entries of the metadata.
const N_SPECIAL: &str = "n_special";
const MIN_N: &str = "min_n";
const MAX_N: &str = "max_n";
const N_BUCKETS: &str = "n_buckets";
const NGRAM_HASH: &str = "ngram_hash";
const PART_WIDTH: &str = "part_width";
/// All of them.
const RESERVED: [&str; 6] = [N_SPECIAL, MIN_N, MAX_N, N_BUCKETS, NGRAM_HASH, PART_WIDTH];

/// The tensors that hold rows.
struct Names {
    rows: &'static str,
    scales: &'static str,
    codes: &'static str,
    norms: &'static str,
}

const OF_WORDS: Names = Names { rows: "embeddings", scales: "scales", codes: "codes", norms: "norms" };

const OF_BUCKETS: Names =
    Names { rows: "buckets", scales: "bucket_scales", codes: "bucket_codes", norms: "bucket_norms" };

/// Maps the file at `path`.
pub(crate) fn map(path: &Path) -> Result<MappedFile, VectorsError> {
    let file = TensorFile::map(path)?;
    let codebook = codebook(&file)?;
    let rows = rows(&file, &OF_WORDS, codebook.as_ref())?;
    let n_words = rows.n_rows();
    let n_special = file.number(N_SPECIAL)?.unwrap_or(0);
    if n_special as usize > n_words {
        let want = "a number of special words up to that of all words";
        return Err(file.error("__metadata__", want, n_special.to_string()));
    }
    let kept = |(key, _): &(&String, &String)| !RESERVED.contains(&key.as_str());
    Ok(MappedFile {
        words: Box::new(TensorWords::new(&file, n_words)?),
        n_words,
        n_special: n_special as usize,
        buckets: buckets(&file, codebook.as_ref())?.map(Arc::new),
        rows,
        composed: false,
        metadata: file.metadata().filter(kept).map(|(key, value)| (key.clone(), value.clone())).collect(),
    })
}

/// The rows of words or buckets, in any of their forms.
fn rows(
    file: &TensorFile,
    names: &Names,
    codebook: Option<&Arc<Codebook>>,
) -> Result<Arc<dyn Storage>, VectorsError> {
    if let (Some(codebook), Some(_)) = (codebook, file.shape(names.codes)) {
        return product_rows(file, names, codebook);
    }
    let want = "F32, F64, F16, BF16 or I8 [rows, dimension]";
    let tensor = file.tensor(names.rows, want)?;
    let wrong = || file.error(names.rows, want, tensor.to_string());
    let &[n_rows, dim] = &tensor.shape[..] else { return Err(wrong()) };
    if !(1..=MAX_DIM).contains(&dim) {
        return Err(wrong());
    }
    let plain = |element| {
        let rows = PlainRows::new(tensor.bytes.clone(), element, n_rows, dim).ok_or_else(wrong)?;
        Ok(Arc::new(rows) as Arc<dyn Storage>)
    };
    match tensor.dtype {
        Dtype::F32 => plain(Element::F32),
        Dtype::F64 => plain(Element::F64),
        Dtype::F16 => plain(Element::F16),
        Dtype::BF16 => plain(Element::Bf16),
        Dtype::I8 => {
            let scales = file.typed(names.scales, Dtype::F32, &[n_rows])?;
            let rows = Int8Rows::new(tensor.bytes.clone(), scales, n_rows, dim).ok_or_else(wrong)?;
            Ok(Arc::new(rows))
        }
        _ => Err(wrong()),
    }
}

fn product_rows(
    file: &TensorFile,
    names: &Names,
    codebook: &Arc<Codebook>,
) -> Result<Arc<dyn Storage>, VectorsError> {
    let n_rows = file.shape(names.codes).and_then(|shape| shape.first().copied()).unwrap_or(0);
    let codes = file.typed(names.codes, Dtype::U8, &[n_rows, codebook.n_parts()])?;
    if let Some(code) = codebook.missing(&codes) {
        return Err(file.error(
            names.codes,
            format!("codes below {}", codebook.n_centroids()),
            code.to_string(),
        ));
    }
    let has_norms = file.shape(names.norms).is_some();
    let norms =
        has_norms.then(|| file.typed(names.norms, Dtype::F32, &[n_rows]).map(Norms::Floats)).transpose()?;
    let rows = ProductRows::new(Arc::clone(codebook), codes, norms, n_rows);
    rows.map(|rows| Arc::new(rows) as Arc<dyn Storage>)
        .ok_or_else(|| file.error(names.codes, "codes of all rows", "others"))
}

/// The centroids, and the rotation if there is one; `None` if rows are not coded.
fn codebook(file: &TensorFile) -> Result<Option<Arc<Codebook>>, VectorsError> {
    let Some(&[n_centroids, dim]) = file.shape(CENTROIDS) else { return Ok(None) };
    let want = format!(
        "F32[centroids up to 256, dimension up to {MAX_DIM}] and parts as wide as `{PART_WIDTH}` says"
    );
    let wrong = || file.error(CENTROIDS, &*want, format!("[{n_centroids}, {dim}]"));
    if !(1..=MAX_DIM).contains(&dim) {
        return Err(wrong());
    }
    let width = file.number(PART_WIDTH)?.unwrap_or(0);
    let centroids = matrix(&file.typed(CENTROIDS, Dtype::F32, &[n_centroids, dim])?, n_centroids, dim)?;
    let rotation = match file.shape(ROTATION) {
        Some(_) => Some(matrix(&file.typed(ROTATION, Dtype::F32, &[dim, dim])?, dim, dim)?),
        None => None,
    };
    let width = usize::try_from(width).map_err(|_| wrong())?;
    Codebook::new(centroids, width, rotation).map(|codebook| Some(Arc::new(codebook))).ok_or_else(wrong)
}

fn matrix(bytes: &Bytes, n_rows: usize, n_cols: usize) -> Result<Matrix, VectorsError> {
    let values = bytes.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect();
    Ok(Matrix::from_vec(n_rows, n_cols, values)?)
}

/// The rows of n-grams, if there are any.
fn buckets(file: &TensorFile, codebook: Option<&Arc<Codebook>>) -> Result<Option<Buckets>, VectorsError> {
    let Some(min_n) = file.number(MIN_N)? else { return Ok(None) };
    let number = |key| {
        let missing = || file.error("__metadata__", format!("`{key}`"), "none");
        file.number(key)?.and_then(|n| u32::try_from(n).ok()).ok_or_else(missing)
    };
    let (min_n, max_n, n_buckets) = (u32::try_from(min_n).unwrap_or(0), number(MAX_N)?, number(N_BUCKETS)?);
    let hash = file.text(NGRAM_HASH).unwrap_or("fasttext");
    let subwords = Subwords::with_hash(min_n, max_n, n_buckets, hash)?;
    let rows = rows(file, &OF_BUCKETS, codebook)?;
    if file.shape(BUCKET_IDS).is_none() {
        return Buckets::shared(subwords, None, rows).map(Some);
    }
    let ids = file.typed(BUCKET_IDS, Dtype::I64, &[rows.n_rows()])?;
    let id = |&bytes: &[u8; 8]| {
        let id = i64::from_le_bytes(bytes);
        u32::try_from(id).map_err(|_| file.error(BUCKET_IDS, "numbers of buckets", id.to_string()))
    };
    let ids: Vec<u32> = ids.as_chunks().0.iter().map(id).collect::<Result<_, _>>()?;
    Buckets::shared(subwords, Some(ids), rows).map(Some)
}

/// The words, one after the other, found by where each ends.
struct TensorWords {
    file: TensorFile,
    text: Bytes,
    ends: Bytes,
    counts: Option<Bytes>,
    /// Number of the next word, and where it starts.
    next: usize,
    start: usize,
}

impl TensorWords {
    fn new(file: &TensorFile, n_words: usize) -> Result<Self, VectorsError> {
        let text = file.tensor(WORDS, "the words in UTF-8")?.bytes;
        if let Err(error) = std::str::from_utf8(&text) {
            return Err(file.error(WORDS, "the words in UTF-8", error.to_string()));
        }
        let ends = file.typed(WORD_ENDS, Dtype::I64, &[n_words])?;
        let has_counts = file.shape(COUNTS).is_some();
        let counts = has_counts.then(|| file.typed(COUNTS, Dtype::I64, &[n_words])).transpose()?;
        Ok(Self { file: file.clone(), text, ends, counts, next: 0, start: 0 })
    }

    /// Number `i` of a tensor of 64-bit integers.
    fn integer(bytes: &Bytes, i: usize) -> Option<i64> {
        bytes.as_chunks().0.get(i).map(|&bytes| i64::from_le_bytes(bytes))
    }
}

impl WordReader for TensorWords {
    fn next(&mut self, words: &mut Words) -> Result<bool, VectorsError> {
        let Some(end) = Self::integer(&self.ends, self.next) else { return Ok(false) };
        let bytes = usize::try_from(end).ok().and_then(|end| self.text.get(self.start..end));
        // A cut inside a character is no text.
        let word = bytes.and_then(|bytes| std::str::from_utf8(bytes).ok());
        let found = || format!("{end} after {}", self.start);
        let wrong = || self.file.error(WORD_ENDS, "rising offsets of the ends of words", found());
        words.push_str(word.ok_or_else(wrong)?);
        if let Some(count) = self.counts.as_ref().and_then(|counts| Self::integer(counts, self.next)) {
            let wrong = |_| self.file.error(COUNTS, "counts", count.to_string());
            words.push_count(u64::try_from(count).map_err(wrong)?);
        }
        (self.next, self.start) = (self.next + 1, end as usize);
        Ok(true)
    }
}
