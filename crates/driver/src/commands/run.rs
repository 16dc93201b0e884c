//! `sememe run`: a job from raw text to a bundle.

use crate::cli::Context;
use crate::demo;
use crate::exit::bail_usage;
use crate::folder::RunFolder;
use crate::job::{self, Job};
use crate::stages::{self, Places};
use clap::Args;
use std::path::{Path, PathBuf};
use std::time::Duration;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sememe run                                        the demo: no data, no network
  sememe run assets/jobs/ag_news.toml -o out        a job on real data
  sememe run job.toml --set vectors.dim=300 --print-config")]
pub(crate) struct RunArgs {
    /// Job file; without one the built-in demo is run
    job: Option<PathBuf>,
    /// Folder of the bundle [default: sememe-out/NAME]
    #[arg(long, short, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Set a key of the job; can be repeated
    #[arg(long, value_name = "SECTION.KEY=VALUE")]
    set: Vec<String>,
    /// Print the whole effective job and stop
    #[arg(long)]
    print_config: bool,
    /// Folder of the data sets that the job names [default: target/data]
    #[arg(long, env = "SEMEME_DATA", value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Do every stage again
    #[arg(long)]
    force: bool,
    /// Seconds between two states of the training of vectors, from which a run that was cut off goes on
    #[arg(long, value_name = "N", default_value_t = 60)]
    checkpoint_every: u64,
}

pub(crate) fn run(args: &RunArgs, context: &Context) -> anyhow::Result<()> {
    let job = load(args, context)?;
    if args.print_config {
        return context.console.data(&job::render(&job)?);
    }
    let output = args.output.clone().unwrap_or_else(|| Path::new("sememe-out").join(&job.name));
    if output.is_file() {
        bail_usage!("{} is a file, expected a folder", output.display());
    }
    let beside = args.job.as_deref().and_then(Path::parent);
    let places = places(args.data_dir.as_deref(), beside);
    stages::check_files(&job, &places)?;
    let folder = RunFolder::open(&output, args.force, &context.console)?;
    let mut folder = folder.with_state_every(Duration::from_secs(args.checkpoint_every));
    let summary = stages::run(&job, &mut folder, places, context)?;
    let report = &summary.report;
    if context.console.json {
        context.console.data(&report.to_json())?;
    } else {
        context.console.data(&report.to_text())?;
    }
    for name in folder.left_over()? {
        context.console.note(format_args!("note: {name} is of an earlier job, no part of this bundle"));
    }
    let (done, kept) = (folder.done.len(), folder.kept.len());
    context.console.note(format_args!("{done} stages done, {kept} unchanged; {}", summary.html.display()));
    anyhow::ensure!(summary.missed.is_empty(), "{}", summary.missed.join("; "));
    Ok(())
}

fn load(args: &RunArgs, context: &Context) -> anyhow::Result<Job> {
    let mut job = match &args.job {
        Some(path) => job::load(path, &args.set)?,
        None => job::parse(demo::JOB, "the demo", &args.set)?,
    };
    if let Some(seed) = context.seed {
        job.set_seed(seed);
    }
    Ok(job)
}

/// The data folder, then the folder of the job file, then here.
pub(crate) fn places(data_dir: Option<&Path>, beside: Option<&Path>) -> Places {
    let places = [Some(data_dir.unwrap_or(Path::new("target/data"))), beside, Some(Path::new("."))];
    Places::new(places.into_iter().flatten().map(Path::to_owned))
}
