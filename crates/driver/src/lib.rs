//! The command line of sememe: from raw text to word vectors, language models and classifiers.
//!
//! The library crates do the work; this one reads arguments and job files, walks the stages of a run, and is
//! the only one that prints: data on stdout, everything else on stderr.

#![allow(clippy::print_stderr)]

mod bundle;
mod cli;
mod commands;
mod console;
mod demo;
mod digest;
mod exit;
mod folder;
mod job;
mod labelled;
mod progress;
mod resources;
mod stages;

use clap::Parser as _;
use std::process::ExitCode;

/// Runs the command line with the arguments of this process.
pub fn main() -> ExitCode {
    let cli = match cli::Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(error.exit_code() as u8);
        }
    };
    let interrupt = console::Interrupt::on_signal().unwrap_or_default();
    let result = run(cli, interrupt.clone());
    if let Err(error) = &result {
        eprintln!("error: {error:#}");
    }
    exit::code(&result, &interrupt)
}

fn run(cli: cli::Cli, interrupt: console::Interrupt) -> anyhow::Result<()> {
    if cli.global.shows_log() {
        tracing_subscriber::fmt().with_writer(std::io::stderr).with_max_level(tracing::Level::DEBUG).init();
    }
    let context = cli.global.context(interrupt)?;
    cli.command.run(&context)
}
