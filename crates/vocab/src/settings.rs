//! What the user chooses about a vocabulary.

use crate::{Holdout, VocabError};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// What becomes of a word that the vocabulary lacks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum OutOfVocabulary {
    /// It is left out, as if the text did not hold it.
    Skip,
    /// It becomes the unknown word, `<unk>`.
    #[default]
    Unknown,
}

impl OutOfVocabulary {
    /// The name in settings and files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Skip => "skip",
            Self::Unknown => "unknown",
        }
    }

    /// The policy called `name`.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Skip, Self::Unknown].into_iter().find(|policy| policy.name() == name)
    }
}

/// Which words a vocabulary takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct VocabSettings {
    /// Words counted less often are left out. Default 1: all words stay.
    pub min_count: u64,
    /// At most so many words, the special ones not counted; the most frequent ones stay.
    pub max_size: Option<usize>,
    /// Words that are always there, with the first ids in this order. Default `<unk>`, `<s>`, `</s>`.
    pub special: Vec<String>,
    /// What becomes of the other words.
    pub out_of_vocabulary: OutOfVocabulary,
    /// About how many bytes counting may hold before it spills to temporary files; `None`: no bound.
    pub memory: Option<u64>,
    /// Where the temporary files go; `None`: the system's folder for them.
    pub temp_dir: Option<PathBuf>,
    /// The part of the text that is not counted because it is held out for tests.
    pub holdout: Option<Holdout>,
}

impl Default for VocabSettings {
    fn default() -> Self {
        Self {
            min_count: 1,
            max_size: None,
            special: ["<unk>", "<s>", "</s>"].map(str::to_owned).to_vec(),
            out_of_vocabulary: OutOfVocabulary::default(),
            memory: None,
            temp_dir: None,
            holdout: None,
        }
    }
}

impl VocabSettings {
    /// Finds contradictions.
    ///
    /// # Errors
    /// If a special word is empty, holds white space or stands twice, if unknown words shall become `<unk>`
    /// and that is not special, or if the held-out part is everything.
    pub fn check(&self) -> Result<(), VocabError> {
        for (i, word) in self.special.iter().enumerate() {
            if word.is_empty() || word.contains(char::is_whitespace) {
                return Err(VocabError::setting("special", format!("`{word}` is no word")));
            }
            if self.special[..i].contains(word) {
                return Err(VocabError::setting("special", format!("`{word}` stands twice")));
            }
        }
        if self.out_of_vocabulary == OutOfVocabulary::Unknown && !self.special.iter().any(|w| w == "<unk>") {
            return Err(VocabError::setting("out_of_vocabulary", "`unknown` needs `<unk>` among `special`"));
        }
        self.holdout.map_or(Ok(()), |holdout| holdout.check())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(special: &[&str], out_of_vocabulary: OutOfVocabulary, want: Option<&str>) {
        let special = special.iter().map(|&word| word.to_owned()).collect();
        let settings = VocabSettings { special, out_of_vocabulary, ..VocabSettings::default() };
        assert_eq!(settings.check().err().map(|error| error.to_string()).as_deref(), want);
    }

    #[test]
    fn contradictions_are_named() {
        check(&["<unk>"], OutOfVocabulary::Unknown, None);
        check(&[], OutOfVocabulary::Skip, None);
        check(
            &["<s>"],
            OutOfVocabulary::Unknown,
            Some("setting `out_of_vocabulary`: `unknown` needs `<unk>` among `special`"),
        );
        check(&["a b"], OutOfVocabulary::Skip, Some("setting `special`: `a b` is no word"));
        check(&["a", "a"], OutOfVocabulary::Skip, Some("setting `special`: `a` stands twice"));
    }

    #[test]
    fn unknown_keys_are_refused() {
        assert!(serde_json::from_str::<VocabSettings>(r#"{"min_cuont": 5}"#).is_err());
        let settings: VocabSettings = serde_json::from_str(r#"{"out_of_vocabulary": "skip"}"#).unwrap();
        assert_eq!(settings.out_of_vocabulary, OutOfVocabulary::Skip);
    }
}
