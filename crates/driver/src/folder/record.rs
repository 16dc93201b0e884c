//! `stage.json`: what is known of a finished stage.

use crate::digest::{FileMark, hash};
use crate::resources::Usage;
use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The record of a finished stage; its presence is what makes a stage folder believed.
pub(super) const FILE: &str = "stage.json";

/// What is known of a finished stage.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct StageRecord {
    pub(crate) name: String,
    pub(super) format: u32,
    /// The version of sememe that made it.
    pub(super) version: String,
    pub(super) settings: Value,
    /// Files from outside, by path.
    pub(super) files: BTreeMap<PathBuf, FileMark>,
    /// Digests of the stages that this one read.
    pub(super) stages: Vec<String>,
    /// Files of the stage folder, by relative path.
    pub(super) outputs: BTreeMap<PathBuf, FileMark>,
    /// What was measured.
    pub(crate) figures: Map<String, Value>,
    pub(crate) usage: Usage,
}

impl StageRecord {
    /// The record of stage `name` in the bundle `dir`.
    ///
    /// # Errors
    /// If there is none, or it is damaged.
    pub(crate) fn read(dir: &Path, name: &str) -> anyhow::Result<Self> {
        let path = dir.join(name).join(FILE);
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        serde_json::from_str(&text).with_context(|| format!("{} is no record of a stage", path.display()))
    }

    /// Stands for the stage and all that it was made from: equal digests, equal artefacts.
    pub(crate) fn digest(&self) -> String {
        let contents = |marks: &BTreeMap<PathBuf, FileMark>| {
            marks.values().map(|m| m.sha256.clone()).collect::<Vec<_>>()
        };
        let parts = (&self.settings, &self.stages, contents(&self.files), contents(&self.outputs));
        hash(serde_json::to_string(&parts).unwrap_or_default().as_bytes())
    }

    /// Figure `key` as a number.
    pub(crate) fn number(&self, key: &str) -> Option<f64> {
        self.figures.get(key)?.as_f64()
    }

    /// Where the stage found `file`, as the job names it.
    pub(crate) fn place_of(&self, file: &Path) -> Option<&Path> {
        let named = |path: &&Path| {
            let packed = matches!(path.extension().and_then(|e| e.to_str()), Some("gz" | "zst"));
            path.ends_with(file) || (packed && path.with_extension("").ends_with(file))
        };
        self.files.keys().map(PathBuf::as_path).find(named)
    }

    /// Whether the stage read a file with the content that `path` has now.
    pub(crate) fn has_read(&self, path: &Path) -> anyhow::Result<bool> {
        let now = FileMark::of(path)?;
        Ok(self.files.values().any(|mark| mark.sha256 == now.sha256))
    }

    /// Files of the stage folder `dir` that are gone or not as the stage left them.
    pub(crate) fn damaged(&self, dir: &Path) -> Vec<PathBuf> {
        let damaged = |(name, mark): (&PathBuf, &FileMark)| {
            let path = dir.join(name);
            (FileMark::of(&path).ok().map(|now| now.sha256).as_ref() != Some(&mark.sha256)).then_some(path)
        };
        self.outputs.iter().filter_map(damaged).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_known_by_the_name_that_the_job_gives_them() {
        let mark = FileMark { bytes: 0, modified: 0, sha256: String::new() };
        let files = ["data/a/x.csv.gz", "./y.txt"].map(|path| (PathBuf::from(path), mark.clone()));
        let record = StageRecord { files: files.into(), ..StageRecord::default() };
        let place = |file: &str| record.place_of(Path::new(file)).map(|path| path.display().to_string());
        assert_eq!(place("a/x.csv").as_deref(), Some("data/a/x.csv.gz"));
        assert_eq!(place("y.txt").as_deref(), Some("./y.txt"));
        assert_eq!((place("x.txt"), place("b/x.csv")), (None, None));
    }
}
