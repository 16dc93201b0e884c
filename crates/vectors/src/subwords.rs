//! The n-grams of words and the buckets that they are hashed into, as in fastText.

use crate::VectorsError;
use crate::error::excerpt;

/// The end of a sentence, which is a word of fastText's vocabulary, but has no n-grams.
const END_OF_SENTENCE: &str = "</s>";

/// Which n-grams of a word have vectors of their own: those of `min_n` to `max_n` characters of `<word>`, hashed
/// into `n_buckets` buckets (Bojanowski et al. 2017, section 3.2).
///
/// Agrees with fastText to the bucket, and in the order: by first character, then by length. Characters are
/// those of UTF-8; neither `<` nor `>` alone is an n-gram; `</s>` has none.
///
/// ```
/// use sememe_vectors::Subwords;
///
/// let subwords = Subwords::new(3, 4, 1 << 20)?;
/// let mut ngrams = Vec::new();
/// subwords.for_each("rose", &mut |ngram, _bucket| ngrams.push(ngram.to_owned()));
/// assert_eq!(ngrams, ["<ro", "<ros", "ros", "rose", "ose", "ose>", "se>"]);
/// # Ok::<_, sememe_vectors::VectorsError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Subwords {
    min_n: u32,
    max_n: u32,
    n_buckets: u32,
    hash: Hash,
}

/// How n-grams are hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
enum Hash {
    FastText,
    /// That of finalfusion, for which `<` and `>` alone are n-grams too, and `</s>` is a word like any other.
    Finalfusion,
}

impl Subwords {
    /// n-grams of `min_n` to `max_n` characters in `n_buckets` buckets. fastText has 3, 6 and 2,000,000 unless
    /// told otherwise.
    ///
    /// # Errors
    /// If `min_n` is 0 or above `max_n`, `max_n` is above [`Subwords::MAX_N`], or there are no buckets or more
    /// than [`Subwords::MAX_BUCKETS`].
    pub fn new(min_n: u32, max_n: u32, n_buckets: u32) -> Result<Self, VectorsError> {
        let fits = 1 <= min_n && min_n <= max_n && max_n <= Self::MAX_N;
        if !fits || !(1..=Self::MAX_BUCKETS).contains(&n_buckets) {
            return Err(VectorsError::Subwords { min_n, max_n, n_buckets });
        }
        Ok(Self { min_n, max_n, n_buckets, hash: Hash::FastText })
    }

    /// n-grams and buckets as in finalfusion: `2.pow(bucket_exponent)` buckets, and another hash.
    ///
    /// # Errors
    /// As for [`Subwords::new`].
    pub fn finalfusion(min_n: u32, max_n: u32, bucket_exponent: u32) -> Result<Self, VectorsError> {
        let n_buckets = 1u32.checked_shl(bucket_exponent).unwrap_or(0);
        Self::new(min_n, max_n, n_buckets).map(|subwords| Self { hash: Hash::Finalfusion, ..subwords })
    }

    /// As [`Subwords::new`], with the hash of this [name](Self::hash_name).
    pub(crate) fn with_hash(
        min_n: u32,
        max_n: u32,
        n_buckets: u32,
        hash: &str,
    ) -> Result<Self, VectorsError> {
        let subwords = Self::new(min_n, max_n, n_buckets)?;
        match [Hash::FastText, Hash::Finalfusion].into_iter().find(|known| known.name() == hash) {
            Some(Hash::Finalfusion) if !n_buckets.is_power_of_two() => {
                Err(VectorsError::Subwords { min_n, max_n, n_buckets })
            }
            Some(hash) => Ok(Self { hash, ..subwords }),
            None => Err(VectorsError::NgramHash { found: excerpt(hash.as_bytes()) }),
        }
    }

