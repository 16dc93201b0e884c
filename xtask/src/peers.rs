//! The programs that ours are compared with, in a Python environment of their own.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};

use crate::workspace;

/// What goes into the environment.
const REQUIREMENTS: &str = include_str!("../peers/requirements.txt");

/// What to do with peers.
#[derive(Debug, Subcommand)]
pub(crate) enum Task {
    /// Make a Python environment with the peers; does nothing where it is complete
    Install(InstallArguments),
}

#[derive(Debug, Args)]
pub(crate) struct InstallArguments {
    #[command(flatten)]
    venv: VenvArguments,
}

#[derive(Debug, Args)]
pub(crate) struct VenvArguments {
    /// The Python environment of the peers [default: target/peers]
    #[arg(long, value_name = "DIR")]
    venv: Option<PathBuf>,
}

impl VenvArguments {
    /// The environment.
    pub(crate) fn venv(&self) -> Venv {
        Venv(self.venv.clone().unwrap_or_else(|| workspace::root().join("target/peers")))
    }
}

/// A Python environment.
#[derive(Debug, Clone)]
pub(crate) struct Venv(PathBuf);

impl Venv {
    /// A command that runs `script`, one of `xtask/peers`.
    ///
    /// # Errors
    /// Where the environment is not complete.
    pub(crate) fn script(&self, script: &str) -> Result<Command> {
        if !self.is_complete() {
            bail!("there are no peers in {}: run `cargo xtask peers install`", self.0.display());
        }
        let mut command = Command::new(self.python());
        command.arg(workspace::root().join("xtask/peers").join(script));
        Ok(command)
    }

    fn python(&self) -> PathBuf {
        self.0.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" })
    }

    /// Holds the requirements once they are all installed.
    fn stamp(&self) -> PathBuf {
        self.0.join("sememe-peers.txt")
    }

    fn is_complete(&self) -> bool {
        self.python().is_file()
            && std::fs::read_to_string(self.stamp()).is_ok_and(|stamp| stamp == REQUIREMENTS)
    }

    fn install(&self, python: &Path) -> Result<()> {
        if self.is_complete() {
            eprintln!("the peers in {} are complete", self.0.display());
            return Ok(());
        }
        let found = Command::new(python).arg("--version").output();
        found.with_context(|| format!("peers need Python 3, and there is no `{}`", python.display()))?;
        let made = run(Command::new(python).args(["-m", "venv"]).arg(&self.0));
        made.context("cannot make a Python environment; on Debian the package python3-venv is needed")?;
        let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"];
        let list = workspace::root().join("xtask/peers/requirements.txt");
        run(Command::new(self.python()).args(install).arg(list))?;
        std::fs::write(self.stamp(), REQUIREMENTS)
            .with_context(|| format!("cannot write into {}", self.0.display()))
    }
}

/// Does `task`.
pub(crate) fn run_task(task: &Task) -> Result<()> {
    match task {
        Task::Install(arguments) => arguments.venv.venv().install(Path::new("python3")),
    }
}

fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot run {command:?}"))?;
    if !status.success() {
        bail!("{command:?} ended with {status}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn empty() -> (tempfile::TempDir, Venv) {
        let folder = tempfile::tempdir().unwrap();
        let venv = Venv(folder.path().join("venv"));
        (folder, venv)
    }

    #[test]
    fn without_python_it_says_so() {
        let (_folder, venv) = empty();
        let error = venv.install(Path::new("no-such-python")).unwrap_err().to_string();
        assert_eq!(error, "peers need Python 3, and there is no `no-such-python`");
    }

    #[test]
    fn without_peers_it_says_what_to_run() {
        let (_folder, venv) = empty();
        let error = venv.script("score_vectors.py").unwrap_err().to_string();
        assert!(error.ends_with("run `cargo xtask peers install`"), "{error}");
    }

    #[test]
    fn a_complete_environment_is_left_alone() {
        let (_folder, venv) = empty();
        std::fs::create_dir_all(venv.python().parent().unwrap()).unwrap();
        std::fs::write(venv.python(), "").unwrap();
        std::fs::write(venv.stamp(), REQUIREMENTS).unwrap();
        venv.install(Path::new("no-such-python")).unwrap();
        std::fs::write(venv.stamp(), "gensim==1.0\n").unwrap();
        assert!(!venv.is_complete());
    }

    #[test]
    fn every_requirement_is_pinned() {
        let lines = REQUIREMENTS.lines().filter(|line| !line.starts_with('#'));
        assert!(lines.into_iter().all(|line| line.contains("==")));
    }
}
