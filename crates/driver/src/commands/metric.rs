//! `sememe metric`: metrics over plain predictions.

use super::paths::read_text;
use crate::cli::Context;
use anyhow::Context as _;
use clap::{Args, Subcommand};
use sememe_eval::{ClassificationReport, ConfusionMatrix, Report};
use std::path::{Path, PathBuf};

#[derive(Debug, Subcommand)]
pub(crate) enum MetricCommand {
    /// Precision, recall and F1 of each class, as scikit-learn reports them
    Report(ReportArgs),
}

impl MetricCommand {
    pub(crate) fn run(self, context: &Context) -> anyhow::Result<()> {
        match self {
            Self::Report(args) => report(&args, context),
        }
    }
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sememe metric report truth.txt predicted.txt       a label a line in both
  sememe metric report predictions.tsv               truth TAB predicted on each line
  sememe classify predict ... | sememe metric report -")]
pub(crate) struct ReportArgs {
    /// True labels, a line each, or lines of truth TAB prediction; `-` is stdin
    truth: PathBuf,
    /// Predicted labels, a line each
    predicted: Option<PathBuf>,
    /// Digits after the point
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=9))]
    digits: u8,
}

fn report(args: &ReportArgs, context: &Context) -> anyhow::Result<()> {
    let (truth, predicted) = match &args.predicted {
        Some(predicted) => (lines(&args.truth)?, lines(predicted)?),
        None => columns(&args.truth)?,
    };
    anyhow::ensure!(
        truth.len() == predicted.len(),
        "{} true labels but {} predictions: expected as many",
        truth.len(),
        predicted.len()
    );
    anyhow::ensure!(!truth.is_empty(), "{} is empty, expected a label a line", args.truth.display());
    let confusion = ConfusionMatrix::from_labels(&truth, &predicted)?;
    let report = ClassificationReport::of(&confusion)?;
    if context.console.json {
        let section = report.section("Classification", &confusion);
        return context.console.data(&Report::new("Classification").with(section).to_json());
    }
    context.console.data(&report.to_text(usize::from(args.digits)))
}

fn lines(path: &Path) -> anyhow::Result<Vec<String>> {
    Ok(read_text(path)?.lines().map(str::to_owned).collect())
}

fn columns(path: &Path) -> anyhow::Result<(Vec<String>, Vec<String>)> {
    let text = read_text(path)?;
    let pair = |(i, line): (usize, &str)| {
        let (truth, predicted) = line
            .split_once('\t')
            .with_context(|| format!("{}:{}: expected truth TAB prediction", path.display(), i + 1))?;
        Ok((truth.to_owned(), predicted.to_owned()))
    };
    text.lines().enumerate().map(pair).collect()
}
