//! What the user chooses about phrases.

use crate::VocabError;
use sememe_text::Phrases;
use serde::{Deserialize, Serialize};

/// How strongly two words belong together. In the formulas n is the number of running words, and count(a b) how
/// often b follows a, perhaps with connectors between.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum PhraseScoring {
    /// (count(a b) − δ) · n / (count(a) · count(b)), where the discount δ keeps rare words from being phrases
    /// (Mikolov et al. 2013, "Distributed Representations of Words and Phrases and their Compositionality",
    /// eq. 6; n is a factor of the program word2phrase).
    #[default]
    Word2phrase,
    /// Pointwise mutual information, ln(p(a b) / (p(a) · p(b))), in nats.
    Pmi,
    /// Pointwise mutual information divided by −ln p(a b), from −1 to 1 (Bouma 2009, "Normalized (Pointwise)
    /// Mutual Information in Collocation Extraction").
    Npmi,
}

impl PhraseScoring {
    /// The threshold where none is given: word2phrase's, about the same of PMI, and one half of NPMI.
    pub fn default_threshold(self) -> f64 {
        match self {
            Self::Word2phrase => 100.0,
            Self::Pmi => 5.0,
            Self::Npmi => 0.5,
        }
    }

    /// The score of a pair by its count, those of its words, and the number of running words.
    pub(super) fn score(self, pair: u64, words: [u64; 2], n_tokens: u64, discount: u64) -> f64 {
        let [pair, a, b, n] = [pair, words[0], words[1], n_tokens].map(|count| count as f64);
        match self {
            Self::Word2phrase => (pair - discount as f64) * n / (a * b),
            Self::Pmi => (pair * n / (a * b)).ln(),
            Self::Npmi => (pair * n / (a * b)).ln() / -(pair / n).ln(),
        }
    }
}

/// Which words become phrases.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PhraseSettings {
    /// How pairs are scored.
    pub scoring: PhraseScoring,
    /// Pairs that are rarer than this are no phrases.
    pub min_count: u64,
    /// δ of [`PhraseScoring::Word2phrase`]; by default `min_count`, as in word2phrase.
    pub discount: Option<u64>,
    /// Pairs with a score above this are phrases: one threshold for each pass, where later passes take the last.
    /// Without any, [`PhraseScoring::default_threshold`].
    pub thresholds: Vec<f64>,
    /// How often phrases are learned from what the phrases before made of the text: each pass can double their
    /// length.
    pub passes: usize,
    /// Words that may stand inside a phrase but not at its ends, and are not counted as its words.
    pub connectors: Vec<String>,
    /// What stands between the words of a joined phrase; may be empty.
    pub delimiter: String,
    /// About how many bytes the counts of pairs may take; where they need more, the text is read several times.
    /// `None`: no bound.
    pub memory: Option<u64>,
}

impl PhraseSettings {
    /// English articles, prepositions and conjunctions that stand inside phrases: the list of gensim.
    pub const ENGLISH_CONNECTORS: [&str; 15] =
        ["a", "an", "the", "for", "of", "with", "without", "at", "from", "to", "in", "on", "by", "and", "or"];

    /// Finds contradictions.
    ///
    /// # Errors
    /// If a setting is outside its range, or the delimiter or the connectors cannot be those of [`Phrases`].
    pub fn check(&self) -> Result<(), VocabError> {
        const MAX_PASSES: usize = 100;
        if !(1..=MAX_PASSES).contains(&self.passes) {
            let reason = format!("{}, expected from 1 to {MAX_PASSES}", self.passes);
            return Err(VocabError::setting("passes", reason));
        }
        if self.min_count == 0 {
            return Err(VocabError::setting("min_count", "0, expected at least 1"));
        }
        if let Some(threshold) = self.thresholds.iter().find(|threshold| !threshold.is_finite()) {
            return Err(VocabError::setting("thresholds", format!("{threshold}, expected finite numbers")));
        }
        if self.thresholds.len() > self.passes {
            let (found, passes) = (self.thresholds.len(), self.passes);
            return Err(VocabError::setting("thresholds", format!("{found} of them for {passes} passes")));
        }
        Phrases::new(&self.delimiter, &self.connectors, Vec::new())?;
        Ok(())
    }

    /// The threshold of pass number `pass`, from 0.
    pub(super) fn threshold(&self, pass: usize) -> f64 {
        let given = self.thresholds.get(pass).or(self.thresholds.last());
        given.copied().unwrap_or_else(|| self.scoring.default_threshold())
    }
}

impl Default for PhraseSettings {
    /// One pass with the settings of word2phrase, and English connectors.
    fn default() -> Self {
        Self {
            scoring: PhraseScoring::default(),
            min_count: 5,
            discount: None,
            thresholds: Vec::new(),
            passes: 1,
            connectors: Self::ENGLISH_CONNECTORS.map(str::to_owned).to_vec(),
            delimiter: "_".to_owned(),
            memory: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(settings: PhraseSettings, want: &str) {
        assert_eq!(settings.check().unwrap_err().to_string(), want);
    }

    #[test]
    fn contradictions_are_named() {
        let good = PhraseSettings::default;
        assert!(good().check().is_ok());
        check(PhraseSettings { passes: 0, ..good() }, "setting `passes`: 0, expected from 1 to 100");
        check(PhraseSettings { min_count: 0, ..good() }, "setting `min_count`: 0, expected at least 1");
        let thresholds = vec![2.0, 1.0];
        check(PhraseSettings { thresholds, ..good() }, "setting `thresholds`: 2 of them for 1 passes");
        let thresholds = vec![f64::NAN];
        check(PhraseSettings { thresholds, ..good() }, "setting `thresholds`: NaN, expected finite numbers");
        check(PhraseSettings { delimiter: "\t".to_owned(), ..good() }, "cannot read or split the documents");
    }

    #[test]
    fn later_passes_take_the_last_threshold() {
        let settings =
            PhraseSettings { passes: 3, thresholds: vec![200.0, 50.0], ..PhraseSettings::default() };
        assert_eq!([0, 1, 2].map(|pass| settings.threshold(pass)), [200.0, 50.0, 50.0]);
        let settings = PhraseSettings { scoring: PhraseScoring::Npmi, ..PhraseSettings::default() };
        assert_eq!(settings.threshold(0), 0.5);
    }

    #[test]
    fn scores_are_those_of_the_papers() {
        let score = |scoring: PhraseScoring| scoring.score(20, [25, 40], 1000, 5);
        assert_eq!(score(PhraseScoring::Word2phrase), 15.0);
        assert!((score(PhraseScoring::Pmi) - 20f64.ln()).abs() < 1e-12);
        assert!((score(PhraseScoring::Npmi) - 20f64.ln() / 50f64.ln()).abs() < 1e-12);
        assert_eq!(PhraseScoring::Npmi.score(20, [20, 20], 1000, 0), 1.0);
    }
}
