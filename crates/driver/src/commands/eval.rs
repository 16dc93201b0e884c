//! `sememe eval`: a bundle, measured again.

use super::classify;
use super::sources::ReadArgs;
use crate::cli::Context;
use anyhow::Context as _;
use clap::Args;
use sememe_eval::Report;
use sememe_heads::UnknownLabel;
use sememe_text::FileDocuments;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sememe eval sememe-out/demo                        the report that was made with the bundle
  sememe eval sememe-out/ag_news --data test.csv --read csv --text text --label label")]
pub(crate) struct EvalArgs {
    /// Folder of the bundle
    bundle: PathBuf,
    /// Labelled documents to test the classifier of the bundle on
    #[arg(long, value_name = "FILE", num_args = 1..)]
    data: Vec<PathBuf>,
    #[command(flatten)]
    read: ReadArgs,
}

pub(crate) fn eval(args: &EvalArgs, context: &Context) -> anyhow::Result<()> {
    if !args.data.is_empty() {
        let documents = FileDocuments::open(&args.data, &args.read.options()?)?;
        let model = classify::load(&args.bundle, context)?;
        return classify::report(&model, &documents, UnknownLabel::Refuse, context);
    }
    let path = args.bundle.join("report.json");
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("{} is no bundle: cannot read {}", args.bundle.display(), path.display()))?;
    let report = Report::from_json(&text).with_context(|| format!("cannot read {}", path.display()))?;
    if context.console.json { context.console.data(&text) } else { context.console.data(&report.to_text()) }
}
