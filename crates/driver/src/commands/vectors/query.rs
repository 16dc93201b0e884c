//! `sememe vectors neighbors | analogy | eval`.

use super::{Format, load};
use crate::cli::Context;
use crate::exit::bail_usage;
use clap::{Args, ValueEnum};
use sememe_eval::spearman;
use sememe_kernels::{Kernels, Observer};
use sememe_vectors::evaluate::{AnalogyQuestions, Case, SectionScore, WordPairs};
use sememe_vectors::{Analogy, Embeddings, Neighbour, Neighbours};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Vectors and the words among which answers are sought.
#[derive(Debug, Args)]
struct SpaceArgs {
    /// File of vectors
    file: PathBuf,
    /// Its format [default: found by its content]
    #[arg(long)]
    format: Option<Format>,
    /// Seek answers among so many of the most frequent words only
    #[arg(long, value_name = "N")]
    restrict: Option<usize>,
}

impl SpaceArgs {
    fn open(&self, context: &Context) -> anyhow::Result<Neighbours> {
        let (vectors, _) = load(&self.file, self.format, context)?;
        let n_words = self.restrict.unwrap_or(vectors.len());
        Ok(Neighbours::among(&vectors, n_words, Kernels::detect()).with_threads(context.threads))
    }
}

/// A word that was found.
#[derive(Serialize)]
struct Found<'a> {
    word: &'a str,
    score: f32,
}

impl<'a> From<&Neighbour<'a>> for Found<'a> {
    fn from(near: &Neighbour<'a>) -> Self {
        Self { word: near.word, score: near.score }
    }
}

/// Words with their scores, a line each.
fn render(found: &[Found<'_>]) -> String {
    found.iter().map(|Found { word, score }| format!("{score:.4}  {word}\n")).collect()
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  sememe vectors neighbors vectors.safetensors king queen --top 5")]
pub(crate) struct NeighborsArgs {
    #[command(flatten)]
    space: SpaceArgs,
    /// Words to ask for
    #[arg(required = true)]
    words: Vec<String>,
    /// Neighbours of each word
    #[arg(long, short = 'k', default_value_t = 10)]
    top: usize,
}

/// The neighbours of one word.
#[derive(Serialize)]
struct NeighborList<'a> {
    word: &'a str,
    neighbors: Vec<Found<'a>>,
}

pub(super) fn neighbors(args: &NeighborsArgs, context: &Context) -> anyhow::Result<()> {
    let space = args.space.open(context)?;
    let mut lists = Vec::new();
    for word in &args.words {
        anyhow::ensure!(space.embeddings().vector(word).is_some(), "{}", missing(&space, word));
        let neighbors = space.nearest(word, args.top)?.iter().map(Found::from).collect();
        lists.push(NeighborList { word, neighbors });
    }
    context.console.report(&lists, |lists| {
        let heading = |word: &str| if lists.len() > 1 { format!("{word}:\n") } else { String::new() };
        lists.iter().map(|list| heading(list.word) + &render(&list.neighbors)).collect()
    })
}

/// What is said of a word that the vectors lack: perhaps only its case is wrong.
fn missing(space: &Neighbours, word: &str) -> String {
    let lower = word.to_lowercase();
    match space.embeddings().vocab().id(&lower) {
        Some(_) if lower != word => format!("there is no `{word}`; did you mean `{lower}`?"),
        _ => format!("there is no vector for `{word}`"),
    }
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Rule {
    /// 3CosAdd: the word nearest to b - a + c
    #[default]
    Add,
    /// 3CosMul: cos(x, b) cos(x, c) / cos(x, a)
    Mul,
}

impl From<Rule> for Analogy {
    fn from(rule: Rule) -> Self {
        match rule {
            Rule::Add => Self::Add,
            Rule::Mul => Self::Mul,
        }
    }
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  sememe vectors analogy vectors.safetensors man king woman     man : king = woman : ?"
)]
pub(crate) struct AnalogyArgs {
    #[command(flatten)]
    space: SpaceArgs,
    /// A is to B ...
    a: String,
    /// ... as A is to B ...
    b: String,
    /// ... so C is to what?
    c: String,
    /// Answers
    #[arg(long, short = 'k', default_value_t = 10)]
    top: usize,
    /// How answers are scored
    #[arg(long, value_enum, default_value_t)]
    rule: Rule,
}

pub(super) fn analogy(args: &AnalogyArgs, context: &Context) -> anyhow::Result<()> {
    let space = args.space.open(context)?;
    let words = [&args.a, &args.b, &args.c].map(String::as_str);
    if let Some(word) = words.into_iter().find(|word| space.embeddings().vector(word).is_none()) {
        anyhow::bail!("{}", missing(&space, word));
    }
    let near = space.analogy(words, args.top, args.rule.into())?;
    let found: Vec<Found<'_>> = near.iter().map(Found::from).collect();
    context.console.report(&found, |found| render(found))
}

#[derive(Debug, Args)]
#[command(after_help = "Example:
  sememe vectors eval vectors.safetensors --similarity EN-WS-353-ALL.txt --analogies questions-words.txt")]
pub(crate) struct EvalArgs {
    /// File of vectors
    file: PathBuf,
    /// Its format [default: found by its content]
    #[arg(long)]
    format: Option<Format>,
    /// Files of `word1 word2 score`
    #[arg(long, value_name = "FILE", num_args = 1..)]
    similarity: Vec<PathBuf>,
    /// Files of `a b c d` under headings `: section`
    #[arg(long, value_name = "FILE", num_args = 1..)]
    analogies: Vec<PathBuf>,
    /// Seek analogies among so many of the most frequent words
    #[arg(long, value_name = "N", default_value_t = 30_000)]
    restrict: usize,
    /// How analogies are scored
    #[arg(long, value_enum, default_value_t)]
    rule: Rule,
}

pub(super) fn eval(args: &EvalArgs, context: &Context) -> anyhow::Result<()> {
    if args.similarity.is_empty() && args.analogies.is_empty() {
        bail_usage!("nothing to evaluate: expected --similarity or --analogies");
    }
    let (vectors, _) = load(&args.file, args.format, context)?;
    let mut bar = context.console.bar("answering analogies");
    let sets = Sets {
        similarity: &args.similarity,
        analogies: &args.analogies,
        restrict: args.restrict,
        rule: args.rule.into(),
    };
    let scores = score_sets(&vectors, &sets, context.threads, &mut bar)?;
    drop(bar);
    context.console.report(&scores, |scores| scores.iter().map(SetScore::render).collect())
}

/// What vectors are measured with.
pub(crate) struct Sets<'a> {
    pub(crate) similarity: &'a [PathBuf],
    pub(crate) analogies: &'a [PathBuf],
    /// Analogies are sought among this many most frequent words.
    pub(crate) restrict: usize,
    pub(crate) rule: Analogy,
}

