//! Labelled documents of files, with errors that say which files.

use anyhow::Context as _;
use sememe_heads::{Dataset, HeadError, UnknownLabel};
use sememe_text::FileDocuments;

/// Documents to train on.
///
/// # Errors
/// If they cannot be read, or one has not exactly one label.
pub(crate) fn read(documents: &FileDocuments) -> anyhow::Result<Dataset> {
    name_files(Dataset::read(documents), documents)
}

/// Documents to test a classifier with `labels` on.
///
/// # Errors
/// As [`read`]; or at a label that is not among `labels`, if such are refused.
pub(crate) fn read_as(
    documents: &FileDocuments,
    labels: &[String],
    unknown: UnknownLabel,
) -> anyhow::Result<Dataset> {
    name_files(Dataset::read_as(documents, labels, unknown), documents)
}

fn name_files(read: Result<Dataset, HeadError>, documents: &FileDocuments) -> anyhow::Result<Dataset> {
    match read {
        // These name their file already.
        Err(HeadError::Text(error)) => Err(error.into()),
        read => read.with_context(|| files(documents)),
    }
}

/// The first of the files, and how many more there are.
fn files(documents: &FileDocuments) -> String {
    let mut paths = documents.paths();
    let first = paths.next().map_or(String::new(), |path| path.display().to_string());
    match paths.len() {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}
