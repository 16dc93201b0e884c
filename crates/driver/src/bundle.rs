//! `bundle.toml`: what a bundle holds and how it was made.

use crate::job::Job;
use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The file at the top of every bundle.
pub(crate) const FILE: &str = "bundle.toml";

/// Raised when the description changes its form.
const FORMAT: u32 = 1;

/// Figures by `stage.figure`; floors are set on these.
pub(crate) type Figures = BTreeMap<String, f64>;

/// The description of a bundle.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Bundle {
    pub(crate) name: String,
    description: String,
    format: u32,
    /// The version of sememe that made it.
    sememe: String,
    /// Paths of the parts, relative to the bundle.
    pub(crate) parts: BTreeMap<String, PathBuf>,
    pub(crate) figures: Figures,
    /// The whole effective job.
    pub(crate) job: Job,
}

/// The part of a description that every version has.
#[derive(Deserialize)]
struct Kind {
    format: u32,
    sememe: String,
}

impl Bundle {
    /// Describes what `job` made.
    pub(crate) fn new(job: &Job, parts: BTreeMap<String, PathBuf>, figures: Figures) -> Self {
        Self {
            name: job.name.clone(),
            description: job.description.clone(),
            format: FORMAT,
            sememe: env!("CARGO_PKG_VERSION").to_owned(),
            parts,
            figures,
            job: job.clone(),
        }
    }

    /// Reads the description of the bundle in `dir`.
    ///
    /// # Errors
    /// If there is none, or it is damaged or of another version.
    pub(crate) fn read(dir: &Path) -> anyhow::Result<Self> {
        let path = dir.join(FILE);
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("{} is no bundle: cannot read {}", dir.display(), path.display()))?;
        let context = || format!("{} is not a description of a bundle", path.display());
        let Kind { format, sememe } = toml::from_str(&text).with_context(context)?;
        anyhow::ensure!(
            format == FORMAT,
            "{}: expected format {FORMAT}, found {format}, which sememe {sememe} wrote",
            path.display()
        );
        toml::from_str(&text).with_context(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{demo, job};

    #[test]
    fn descriptions_are_read_as_they_were_written() {
        let dir = tempfile::tempdir().unwrap();
        let job = job::parse(demo::JOB, "the demo", &[]).unwrap();
        let parts = BTreeMap::from([("vocab".to_owned(), PathBuf::from("vocab/vocab.bin"))]);
        let figures = Figures::from([("lm.perplexity".to_owned(), 3.25)]);
        let text = toml::to_string_pretty(&Bundle::new(&job, parts, figures)).unwrap();
        std::fs::write(dir.path().join(FILE), &text).unwrap();
        let read = Bundle::read(dir.path()).unwrap();
        assert_eq!(toml::to_string_pretty(&read).unwrap(), text);
        std::fs::write(dir.path().join(FILE), text.replace("format = 1\n", "format = 7\n")).unwrap();
        let message = Bundle::read(dir.path()).unwrap_err().to_string();
        assert!(message.contains("expected format 1, found 7, which sememe "), "{message}");
    }
}
