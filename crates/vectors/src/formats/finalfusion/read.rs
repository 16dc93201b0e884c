//! Reading finalfusion's files.

use super::{Chunk, MAGIC, TOML, TYPE_F32, TYPE_U8, VERSION, padding};
use crate::error::{Problem, excerpt};
use crate::formats::Words;
use crate::formats::cursor::Cursor;
use crate::formats::mapped_file::{MappedFile, WordReader};
use crate::mapped::Bytes;
use crate::storage::{Codebook, Element, Norms, PlainRows, ProductRows, ScaledRows, SelectedRows};
use crate::{Buckets, MAX_DIM, Storage, Subwords, VectorsError};
use sememe_kernels::Matrix;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// Maps the file at `path`.
pub(crate) fn map(path: &Path) -> Result<MappedFile, VectorsError> {
    let mut reader = Reader { cursor: Cursor::new(path, crate::mapped::map(path)?) };
    let mut chunks = reader.header()?.into_iter().peekable();
    let mut metadata = BTreeMap::new();
    if chunks.next_if(|&chunk| chunk == Chunk::Metadata).is_some() {
        metadata.insert(TOML.to_owned(), reader.metadata()?);
    }
    let vocab = reader.vocab(chunks.next())?;
    let array = reader.array(chunks.next())?;
    let norms = match chunks.next() {
        None => None,
        Some(Chunk::Norms) => Some(reader.norms(vocab.n_words)?),
        Some(chunk) => return Err(reader.unexpected("norms or no more chunks", Some(chunk))),
    };
    if chunks.next().is_some() || reader.cursor.left() > 0 {
        let found = format!("{} more bytes", reader.cursor.left());
        return Err(reader.cursor.error(reader.cursor.at(), "the end of the file", found));
    }
    let (rows, bucket_rows) = reader.split(array, &vocab, norms)?;
    let buckets = match (vocab.subwords, bucket_rows) {
        (Some(subwords), Some(rows)) => Some(Arc::new(Buckets::shared(subwords, None, rows)?)),
        _ => None,
    };
    Ok(MappedFile {
        words: Box::new(vocab.words),
        n_words: vocab.n_words,
        n_special: 0,
        rows,
        buckets,
        composed: false,
        metadata,
    })
}

struct VocabChunk {
    n_words: usize,
    words: Strings,
    subwords: Option<Subwords>,
}

/// The matrix of words and buckets.
enum Array {
    Plain(PlainRows),
    Quantized { codebook: Arc<Codebook>, codes: Bytes, norms: Option<Bytes>, n_rows: usize },
}

impl Array {
    fn n_rows(&self) -> usize {
        match self {
            Self::Plain(rows) => rows.n_rows(),
            Self::Quantized { n_rows, .. } => *n_rows,
        }
    }
}

struct Reader {
    cursor: Cursor,
}

impl Reader {
    /// The chunks that the header lists.
    fn header(&mut self) -> Result<Vec<Chunk>, VectorsError> {
        let magic = self.cursor.take(MAGIC.len(), "the signature of finalfusion")?;
        if magic[..] != MAGIC {
            return Err(self.cursor.error(0, "the signature of finalfusion", excerpt(&magic)));
        }
        let version = self.cursor.u32("the version")?;
        if version != VERSION {
            return Err(self.cursor.error(4, format!("version {VERSION}"), version.to_string()));
        }
        let n_chunks = self.cursor.u32("the number of chunks")?;
        // Metadata, words, vectors, norms.
        if n_chunks > 4 {
            return Err(self.cursor.error(8, "at most 4 chunks", n_chunks.to_string()));
        }
        (0..n_chunks).map(|_| self.chunk_number()).collect()
    }

    fn chunk_number(&mut self) -> Result<Chunk, VectorsError> {
        let at = self.cursor.at();
        let number = self.cursor.u32("the kind of a chunk")?;
        let unknown = || self.cursor.error(at, "a kind of chunk from 1 to 9", number.to_string());
        Chunk::from_number(number).ok_or_else(unknown)
    }

