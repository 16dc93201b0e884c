//! Where the tensors of a file lie.

use super::{
    BUCKET_IDS, CENTROIDS, COUNTS, MAX_N, MIN_N, N_BUCKETS, N_SPECIAL, NGRAM_HASH, Names, OF_BUCKETS,
    OF_WORDS, PART_WIDTH, ROTATION, WORD_ENDS, WORDS,
};
use crate::StorageKind;
use crate::formats::Content;
use crate::storage::ProductRows;
use safetensors::Dtype;
use safetensors::tensor::TensorInfo;
use serde::Serialize;
use std::collections::BTreeMap;
use std::io;

/// The tensors of a file in the order in which they lie: the widest numbers first, so that all are aligned; the
/// words last, since their length is known last.
pub(crate) struct Layout {
    tensors: Vec<(&'static str, Dtype, Vec<usize>)>,
    metadata: BTreeMap<String, String>,
    /// Bytes of the header and its length.
    header: u64,
}

impl Layout {
    pub(crate) fn new(content: &Content<'_>) -> io::Result<Self> {
        let n_rows = content.n_rows as usize;
        let mut tensors = vec![(WORD_ENDS, Dtype::I64, vec![n_rows]), (COUNTS, Dtype::I64, vec![n_rows])];
        add_rows(&OF_WORDS, content.kind, content.product, [n_rows, content.dim], &mut tensors);
        if let Some(buckets) = content.buckets {
            let (rows, n_buckets) = (buckets.rows(), buckets.rows().n_rows());
            add_rows(
                &OF_BUCKETS,
                bucket_kind(content),
                rows.product(),
                [n_buckets, content.dim],
                &mut tensors,
            );
            if let Some(ids) = buckets.ids() {
                tensors.push((BUCKET_IDS, Dtype::I64, vec![ids.len()]));
            }
        }
        if let Some(rows) = content.product {
            let (book, dim) = (rows.codebook(), content.dim);
            tensors.push((CENTROIDS, Dtype::F32, vec![book.n_centroids(), dim]));
            if book.rotation().is_some() {
                tensors.push((ROTATION, Dtype::F32, vec![dim, dim]));
            }
        }
        tensors.sort_by_key(|(_, dtype, _)| std::cmp::Reverse(dtype.bitsize()));
        let mut layout = Self { tensors, metadata: metadata(content), header: 0 };
        // The longest header that can be: it is written when the length of the words is known.
        layout.header = layout.json(u64::from(u32::MAX) << 10)?.len().next_multiple_of(LINE) as u64;
        Ok(layout)
    }

    /// Where the tensor `name` begins in the file. Panics if there is none.
    pub(crate) fn offset(&self, name: &str) -> u64 {
        let before = self.tensors.iter().take_while(|(other, ..)| *other != name);
        self.header + before.map(|(_, dtype, shape)| n_bytes(*dtype, shape)).sum::<u64>()
    }

    /// Where the words begin: after all else.
    pub(crate) fn words(&self) -> u64 {
        self.offset(WORDS)
    }

    /// The header when there are `n_word_bytes` bytes of words: its length, then JSON, padded with spaces.
    pub(crate) fn header(&self, n_word_bytes: u64) -> io::Result<Vec<u8>> {
        let mut bytes = self.json(n_word_bytes)?;
        bytes.resize(self.header as usize, b' ');
        let length = self.header - size_of::<u64>() as u64;
        bytes[..size_of::<u64>()].copy_from_slice(&length.to_le_bytes());
        Ok(bytes)
    }

    /// Room for the length, then JSON with its keys in a fixed order: the same vectors give the same bytes.
    fn json(&self, n_word_bytes: u64) -> io::Result<Vec<u8>> {
        let mut end = 0;
        let words = (WORDS, Dtype::U8, vec![n_word_bytes as usize]);
        let tensor = |(name, dtype, shape): &(&'static str, Dtype, Vec<usize>)| {
            let start = end;
            end += n_bytes(*dtype, shape) as usize;
            (*name, TensorInfo { dtype: *dtype, shape: shape.clone(), data_offsets: (start, end) })
        };
        let tensors = self.tensors.iter().chain([&words]).map(tensor).collect();
        let mut bytes = vec![0; size_of::<u64>()];
        serde_json::to_writer(&mut bytes, &Header { metadata: &self.metadata, tensors })?;
        Ok(bytes)
    }
}

/// Headers end where a line of the cache does.
const LINE: usize = 64;

#[derive(Serialize)]
struct Header<'a> {
    #[serde(rename = "__metadata__")]
    metadata: &'a BTreeMap<String, String>,
    #[serde(flatten)]
    tensors: BTreeMap<&'static str, TensorInfo>,
}

fn n_bytes(dtype: Dtype, shape: &[usize]) -> u64 {
    shape.iter().map(|&n| n as u64).product::<u64>() * dtype.bitsize() as u64 / 8
}

/// The form in which the rows of buckets are written: as those of the words, where they can be.
pub(crate) fn bucket_kind(content: &Content<'_>) -> StorageKind {
    let is_coded = matches!(content.kind, StorageKind::Pq | StorageKind::Opq);
    let shares =
        |rows: &ProductRows| content.product.is_some_and(|words| words.codebook() == rows.codebook());
    match content.buckets.and_then(|buckets| buckets.rows().product()) {
        _ if !is_coded => content.kind,
        Some(rows) if shares(rows) => content.kind,
        _ => StorageKind::F32,
    }
}

/// The tensors of rows of shape `[n_rows, dim]`.
fn add_rows(
    names: &Names,
    kind: StorageKind,
    product: Option<&ProductRows>,
    [n_rows, dim]: [usize; 2],
    tensors: &mut Vec<(&'static str, Dtype, Vec<usize>)>,
) {
    let dtype = match (kind, product) {
        (StorageKind::Pq | StorageKind::Opq, Some(rows)) => {
            tensors.push((names.codes, Dtype::U8, vec![n_rows, rows.codebook().n_parts()]));
            if rows.has_norms() {
                tensors.push((names.norms, Dtype::F32, vec![n_rows]));
            }
            return;
        }
        (StorageKind::Int8, _) => {
            tensors.push((names.scales, Dtype::F32, vec![n_rows]));
            Dtype::I8
        }
        (StorageKind::F16, _) => Dtype::F16,
        (StorageKind::Bf16, _) => Dtype::BF16,
        _ => Dtype::F32,
    };
    tensors.push((names.rows, dtype, vec![n_rows, dim]));
}

/// What the embeddings say of themselves, and what is needed to read them.
fn metadata(content: &Content<'_>) -> BTreeMap<String, String> {
    let mut metadata = content.metadata.clone();
    let mut add = |key: &str, value: String| metadata.insert(key.to_owned(), value);
    add(N_SPECIAL, content.n_special.to_string());
    if let Some(rows) = content.product {
        add(PART_WIDTH, rows.codebook().width().to_string());
    }
    if let Some(subwords) = content.buckets.map(|buckets| buckets.subwords()) {
        add(MIN_N, subwords.min_n().to_string());
        add(MAX_N, subwords.max_n().to_string());
        add(N_BUCKETS, subwords.n_buckets().to_string());
        add(NGRAM_HASH, subwords.hash_name().to_owned());
    }
    metadata
}
