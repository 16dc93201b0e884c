//! The stages of a run, in their order. Each writes one folder of the bundle.

pub(crate) mod again;
mod classifier;
mod corpus;
mod demo;
mod language_model;
mod report;
mod similarity;
mod vectors;

pub(crate) use classifier::confusion;
pub(crate) use report::Summary;

use crate::cli::Context;
use crate::folder::{RunFolder, StageRecord};
use crate::job::Job;
use anyhow::Context as _;
use std::path::{Path, PathBuf};

/// Where the files of a job are looked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Places(Vec<PathBuf>);

impl Places {
    /// The first place where `file` is, as it is or compressed.
    ///
    /// # Errors
    /// If it is nowhere, naming the places.
    pub(crate) fn find(&self, file: &Path) -> anyhow::Result<PathBuf> {
        for place in &self.0 {
            for suffix in ["", ".gz", ".zst"] {
                let mut path = place.join(file).into_os_string();
                path.push(suffix);
                if Path::new(&path).exists() {
                    return Ok(path.into());
                }
            }
        }
        let places: Vec<String> = self.0.iter().map(|place| place.display().to_string()).collect();
        anyhow::bail!("cannot find {}; looked in {}", file.display(), places.join(", "))
    }

    pub(crate) fn new(places: impl IntoIterator<Item = PathBuf>) -> Self {
        let named = |place: PathBuf| if place.as_os_str().is_empty() { PathBuf::from(".") } else { place };
        let mut places: Vec<PathBuf> = places.into_iter().map(named).collect();
        places.dedup();
        Self(places)
    }

    fn find_all(&self, files: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
        files.iter().map(|file| self.find(file)).collect()
    }
}

/// A run on its way.
struct Run<'a> {
    job: &'a Job,
    folder: &'a mut RunFolder,
    places: Places,
    context: &'a Context,
}

/// The stages that are done, as far as the job has them.
#[derive(Default)]
struct Done {
    demo: Option<StageRecord>,
    vocab: Option<StageRecord>,
    corpus: Option<StageRecord>,
    vectors: Option<StageRecord>,
    similarity: Option<StageRecord>,
    language_model: Option<StageRecord>,
    classifier: Option<StageRecord>,
}

/// Makes sure that the files of `job` are there, before anything is begun.
pub(crate) fn check_files(job: &Job, places: &Places) -> anyhow::Result<()> {
    if job.demo.is_some() {
        return Ok(());
    }
    let corpus = job.corpus.iter().flat_map(|corpus| &corpus.files);
    let labelled =
        job.classifier.iter().flat_map(|c| c.train.files.iter().chain(c.test.iter().flat_map(|t| &t.files)));
    let sets = job.evaluate.similarity.iter().chain(&job.evaluate.analogies);
    corpus.chain(labelled).chain(sets).try_for_each(|file| places.find(file).map(drop))
}

/// Takes `job` through all of its stages.
pub(crate) fn run(
    job: &Job,
    folder: &mut RunFolder,
    places: Places,
    context: &Context,
) -> anyhow::Result<Summary> {
    let mut run = Run { job, folder, places, context };
    let mut done = Done { demo: demo::make(&mut run)?, ..Done::default() };
    if let Some(corpus) = &job.corpus {
        let vocab = corpus::count(&mut run, corpus, done.demo.as_ref())?;
        let encoded = corpus::encode(&mut run, corpus, &vocab)?;
        if let Some(settings) = &job.vectors {
            let vectors = vectors::train(&mut run, settings, &encoded)?;
            done.similarity = similarity::measure(&mut run, &vectors)?;
            done.vectors = Some(vectors);
        }
        if let Some(settings) = &job.language_model {
            done.language_model = Some(language_model::train(&mut run, settings, &encoded)?);
        }
        (done.vocab, done.corpus) = (Some(vocab), Some(encoded));
    }
    if let Some(settings) = &job.classifier {
        done.classifier = Some(classifier::train(&mut run, settings, done.vectors.as_ref())?);
    }
    report::write(&mut run, &done)
}

impl Run<'_> {
    fn check_interrupt(&self) -> anyhow::Result<()> {
        anyhow::ensure!(!self.context.console.interrupt.is_set(), "interrupted");
        Ok(())
    }
}

/// The settings of a stage as they are kept in its record.
fn settings(value: &impl serde::Serialize) -> anyhow::Result<serde_json::Value> {
    serde_json::to_value(value).context("cannot keep the settings")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_compressed_or_not() {
        let (a, b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        std::fs::write(a.path().join("x.txt.gz"), "").unwrap();
        std::fs::write(b.path().join("x.txt"), "").unwrap();
        let places = Places::new([a.path().to_owned(), b.path().to_owned()]);
        assert_eq!(places.find(Path::new("x.txt")).unwrap(), a.path().join("x.txt.gz"));
        let message = places.find(Path::new("y")).unwrap_err().to_string();
        assert!(message.starts_with("cannot find y; looked in "), "{message}");
    }
}