    /// The name of the hash: `fasttext` or `finalfusion`.
    pub fn hash_name(&self) -> &'static str {
        self.hash.name()
    }

    /// The longest n-grams that can be asked for: longer than any word, short enough that a damaged file cannot
    /// ask for more work than there is.
    pub const MAX_N: u32 = 1 << 10;

    /// The most buckets: their numbers are signed 32-bit integers in the files of fastText.
    pub const MAX_BUCKETS: u32 = i32::MAX as u32;

    /// Characters of the shortest n-grams.
    pub fn min_n(&self) -> u32 {
        self.min_n
    }

    /// Characters of the longest n-grams.
    pub fn max_n(&self) -> u32 {
        self.max_n
    }

    /// The number of buckets.
    pub fn n_buckets(&self) -> u32 {
        self.n_buckets
    }

    /// Calls `sink` with every n-gram of `word` and the bucket that it falls into, below
    /// [`n_buckets`](Self::n_buckets). An n-gram that stands in the word twice comes twice.
    pub fn for_each(&self, word: &str, sink: &mut dyn FnMut(&str, u32)) {
        if word == END_OF_SENTENCE && self.hash == Hash::FastText {
            return;
        }
        let bracketed = bracketed(word);
        for (start, _) in bracketed.char_indices() {
            self.for_each_from(start, &bracketed, sink);
        }
    }

    /// The buckets of all n-grams of `word`, in the order of [`for_each`](Self::for_each).
    pub fn buckets(&self, word: &str) -> Vec<u32> {
        let mut buckets = Vec::new();
        self.for_each(word, &mut |_, bucket| buckets.push(bucket));
        buckets
    }

    /// The n-grams that begin at byte `start`.
    fn for_each_from(&self, start: usize, bracketed: &str, sink: &mut dyn FnMut(&str, u32)) {
        let rest = &bracketed[start..];
        let ends = rest.char_indices().map(|(at, c)| at + c.len_utf8()).take(self.max_n as usize);
        // Each n-gram is hashed on from the one before.
        let (mut hash, mut hashed) = (FNV_OFFSET, 0);
        for (n, end) in (1..).zip(ends) {
            let bucket = match self.hash {
                Hash::FastText => {
                    hash = fnv1a(hash, &rest.as_bytes()[hashed..end]);
                    hashed = end;
                    hash % self.n_buckets
                }
                Hash::Finalfusion => finalfusion_hash(n, &rest[..end]) as u32 & (self.n_buckets - 1),
            };
            let is_bracket = n == 1 && (start == 0 || end == rest.len());
            if n >= self.min_n && !(is_bracket && self.hash == Hash::FastText) {
                sink(&rest[..end], bucket);
            }
        }
    }
}

impl Hash {
    fn name(self) -> &'static str {
        match self {
            Self::FastText => "fasttext",
            Self::Finalfusion => "finalfusion",
        }
    }
}

/// The 64-bit hash FNV-1a of the number of characters and the characters, in little-endian bytes.
fn finalfusion_hash(n: u32, ngram: &str) -> u64 {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    let length = u64::from(n).to_le_bytes().into_iter();
    let characters = ngram.chars().flat_map(|c| u32::from(c).to_le_bytes());
    length.chain(characters).fold(0xcbf2_9ce4_8422_2325, step)
}

/// A word with the marks of its beginning and its end.
pub(crate) fn bracketed(word: &str) -> String {
    ["<", word, ">"].concat()
}

/// The hash FNV-1a of no bytes.
const FNV_OFFSET: u32 = 0x811c_9dc5;

/// The 32-bit hash FNV-1a, continued from `hash`, with a twist that makes it fastText's: bytes are signed, so that
/// those above 127 fill the upper bits with ones.
fn fnv1a(hash: u32, bytes: &[u8]) -> u32 {
    let step = |hash: u32, &byte: &u8| (hash ^ i32::from(byte as i8) as u32).wrapping_mul(0x0100_0193);
    bytes.iter().fold(hash, step)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ngrams(min_n: u32, max_n: u32, word: &str) -> Vec<String> {
        let mut found = Vec::new();
        let subwords = Subwords::new(min_n, max_n, 100).unwrap();
        subwords.for_each(word, &mut |ngram, _| found.push(ngram.to_owned()));
        found
    }

    #[test]
    fn ngrams_are_of_characters_and_in_order() {
        assert_eq!(ngrams(2, 3, "né"), ["<n", "<né", "né", "né>", "é>"]);
        assert_eq!(ngrams(1, 1, "好 a"), ["好", " ", "a"]);
        assert_eq!(ngrams(3, 6, ""), [""; 0]);
        assert_eq!(ngrams(2, 2, ""), ["<>"]);
        assert_eq!(ngrams(9, 9, "short"), [""; 0]);
    }

    #[test]
    fn the_end_of_a_sentence_has_none() {
        assert_eq!(ngrams(1, 6, "</s>"), [""; 0]);
        assert!(!ngrams(1, 6, "<s>").is_empty());
    }

    #[test]
    fn hashes_have_the_published_values_below_128() {
        assert_eq!(fnv1a(FNV_OFFSET, b""), 0x811c_9dc5);
        assert_eq!(fnv1a(FNV_OFFSET, b"a"), 0xe40c_292c);
        assert_eq!(fnv1a(FNV_OFFSET, b"foobar"), 0xbf9c_f968);
    }

    #[test]
    fn settings_without_sense_are_refused() {
        let message = |min, max, n| Subwords::new(min, max, n).unwrap_err().to_string();
        let shape = "expected n-grams of 1 to 1024 characters in 1 to 2147483647 buckets";
        assert_eq!(message(0, 3, 1), format!("{shape}, found 0 to 3 in 1"));
        assert_eq!(message(4, 3, 1), format!("{shape}, found 4 to 3 in 1"));
        assert_eq!(message(3, 6, 0), format!("{shape}, found 3 to 6 in 0"));
        assert_eq!(message(3, 2000, 9), format!("{shape}, found 3 to 2000 in 9"));
    }
}
