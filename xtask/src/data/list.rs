//! The list of data sets.

use std::path::Path;

use anyhow::Result;
use serde::Serialize;

use super::registry::{DataFile, Parser, Registry, Set, Source};
use super::state::Place;

/// A row of the list.
#[derive(Debug, Serialize)]
pub(super) struct Row<'a> {
    name: &'a str,
    task: &'a str,
    language: &'a str,
    bytes: u64,
    pub(super) present: &'static str,
    licence: &'a str,
    licence_read: bool,
    page: &'a str,
    manual: Option<&'a str>,
    files: Vec<FileRow<'a>>,
}

/// A file in the list.
#[derive(Debug, Serialize)]
struct FileRow<'a> {
    name: &'a str,
    parser: Option<Parser>,
    about: Option<&'a str>,
    bytes: u64,
    sha256: &'a str,
    /// Where the authors' copy is.
    source: Option<Source<'a>>,
    /// Whether what is there is packed differently and cannot be checked.
    repacked: bool,
    present: bool,
}

impl<'a> FileRow<'a> {
    fn new(set: &'a Set, file: &'a DataFile, data: &Path) -> Self {
        Self {
            name: &file.name,
            parser: set.parser(file),
            about: set.about(file),
            bytes: file.bytes,
            sha256: &file.sha256,
            source: set.source(file),
            repacked: file.repacked,
            present: Place::new(data, set, file).seems_present(file),
        }
    }
}

/// Prints a line for each set of `registry`, or JSON with their files.
pub(super) fn print(registry: &Registry, data: &Path, json: bool) -> Result<()> {
    let rows: Vec<Row<'_>> = registry.sets.iter().map(|set| row(set, data)).collect();
    if json {
        return crate::print(&serde_json::to_string_pretty(&rows)?);
    }
    let head =
        format!("{:<24} {:<10} {:>9}  {:<7} {:<46} licence", "name", "language", "MB", "present", "task");
    let end = format!("\ndata folder: {}; `manual`: nobody serves it, but a mirror may", data.display());
    let lines: Vec<String> = [head].into_iter().chain(rows.iter().map(Row::line)).chain([end]).collect();
    crate::print(&lines.join("\n"))
}

impl Row<'_> {
    fn line(&self) -> String {
        let megabytes = self.bytes as f64 / 1e6;
        let Self { name, language, present, task, licence, .. } = self;
        format!("{name:<24} {language:<10} {megabytes:>9.2}  {present:<7} {task:<46} {licence}")
    }
}

/// What the list says of `set`.
pub(super) fn row<'a>(set: &'a Set, data: &Path) -> Row<'a> {
    let files: Vec<FileRow<'_>> = set.files.iter().map(|file| FileRow::new(set, file, data)).collect();
    let present = match files.iter().filter(|file| file.present).count() {
        n if n == files.len() => "yes",
        0 if set.manual.is_some() => "manual",
        0 => "no",
        _ => "part",
    };
    Row {
        name: &set.name,
        task: &set.task,
        language: &set.language,
        bytes: set.bytes(),
        present,
        licence: &set.licence,
        licence_read: set.licence_read,
        page: &set.page,
        manual: set.manual.as_deref(),
        files,
    }
}
