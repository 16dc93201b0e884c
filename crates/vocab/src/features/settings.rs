//! What the user chooses about features.

use crate::VocabError;
use serde::{Deserialize, Serialize};

/// What the value of a feature in a text is, before [`VectorizerSettings::normalize`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Weight {
    /// 1 where the text has it.
    Binary,
    /// How often the text has it: tf.
    Count,
    /// tf · idf with idf = ln((1 + n) / (1 + df)) + 1, where df of the n texts of the fit have the feature.
    #[default]
    Tfidf,
}

/// Which features texts have, and what they weigh. The names and their meaning are scikit-learn's, but for
/// `words` and `chars`, of which both can be asked for: then there are two blocks of columns, each made and
/// normalised as if alone (scikit-learn's `FeatureUnion`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct VectorizerSettings {
    /// Word n-grams of these lengths, both included. Default (1, 1).
    pub words: Option<(usize, usize)>,
    /// Character n-grams of these lengths, both included.
    pub chars: Option<(usize, usize)>,
    /// Whether character n-grams stay within words, with a space at either end (analyzer `char_wb`), or run
    /// through the text (`char`). Words are here what stands between white space.
    pub chars_at_word_bounds: bool,
    /// What the value of a feature is.
    pub weight: Weight,
    /// Whether 1 + ln(tf) takes the place of tf.
    pub sublinear_tf: bool,
    /// Features that fewer texts have are left out. Default 1.
    pub min_df: u64,
    /// Features that more than this share of the texts have are left out. Default 1.0.
    pub max_df: f64,
    /// At most so many features in each block: those with the highest counts, ties by bytes. scikit-learn
    /// breaks ties by chance.
    pub max_features: Option<usize>,
    /// Columns are not looked up but computed, 2 to the power of this in each block: |h| mod 2^bits, where h
    /// is the signed MurmurHash3 (32 bits, seed 0) of the feature, as in `HashingVectorizer`.
    pub hash_bits: Option<u32>,
    /// Whether hashed features with a negative h count −1 (`alternate_sign`). Only for [`Weight::Count`].
    pub signed_hash: bool,
    /// Whether each block of each row is scaled to Euclidean length 1. Default true.
    pub normalize: bool,
}

impl Default for VectorizerSettings {
    fn default() -> Self {
        Self {
            words: Some((1, 1)),
            chars: None,
            chars_at_word_bounds: false,
            weight: Weight::default(),
            sublinear_tf: false,
            min_df: 1,
            max_df: 1.0,
            max_features: None,
            hash_bits: None,
            signed_hash: false,
            normalize: true,
        }
    }
}

/// More bits would be more memory than features can be worth.
const MAX_HASH_BITS: u32 = 28;

impl VectorizerSettings {
    /// Finds contradictions.
    ///
    /// # Errors
    /// If there is no block, a range is empty, a share is none, or a setting does not go with hashing.
    pub fn check(&self) -> Result<(), VocabError> {
        if self.words.is_none() && self.chars.is_none() {
            return Err(VocabError::setting("words", "neither `words` nor `chars` is given"));
        }
        check_range("words", self.words)?;
        check_range("chars", self.chars)?;
        if !(0.0..=1.0).contains(&self.max_df) {
            return Err(VocabError::setting("max_df", format!("{} is not within 0 to 1", self.max_df)));
        }
        match self.hash_bits {
            Some(bits) => self.check_hash(bits),
            None if self.signed_hash => Err(VocabError::setting("signed_hash", "it needs `hash_bits`")),
            None => Ok(()),
        }
    }

    fn check_hash(&self, bits: u32) -> Result<(), VocabError> {
        if !(1..=MAX_HASH_BITS).contains(&bits) {
            let reason = format!("{bits} is not within 1 to {MAX_HASH_BITS}");
            return Err(VocabError::setting("hash_bits", reason));
        }
        if self.min_df > 1 || self.max_df < 1.0 || self.max_features.is_some() {
            let reason =
                "hashed features are not known: `min_df`, `max_df` and `max_features` have no effect";
            return Err(VocabError::setting("hash_bits", reason));
        }
        if self.signed_hash && (self.weight != Weight::Count || self.sublinear_tf) {
            return Err(VocabError::setting("signed_hash", "it needs the weight `count`, not sublinear"));
        }
        Ok(())
    }
}

fn check_range(name: &'static str, range: Option<(usize, usize)>) -> Result<(), VocabError> {
    match range {
        Some((low, high)) if low < 1 || high < low => {
            Err(VocabError::setting(name, format!("{low} to {high} is no range of lengths")))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(json: &str, want: &str) {
        let settings: VectorizerSettings = serde_json::from_str(json).unwrap();
        let message = settings.check().map_or_else(|error| error.to_string(), |()| String::new());
        assert_eq!(message, want);
    }

    #[test]
    fn contradictions_are_named() {
        check("{}", "");
        check(r#"{"words": null, "chars": [2, 5], "chars_at_word_bounds": true}"#, "");
        check(r#"{"words": null}"#, "setting `words`: neither `words` nor `chars` is given");
        check(r#"{"words": [0, 2]}"#, "setting `words`: 0 to 2 is no range of lengths");
        check(r#"{"chars": [3, 2]}"#, "setting `chars`: 3 to 2 is no range of lengths");
        check(r#"{"max_df": 2}"#, "setting `max_df`: 2 is not within 0 to 1");
        check(r#"{"signed_hash": true}"#, "setting `signed_hash`: it needs `hash_bits`");
        check(r#"{"hash_bits": 40}"#, "setting `hash_bits`: 40 is not within 1 to 28");
        check(
            r#"{"hash_bits": 20, "signed_hash": true}"#,
            "setting `signed_hash`: it needs the weight `count`, not sublinear",
        );
        check(
            r#"{"hash_bits": 20, "min_df": 2}"#,
            "setting `hash_bits`: hashed features are not known: `min_df`, `max_df` and `max_features` have no effect",
        );
    }
}
