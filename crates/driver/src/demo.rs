//! The embedded demo: text made from tables of facts, templates and a seed.
//!
//! English and Chinese documents tell of countries, families, animals, trades and the like, so that the
//! relations of the tables can be asked as analogies after training. Reviews with labels are for the
//! classifier: synthetic as they are, those for the test are built from clauses that training never saw.

mod reviews;
mod template;
mod topic;

use anyhow::{Context, Result, bail};
use reviews::{Reviews, Split};
use sememe_kernels::Rng;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use topic::{Lists, Topic};

/// The demo's job file.
pub(crate) const JOB: &str = include_str!("../assets/jobs/demo.toml");

/// How much text is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct DemoSettings {
    /// Documents of each language.
    pub(crate) documents: usize,
    /// Training reviews of each language; there is a third as many to test.
    pub(crate) reviews: usize,
    /// At most so many analogy questions of each relation.
    pub(crate) questions: usize,
}

impl Default for DemoSettings {
    fn default() -> Self {
        Self { documents: 12_000, reviews: 1_500, questions: 300 }
    }
}

/// A file of the demo.
pub(crate) struct DemoFile {
    /// Its name, without a folder.
    pub(crate) name: &'static str,
    /// All of its text.
    pub(crate) text: String,
}

/// The files of the demo: always the same ones for the same settings and seed.
pub(crate) fn generate(settings: &DemoSettings, seed: u64) -> Result<Vec<DemoFile>> {
    let languages = [Language::english()?, Language::chinese()?];
    let stream = |number| Rng::new(seed, number);
    Ok(vec![
        DemoFile { name: "corpus.txt", text: corpus(&languages, settings, &mut stream(0))? },
        DemoFile {
            name: "reviews-train.csv",
            text: table(&languages, settings, Split::Train, &mut stream(1))?,
        },
        DemoFile {
            name: "reviews-test.csv",
            text: table(&languages, settings, Split::Test, &mut stream(2))?,
        },
        DemoFile { name: "analogies.txt", text: questions(&languages, settings.questions, &mut stream(3)) },
    ])
}

