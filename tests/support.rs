//! Runs the real command line.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// A demo small enough for a test: every stage, little text.
pub(crate) const SMALL: [&str; 7] = [
    "demo.documents=400",
    "demo.reviews=150",
    "demo.questions=20",
    "vectors.dim=16",
    "vectors.epochs=2",
    "language_model.order=2",
    "name=small",
];

/// An empty folder, and the program to be run in it.
pub(crate) struct Desk {
    folder: TempDir,
}

/// How a command ended.
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        fs::write(self.path(name), text).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// `sememe` with `arguments`, which white space separates, to be started.
    pub(crate) fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sememe-under-test"));
        command.current_dir(self.folder.path()).args(arguments.split_whitespace());
        command.env_remove("SEMEME_DATA").env_remove("SEMEME_THREADS").stdin(Stdio::null());
        command
    }

    /// `sememe run` of the small demo into the folder `out`, on one thread so that all bits are the same.
    pub(crate) fn small_demo(&self, arguments: &str) -> Command {
        self.small_demo_in("out", arguments)
    }

    /// The same into another folder.
    pub(crate) fn small_demo_in(&self, out: &str, arguments: &str) -> Command {
        let mut command = self.command("run --threads 1 -o");
        command.arg(out);
        command.args(SMALL.iter().flat_map(|set| ["--set", set])).args(arguments.split_whitespace());
        command
    }

    pub(crate) fn run(&self, arguments: &str) -> Ended {
        Ended::of(&mut self.command(arguments))
    }

    /// Runs `sememe` with `input` on its standard input.
    pub(crate) fn run_with_input(&self, arguments: &str, input: &str) -> Ended {
        self.write(".stdin", input);
        let file = fs::File::open(self.path(".stdin")).unwrap();
        Ended::of(self.command(arguments).stdin(file))
    }

    /// Names of everything in the folder, and below it.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names = Vec::new();
        let mut folders = vec![self.folder.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
                names.push(entry.path().strip_prefix(self.folder.path()).unwrap().display().to_string());
                if entry.file_type().unwrap().is_dir() {
                    folders.push(entry.path());
                }
            }
        }
        names.sort();
        names
    }
}

impl Ended {
    pub(crate) fn of(command: &mut Command) -> Self {
        command.output().unwrap().into()
    }

    /// Fails the test unless the command did its work.
    #[track_caller]
    pub(crate) fn done(self) -> Self {
        assert_eq!(self.code, Some(0), "{}", self.stderr);
        self
    }

    /// Fails the test unless the command ended with `code` and one error, which holds `message`.
    #[track_caller]
    pub(crate) fn failed(self, code: i32, message: &str) -> Self {
        assert_eq!(self.code, Some(code), "{}", self.stderr);
        let errors: Vec<&str> = self.stderr.lines().filter(|line| line.starts_with("error:")).collect();
        assert_eq!(errors.len(), 1, "{}", self.stderr);
        assert!(errors[0].contains(message), "expected `{message}` in `{}`", errors[0]);
        assert!(!self.stderr.contains("panicked"), "{}", self.stderr);
        self
    }

    /// The output as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {}", self.stdout))
    }

    /// A figure of the report that is the output.
    #[track_caller]
    pub(crate) fn figure(&self, name: &str) -> f64 {
        let report = self.json();
        let sections = report["sections"].as_array().unwrap().iter();
        let mut figures = sections.filter_map(|section| section["figures"].as_array()).flatten();
        figures.find(|figure| figure["name"] == name).unwrap_or_else(|| panic!("no {name}: {report}"))["value"]
            .as_f64()
            .unwrap()
    }
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}
