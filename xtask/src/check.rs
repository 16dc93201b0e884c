//! Everything that continuous integration does, in its order.

use std::time::Instant;

use anyhow::{Context, Result};

use crate::{tidy, workspace};

/// The steps that are commands of cargo: a name and the arguments.
const STEPS: &[(&str, &[&str])] = &[
    ("formatting", &["fmt", "--all", "--check"]),
    ("lints", &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]),
    ("tests and doctests", &["test", "--workspace"]),
    ("documentation", &["doc", "--workspace", "--no-deps"]),
];

/// Runs every step, stopping at the first that fails, and says how long each took.
pub(crate) fn run() -> Result<()> {
    for (name, arguments) in STEPS {
        step(name, || cargo(arguments))?;
    }
    step("tidy", tidy::run)?;
    step("licences and advisories", deny)
}

fn step(name: &str, run: impl FnOnce() -> Result<()>) -> Result<()> {
    eprintln!("== {name}");
    let start = Instant::now();
    run().with_context(|| format!("the step `{name}` failed"))?;
    eprintln!("== {name}: {:.1} s", start.elapsed().as_secs_f64());
    Ok(())
}

fn cargo(arguments: &[&str]) -> Result<()> {
    let mut command = workspace::cargo();
    command.args(arguments).env("RUSTDOCFLAGS", "-D warnings");
    workspace::succeed(&mut command)
}

/// cargo-deny is a program apart, and its advisories come from the network: what cannot be checked is said.
fn deny() -> Result<()> {
    if !deny_works(&["--version"]) {
        eprintln!("skipped: cargo-deny is not installed (`cargo install cargo-deny --locked`)");
        return Ok(());
    }
    cargo(&["deny", "check", "licenses", "bans", "sources"])?;
    if !deny_works(&["fetch", "db"]) {
        eprintln!("skipped: the database of advisories cannot be reached");
        return Ok(());
    }
    cargo(&["deny", "check", "advisories"])
}

fn deny_works(arguments: &[&str]) -> bool {
    workspace::cargo().arg("deny").args(arguments).output().is_ok_and(|output| output.status.success())
}