/// A digest of all tables and templates: text made from others is other text.
pub(crate) fn digest() -> String {
    let mut hasher = Sha256::new();
    for (name, text) in ENGLISH.iter().chain(&CHINESE) {
        hasher.update(name);
        hasher.update([0]);
        hasher.update(text);
        hasher.update([0]);
    }
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// All that is told in one language.
struct Language {
    topics: Vec<Topic>,
    reviews: Reviews,
    lists: Lists,
    full_stop: &'static str,
    spaces: bool,
}

/// Files of a language's folder, by name.
macro_rules! files {
    ($language:literal, $($name:literal),+) => {
        [$(($name, include_str!(concat!("../assets/demo/", $language, "/", $name, ".toml")))),+]
    };
}

/// Lists, reviews, then topics.
const ENGLISH: [(&str, &str); 8] =
    files!("en", "lists", "reviews", "countries", "family", "animals", "comparison", "verbs", "work");
const CHINESE: [(&str, &str); 7] =
    files!("zh", "lists", "reviews", "countries", "provinces", "family", "animals", "work");

impl Language {
    fn english() -> Result<Self> {
        Self::parse(&ENGLISH, ". ", true)
    }

    fn chinese() -> Result<Self> {
        Self::parse(&CHINESE, "。", false)
    }

    fn parse(files: &[(&str, &str)], full_stop: &'static str, spaces: bool) -> Result<Self> {
        let [(_, lists), (_, reviews), topics @ ..] = files else { bail!("no lists and no reviews") };
        let topic = |(name, text): &(&str, &str)| Topic::parse(text).with_context(|| format!("{name}.toml"));
        Ok(Self {
            topics: topics.iter().map(topic).collect::<Result<_>>()?,
            reviews: Reviews::parse(reviews).context("reviews.toml")?,
            lists: toml::from_str(lists).context("lists.toml")?,
            full_stop,
            spaces,
        })
    }

    fn topic(&self, rng: &mut Rng) -> &Topic {
        let total = self.topics.iter().map(|topic| topic.weight).sum();
        let mut place = rng.below(total);
        let chosen = self.topics.iter().find(|topic| {
            let found = place < topic.weight;
            place = place.saturating_sub(topic.weight);
            found
        });
        chosen.unwrap_or(&self.topics[0])
    }

    /// One line of text: sentences with their full stops.
    fn line(&self, sentences: &[String]) -> String {
        let mut line = String::new();
        for sentence in sentences {
            self.push_sentence(sentence, &mut line);
            line.push_str(self.full_stop);
        }
        line.trim_end().to_owned()
    }

    /// Puts spaces, commas and the first capital where they belong.
    fn push_sentence(&self, sentence: &str, line: &mut String) {
        if !self.spaces {
            line.push_str(sentence);
            return;
        }
        let mut words = sentence.split_whitespace().peekable();
        let mut first = true;
        while let Some(word) = words.next() {
            let n = if word == "a" && words.peek().is_some_and(|next| takes_an(next)) { "n" } else { "" };
            if first {
                line.extend(word.chars().take(1).flat_map(char::to_uppercase));
                line.extend(word.chars().skip(1));
            } else {
                line.push_str(if word == "," { "" } else { " " });
                line.push_str(word);
            }
            line.push_str(n);
            first = false;
        }
    }
}

/// Whether `an` stands before `word`, for the words of the demo.
fn takes_an(word: &str) -> bool {
    let word = word.to_lowercase();
    word.starts_with(['a', 'e', 'i', 'o', 'u']) && !word.starts_with("use") && !word.starts_with("uk")
        || word.starts_with("heir")
}

/// Documents of both languages, one a line; one in eight is a review without its label.
fn corpus(languages: &[Language], settings: &DemoSettings, rng: &mut Rng) -> Result<String> {
    let mut text = String::new();
    for _ in 0..settings.documents {
        for language in languages {
            let sentences = match rng.below(8) {
                0 => language.reviews.review(Split::Train, &language.lists, rng)?.1,
                _ => language.topic(rng).document(&language.lists, rng)?,
            };
            text += &language.line(&sentences);
            text.push('\n');
        }
    }
    Ok(text)
}

/// Reviews as CSV with a header; no text of the demo holds a quotation mark.
fn table(languages: &[Language], settings: &DemoSettings, split: Split, rng: &mut Rng) -> Result<String> {
    let n_reviews = match split {
        Split::Train => settings.reviews,
        Split::Test => settings.reviews.div_ceil(3),
    };
    let mut text = "label,text\n".to_owned();
    for _ in 0..n_reviews {
        for language in languages {
            let (label, sentences) = language.reviews.review(split, &language.lists, rng)?;
            let _ = writeln!(text, "{label},\"{}\"", language.line(&sentences));
        }
    }
    Ok(text)
}

/// `: relation` headings with lines `a b c d`: a is to b as c is to d.
fn questions(languages: &[Language], most: usize, rng: &mut Rng) -> String {
    let mut text = String::new();
    for (name, pairs) in languages.iter().flat_map(|language| &language.topics).flat_map(Topic::relations) {
        let mut lines = Vec::new();
        for (a, b) in &pairs {
            for (c, d) in pairs.iter().filter(|(c, d)| c != a && d != b) {
                lines.push(format!("{a} {b} {c} {d}\n"));
            }
        }
        rng.shuffle(&mut lines);
        let _ = writeln!(text, ": {name}");
        text.extend(lines.into_iter().take(most));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use sememe_text::segment::Segmenter;
    use sememe_text::{Segment, Tokenize as _};

    fn small() -> Vec<DemoFile> {
        generate(&DemoSettings { documents: 200, reviews: 30, questions: 5 }, 1).unwrap()
    }

    #[test]
    fn the_same_seed_makes_the_same_text() {
        let texts = |files: Vec<DemoFile>| files.into_iter().map(|file| file.text).collect::<Vec<_>>();
        assert_eq!(texts(small()), texts(small()));
    }

    #[test]
    fn every_template_of_every_topic_is_whole() {
        let mut rng = Rng::new(5, 0);
        for language in [Language::english().unwrap(), Language::chinese().unwrap()] {
            for topic in &language.topics {
                for _ in 0..2000 {
                    topic.document(&language.lists, &mut rng).unwrap();
                }
            }
        }
    }

    #[test]
    fn every_word_of_the_tables_is_one_token() {
        let segmenter = Segmenter::new(Segment::Chinese);
        for language in [Language::english().unwrap(), Language::chinese().unwrap()] {
            for word in language.topics.iter().flat_map(Topic::words) {
                let mut tokens = Vec::new();
                segmenter.tokenize(word, &mut |token| tokens.push(token.text.to_owned()));
                assert_eq!(tokens, [word]);
            }
        }
    }

    #[test]
    fn training_and_test_reviews_are_all_different() {
        let files = small();
        let lines = |i: usize| files[i].text.lines().skip(1).collect::<std::collections::HashSet<_>>();
        assert!(lines(1).is_disjoint(&lines(2)));
        assert_eq!((lines(1).len(), lines(2).len()), (60, 20));
    }

    #[test]
    fn sentences_are_written_as_people_write_them() {
        let english = Language::english().unwrap();
        assert_eq!(english.line(&["a b  , c".into(), "d".into()]), "A b, c. D.");
        assert_eq!(english.line(&["a useless anvil on a anvil".into()]), "A useless anvil on an anvil.");
        assert_eq!(Language::chinese().unwrap().line(&["好".into()]), "好。");
    }
}