    /// Reads what stands before a chunk, and returns where it ends.
    fn begin(&mut self, want: Chunk) -> Result<usize, VectorsError> {
        let at = self.cursor.at();
        let found = self.chunk_number()?;
        if found != want {
            return Err(self.cursor.error(at, want.name(), found.name()));
        }
        let length = self.cursor.u64("the length of a chunk")?;
        let end = usize::try_from(length).ok().filter(|&length| length <= self.cursor.left());
        let short = || {
            let found = format!("the end of the file after {}", self.cursor.left());
            self.cursor.error(at, format!("{length} bytes of {}", want.name()), found)
        };
        end.map(|length| self.cursor.at() + length).ok_or_else(short)
    }

    fn end(&self, end: usize, chunk: Chunk) -> Result<(), VectorsError> {
        let at = self.cursor.at();
        if at == end {
            return Ok(());
        }
        Err(self.cursor.error(at, format!("the end of {}", chunk.name()), format!("it at byte {end}")))
    }

    fn unexpected(&self, want: &str, found: Option<Chunk>) -> VectorsError {
        self.cursor.error(self.cursor.at(), want, found.map_or("no more chunks", Chunk::name))
    }

    fn metadata(&mut self) -> Result<String, VectorsError> {
        let end = self.begin(Chunk::Metadata)?;
        let at = self.cursor.at();
        let bytes = self.cursor.take(end - at, "metadata")?;
        let text = std::str::from_utf8(&bytes);
        text.map(str::to_owned).map_err(|error| self.cursor.error(at, "metadata in UTF-8", error.to_string()))
    }

    fn vocab(&mut self, chunk: Option<Chunk>) -> Result<VocabChunk, VectorsError> {
        let chunk = match chunk {
            Some(chunk @ (Chunk::SimpleVocab | Chunk::BucketVocab | Chunk::FasttextVocab)) => chunk,
            other => return Err(self.unexpected("a vocabulary, simple or with buckets", other)),
        };
        let end = self.begin(chunk)?;
        let at = self.cursor.at();
        let n_words = self.cursor.u64("the number of words")?;
        let subwords = match chunk {
            Chunk::SimpleVocab => None,
            _ => Some(self.subwords(chunk)?),
        };
        // A word takes at least the four bytes of its length.
        let room = end.saturating_sub(self.cursor.at()) / 4;
        if n_words > room as u64 {
            return Err(self.cursor.error(at, format!("at most {room} words"), n_words.to_string()));
        }
        let words = Strings { cursor: self.cursor.clone(), left: n_words as usize, entry: 0, end };
        self.cursor.take(end.saturating_sub(self.cursor.at()), "words")?;
        Ok(VocabChunk { n_words: n_words as usize, words, subwords })
    }

    fn subwords(&mut self, chunk: Chunk) -> Result<Subwords, VectorsError> {
        let min_n = self.cursor.u32("the length of the shortest n-grams")?;
        let max_n = self.cursor.u32("the length of the longest n-grams")?;
        let buckets = self.cursor.u32("the number of buckets")?;
        if chunk == Chunk::FasttextVocab {
            Subwords::new(min_n, max_n, buckets)
        } else {
            Subwords::finalfusion(min_n, max_n, buckets)
        }
    }

    fn array(&mut self, chunk: Option<Chunk>) -> Result<Array, VectorsError> {
        match chunk {
            Some(Chunk::Array) => self.plain_array(),
            Some(Chunk::QuantizedArray) => self.quantized_array(),
            other => Err(self.unexpected("a matrix", other)),
        }
    }

    fn plain_array(&mut self) -> Result<Array, VectorsError> {
        let end = self.begin(Chunk::Array)?;
        let n_rows = self.cursor.u64("the number of rows")?;
        let dim = self.dim()?;
        self.element(TYPE_F32)?;
        self.skip_padding()?;
        let at = self.cursor.at();
        let bytes = self.cursor.take_rows(n_rows, (dim * Element::F32.size()) as u64, "a matrix")?;
        self.end(end, Chunk::Array)?;
        let rows = PlainRows::new(bytes, Element::F32, n_rows as usize, dim);
        rows.map(Array::Plain).ok_or_else(|| self.cursor.error(at, "a matrix", "another size"))
    }

