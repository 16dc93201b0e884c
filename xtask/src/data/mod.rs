//! The data sets that jobs and benchmarks read: listed, fetched, verified.

mod archive;
mod fetch;
mod http;
mod list;
mod place;
mod registry;
#[cfg(test)]
mod server;
mod state;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use anyhow::{Result, bail, ensure};
use clap::{Args, Subcommand};
use serde::Serialize;

use crate::workspace;
use fetch::{Fetcher, Mirror};
use http::{Http, Policy};
use registry::{DataFile, Registry, Set};
use state::{Place, State};

/// What to do with data sets.
#[derive(Debug, Subcommand)]
pub(crate) enum Task {
    /// Show all data sets, their size, licence, and whether they are here
    List(Common),
    /// Download data sets, check and unpack them
    Fetch(FetchArguments),
    /// Check what is here against the registry; exit code 1 where something is missing or wrong
    Verify(VerifyArguments),
}

/// Where the data sets are.
#[derive(Debug, Args)]
pub(crate) struct Folder {
    /// The data folder [default: target/data]
    #[arg(long, visible_alias = "data", value_name = "DIR", env = "SEMEME_DATA")]
    to: Option<PathBuf>,
}

impl Folder {
    /// The folder.
    pub(crate) fn path(&self) -> PathBuf {
        self.to.clone().unwrap_or_else(|| workspace::root().join("target/data"))
    }
}

#[derive(Debug, Args)]
pub(crate) struct Common {
    #[command(flatten)]
    folder: Folder,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct FetchArguments {
    /// The data sets
    #[arg(value_name = "NAME", required_unless_present = "all")]
    names: Vec<String>,
    /// All data sets, but those that nobody serves
    #[arg(long, conflicts_with = "names")]
    all: bool,
    /// A folder or an address with the same files, gzipped or not, in place of the authors' addresses
    #[arg(long, value_name = "DIR_OR_URL")]
    mirror: Option<String>,
    /// Fetch again what is here
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
pub(crate) struct VerifyArguments {
    /// The data sets [default: all that are here]
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    #[command(flatten)]
    common: Common,
}

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "status", content = "message")]
pub(crate) enum Status {
    /// It was there and is right.
    Present,
    /// It was there and is what its address served, of which no digest is registered.
    Unregistered,
    /// It was fetched.
    Fetched,
    /// It is not there.
    Missing,
    /// Nobody serves it: what to do by hand.
    Manual(String),
    /// It could not be fetched, or is wrong: why.
    Failed(String),
}

/// A file and what became of it.
#[derive(Debug, Serialize)]
pub(crate) struct Outcome {
    set: String,
    file: String,
    path: PathBuf,
    bytes: u64,
    #[serde(flatten)]
    status: Status,
}

impl Outcome {
    fn new(set: &Set, file: &DataFile, place: &Place, status: Status) -> Self {
        let (set, path) = (set.name.clone(), place.path.clone());
        Self { set, file: file.name.clone(), path, bytes: file.bytes, status }
    }

    fn line(&self) -> String {
        let status = match &self.status {
            Status::Present => "present",
            Status::Unregistered => "present, as its address served it: no digest is registered",
            Status::Fetched => "fetched",
            Status::Missing => "MISSING",
            Status::Manual(how) => return format!("{}/{}: BY HAND: {how}", self.set, self.file),
            Status::Failed(why) => return format!("{}/{}: FAILED: {why}", self.set, self.file),
        };
        format!("{}/{}: {status}", self.set, self.file)
    }
}

/// Does `task`.
pub(crate) fn run(task: &Task) -> Result<()> {
    let registry = Registry::load()?;
    match task {
        Task::List(common) => list::print(&registry, &common.folder.path(), common.json),
        Task::Fetch(arguments) => fetch(&registry, arguments, Http::new(Policy::default())),
        Task::Verify(arguments) => verify(&registry, arguments),
    }
}

fn fetch(registry: &Registry, arguments: &FetchArguments, http: Http) -> Result<()> {
    let mirror = arguments.mirror.as_deref().map(Mirror::new);
    let fetcher = Fetcher { data: arguments.common.folder.path(), mirror, force: arguments.force, http };
    let sets = registry.select(&arguments.names)?;
    let _lock = fetcher.lock()?;
    let mut outcomes = Vec::new();
    for set in sets {
        terms(set);
        outcomes.extend(fetcher.fetch(set)?);
    }
    report(&outcomes, arguments.common.json)?;
    let failed = |outcome: &&Outcome| match outcome.status {
        Status::Failed(_) => true,
        Status::Manual(_) => !arguments.all,
        _ => false,
    };
    match outcomes.iter().filter(failed).count() {
        0 => Ok(()),
        n => bail!("{n} of {} files could not be fetched", outcomes.len()),
    }
}

/// Says what the authors of `set` allow.
fn terms(set: &Set) {
    let read = match set.licence_read {
        true => "as its authors state it",
        false => "as it is commonly stated; read the terms",
    };
    eprintln!("{}: {} ({read}: {})", set.name, set.licence, set.page);
}

fn verify(registry: &Registry, arguments: &VerifyArguments) -> Result<()> {
    let data = arguments.common.folder.path();
    let mut sets = registry.select(&arguments.names)?;
    if arguments.names.is_empty() {
        sets.retain(|set| data.join(&set.name).is_dir());
    }
    ensure!(!sets.is_empty(), "no data set is in {}", data.display());
    let files = sets.iter().flat_map(|set| set.files.iter().map(move |file| (*set, file)));
    let outcomes: Vec<Outcome> =
        files.map(|(set, file)| look(set, file, &Place::new(&data, set, file))).collect();
    report(&outcomes, arguments.common.json)?;
    let wrong = |outcome: &&Outcome| !matches!(outcome.status, Status::Present | Status::Unregistered);
    match outcomes.iter().filter(wrong).count() {
        0 => Ok(()),
        n => bail!("{n} of {} files are missing or wrong", outcomes.len()),
    }
}

/// How a file and what was unpacked from it stand.
fn look(set: &Set, file: &DataFile, place: &Place) -> Outcome {
    let states = place.state(file).and_then(|state| {
        let unpacked = place.unpacked_state(file, &state)?;
        Ok((state, unpacked))
    });
    let status = match states {
        Err(error) => Status::Failed(format!("{error:#}")),
        Ok((State::Missing, _)) => Status::Missing,
        Ok((State::Wrong(why), _)) => Status::Failed(why),
        Ok((_, State::Missing)) => Status::Failed("not unpacked".into()),
        Ok((_, State::Wrong(why))) => Status::Failed(format!("unpacked: {why}")),
        Ok((State::AsFetched, _)) => Status::Unregistered,
        Ok(_) => Status::Present,
    };
    Outcome::new(set, file, place, status)
}

fn report(outcomes: &[Outcome], json: bool) -> Result<()> {
    let text = match json {
        true => serde_json::to_string_pretty(outcomes)?,
        false => outcomes.iter().map(Outcome::line).collect::<Vec<String>>().join("\n"),
    };
    crate::print(&text)
}
