//! `sememe eval`: a bundle, measured again.

use crate::cli::Context;
use anyhow::Context as _;
use clap::Args;
use sememe_eval::Report;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sememe eval sememe-out/demo                        the report of the bundle
  sememe eval sememe-out/ag_news --data test.csv --format csv --text text --label label")]
pub(crate) struct EvalArgs {
    /// Folder of the bundle
    bundle: PathBuf,
    /// Labelled documents to test the classifier of the bundle on
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    #[command(flatten)]
    read: super::sources::ReadArgs,
}

pub(crate) fn eval(args: &EvalArgs, context: &Context) -> anyhow::Result<()> {
    if let Some(data) = &args.data {
        return super::classify::test_model(&args.bundle.join("classifier"), data, &args.read, context);
    }
    let path = args.bundle.join("report.json");
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("{} is no bundle: cannot read {}", args.bundle.display(), path.display()))?;
    let report = Report::from_json(&text).with_context(|| format!("cannot read {}", path.display()))?;
    context.console.report(&report, Report::to_text)
}
