//! The last stage: everything that was measured, in one report, and the description of the bundle.

mod card;
mod sections;

use super::{Done, Run, settings};
use crate::folder::{StageRecord, StageSpec, write_file};
use anyhow::Context as _;
use sememe_eval::Report;
use sememe_vectors::{VectorFormat, load};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Files of the report that also stand at the top of the bundle.
const TOP: [&str; 4] = ["report.json", "report.html", "README.md", "bundle.toml"];

/// What a run says on its end.
pub(crate) struct Summary {
    pub(crate) report: Report,
    pub(crate) html: PathBuf,
    /// Floors of the job that were missed, in words.
    pub(crate) missed: Vec<String>,
}

/// The figures that floors can be set on, by `part.figure`.
type Figures = BTreeMap<String, f64>;

/// `bundle.toml`: what the bundle holds and how it was made.
#[derive(Serialize)]
struct Bundle<'a> {
    name: &'a str,
    description: &'a str,
    format: u32,
    sememe: &'static str,
    /// Paths of the parts, relative to the bundle.
    parts: BTreeMap<&'static str, &'static str>,
    figures: Figures,
    job: &'a crate::job::Job,
}

/// Writes the report of the stages that are done.
pub(super) fn write(run: &mut Run<'_>, done: &Done) -> anyhow::Result<Summary> {
    let spec = StageSpec {
        name: "report",
        settings: settings(run.job)?,
        files: Vec::new(),
        stages: done.records().iter().map(|record| record.digest()).collect(),
    };
    let figures = figures(done);
    let job = run.job;
    let vectors = run.folder.path(super::vectors::VECTORS);
    run.folder.stage(&spec, |work| {
        let mut report = Report::new(&job.name).subtitled(&job.description);
        report.sections = sections::all(done);
        if done.vectors.is_some() {
            let (vectors, _) = load(&vectors, Some(VectorFormat::Safetensors))?;
            report.sections.push(sections::neighbourhood(&vectors)?);
        }
        report.sections.push(sections::resources(&done.records()));
        let bundle = Bundle {
            name: &job.name,
            description: &job.description,
            format: 1,
            sememe: env!("CARGO_PKG_VERSION"),
            parts: done.parts(),
            figures: figures.clone(),
            job,
        };
        let put = |name: &str, text: &str| write_file(&work.dir.join(name), text.as_bytes());
        put("report.json", &report.to_json())?;
        put("report.html", &report.to_html())?;
        put("README.md", &card::model_card(job, &report, done))?;
        put("bundle.toml", &toml::to_string_pretty(&bundle)?)
    })?;
    publish(run)?;
    let json = run.folder.path("report/report.json");
    let text = std::fs::read_to_string(&json).with_context(|| format!("cannot read {}", json.display()))?;
    let missed = missed(&job.floors, &figures);
    Ok(Summary { report: Report::from_json(&text)?, html: run.folder.path("report.html"), missed })
}

/// Copies the report to the top of the bundle, where people look for it.
fn publish(run: &Run<'_>) -> anyhow::Result<()> {
    for name in TOP {
        let from = run.folder.path(Path::new("report").join(name));
        let bytes = std::fs::read(&from).with_context(|| format!("cannot read {}", from.display()))?;
        let to = run.folder.path(name);
        if std::fs::read(&to).ok().as_ref() != Some(&bytes) {
            write_file(&to, &bytes)?;
        }
    }
    Ok(())
}

fn figures(done: &Done) -> Figures {
    let mut figures = Figures::new();
    for record in done.records() {
        for (key, value) in &record.figures {
            if let Some(number) = value.as_f64() {
                figures.insert(format!("{}.{key}", record.name), number);
            }
        }
    }
    figures
}

fn missed(floors: &Figures, figures: &Figures) -> Vec<String> {
    let below = |(name, floor): (&String, &f64)| match figures.get(name) {
        Some(value) if value >= floor => None,
        Some(value) => Some(format!("{name} is {value:.4}, below its floor of {floor}")),
        None => Some(format!("{name} has a floor of {floor}, but there is no such figure")),
    };
    floors.iter().filter_map(below).collect()
}

impl Done {
    fn records(&self) -> Vec<&StageRecord> {
        let all = [
            &self.demo,
            &self.vocab,
            &self.corpus,
            &self.vectors,
            &self.similarity,
            &self.language_model,
            &self.classifier,
        ];
        all.into_iter().flatten().collect()
    }

    fn parts(&self) -> BTreeMap<&'static str, &'static str> {
        let parts = [
            (&self.vocab, "vocab", super::corpus::VOCAB),
            (&self.vectors, "vectors", super::vectors::VECTORS),
            (&self.language_model, "language_model", super::language_model::MODEL),
            (&self.classifier, "classifier", super::classifier::MODEL),
        ];
        parts
            .into_iter()
            .filter(|(record, ..)| record.is_some())
            .map(|(_, name, path)| (name, path))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missed_floors_are_named() {
        let map =
            |pairs: &[(&str, f64)]| pairs.iter().map(|(k, v)| ((*k).to_owned(), *v)).collect::<Figures>();
        let figures = map(&[("a.x", 0.5), ("a.y", 0.5)]);
        assert!(missed(&map(&[("a.x", 0.5)]), &figures).is_empty());
        let got = missed(&map(&[("a.y", 0.75), ("b", 1.0)]), &figures);
        let want =
            ["a.y is 0.5000, below its floor of 0.75", "b has a floor of 1, but there is no such figure"];
        assert_eq!(got, want);
    }
}
