//! Vectors as safetensors: four tensors, the widest numbers first, so that all of them are aligned.

use crate::binary::write_floats;
use crate::embeddings::first_not_finite;
use crate::load::{LoadOptions, Rows};
use crate::mapped::{MappedRows, map};
use crate::source::is_compressed;
use crate::{Embeddings, VectorsError};
use safetensors::tensor::{Metadata, TensorInfo};
use safetensors::{Dtype, SafeTensors};
use sememe_kernels::{Meter, Observer};
use sememe_vocab::Vocab;
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

const EMBEDDINGS: &str = "embeddings";
const WORDS: &str = "words";
const WORD_ENDS: &str = "word_ends";
const COUNTS: &str = "counts";
const N_SPECIAL: &str = "n_special";

/// Bytes between two reports to the observer, a whole number of floats.
const REPORT: usize = 1 << 20;

/// Reads all tensors into memory and checks every value.
pub(crate) fn read(
    path: &Path,
    options: &LoadOptions,
    observer: &mut dyn Observer,
) -> Result<Rows, VectorsError> {
    let map = map(path)?;
    let tensors = Tensors::new(path, &map)?;
    let n_rows = options.wanted(tensors.n_rows as u64) as usize;
    let mut rows = Rows::new(n_rows, tensors.dim);
    tensors.words(n_rows)?.into_iter().for_each(|word| rows.push_str(word));
    rows.counts = tensors.counts(n_rows)?;
    rows.n_special = tensors.n_special()?.min(n_rows);
    tensors.read_values(&mut rows, observer)?;
    for (i, row) in rows.values.chunks(rows.dim).enumerate() {
        if let Some((column, found)) = first_not_finite(row) {
            let found = format!("{found} in column {column} of the vector of `{}`", rows.word(i));
            return Err(tensors.error(EMBEDDINGS, "finite numbers", found));
        }
    }
    Ok(rows)
}

impl Embeddings {
    /// Maps the safetensors file at `path`: only its words are read, the vectors stay on disk until they are
    /// used, and processes that map the same file share them.
    ///
    /// The numbers are not looked at; [`Embeddings::check_finite`] does. The file must not be changed in
    /// place while it is mapped: if another program cuts it short, the process ends with a bus error.
    /// Replacing it by a rename, as [`save`](crate::save) does, is harmless.
    ///
    /// # Errors
    /// If the file cannot be read or is damaged, or holds a word twice.
    pub fn map(path: &Path) -> Result<Self, VectorsError> {
        let map = Arc::new(map(path)?);
        let tensors = Tensors::new(path, &map)?;
        let (n_rows, dim) = (tensors.n_rows, tensors.dim);
        let vocab = tensors.vocab()?;
        match MappedRows::new(Arc::clone(&map), tensors.embeddings()?, n_rows, dim) {
            Some(rows) => Self::from_storage(vocab, rows),
            // Files of other writers may be out of line: they are copied.
            None => LoadOptions::default().load(path, &mut sememe_kernels::Silent).map(|(loaded, _)| loaded),
        }
    }
}

/// The header of a safetensors file of vectors, and its bytes.
struct Tensors<'a> {
    path: &'a Path,
    bytes: &'a [u8],
    /// Where the header ends and the tensors start.
    start: usize,
    metadata: Metadata,
    n_rows: usize,
    dim: usize,
}

impl<'a> Tensors<'a> {
    fn new(path: &'a Path, bytes: &'a [u8]) -> Result<Self, VectorsError> {
        let (header, metadata) = match SafeTensors::read_metadata(bytes) {
            Ok(read) => read,
            Err(_) if is_compressed(path)? => return Err(VectorsError::Compressed { path: path.to_owned() }),
            Err(source) => return Err(VectorsError::Safetensors { path: path.to_owned(), source }),
        };
        let start = header + size_of::<u64>();
        let mut tensors = Self { path, bytes, start, metadata, n_rows: 0, dim: 0 };
        let info = tensors.info(EMBEDDINGS, "F32[words, dimension]")?;
        let &[n_rows, dim] = &info.shape[..] else {
            return Err(tensors.error(EMBEDDINGS, "F32[words, dimension]", show(info)));
        };
        if info.dtype != Dtype::F32 || dim == 0 || dim > crate::MAX_DIM {
            return Err(tensors.error(EMBEDDINGS, "F32[words, dimension]", show(info)));
        }
        (tensors.n_rows, tensors.dim) = (n_rows, dim);
        Ok(tensors)
    }

    /// Where the vectors lie in the file.
    fn embeddings(&self) -> Result<Range<usize>, VectorsError> {
        self.info(EMBEDDINGS, "F32[words, dimension]").map(|info| self.range(info))
    }

    fn vocab(&self) -> Result<Vocab, VectorsError> {
        let (words, counts) = (self.words(self.n_rows)?, self.counts(self.n_rows)?);
        let counts = counts.into_iter().chain(std::iter::repeat(0));
        Vocab::from_words(words.into_iter().zip(counts), self.n_special()?)
            .map_err(|source| VectorsError::Words { path: self.path.to_owned(), source })
    }

