//! What is in the data folder already.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::place;
use super::registry::{DataFile, Set, Unpacked};

/// How a file in the data folder stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum State {
    /// It is not there.
    Missing,
    /// It is the registered one.
    Right,
    /// It is what its address served, which has no registered digest.
    AsFetched,
    /// It is something else: why.
    Wrong(String),
}

/// A place in the data folder.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// The file.
    pub(crate) path: PathBuf,
    /// The folder that its content is unpacked into, if it is an archive.
    pub(crate) folder: Option<PathBuf>,
}

impl Place {
    /// Where `file` of `set` is in the data folder `data`.
    pub(crate) fn new(data: &Path, set: &Set, file: &DataFile) -> Self {
        let path = data.join(&set.name).join(&file.name);
        let stem = [".tar.gz", ".tgz", ".zip"].iter().find_map(|end| file.name.strip_suffix(end));
        let folder = file.unpacked.as_ref().map(|_| path.with_file_name(stem.unwrap_or("unpacked")));
        Self { path, folder }
    }

    /// The digest of what was fetched from an address without a registered one, in the form of `sha256sum`.
    pub(crate) fn record(&self) -> PathBuf {
        self.path.with_added_extension("sha256")
    }

    /// Whether a file of the registered size is there; reads nothing.
    pub(crate) fn seems_present(&self, file: &DataFile) -> bool {
        std::fs::metadata(&self.path).is_ok_and(|found| found.len() == file.bytes) || self.record().is_file()
    }

    /// How the file stands; reads all of it.
    pub(crate) fn state(&self, file: &DataFile) -> Result<State> {
        if !self.path.exists() {
            return Ok(State::Missing);
        }
        if !self.path.is_file() {
            return Ok(State::Wrong("not a file".into()));
        }
        let digest = place::digest(&self.path)?;
        let recorded = std::fs::read_to_string(self.record()).unwrap_or_default();
        Ok(match recorded.split_whitespace().next() {
            _ if digest == file.sha256 => State::Right,
            Some(recorded) if file.repacked && recorded == digest => State::AsFetched,
            _ => State::Wrong(format!("expected sha256 {}, found {digest}", file.sha256)),
        })
    }

    /// How the unpacked content stands; `file_state` is how its archive does.
    pub(crate) fn unpacked_state(&self, file: &DataFile, file_state: &State) -> Result<State> {
        let (Some(folder), Some(want)) = (&self.folder, &file.unpacked) else { return Ok(State::Right) };
        if !folder.is_dir() {
            return Ok(State::Missing);
        }
        let found = content(folder).with_context(|| format!("cannot read {}", folder.display()))?;
        Ok(match found.files == want.files && found.bytes == want.bytes {
            _ if *file_state == State::AsFetched => State::AsFetched,
            true => State::Right,
            false => State::Wrong(format!(
                "expected {} files of {} bytes, found {} of {}",
                want.files, want.bytes, found.files, found.bytes
            )),
        })
    }
}

/// The files below `folder`.
fn content(folder: &Path) -> std::io::Result<Unpacked> {
    let mut sum = Unpacked { files: 0, bytes: 0, strip: String::new() };
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let inner = match entry.file_type()?.is_dir() {
            true => content(&entry.path())?,
            false => Unpacked { files: 1, bytes: entry.metadata()?.len(), strip: String::new() },
        };
        (sum.files, sum.bytes) = (sum.files + inner.files, sum.bytes + inner.bytes);
    }
    Ok(sum)
}
