//! finalfusion's `.fifu` files: a header that lists chunks, then the chunks, each with its length.
//!
//! Words are unit vectors there, with the norms of the vectors in a chunk of their own.

mod read;
mod write;

pub(crate) use read::map;
pub(crate) use write::save;

/// The first bytes of every such file.
pub(crate) const MAGIC: [u8; 4] = *b"FiFu";

/// The only version.
const VERSION: u32 = 0;

/// Numbers for the types of elements.
const TYPE_U8: u32 = 1;
const TYPE_F32: u32 = 10;

/// Under which name the metadata of a file, which is TOML, stands in
/// [`Embeddings::metadata`](crate::Embeddings::metadata).
const TOML: &str = "finalfusion.toml";

/// What a chunk holds, and its number in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
enum Chunk {
    SimpleVocab = 1,
    Array = 2,
    BucketVocab = 3,
    QuantizedArray = 4,
    Metadata = 5,
    Norms = 6,
    FasttextVocab = 7,
    ExplicitVocab = 8,
    FloretVocab = 9,
}

impl Chunk {
    const ALL: [Self; 9] = [
        Self::SimpleVocab,
        Self::Array,
        Self::BucketVocab,
        Self::QuantizedArray,
        Self::Metadata,
        Self::Norms,
        Self::FasttextVocab,
        Self::ExplicitVocab,
        Self::FloretVocab,
    ];

    fn from_number(number: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|&chunk| chunk as u32 == number)
    }

    fn name(self) -> &'static str {
        match self {
            Self::SimpleVocab => "a simple vocabulary",
            Self::Array => "a matrix",
            Self::BucketVocab => "a vocabulary with buckets",
            Self::QuantizedArray => "a quantised matrix",
            Self::Metadata => "metadata",
            Self::Norms => "norms",
            Self::FasttextVocab => "a vocabulary with buckets of fastText",
            Self::ExplicitVocab => "a vocabulary with explicit n-grams",
            Self::FloretVocab => "a vocabulary of floret",
        }
    }
}

/// Bytes that stand before floats which could begin at `at`: one to four, so that they begin at a multiple of four.
fn padding(at: u64) -> u64 {
    4 - at % 4
}
