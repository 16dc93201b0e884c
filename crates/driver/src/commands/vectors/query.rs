//! `sememe vectors neighbors | analogy | similarity | odd-one-out`.

use super::{Format, load};
use crate::cli::Context;
use clap::{Args, ValueEnum};
use sememe_kernels::Kernels;
use sememe_vectors::{Analogy, Neighbour, Neighbours};
use serde::Serialize;
use std::path::PathBuf;

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