    fn quantized_array(&mut self) -> Result<Array, VectorsError> {
        let end = self.begin(Chunk::QuantizedArray)?;
        let rotated = self.cursor.u32("whether there is a projection")? != 0;
        let has_norms = self.cursor.u32("whether there are norms")? != 0;
        let at = self.cursor.at();
        let n_parts = self.cursor.u32("the number of parts")? as usize;
        let dim = self.dim()?;
        let n_centroids = self.cursor.u32("the number of centroids")? as usize;
        let n_rows = self.cursor.u64("the number of rows")?;
        let fits = n_parts > 0
            && dim.is_multiple_of(n_parts)
            && (1..=Codebook::MAX_CENTROIDS).contains(&n_centroids);
        if !fits {
            let found = format!("{n_parts} parts of {dim} numbers and {n_centroids} centroids");
            return Err(self.cursor.error(at, "equal parts and at most 256 centroids", found));
        }
        self.element(TYPE_U8)?;
        self.element(TYPE_F32)?;
        self.skip_padding()?;
        let rotation = if rotated {
            let square =
                dim.checked_mul(dim).ok_or_else(|| self.cursor.error(at, "a projection", "one too large"))?;
            Some(Matrix::from_vec(dim, dim, self.cursor.floats(square, "a projection")?)?)
        } else {
            None
        };
        let values = self.cursor.floats(n_centroids * dim, "centroids")?;
        let codebook = Codebook::from_parts(&values, [n_centroids, dim, dim / n_parts], rotation);
        let codebook = codebook.ok_or_else(|| self.cursor.error(at, "a quantiser", "another"))?;
        let norms = has_norms.then(|| self.cursor.take_rows(n_rows, 4, "norms")).transpose()?;
        let codes = self.cursor.take_rows(n_rows, n_parts as u64, "codes")?;
        self.end(end, Chunk::QuantizedArray)?;
        if let Some(code) = codebook.missing(&codes) {
            return Err(self.cursor.error(at, format!("codes below {n_centroids}"), code.to_string()));
        }
        Ok(Array::Quantized { codebook: Arc::new(codebook), codes, norms, n_rows: n_rows as usize })
    }

    fn dim(&mut self) -> Result<usize, VectorsError> {
        let at = self.cursor.at();
        let dim = self.cursor.u32("the dimension")? as usize;
        if !(1..=MAX_DIM).contains(&dim) {
            return Err(self.cursor.error(at, format!("a dimension from 1 to {MAX_DIM}"), dim.to_string()));
        }
        Ok(dim)
    }

    fn element(&mut self, want: u32) -> Result<(), VectorsError> {
        let at = self.cursor.at();
        let found = self.cursor.u32("the type of numbers")?;
        if found != want {
            return Err(self.cursor.error(at, format!("numbers of type {want}"), found.to_string()));
        }
        Ok(())
    }

    fn skip_padding(&mut self) -> Result<(), VectorsError> {
        self.cursor.take(padding(self.cursor.at() as u64) as usize, "padding").map(|_| ())
    }

    fn norms(&mut self, n_words: usize) -> Result<Bytes, VectorsError> {
        let end = self.begin(Chunk::Norms)?;
        let at = self.cursor.at();
        let n_norms = self.cursor.u64("the number of norms")?;
        if n_norms != n_words as u64 {
            return Err(self.cursor.error(at, format!("{n_words} norms"), n_norms.to_string()));
        }
        self.element(TYPE_F32)?;
        self.skip_padding()?;
        let norms = self.cursor.take_rows(n_norms, 4, "norms")?;
        self.end(end, Chunk::Norms)?;
        Ok(norms)
    }

    /// The rows of words, with their norms, and those of buckets.
    fn split(&self, array: Array, vocab: &VocabChunk, norms: Option<Bytes>) -> Result<Parts, VectorsError> {
        let n_words = vocab.n_words;
        let n_buckets = vocab.subwords.map(|subwords| subwords.n_buckets() as usize);
        let (want, found) = (n_words.saturating_add(n_buckets.unwrap_or(0)), array.n_rows());
        let wrong =
            || self.cursor.error(0, format!("a row for each of {want} words and buckets"), found.to_string());
        if want != found {
            return Err(wrong());
        }
        let parts = match array {
            Array::Plain(rows) => split_plain(rows, n_words, n_buckets, norms),
            Array::Quantized { codebook, codes, norms: factors, .. } => {
                let whole = Quantized { codebook, codes, factors };
                whole.rows(0, n_words, norms).map(|words| {
                    (words, n_buckets.and_then(|n_buckets| whole.rows(n_words, n_buckets, None)))
                })
            }
        };
        parts.ok_or_else(wrong)
    }
}