    /// Reads the vectors of all words in `rows`.
    fn read_values(&self, rows: &mut Rows, observer: &mut dyn Observer) -> Result<(), VectorsError> {
        let n_bytes = rows.len() * self.dim * size_of::<f32>();
        let meter = Meter::new("bytes", Some(n_bytes as u64), observer);
        for chunk in self.bytes[self.embeddings()?][..n_bytes].chunks(REPORT) {
            rows.values.extend(chunk.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)));
            if meter.advance(chunk.len() as u64, None).is_break() {
                return Err(VectorsError::Interrupted);
            }
        }
        Ok(())
    }

    /// The first `n_rows` words.
    fn words(&self, n_rows: usize) -> Result<Vec<&'a str>, VectorsError> {
        let info = self.info(WORDS, "the words in UTF-8")?;
        let text = std::str::from_utf8(&self.bytes[self.range(info)])
            .map_err(|error| self.error(WORDS, "the words in UTF-8", error.to_string()))?;
        let mut start = 0;
        let word = |end: usize| {
            let word = text.get(start..end).ok_or_else(|| {
                self.error(WORD_ENDS, "rising offsets of the ends of words", format!("{end} after {start}"))
            });
            start = end;
            word
        };
        self.integers(WORD_ENDS, n_rows)?.map(|end| end as usize).map(word).collect()
    }

    /// The counts of the first `n_rows` words; none if the file has none.
    fn counts(&self, n_rows: usize) -> Result<Vec<u64>, VectorsError> {
        if self.metadata.info(COUNTS).is_none() {
            return Ok(Vec::new());
        }
        let valid = |count: i64| {
            let error = |_| self.error(COUNTS, "counts", count.to_string());
            u64::try_from(count).map_err(error)
        };
        self.integers(COUNTS, n_rows)?.map(valid).collect()
    }

    /// How many of the first words are special.
    fn n_special(&self) -> Result<usize, VectorsError> {
        let Some(text) = self.metadata.metadata().as_ref().and_then(|entries| entries.get(N_SPECIAL)) else {
            return Ok(0);
        };
        let n_special = text.parse().ok().filter(|&n_special| n_special <= self.n_rows);
        n_special.ok_or_else(|| {
            self.error("__metadata__", "a number of special words up to that of all words", text.clone())
        })
    }

    /// The first `n_rows` of a tensor with an integer a word.
    fn integers(
        &self,
        name: &'static str,
        n_rows: usize,
    ) -> Result<impl Iterator<Item = i64> + use<'a>, VectorsError> {
        let info = self.info(name, "an integer for each word")?;
        if info.dtype != Dtype::I64 || info.shape != [self.n_rows] {
            return Err(self.error(name, format!("I64[{}]", self.n_rows), show(info)));
        }
        let bytes: &'a [u8] = &self.bytes[self.range(info)];
        Ok(bytes.as_chunks().0.iter().take(n_rows).map(|&bytes| i64::from_le_bytes(bytes)))
    }

    fn info(&self, name: &'static str, want: &str) -> Result<&TensorInfo, VectorsError> {
        self.metadata.info(name).ok_or_else(|| self.error(name, want, "no such tensor"))
    }

    /// Where a tensor lies in the file; the header was checked against its length.
    fn range(&self, info: &TensorInfo) -> Range<usize> {
        self.start + info.data_offsets.0..self.start + info.data_offsets.1
    }

    fn error(&self, tensor: &'static str, want: impl Into<String>, found: impl Into<String>) -> VectorsError {
        VectorsError::Tensor { path: self.path.to_owned(), tensor, want: want.into(), found: found.into() }
    }
}

/// Type and shape of a tensor.
fn show(info: &TensorInfo) -> String {
    format!("{}{:?}", info.dtype, info.shape)
}

/// What stands before the tensors, with its keys in a fixed order: the same vectors give the same bytes.
#[derive(Serialize)]
struct Header {
    #[serde(rename = "__metadata__")]
    metadata: BTreeMap<&'static str, String>,
    #[serde(flatten)]
    tensors: BTreeMap<&'static str, TensorInfo>,
}

impl Header {
    fn new(embeddings: &Embeddings) -> Self {
        let (n_rows, dim) = (embeddings.len(), embeddings.dim());
        let n_bytes = embeddings.vocab().words().map(str::len).sum();
        let mut end = 0;
        let mut tensor = |dtype: Dtype, shape: Vec<usize>| {
            let start = end;
            end += shape.iter().product::<usize>() * dtype.bitsize() / 8;
            TensorInfo { dtype, shape, data_offsets: (start, end) }
        };
        let tensors = BTreeMap::from([
            (WORD_ENDS, tensor(Dtype::I64, vec![n_rows])),
            (COUNTS, tensor(Dtype::I64, vec![n_rows])),
            (EMBEDDINGS, tensor(Dtype::F32, vec![n_rows, dim])),
            (WORDS, tensor(Dtype::U8, vec![n_bytes])),
        ]);
        let metadata = BTreeMap::from([(N_SPECIAL, embeddings.vocab().n_special().to_string())]);
        Self { metadata, tensors }
    }

    /// The header as bytes: its length, then JSON padded with spaces to whole cache lines.
    fn to_bytes(&self) -> io::Result<Vec<u8>> {
        const LINE: usize = 64;
        let json = serde_json::to_vec(self)?;
        let padded = (json.len() + size_of::<u64>()).next_multiple_of(LINE);
        let mut bytes = ((padded - size_of::<u64>()) as u64).to_le_bytes().to_vec();
        bytes.extend(json);
        bytes.resize(padded, b' ');
        Ok(bytes)
    }
}

/// Writes the four tensors in the order of the header's offsets.
pub(crate) fn write(embeddings: &Embeddings, out: &mut impl Write) -> io::Result<()> {
    let vocab = embeddings.vocab();
    out.write_all(&Header::new(embeddings).to_bytes()?)?;
    let mut end = 0;
    for word in vocab.words() {
        end += word.len() as i64;
        out.write_all(&end.to_le_bytes())?;
    }
    for id in 0..vocab.len() as u32 {
        let count = i64::try_from(vocab.count(sememe_vocab::WordId(id))).unwrap_or(i64::MAX);
        out.write_all(&count.to_le_bytes())?;
    }
    embeddings.rows().try_for_each(|row| write_floats(&row, out))?;
    vocab.words().try_for_each(|word| out.write_all(word.as_bytes()))
}
