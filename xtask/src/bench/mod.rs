//! Ours beside the peers: the same input and settings, in one run on one machine, told as ratios.

mod embeddings;
mod measure;
mod report;
mod store;

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use serde::de::DeserializeOwned;

use crate::peers::VenvArguments;
use crate::{WrongUse, data, workspace};

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Suite {
    /// Word vectors beside gensim, fastText, word2vec and numpy: training, opening, neighbours
    Embeddings,
}

/// Where the work is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Device {
    /// On the processor
    Cpu,
    /// On a CUDA device
    Cuda,
}

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// What to measure
    #[arg(value_enum, default_value = "embeddings")]
    suite: Suite,
    /// Where to work
    #[arg(long, value_enum, default_value = "cpu")]
    device: Device,
    /// Threads of each program
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Do only these models, or `store`: opening and neighbours
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    only: Vec<String>,
    /// Train each model with so many seeds, and tell means
    #[arg(long, default_value_t = 1)]
    seeds: u64,
    /// Passes over the text
    #[arg(long, default_value_t = 1)]
    epochs: usize,
    /// A sentence a line, words separated by white space [default: the clean words of enwiki-2015]
    #[arg(long, value_name = "FILE")]
    corpus: Option<PathBuf>,
    /// Without --corpus: take the first so many words; 0 takes all
    #[arg(long, default_value_t = 4_000_000)]
    words: u64,
    /// A sememe that is built already [default: one built from here, as released]
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    data: data::Folder,
    #[command(flatten)]
    venv: VenvArguments,
}

fn parse<T: DeserializeOwned>(program: &str, output: &str) -> Result<T> {
    serde_json::from_str(output).with_context(|| {
        let start: String = output.chars().take(200).collect();
        format!("cannot understand what {program} printed: {start}")
    })
}

/// Measures, writes `target/bench/SUITE.json` and `.md`, and prints the one or the other.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    if arguments.device == Device::Cuda {
        let message = "sememe is not built for CUDA: no crate of this workspace has a trainer for it";
        return Err(WrongUse(message.into()).into());
    }
    let Suite::Embeddings = arguments.suite;
    let report = embeddings::measure(arguments)?;
    let (json, markdown) = (report.json()?, report.markdown());
    let folder = workspace::root().join("target/bench");
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join("embeddings.json"), format!("{json}\n"))?;
    std::fs::write(folder.join("embeddings.md"), &markdown)?;
    crate::print(if arguments.json { &json } else { markdown.trim_end() })
}