/// The rows of words, and those of buckets.
type Parts = (Arc<dyn Storage>, Option<Arc<dyn Storage>>);

fn split_plain(
    rows: PlainRows,
    n_words: usize,
    n_buckets: Option<usize>,
    norms: Option<Bytes>,
) -> Option<Parts> {
    let all: Arc<dyn Storage> = Arc::new(rows);
    let mut words: Arc<dyn Storage> = Arc::new(SelectedRows::run(Arc::clone(&all), 0..n_words)?);
    if let Some(norms) = norms {
        words = Arc::new(ScaledRows::new(words, norms)?);
    }
    let Some(n_buckets) = n_buckets else { return Some((words, None)) };
    let buckets = SelectedRows::run(all, n_words..n_words + n_buckets)?;
    Some((words, Some(Arc::new(buckets))))
}

/// A quantised matrix that is to be cut into words and buckets.
struct Quantized {
    codebook: Arc<Codebook>,
    codes: Bytes,
    /// What rows are multiplied with; for words these are what makes unit vectors of them.
    factors: Option<Bytes>,
}

impl Quantized {
    /// `n_rows` rows from row `first` on; those of words are multiplied with their norms.
    fn rows(&self, first: usize, n_rows: usize, norms: Option<Bytes>) -> Option<Arc<dyn Storage>> {
        let n_parts = self.codebook.n_parts();
        let codes = self.codes.slice(first * n_parts..(first + n_rows) * n_parts)?;
        let factors = match &self.factors {
            Some(factors) => Some(factors.slice(first * 4..(first + n_rows) * 4)?),
            None => None,
        };
        let norms = match (factors, norms) {
            (Some(factors), Some(norms)) => Some(products(&factors, &norms).into()),
            (factors, norms) => factors.or(norms),
        };
        let rows = ProductRows::new(Arc::clone(&self.codebook), codes, norms.map(Norms::Floats), n_rows)?;
        Some(Arc::new(rows))
    }
}

/// The products of floats, as bytes.
fn products(x: &[u8], y: &[u8]) -> Vec<u8> {
    let floats = |bytes: &[u8; 4]| f32::from_le_bytes(*bytes);
    let pairs = x.as_chunks().0.iter().zip(y.as_chunks().0);
    pairs.flat_map(|(x, y)| (floats(x) * floats(y)).to_le_bytes()).collect()
}

/// Strings, each after its length.
struct Strings {
    cursor: Cursor,
    left: usize,
    /// Number of the last one.
    entry: u64,
    /// Where the chunk ends.
    end: usize,
}

impl WordReader for Strings {
    fn next(&mut self, words: &mut Words) -> Result<bool, VectorsError> {
        let at = self.cursor.at();
        let problem = |want: &str, found: String| Problem::Unexpected { want: want.into(), found };
        if self.left == 0 {
            let surplus = problem("the end of the vocabulary", format!("{} more bytes", self.end - at));
            return if at == self.end {
                Ok(false)
            } else {
                Err(self.cursor.entry_error(self.entry + 1, at, surplus))
            };
        }
        (self.left, self.entry) = (self.left - 1, self.entry + 1);
        let length = self.cursor.u32("the length of a word")? as usize;
        if length > self.end.saturating_sub(self.cursor.at()) {
            let problem = problem("a word within the vocabulary", format!("one of {length} bytes"));
            return Err(self.cursor.entry_error(self.entry, at, problem));
        }
        let offset = self.cursor.at() as u64;
        let word = self.cursor.take(length, "a word")?;
        words.push(&word, offset).map_err(|problem| self.cursor.entry_error(self.entry, at, problem))?;
        Ok(true)
    }
}
