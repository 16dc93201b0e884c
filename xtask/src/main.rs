//! Data sets, benchmarks and checks of this workspace.

// A program: it prints what it finds.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod check;
mod data;
mod tidy;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Data sets, benchmarks and checks of this workspace.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// List, fetch and verify data sets
    #[command(subcommand)]
    Data(data::Task),
    /// Do everything that continuous integration does, in its order
    Check,
    /// Look for breaches of the rules that the compiler does not know
    Tidy,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<()> {
    match &arguments.task {
        Task::Data(task) => data::run(task),
        Task::Check => check::run(),
        Task::Tidy => tidy::run(),
    }
}
