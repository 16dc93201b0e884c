//! A table of facts with the sentences that tell of them.

use super::template::{Fill, Gap, Template, pick};
use anyhow::{Context, Result, bail};
use sememe_kernels::Rng;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Lists of words, by name.
pub(super) type Lists = BTreeMap<String, Vec<String>>;

/// A topic as its file has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    name: String,
    columns: Vec<String>,
    /// How often the topic is chosen, against the others.
    weight: u64,
    /// The least and the most sentences of a document.
    sentences: (u64, u64),
    /// Pairs of columns that make analogies.
    relations: Vec<(String, String)>,
    /// Words separated by white space, a row a line.
    rows: String,
    templates: Vec<String>,
    /// Names whose template is another one in each variant of a document.
    #[serde(default)]
    variants: BTreeMap<String, Vec<String>>,
}

/// A topic, read and found to be whole.
pub(super) struct Topic {
    pub(super) name: String,
    pub(super) weight: u64,
    sentences: (u64, u64),
    relations: Vec<(usize, usize)>,
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
    templates: Vec<Template>,
    variants: BTreeMap<String, Vec<Template>>,
    n_variants: usize,
}

impl Topic {
    /// Reads a topic's file.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let raw: Raw = toml::from_str(text)?;
        let name = raw.name.clone();
        Self::from_raw(raw).with_context(|| format!("topic `{name}`"))
    }

    fn from_raw(raw: Raw) -> Result<Self> {
        let column = |name: &String| {
            let place = raw.columns.iter().position(|column| column == name);
            place.with_context(|| format!("no column `{name}`"))
        };
        let relation = |(a, b): &(String, String)| Ok((column(a)?, column(b)?));
        let relations = raw.relations.iter().map(relation).collect::<Result<_>>()?;
        let mut variants = BTreeMap::new();
        for (name, templates) in raw.variants {
            variants.insert(name, parse_all(&templates)?);
        }
        Ok(Self {
            name: raw.name,
            weight: raw.weight,
            sentences: raw.sentences,
            relations,
            rows: parse_rows(&raw.rows, raw.columns.len())?,
            columns: raw.columns,
            templates: parse_all(&raw.templates)?,
            n_variants: variants.values().map(Vec::len).min().unwrap_or(1),
            variants,
        })
    }

    /// The sentences of one document, each without its full stop.
    pub(super) fn document(&self, lists: &Lists, rng: &mut Rng) -> Result<Vec<String>> {
        let own = rng.below(self.rows.len() as u64) as usize;
        let variant = rng.below(self.n_variants as u64) as usize;
        let (least, most) = self.sentences;
        let n_sentences = least + rng.below(most - least + 1);
        let mut sentences = Vec::new();
        for _ in 0..n_sentences {
            let other = (own + 1 + rng.below(self.rows.len() as u64 - 1) as usize) % self.rows.len();
            let fill = Rows { topic: self, own, other, variant, lists };
            let mut sentence = String::new();
            pick(&self.templates, rng).expand(&fill, rng, &mut sentence)?;
            sentences.push(sentence);
        }
        Ok(sentences)
    }

    /// The words of all rows.
    #[cfg(test)]
    pub(super) fn words(&self) -> impl Iterator<Item = &str> {
        self.rows.iter().flatten().map(String::as_str)
    }

    /// The pairs of words of each relation, with the relation's name.
    pub(super) fn relations(&self) -> impl Iterator<Item = (String, Vec<(&str, &str)>)> {
        self.relations.iter().map(|&(a, b)| {
            let pairs = self.rows.iter().map(|row| (row[a].as_str(), row[b].as_str())).collect();
            (format!("{}-{}-{}", self.name, self.columns[a], self.columns[b]), pairs)
        })
    }
}

/// What fills the gaps of a document's sentence.
struct Rows<'a> {
    topic: &'a Topic,
    own: usize,
    other: usize,
    variant: usize,
    lists: &'a Lists,
}

impl Fill for Rows<'_> {
    fn fill(&self, gap: &Gap, rng: &mut Rng, out: &mut String) -> Result<()> {
        match gap {
            Gap::Own(name) => match self.topic.variants.get(name) {
                Some(templates) => templates[self.variant].expand(self, rng, out)?,
                None => out.push_str(self.word(self.own, name)?),
            },
            Gap::Other(name) => out.push_str(self.word(self.other, name)?),
            Gap::List(name) => out.push_str(from_list(self.lists, name, rng)?),
            Gap::Opinion(_) => bail!("opinions belong in reviews"),
        }
        Ok(())
    }
}

impl Rows<'_> {
    fn word(&self, row: usize, name: &str) -> Result<&str> {
        let column = self.topic.columns.iter().position(|column| column == name);
        let column = column.with_context(|| format!("no column `{name}`"))?;
        Ok(&self.topic.rows[row][column])
    }
}

/// A random word of list `name`.
pub(super) fn from_list<'a>(lists: &'a Lists, name: &str, rng: &mut Rng) -> Result<&'a str> {
    let list = lists.get(name).with_context(|| format!("no list `{name}`"))?;
    Ok(pick(list, rng).as_str())
}

/// Reads all of `templates`.
pub(super) fn parse_all(templates: &[String]) -> Result<Vec<Template>> {
    templates.iter().map(|template| Template::parse(template)).collect()
}

fn parse_rows(rows: &str, n_columns: usize) -> Result<Vec<Vec<String>>> {
    let rows = rows.lines().filter(|line| !line.trim().is_empty());
    let rows: Vec<Vec<String>> =
        rows.map(|line| line.split_whitespace().map(str::to_owned).collect()).collect();
    if let Some(row) = rows.iter().find(|row| row.len() != n_columns) {
        bail!("row `{}`: expected {n_columns} words, found {}", row.join(" "), row.len());
    }
    if rows.len() < 2 {
        bail!("expected two rows or more, found {}", rows.len());
    }
    Ok(rows)
}
