//! The last stage: everything that was measured, in one report, and the description of the bundle.

mod card;
mod sections;

use super::{Done, Run, settings};
use crate::bundle::{self, Bundle, Figures};
use crate::folder::{StageRecord, StageSpec, write_file};
use anyhow::Context as _;
use sememe_eval::Report;
use sememe_text::nearest;
use sememe_vectors::{VectorFormat, load};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Files of the report that also stand at the top of the bundle.
const TOP: [&str; 4] = ["report.json", "report.html", "README.md", bundle::FILE];

/// What a run says on its end.
pub(crate) struct Summary {
    pub(crate) report: Report,
    pub(crate) html: PathBuf,
    /// Floors of the job that were missed, in words.
    pub(crate) missed: Vec<String>,
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
        let bundle = Bundle::new(job, done.parts(), figures.clone());
        let put = |name: &str, text: &str| write_file(&work.dir.join(name), text.as_bytes());
        put("report.json", &report.to_json())?;
        put("report.html", &report.to_html())?;
        put("README.md", &card::model_card(job, &report, done))?;
        put(bundle::FILE, &toml::to_string_pretty(&bundle)?)
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
        None => {
            let hint = nearest(name, figures.keys().map(String::as_str))
                .map_or(String::new(), |name| format!("; did you mean {name}?"));
            Some(format!("{name} has a floor of {floor}, but there is no such figure{hint}"))
        }
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

    fn parts(&self) -> BTreeMap<String, PathBuf> {
        let parts = [
            (&self.vocab, "vocab", super::corpus::VOCAB),
            (&self.vectors, "vectors", super::vectors::VECTORS),
            (&self.language_model, "language_model", super::language_model::MODEL),
            (&self.classifier, "classifier", super::classifier::MODEL),
        ];
        parts
            .into_iter()
            .filter(|(record, ..)| record.is_some())
            .map(|(_, name, path)| (name.to_owned(), PathBuf::from(path)))
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
        let got = missed(&map(&[("a.y", 0.75), ("az", 1.0), ("b.accuracy", 1.0)]), &figures);
        let want = [
            "a.y is 0.5000, below its floor of 0.75",
            "az has a floor of 1, but there is no such figure; did you mean a.x?",
            "b.accuracy has a floor of 1, but there is no such figure",
        ];
        assert_eq!(got, want);
    }
}
