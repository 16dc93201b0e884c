//! Reviews that praise or complain, with their label.

use super::template::{Fill, Gap, Template, pick};
use super::topic::{Lists, from_list, parse_all};
use anyhow::Result;
use sememe_kernels::Rng;
use serde::Deserialize;

/// The file of a language's reviews.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    #[serde(rename = "name")]
    _name: String,
    labels: (String, String),
    sentences: (u64, u64),
    /// Two clauses in so many, the first two of a review left out, say the contrary of the label.
    contrary: u64,
    shared: Words,
    train: RawPart,
    test: RawPart,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    good: Vec<String>,
    bad: Vec<String>,
    noun: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPart {
    good: Vec<String>,
    bad: Vec<String>,
    noun: Vec<String>,
    openings: Vec<String>,
    clauses: Vec<String>,
    closings_good: Vec<String>,
    closings_bad: Vec<String>,
}

/// The reviews of one language.
pub(super) struct Reviews {
    labels: [String; 2],
    sentences: (u64, u64),
    contrary: u64,
    train: Part,
    test: Part,
}

/// Training or test reviews.
struct Part {
    words: Words,
    openings: Vec<Template>,
    clauses: Vec<Template>,
    /// For bad reviews and for good ones.
    closings: [Vec<Template>; 2],
}

/// Which reviews are wanted.
#[derive(Clone, Copy)]
pub(super) enum Split {
    /// Those to learn from.
    Train,
    /// Those to be judged.
    Test,
}

impl Reviews {
    /// Reads the file of a language.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let raw: Raw = toml::from_str(text)?;
        Ok(Self {
            labels: raw.labels.into(),
            sentences: raw.sentences,
            contrary: raw.contrary,
            train: Part::new(&raw.shared, raw.train)?,
            test: Part::new(&raw.shared, raw.test)?,
        })
    }

    /// The label and the sentences of one review, each without its full stop.
    pub(super) fn review(&self, split: Split, lists: &Lists, rng: &mut Rng) -> Result<(&str, Vec<String>)> {
        let good = rng.below(2) == 1;
        let part = match split {
            Split::Train => &self.train,
            Split::Test => &self.test,
        };
        let fill = |good| Opinions { words: &part.words, good, lists };
        let mut sentences = Vec::new();
        if rng.below(2) == 0 {
            sentences.push(one_of(&part.openings, &fill(good), rng)?);
        }
        let (least, most) = self.sentences;
        for i in 0..least + rng.below(most - least + 1) {
            // Never the first two: most of what a review says must agree with its label.
            let contrary = i > 1 && rng.below(self.contrary) < 2;
            sentences.push(one_of(&part.clauses, &fill(good != contrary), rng)?);
        }
        if rng.below(4) == 0 {
            sentences.push(one_of(&part.closings[usize::from(good)], &fill(good), rng)?);
        }
        Ok((&self.labels[usize::from(good)], sentences))
    }
}

impl Part {
    fn new(shared: &Words, raw: RawPart) -> Result<Self> {
        let join = |shared: &[String], own: Vec<String>| [shared, &own].concat();
        Ok(Self {
            words: Words {
                good: join(&shared.good, raw.good),
                bad: join(&shared.bad, raw.bad),
                noun: join(&shared.noun, raw.noun),
            },
            openings: parse_all(&raw.openings)?,
            clauses: parse_all(&raw.clauses)?,
            closings: [parse_all(&raw.closings_bad)?, parse_all(&raw.closings_good)?],
        })
    }
}

fn one_of(templates: &[Template], fill: &dyn Fill, rng: &mut Rng) -> Result<String> {
    let mut sentence = String::new();
    pick(templates, rng).expand(fill, rng, &mut sentence)?;
    Ok(sentence)
}

/// What fills the gaps of a clause that praises or complains.
struct Opinions<'a> {
    words: &'a Words,
    good: bool,
    lists: &'a Lists,
}

impl Fill for Opinions<'_> {
    fn fill(&self, gap: &Gap, rng: &mut Rng, out: &mut String) -> Result<()> {
        out.push_str(match gap {
            Gap::Opinion(agrees) if *agrees == self.good => pick(&self.words.good, rng).as_str(),
            Gap::Opinion(_) => pick(&self.words.bad, rng).as_str(),
            Gap::List(name) if name == "noun" => pick(&self.words.noun, rng).as_str(),
            Gap::Own(name) | Gap::Other(name) | Gap::List(name) => from_list(self.lists, name, rng)?,
        });
        Ok(())
    }
}
