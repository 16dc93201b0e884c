//! What the estimation of an n-gram model can be told.

use crate::LmError;
use serde::{Deserialize, Serialize};

/// The highest order of an n-gram model.
pub const MAX_ORDER: usize = 32;

/// More threads than this are taken for a mistake.
pub(crate) const MAX_THREADS: usize = 1024;

/// How an n-gram model is estimated; the names are those of KenLM's `lmplz` where it has them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NgramSettings {
    /// Length of the longest n-grams, 1 to [`MAX_ORDER`].
    pub order: usize,
    /// N-grams of length i + 1 seen at most `prune[i]` times in the text are dropped; the last value goes for
    /// all longer ones. Must not fall. Empty drops nothing.
    pub prune: Vec<u64>,
    /// What to do where the text gives no Kneser-Ney discounts.
    pub discount_fallback: DiscountPolicy,
    /// Whether all words share the mass that discounting frees among single words; else `<unk>` gets it all.
    pub interpolate_unigrams: bool,
    /// Number of words among which that mass is shared, where it is more than the vocabulary has.
    pub vocab_pad: u64,
    /// N-grams with words that are not listed here are dropped.
    pub limit_vocab: Option<Vec<String>>,
    /// What the special words mean where the text holds them.
    pub special_words: SpecialWords,
    /// Number of threads, 1 to 1024. The model does not depend on it.
    pub threads: usize,
}

impl Default for NgramSettings {
    fn default() -> Self {
        Self {
            order: 5,
            prune: Vec::new(),
            discount_fallback: DiscountPolicy::Refuse,
            interpolate_unigrams: true,
            vocab_pad: 0,
            limit_vocab: None,
            special_words: SpecialWords::Word,
            threads: 1,
        }
    }
}

/// What to do with an order whose counts of counts give no discounts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum DiscountPolicy {
    /// Stop, and say why.
    #[default]
    Refuse,
    /// Take these for the counts 1, 2, and 3 or more, in the orders concerned only.
    Fallback([f64; 3]),
}

impl DiscountPolicy {
    /// Falls back to 0.5, 1 and 1.5.
    pub const FALLBACK: Self = Self::Fallback([0.5, 1.0, 1.5]);
}

/// What `<unk>`, `<s>` and `</s>` mean where they stand in the text itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SpecialWords {
    /// They are refused.
    Error,
    /// They are left out, as if they were white space.
    Skip,
    /// `<unk>` is estimated as a word among words: right for text in which rare words were mapped to it. The
    /// boundaries are refused.
    #[default]
    Word,
}

impl NgramSettings {
    /// Checks every value against its range.
    ///
    /// # Errors
    /// If one is outside, naming it and the range.
    pub fn validate(&self) -> Result<(), LmError> {
        let fail = |name, want, found| Err(LmError::Setting { name, want, found });
        if self.order < 1 || self.order > MAX_ORDER {
            return fail("order", "1 to 32", self.order.to_string());
        }
        if !(1..=MAX_THREADS).contains(&self.threads) {
            return fail("threads", "1 to 1024", self.threads.to_string());
        }
        if self.prune.len() > self.order || !self.prune.is_sorted() {
            return fail("prune", "at most one value an order, not falling", format!("{:?}", self.prune));
        }
        if self.vocab_pad > u64::from(u32::MAX) {
            return fail("vocab_pad", "at most 4294967295", self.vocab_pad.to_string());
        }
        if let DiscountPolicy::Fallback(discounts) = self.discount_fallback
            && !(1u8..).zip(discounts).all(|(count, d)| (0.0..=f64::from(count)).contains(&d))
        {
            let want = "three numbers, at most 1, 2 and 3, none negative";
            return fail("discount_fallback", want, format!("{discounts:?}"));
        }
        Ok(())
    }

    /// N-grams of `order` that occur at most so often are dropped.
    pub(crate) fn threshold(&self, order: usize) -> u64 {
        self.prune.get(order - 1).or(self.prune.last()).copied().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(change: impl Fn(&mut NgramSettings), want: &str) {
        let mut settings = NgramSettings::default();
        change(&mut settings);
        assert_eq!(settings.validate().unwrap_err().to_string(), want);
    }

    #[test]
    fn impossible_settings_are_refused() {
        check(|s| s.order = 0, "setting `order` is 0, expected 1 to 32");
        check(|s| s.threads = 0, "setting `threads` is 0, expected 1 to 1024");
        check(
            |s| s.prune = vec![1, 0],
            "setting `prune` is [1, 0], expected at most one value an order, not falling",
        );
        check(
            |s| s.discount_fallback = DiscountPolicy::Fallback([1.5, 1., 1.]),
            "setting `discount_fallback` is [1.5, 1.0, 1.0], expected three numbers, at most 1, 2 and 3, none negative",
        );
    }

    #[test]
    fn settings_are_read_from_text() {
        let text =
            r#"{"order": 3, "discount_fallback": {"fallback": [0.5, 1.0, 1.5]}, "special_words": "skip"}"#;
        let settings: NgramSettings = serde_json::from_str(text).unwrap();
        let (discount_fallback, special_words) = (DiscountPolicy::FALLBACK, SpecialWords::Skip);
        let want = NgramSettings { order: 3, discount_fallback, special_words, ..NgramSettings::default() };
        assert_eq!(settings, want);
        assert!(serde_json::from_str::<NgramSettings>(r#"{"ordre": 3}"#).is_err());
        assert_eq!(serde_json::to_value(DiscountPolicy::Refuse).unwrap(), "refuse");
    }

    #[test]
    fn the_last_threshold_goes_for_longer_ngrams() {
        let settings = NgramSettings { prune: vec![0, 2], ..NgramSettings::default() };
        assert_eq!([1, 2, 3, 5].map(|order| settings.threshold(order)), [0, 2, 2, 2]);
    }
}
