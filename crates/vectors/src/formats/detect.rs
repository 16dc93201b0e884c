//! The formats of files of vectors, and how they are told apart.

use super::sink::check_word;
use super::{fasttext, finalfusion, npy};
use crate::error::excerpt;
use crate::{StorageKind, VectorsError};
use sememe_text::open_text;
use std::fmt;
use std::io::Read;
use std::path::Path;

/// A format of files of vectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum VectorFormat {
    /// A line of word count and dimension, then a line a word: the word and its numbers, separated by
    /// spaces. Written by word2vec, fastText (`.vec`) and gensim.
    Word2vecText,
    /// A line of word count and dimension, then for each word its bytes, a space and its numbers as
    /// little-endian `f32`. word2vec ends each entry with a line feed, gensim does not.
    Word2vecBinary,
    /// As [`Word2vecText`](Self::Word2vecText) without the first line.
    GloveText,
    /// The tensors `embeddings` F32\[n, dim\]; `words` U8\[bytes\], all words one after the other in UTF-8;
    /// `word_ends` I64\[n\], where each word ends in `words`; `counts` I64\[n\] (may be missing). How many
    /// of the first words are special stands in the metadata as `n_special`.
    Safetensors,
    /// numpy's `.npy`: a matrix of rows (C order) of little-endian `f32`, `f64` or 16-bit floats; beside
    /// `NAME.npy` the words in `NAME.words.txt`, a line each in UTF-8.
    Npy,
    /// fastText's models, `.bin` and `.ftz`: words, counts and n-grams. Of a supervised model the input layer is
    /// read. What is written is an unsupervised model, a `.ftz` if words and n-grams are codes of one quantiser
    /// ([`Quantizer::run_for_fasttext`](crate::Quantizer::run_for_fasttext)).
    Fasttext,
    /// finalfusion's `.fifu`, plain or quantised, with or without n-grams in buckets.
    Finalfusion,
}

impl VectorFormat {
    /// All formats.
    pub const ALL: [Self; 7] = [
        Self::Word2vecText,
        Self::Word2vecBinary,
        Self::GloveText,
        Self::Safetensors,
        Self::Npy,
        Self::Fasttext,
        Self::Finalfusion,
    ];

    /// Whether files of this format are mapped into memory rather than read.
    pub fn is_mapped(self) -> bool {
        !matches!(self, Self::Word2vecText | Self::Word2vecBinary | Self::GloveText)
    }

    /// Refuses a name that would compress what is to be mapped, so that this is known before there is anything to
    /// write.
    ///
    /// # Errors
    /// If the name ends in `.gz` or `.zst` and files of this format are [mapped](Self::is_mapped).
    pub fn check_name(self, path: &Path) -> Result<(), VectorsError> {
        let compressed = path.extension().is_some_and(|extension| extension == "gz" || extension == "zst");
        if compressed && self.is_mapped() {
            return Err(VectorsError::Compressed { path: path.to_owned(), format: self });
        }
        Ok(())
    }

    /// Refuses a word that has no place in this format, as writing it would: it is empty, or holds white space where
    /// that separates words from numbers.
    ///
    /// # Errors
    /// If the word cannot be written.
    pub fn check_word(self, word: &str) -> Result<(), VectorsError> {
        check_word(word, self)
    }

    /// Whether vectors of this form can be kept as such.
    pub fn holds(self, kind: StorageKind) -> bool {
        match self {
            Self::Safetensors => kind != StorageKind::F64,
            Self::Npy => matches!(kind, StorageKind::F32 | StorageKind::F16),
            Self::Finalfusion => matches!(kind, StorageKind::F32 | StorageKind::Pq | StorageKind::Opq),
            Self::Fasttext => matches!(kind, StorageKind::F32 | StorageKind::Pq),
            Self::Word2vecText | Self::Word2vecBinary | Self::GloveText => kind == StorageKind::F32,
        }
    }

    /// Why a word has no place in this format.
    pub(crate) fn unwritable(self, word: &str) -> Option<&'static str> {
        let has = |bytes: &[u8]| word.bytes().any(|byte| bytes.contains(&byte));
        match self {
            Self::Safetensors | Self::Finalfusion => None,
            Self::Npy => has(b"\n\r").then_some("it holds the end of a line"),
            Self::Fasttext if has(b"\0") => Some("it holds a zero byte"),
            _ if word.is_empty() => Some("it is empty"),
            _ => word.bytes().any(|byte| byte.is_ascii_whitespace()).then_some("it holds white space"),
        }
    }
}

impl fmt::Display for VectorFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Word2vecText => "word2vec text",
            Self::Word2vecBinary => "word2vec binary",
            Self::GloveText => "GloVe text",
            Self::Safetensors => "safetensors",
            Self::Npy => "npy",
            Self::Fasttext => "fastText",
            Self::Finalfusion => "finalfusion",
        })
    }
}

