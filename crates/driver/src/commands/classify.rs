//! `sememe classify`: train, test, predict.

mod train;

use crate::bundle::{self, Bundle};
use crate::cli::Context;
use crate::commands::paths::{name, open_lines};
use crate::commands::sources::ReadArgs;
use crate::exit::bail_usage;
use crate::labelled;
use crate::stages::confusion;
use anyhow::Context as _;
use clap::{Args, Subcommand};
use sememe_eval::{ClassificationReport, Report};
use sememe_heads::{Head as _, Predictions, TextClassifier, UnknownLabel};
use sememe_text::FileDocuments;
use serde::Serialize;
use std::io::BufRead as _;
use std::path::{Path, PathBuf};

#[derive(Debug, Subcommand)]
pub(crate) enum ClassifyCommand {
    /// Train a classifier on labelled texts
    Train(Box<train::TrainArgs>),
    /// Measure a classifier on labelled texts
    Test(TestArgs),
    /// Label texts
    Predict(PredictArgs),
}

impl ClassifyCommand {
    pub(crate) fn run(self, context: &Context) -> anyhow::Result<()> {
        match self {
            Self::Train(args) => train::train(&args, context),
            Self::Test(args) => test(&args, context),
            Self::Predict(args) => predict(&args, context),
        }
    }
}

/// The model in `folder`, or in the bundle that `folder` is.
pub(crate) fn load(folder: &Path, context: &Context) -> anyhow::Result<TextClassifier> {
    Ok(TextClassifier::load(&find(folder)?)?.with_threads(context.threads))
}

/// Where the model is: a bundle says so itself, for it may also hold what an earlier job left.
fn find(folder: &Path) -> anyhow::Result<PathBuf> {
    if !folder.join(bundle::FILE).exists() {
        return Ok(folder.to_owned());
    }
    match Bundle::read(folder)?.parts.get("classifier") {
        Some(part) => Ok(folder.join(part)),
        None => bail_usage!("the bundle {} has no classifier", folder.display()),
    }
}

#[derive(Debug, Args)]
#[command(after_help = "Example:
  sememe classify test --model model -i test.csv --read csv --text text --label label")]
pub(crate) struct TestArgs {
    /// Folder of the model, or of its bundle
    #[arg(long, short, value_name = "DIR")]
    model: PathBuf,
    /// Labelled documents
    #[arg(long, short, required = true, value_name = "FILE", num_args = 1..)]
    input: Vec<PathBuf>,
    #[command(flatten)]
    read: ReadArgs,
    /// Count documents with labels that were never trained as wrong, instead of refusing them
    #[arg(long)]
    count_unknown: bool,
}

fn test(args: &TestArgs, context: &Context) -> anyhow::Result<()> {
    let unknown = if args.count_unknown { UnknownLabel::CountAsWrong } else { UnknownLabel::Refuse };
    let documents = FileDocuments::open(&args.input, &args.read.options()?)?;
    report(&load(&args.model, context)?, &documents, unknown, context)
}

/// Tests `model` and reports.
pub(crate) fn report(
    model: &TextClassifier,
    documents: &FileDocuments,
    unknown: UnknownLabel,
    context: &Context,
) -> anyhow::Result<()> {
    let data = labelled::read_as(documents, model.labels(), unknown)?;
    anyhow::ensure!(!data.is_empty(), "there are no documents in the input");
    let matrix = confusion(model, &data)?;
    let report = ClassificationReport::of(&matrix)?;
    if context.console.json {
        let section = report.section("Classifier", &matrix);
        return context.console.data(&Report::new("Classification").with(section).to_json());
    }
    context.console.data(&report.to_text(4))
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sememe classify predict --model model < texts.txt
  sememe classify predict --model sememe-out/demo --probabilities -i texts.txt")]
pub(crate) struct PredictArgs {
    /// Folder of the model, or of its bundle
    #[arg(long, short, value_name = "DIR")]
    model: PathBuf,
    /// Texts, one a line; `-` is stdin
    #[arg(long, short, value_name = "FILE", default_value = "-")]
    input: PathBuf,
    /// Write the probability of the label behind it
    #[arg(long, short)]
    probabilities: bool,
}

/// The prediction for one text.
#[derive(Serialize)]
struct Prediction<'a> {
    label: &'a str,
    probability: f32,
}

fn predict(args: &PredictArgs, context: &Context) -> anyhow::Result<()> {
    let model = load(&args.model, context)?;
    let texts: Result<Vec<String>, _> = open_lines(&args.input)?.lines().collect();
    let texts = texts.with_context(|| format!("cannot read {}", name(&args.input)))?;
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let Predictions { targets, probabilities, .. } = model.predict(&texts)?;
    let predictions: Vec<Prediction<'_>> = targets
        .iter()
        .zip(probabilities.rows())
        .map(|(&target, row)| Prediction {
            label: &model.labels()[target as usize],
            probability: row[target as usize],
        })
        .collect();
    context.console.report(&predictions, |predictions| {
        let line = |Prediction { label, probability }: &Prediction<'_>| match args.probabilities {
            true => format!("{label}\t{probability:.4}\n"),
            false => format!("{label}\n"),
        };
        predictions.iter().map(line).collect()
    })
}
