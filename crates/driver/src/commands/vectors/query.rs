//! `sememe vectors neighbors | analogy | similarity | odd-one-out`.

use super::{Format, load};
use crate::cli::Context;
use crate::commands::paths::read_text;
use crate::exit::bail_usage;
use clap::{Args, ValueEnum};
use sememe_kernels::Kernels;
use sememe_vectors::{Analogy, Neighbour, Neighbours};
use serde::Serialize;
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
#[command(after_help = "Examples:
  sememe vectors neighbors vectors.safetensors king queen --top 5
  sememe vectors neighbors vectors.safetensors --json < words.txt > neighbors.json

Many words at once are much faster than one by one, and get the same answers. Words from stdin that have no vector are
left out and counted.")]
pub(crate) struct NeighborsArgs {
    #[command(flatten)]
    space: SpaceArgs,
    /// Words to ask for; none, or `-`, for words from stdin, one a line
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
    let from_stdin = is_stdin(&args.words);
    let asked = if from_stdin { stdin_lines()? } else { args.words.clone() };
    let space = args.space.open(context)?;
    let words = if from_stdin { known(&space, &asked, context)? } else { all_known(&space, &asked)? };
    let mut bar = context.console.bar("finding neighbours");
    let found = space.nearest_each(&words, args.top, &mut bar)?;
    drop(bar);
    let mut lists = Vec::with_capacity(words.len());
    for (word, near) in words.into_iter().zip(&found) {
        lists.push(NeighborList { word, neighbors: near.iter().map(Found::from).collect() });
    }
    context.console.report(&lists, |lists| {
        let many = from_stdin || lists.len() > 1;
        let heading = |word: &str| if many { format!("{word}:\n") } else { String::new() };
        lists.iter().map(|list| heading(list.word) + &render(&list.neighbors)).collect()
    })
}

/// Whether words are to come from stdin.
fn is_stdin(words: &[String]) -> bool {
    words.is_empty() || words == ["-"]
}

/// The lines of stdin that are not blank, without white space around them.
fn stdin_lines() -> anyhow::Result<Vec<String>> {
    let text = read_text(Path::new("-"))?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    Ok(lines.map(str::to_owned).collect())
}

/// The words, which must all have vectors.
fn all_known<'a>(space: &Neighbours, words: &'a [String]) -> anyhow::Result<Vec<&'a str>> {
    match words.iter().find(|word| space.embeddings().vector(word).is_none()) {
        Some(word) => anyhow::bail!("{}", missing(space, word)),
        None => Ok(words.iter().map(String::as_str).collect()),
    }
}

/// The words that have vectors; how many have none is said.
fn known<'a>(space: &Neighbours, words: &'a [String], context: &Context) -> anyhow::Result<Vec<&'a str>> {
    let has_vector = |word: &&str| space.embeddings().vector(word).is_some();
    let known: Vec<&str> = words.iter().map(String::as_str).filter(has_vector).collect();
    anyhow::ensure!(!words.is_empty(), "no words on stdin, expected one a line");
    anyhow::ensure!(!known.is_empty(), "none of {} words has a vector", words.len());
    if known.len() < words.len() {
        let n = words.len() - known.len();
        context.console.note(format_args!("note: {n} of {} words have no vector", words.len()));
    }
    Ok(known)
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
pub(super) enum Rule {
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
#[command(after_help = "Examples:
  sememe vectors similarity vectors.safetensors king queen
  sememe vectors similarity vectors.safetensors < pairs.tsv       two words a line

Pairs from stdin of which a word has no vector get `n/a`.")]
pub(crate) struct SimilarityArgs {
    /// File of vectors
    file: PathBuf,
    /// Its format [default: found by its content]
    #[arg(long)]
    format: Option<Format>,
    /// Two words; none, or `-`, for pairs from stdin
    words: Vec<String>,
}

/// Two words and their cosine, if both have vectors.
#[derive(Serialize)]
struct Pair {
    first: String,
    second: String,
    cosine: Option<f32>,
}

pub(super) fn similarity(args: &SimilarityArgs, context: &Context) -> anyhow::Result<()> {
    let from_stdin = is_stdin(&args.words);
    let pairs = match &args.words[..] {
        [first, second] => vec![(first.clone(), second.clone())],
        _ if from_stdin => pairs(&stdin_lines()?)?,
        words => bail_usage!("expected two words, found {}", words.len()),
    };
    let (vectors, _) = load(&args.file, args.format, context)?;
    let space = Neighbours::among(&vectors, 0, Kernels::detect());
    if let (false, [(first, second)]) = (from_stdin, &pairs[..]) {
        all_known(&space, &[first.clone(), second.clone()])?;
    }
    let measure = |(first, second): (String, String)| {
        let cosine = space.similarity(&first, &second);
        Pair { first, second, cosine }
    };
    let pairs: Vec<Pair> = pairs.into_iter().map(measure).collect();
    context.console.report(&pairs, |pairs| pairs.iter().map(|pair| pair.render(from_stdin)).collect())
}

/// Lines of two words, separated by a tab if the line has one, else by spaces.
fn pairs(lines: &[String]) -> anyhow::Result<Vec<(String, String)>> {
    anyhow::ensure!(!lines.is_empty(), "no pairs on stdin, expected two words a line");
    let pair = |(number, line): (usize, &String)| {
        let fields: Vec<&str> = match line.contains('\t') {
            true => line.split('\t').map(str::trim).collect(),
            false => line.split_whitespace().collect(),
        };
        match fields[..] {
            [first, second] => Ok((first.to_owned(), second.to_owned())),
            _ => anyhow::bail!("pair {number} of stdin: expected two words, found `{line}`"),
        }
    };
    (1..).zip(lines).map(pair).collect()
}

impl Pair {
    fn render(&self, with_words: bool) -> String {
        let cosine = self.cosine.map_or_else(|| "n/a".to_owned(), |cosine| format!("{cosine:.4}"));
        match with_words {
            true => format!("{cosine}\t{}\t{}\n", self.first, self.second),
            false => cosine + "\n",
        }
    }
}

#[derive(Debug, Args)]
#[command(after_help = "Example:
  sememe vectors odd-one-out vectors.safetensors breakfast lunch cereal dinner")]
pub(crate) struct OddOneOutArgs {
    /// File of vectors
    file: PathBuf,
    /// Its format [default: found by its content]
    #[arg(long)]
    format: Option<Format>,
    /// Three words or more
    #[arg(required = true, num_args = 3..)]
    words: Vec<String>,
}

/// The word that goes least with the others.
#[derive(Serialize)]
struct OddOneOut<'a> {
    odd: &'a str,
    /// Cosines with the mean of all words, least first.
    words: Vec<Found<'a>>,
}

pub(super) fn odd_one_out(args: &OddOneOutArgs, context: &Context) -> anyhow::Result<()> {
    let (vectors, _) = load(&args.file, args.format, context)?;
    let space = Neighbours::among(&vectors, 0, Kernels::detect());
    let words = all_known(&space, &args.words)?;
    let scores = space.agreement(&words)?;
    let found = words.into_iter().zip(scores).map(|(word, score)| Found { word, score });
    let mut words: Vec<Found<'_>> = found.collect();
    words.sort_by(|a, b| a.score.total_cmp(&b.score));
    let answer = OddOneOut { odd: words[0].word, words };
    context.console.report(&answer, |answer| render(&answer.words))
}