/// The score of one set.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct SetScore {
    pub(crate) name: String,
    /// Spearman's correlation, or the share of right answers; NaN (null) where nothing is covered.
    pub(crate) score: f64,
    pub(crate) measure: String,
    /// Items whose words all have vectors.
    pub(crate) covered: u64,
    pub(crate) items: u64,
    /// The parts of an analogy set.
    #[serde(default)]
    pub(crate) parts: Vec<SetScore>,
}

impl SetScore {
    fn render(&self) -> String {
        let mut text = format!(
            "{}  {:.4}  {}, {} of {} covered\n",
            self.name, self.score, self.measure, self.covered, self.items
        );
        for part in &self.parts {
            text += &format!("  {}  {:.4}  {} of {}\n", part.name, part.score, part.covered, part.items);
        }
        text
    }
}

/// Scores `vectors` on similarity and analogy sets.
pub(crate) fn score_sets(
    vectors: &Embeddings,
    sets: &Sets<'_>,
    threads: usize,
    observer: &mut dyn Observer,
) -> anyhow::Result<Vec<SetScore>> {
    let mut scores = Vec::new();
    let all = Neighbours::new(vectors, Kernels::detect());
    for path in sets.similarity {
        scores.push(similarity(&all, path)?);
    }
    let space = Neighbours::among(vectors, sets.restrict, Kernels::detect()).with_threads(threads);
    for path in sets.analogies {
        let questions = AnalogyQuestions::read(path)?;
        let report = space.evaluate_analogies(&questions, sets.rule, Case::Ignore, observer)?;
        let part = |section: &SectionScore| SetScore {
            name: section.name.clone(),
            score: section.accuracy().unwrap_or(f64::NAN),
            measure: "accuracy".to_owned(),
            covered: section.covered,
            items: section.asked,
            parts: Vec::new(),
        };
        let mut set = part(&report.total());
        set.name = stem(path);
        set.parts =
            [report.semantic(), report.syntactic()].iter().chain(&report.sections).map(part).collect();
        scores.push(set);
    }
    Ok(scores)
}

fn similarity(space: &Neighbours, path: &Path) -> anyhow::Result<SetScore> {
    let report = space.evaluate_similarity(&WordPairs::read(path)?, Case::Ignore);
    let correlation = spearman(&report.gold(), &report.cosines())?;
    Ok(SetScore {
        name: stem(path),
        score: correlation.statistic,
        measure: "Spearman".to_owned(),
        covered: report.pairs.len() as u64,
        items: report.asked as u64,
        parts: Vec::new(),
    })
}

/// The name of a file without folder and extensions.
fn stem(path: &Path) -> String {
    let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    name.split('.').next().unwrap_or_default().to_owned()
}