/// How much of a file is looked at to find its format.
const SAMPLE: usize = 1 << 16;

/// Finds the format of the file at `path` by its first bytes, after decompression.
///
/// A first line of two whole numbers is the header of word2vec, so that a GloVe file of dimension 1 whose
/// first word is a number is mistaken for one: name the format there.
///
/// # Errors
/// If the file cannot be read or has no known format.
pub fn detect(path: &Path) -> Result<VectorFormat, VectorsError> {
    let mut sample = Vec::new();
    let file = open_text(path)?;
    file.take(SAMPLE as u64).read_to_end(&mut sample).map_err(VectorsError::read(path))?;
    match sniff(&sample) {
        Some(format) => Ok(format),
        None if is_pickle(&sample) => Err(VectorsError::Pickle { path: path.to_owned() }),
        None => Err(VectorsError::UnknownFormat { path: path.to_owned(), found: excerpt(&sample) }),
    }
}

/// Whether the file begins as a pickle of Python does: the native files of gensim are such.
fn is_pickle(sample: &[u8]) -> bool {
    matches!(sample, [0x80, 2..=5, ..])
}

/// The format of a file that starts with `sample`.
pub(crate) fn sniff(sample: &[u8]) -> Option<VectorFormat> {
    if sample.get(8) == Some(&b'{') && sample[6..8] == [0, 0] {
        return Some(VectorFormat::Safetensors);
    }
    if sample.starts_with(npy::MAGIC) {
        return Some(VectorFormat::Npy);
    }
    if sample.starts_with(&fasttext::MAGIC_BYTES) {
        return Some(VectorFormat::Fasttext);
    }
    if sample.starts_with(&finalfusion::MAGIC) {
        return Some(VectorFormat::Finalfusion);
    }
    let end = sample.iter().position(|&byte| byte == b'\n').unwrap_or(sample.len());
    if header(&sample[..end]).is_some() {
        let entries = sample.get(end + 1..).unwrap_or_default();
        let text = entries.is_empty() || looks_like_row(entries);
        return Some(if text { VectorFormat::Word2vecText } else { VectorFormat::Word2vecBinary });
    }
    looks_like_row(sample).then_some(VectorFormat::GloveText)
}

/// The word count and the dimension in a first line.
pub(crate) fn header(line: &[u8]) -> Option<(u64, usize)> {
    let mut fields = std::str::from_utf8(line).ok()?.split_ascii_whitespace();
    let header = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    fields.next().is_none().then_some(header)
}

/// Whether the first line is a word and numbers: by chance, no binary vector has mostly numbers between its
/// bytes that happen to be spaces.
fn looks_like_row(sample: &[u8]) -> bool {
    let line = sample.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let fields: Vec<&[u8]> = line.split(u8::is_ascii_whitespace).filter(|field| !field.is_empty()).collect();
    // A sample may end inside a number, whose start is a number too, or is `-`.
    let numbers = fields.iter().skip(1).filter(|field| number(field).is_some()).count();
    numbers > 0 && numbers * 2 >= fields.len() - 1
}

/// The number that `field` spells.
pub(crate) fn number(field: &[u8]) -> Option<f32> {
    std::str::from_utf8(field).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(sample: &[u8], want: Option<VectorFormat>) {
        assert_eq!(sniff(sample), want, "{}", excerpt(sample));
    }

    #[test]
    fn text_is_known_by_its_header() {
        check(b"2 3\nthe 0.1 -2e-3 1\n", Some(VectorFormat::Word2vecText));
        check(b"2 3\r\nthe 0.1 -2e-3 1 \r\n", Some(VectorFormat::Word2vecText));
        check(b"2 1\n1 2\n", Some(VectorFormat::Word2vecText));
        check(b"0 100\n", Some(VectorFormat::Word2vecText));
        check(b"the 0.1 -2e-3 1\n", Some(VectorFormat::GloveText));
        check(b". . . 0.1 0.2 0.3", Some(VectorFormat::GloveText));
    }

    #[test]
    fn binary_is_known_by_what_follows_its_header() {
        check(b"1 2\nthe \x00\x00\x80\x3f\x00\x00\x00\x40", Some(VectorFormat::Word2vecBinary));
        check(b"1 2\nthe \x20\x00\x80\x3f\x0a\x00\x00\x40\n", Some(VectorFormat::Word2vecBinary));
    }

    #[test]
    fn safetensors_starts_with_a_length_and_a_brace() {
        check(b"\x40\0\0\0\0\0\0\0{\"embeddings\"", Some(VectorFormat::Safetensors));
    }

    #[test]
    fn other_files_are_not_guessed() {
        for sample in [&b""[..], b"\n", b"hello world\n", b"\x7fELF\x02\x01\x01", b"\x1f\x8b"] {
            check(sample, None);
        }
    }
}
