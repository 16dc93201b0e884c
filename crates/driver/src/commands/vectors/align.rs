//! `sememe vectors align`.

use super::{Format, format_of, load};
use crate::cli::Context;
use crate::commands::paths::refuse_existing;
use crate::exit::bail_usage;
use clap::Args;
use sememe_kernels::Kernels;
use sememe_vectors::align::{Dictionary, Hits, TranslationReport, align as rotation};
use sememe_vectors::{Embeddings, Neighbours};
use serde::Serialize;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sememe vectors align de.safetensors en.safetensors -o de-in-en.safetensors --dictionary de-en.txt
  sememe vectors align 2015.safetensors 2023.safetensors -o 2015-in-2023.safetensors
  sememe vectors align de.vec en.vec -o out.vec --dictionary train.txt --test test.txt --json

Without a dictionary, words that both files have are their own translations. A tenth of the words is held out to
measure how many find their translation, unless a test dictionary is given.")]
pub(crate) struct AlignArgs {
    /// Vectors to be rotated
    from: PathBuf,
    /// Vectors to be rotated to
    to: PathBuf,
    /// File for the rotated vectors; the format by its name
    #[arg(long, short)]
    output: PathBuf,
    /// Lines of a word and its translation [default: the words that both have]
    #[arg(long, value_name = "FILE")]
    dictionary: Option<PathBuf>,
    /// Take so many of the words that both have, the most frequent ones
    #[arg(long, value_name = "N", default_value_t = 5000, conflicts_with = "dictionary")]
    shared: usize,
    /// Measure with this dictionary
    #[arg(long, value_name = "FILE", conflicts_with = "held_out")]
    test: Option<PathBuf>,
    /// Share of the words that is held out and measured with; 0 for none
    #[arg(long, value_name = "SHARE", default_value_t = 0.1)]
    held_out: f64,
    /// Seek translations among so many of the most frequent words
    #[arg(long, value_name = "N", default_value_t = 50_000)]
    restrict: usize,
    /// Write over an existing file
    #[arg(long)]
    force: bool,
}

/// What was found.
#[derive(Serialize)]
struct Answer {
    /// Pairs of words that the rotation was made from.
    pairs: usize,
    /// The mean cosine of these after rotation.
    cosine: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    test: Option<Test>,
}

/// How many words find their translation.
#[derive(Serialize)]
struct Test {
    /// Words of the test dictionary.
    words: u64,
    /// Those that have a vector, as has a translation.
    covered: u64,
    /// By the highest cosine.
    cosine: Precision,
    /// By cross-domain similarity local scaling.
    csls: Precision,
}

/// Shares of the covered words.
#[derive(Serialize)]
struct Precision {
    /// A translation is the first answer.
    at_1: f64,
    /// A translation is among the first five.
    at_5: f64,
}

pub(super) fn align(args: &AlignArgs, context: &Context) -> anyhow::Result<()> {
    refuse_existing(&args.output, args.force)?;
    if !(0.0..1.0).contains(&args.held_out) {
        bail_usage!("--held-out is {}, expected a share from 0 to below 1", args.held_out);
    }
    let read = |path: &Option<PathBuf>| path.as_deref().map(Dictionary::read).transpose();
    let (given, test) = (read(&args.dictionary)?, read(&args.test)?);
    let by_name: Option<Format> = None;
    let (from, _) = load(&args.from, by_name, context)?;
    let (to, _) = load(&args.to, by_name, context)?;
    let all = given.unwrap_or_else(|| Dictionary::shared(&from, &to, args.shared));
    let (test, train) = match test {
        Some(test) => (test, all),
        None => all.split(args.held_out, context.seed.unwrap_or(1)),
    };
    let (rotation, pairs) = rotation(&from, &to, &train, Kernels::detect())?;
    let rotated = rotation.apply_to(&from)?;
    let test = args.measure(&rotated, &to, &test, context)?;
    sememe_vectors::save(&rotated, &args.output, format_of(&args.output).into())?;
    let answer = Answer { pairs, cosine: rotation.agreement() / pairs as f64, test };
    context.console.report(&answer, Answer::render)
}

impl AlignArgs {
    fn measure(
        &self,
        rotated: &Embeddings,
        to: &Embeddings,
        test: &Dictionary,
        context: &Context,
    ) -> anyhow::Result<Option<Test>> {
        if test.pairs.is_empty() {
            return Ok(None);
        }
        let space = |vectors: &Embeddings| {
            Neighbours::among(vectors, self.restrict, Kernels::detect()).with_threads(context.threads)
        };
        let mut bar = context.console.bar("translating");
        let report = TranslationReport::new(&space(rotated), &space(to), test, &mut bar)?;
        let precision = |hits: Hits| {
            let share = |n: u64| n as f64 / report.covered as f64;
            Precision { at_1: share(hits.at_1), at_5: share(hits.at_5) }
        };
        Ok(Some(Test {
            words: report.asked,
            covered: report.covered,
            cosine: precision(report.cosine),
            csls: precision(report.csls),
        }))
    }
}

impl Answer {
    fn render(&self) -> String {
        let mut text = format!("{} pairs, mean cosine {:.4}\n", self.pairs, self.cosine);
        if let Some(test) = &self.test {
            text += &format!("test: {} of {} words covered\n", test.covered, test.words);
            for (name, precision) in [("cosine", &test.cosine), ("CSLS  ", &test.csls)] {
                text += &format!("  {name}  at 1 {:.4}  at 5 {:.4}\n", precision.at_1, precision.at_5);
            }
        }
        text
    }
}
