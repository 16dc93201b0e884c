//! `sememe eval`: a bundle, measured again.

mod other;

use super::run::places;
use super::sources::ReadArgs;
use crate::bundle::Bundle;
use crate::cli::Context;
use crate::stages::again::{Comparison, measure};
use anyhow::ensure;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sememe eval sememe-out/demo                            measure again, and compare with what the bundle says
  sememe eval sememe-out/ag_news --data test.csv         other documents, in the form of the job's own
  sememe eval sememe-out/ag_news --data test.txt --read label
  sememe eval sememe-out/demo --data text.txt --part language-model

Without --data the held-out text in the bundle is scored again, and so are the test documents and the sets of word
pairs and analogies of its job, if their files are still there. Exit code 1: a figure is not reproduced.")]
pub(crate) struct EvalArgs {
    /// Folder of the bundle
    bundle: PathBuf,
    /// Other documents to measure a part of the bundle on
    #[arg(long, value_name = "FILE", num_args = 1..)]
    data: Vec<PathBuf>,
    /// Which part [default: the classifier, or the language model of a bundle without one]
    #[arg(long, value_enum, requires = "data")]
    part: Option<Part>,
    /// Count documents with labels that were never trained as wrong, instead of refusing them
    #[arg(long, requires = "data")]
    count_unknown: bool,
    /// Folder of the data sets that the job names [default: target/data]
    #[arg(long, env = "SEMEME_DATA", value_name = "DIR")]
    data_dir: Option<PathBuf>,
    #[command(flatten)]
    read: ReadArgs,
}

/// A part that can be measured on documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Precision, recall and F1 on labelled documents
    Classifier,
    /// Perplexity of documents
    LanguageModel,
}

pub(crate) fn eval(args: &EvalArgs, context: &Context) -> anyhow::Result<()> {
    let bundle = Bundle::read(&args.bundle)?;
    if !args.data.is_empty() {
        return other::eval(args, &bundle, context);
    }
    if args.read.is_given() {
        crate::exit::bail_usage!("flags of the input need --data: the job says how its own files are read");
    }
    let comparison = measure(&args.bundle, &bundle, places(args.data_dir.as_deref(), None), context)?;
    context.console.report(&comparison, Comparison::render)?;
    let (damaged, differing) = (&comparison.damaged, comparison.differing());
    ensure!(damaged.is_empty(), "{} files of the bundle are not as the run left them", damaged.len());
    ensure!(differing.is_empty(), "not reproduced: {}", differing.join(", "));
    ensure!(!comparison.figures.is_empty(), "nothing in {} could be measured", args.bundle.display());
    Ok(())
}

impl Comparison {
    fn render(&self) -> String {
        let width = self.figures.iter().map(|figure| figure.name.chars().count()).max().unwrap_or(0);
        let mut text = String::new();
        for figure in &self.figures {
            let stored = figure.stored.map_or("-".to_owned(), number);
            let verdict = if figure.reproduced { "reproduced" } else { "NOT REPRODUCED" };
            let (name, measured) = (&figure.name, number(figure.measured));
            text += &format!("{name:width$}  stored {stored:>10}  measured {measured:>10}  {verdict}\n");
        }
        for part in &self.not_measured {
            text += &format!("{}: not measured: {}\n", part.stage, part.reason);
        }
        for path in &self.damaged {
            text += &format!("{}: not as the run left it\n", path.display());
        }
        text
    }
}

/// Counts are whole, all else has four digits after the point.
fn number(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() > 1.0 { format!("{value}") } else { format!("{value:.4}") }
}
