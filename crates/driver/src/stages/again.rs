//! A bundle measured again: what its parts score now beside what was written down when they were made.

use super::{Places, classifier, language_model, similarity};
use crate::bundle::{Bundle, Figures};
use crate::cli::Context;
use crate::folder::StageRecord;
use crate::job::Job;
use crate::progress::Bar;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Two figures are the same if they differ by less than this share, or this much where they are below 1: as
/// many digits as the report shows. Other processors round sums in another order.
const TOLERANCE: f64 = 1e-4;

/// A bundle that is measured.
pub(super) struct Again<'a> {
    dir: &'a Path,
    bundle: &'a Bundle,
    places: Places,
    context: &'a Context,
}

/// What became of one stage.
pub(super) enum Measured {
    /// Figures by name.
    Figures(Vec<(String, f64)>),
    /// Why there are none.
    Not(String),
}

impl Measured {
    pub(super) fn not(reason: &str) -> Self {
        Self::Not(reason.to_owned())
    }
}

/// The outcome for a whole bundle.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Comparison {
    pub(crate) figures: Vec<Compared>,
    pub(crate) not_measured: Vec<NotMeasured>,
    /// Files that are gone or not as the run left them.
    pub(crate) damaged: Vec<PathBuf>,
}

/// A figure, then and now.
#[derive(Debug, Serialize)]
pub(crate) struct Compared {
    pub(crate) name: String,
    pub(crate) stored: Option<f64>,
    pub(crate) measured: f64,
    pub(crate) reproduced: bool,
}

/// A stage whose figures cannot be measured.
#[derive(Debug, Serialize)]
pub(crate) struct NotMeasured {
    pub(crate) stage: &'static str,
    pub(crate) reason: String,
}

/// Measures all that the bundle in `dir` and the files in `places` allow.
pub(crate) fn measure(
    dir: &Path,
    bundle: &Bundle,
    places: Places,
    context: &Context,
) -> anyhow::Result<Comparison> {
    let places = if bundle.job.demo.is_some() { Places::new([dir.join("demo")]) } else { places };
    let again = Again { dir, bundle, places, context };
    let mut comparison = Comparison { damaged: again.damaged()?, ..Comparison::default() };
    let job = &bundle.job;
    if job.vectors.is_some() {
        comparison.add("similarity", similarity::measure_again(&again)?, &bundle.figures);
    }
    if job.language_model.is_some() {
        comparison.add("lm", language_model::measure(&again)?, &bundle.figures);
    }
    if let Some(settings) = &job.classifier {
        comparison.add("classifier", classifier::measure(&again, settings)?, &bundle.figures);
    }
    Ok(comparison)
}

impl Again<'_> {
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    pub(super) fn job(&self) -> &Job {
        &self.bundle.job
    }

    pub(super) fn threads(&self) -> usize {
        self.context.threads
    }

    pub(super) fn bar(&self, what: &str) -> Bar {
        self.context.console.bar(what)
    }

    pub(super) fn record(&self, stage: &str) -> anyhow::Result<StageRecord> {
        StageRecord::read(self.dir, stage)
    }

    /// Finds files that the stage of `record` read, where it read them or in the places of today; or says why
    /// they cannot be used.
    pub(super) fn find(
        &self,
        record: &StageRecord,
        files: &[PathBuf],
    ) -> anyhow::Result<Result<Vec<PathBuf>, String>> {
        let mut found = Vec::new();
        for file in files {
            let recorded = record.place_of(file).filter(|path| path.exists()).map(Path::to_owned);
            let path = match recorded.map_or_else(|| self.places.find(file), Ok) {
                Ok(path) => path,
                Err(error) => return Ok(Err(error.to_string())),
            };
            if !record.has_read(&path)? {
                return Ok(Err(format!("{} is not the file that the run read", path.display())));
            }
            found.push(path);
        }
        Ok(Ok(found))
    }

    /// Files of the parts that are not as the run left them.
    fn damaged(&self) -> anyhow::Result<Vec<PathBuf>> {
        let mut damaged = Vec::new();
        for path in self.bundle.parts.values() {
            if let Some(stage) = path.iter().next().and_then(|name| name.to_str()) {
                damaged.extend(self.record(stage)?.damaged(&self.dir.join(stage)));
            }
        }
        Ok(damaged)
    }
}

impl Comparison {
    fn add(&mut self, stage: &'static str, measured: Measured, stored: &Figures) {
        match measured {
            Measured::Not(reason) => self.not_measured.push(NotMeasured { stage, reason }),
            Measured::Figures(figures) => self.figures.extend(figures.into_iter().map(|(key, measured)| {
                let name = format!("{stage}.{key}");
                let stored = stored.get(&name).copied();
                Compared { reproduced: is_same(stored, measured), name, stored, measured }
            })),
        }
    }

    /// Names of figures that came out otherwise.
    pub(crate) fn differing(&self) -> Vec<&str> {
        self.figures.iter().filter(|figure| !figure.reproduced).map(|figure| figure.name.as_str()).collect()
    }
}

fn is_same(stored: Option<f64>, measured: f64) -> bool {
    match stored {
        Some(stored) => (stored - measured).abs() <= TOLERANCE * stored.abs().max(1.0),
        // Figures that are no numbers, as of sets without a known word, are not kept.
        None => measured.is_nan(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_the_same_to_four_digits() {
        assert!(is_same(Some(0.9021), 0.90211) && !is_same(Some(0.9021), 0.9023));
        assert!(is_same(Some(131.87), 131.878) && !is_same(Some(131.87), 131.89));
        assert!(is_same(None, f64::NAN) && !is_same(None, 0.5) && !is_same(Some(0.5), f64::NAN));
    }
}
