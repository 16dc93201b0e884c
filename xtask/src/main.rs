//! Data sets, benchmarks and checks of this workspace.

// A program: it says what it does.
#![allow(clippy::print_stderr)]

mod bench;
mod check;
mod data;
mod peers;
mod sanitize;
mod tidy;
mod workspace;

use std::fmt;
use std::io::{self, Write};
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
    /// Measure ours beside the peers
    Bench(bench::Arguments),
    /// Install the programs that ours are compared with
    #[command(subcommand)]
    Peers(peers::Task),
    /// Do everything that continuous integration does, in its order
    Check,
    /// Run the tests of sememe-kernels under AddressSanitizer
    ///
    /// It ends with an error where one of them reads or writes memory out of bounds, after it was given back, or
    /// never gives it back. Linux and macOS have the sanitizer; everything is compiled anew for it.
    Sanitize,
    /// Look for breaches of the rules that the compiler does not know
    Tidy,
}

/// Something was asked for that there is not: the exit code is 2, as it is for flags that are unknown.
#[derive(Debug)]
struct WrongUse(String);

impl fmt::Display for WrongUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for WrongUse {}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(if error.is::<WrongUse>() { 2 } else { 1 })
        }
    }
}

/// Writes a text and a newline to standard output; a reader that has heard enough is no error.
fn print(text: &str) -> Result<()> {
    match writeln!(io::stdout(), "{text}") {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

fn run(arguments: &Arguments) -> Result<()> {
    match &arguments.task {
        Task::Data(task) => data::run(task),
        Task::Bench(arguments) => bench::run(arguments),
        Task::Peers(task) => peers::run_task(task),
        Task::Check => check::run(),
        Task::Sanitize => sanitize::run(),
        Task::Tidy => tidy::run(),
    }
}
