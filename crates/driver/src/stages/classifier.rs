//! A text classifier, and how it does on texts that it never saw.

use super::again::{Again, Measured};
use super::{Run, settings};
use crate::folder::{StageRecord, StageSpec};
use crate::job::{Classifier, Labelled};
use crate::labelled;
use sememe_eval::{ClassificationReport, ConfusionMatrix};
use sememe_heads::{Dataset, Existing, FeatureSettings, Head as _, TextClassifier, UnknownLabel};
use sememe_text::FileDocuments;
use sememe_vectors::{VectorFormat, load};
use std::path::PathBuf;

/// Folder of the model in the bundle.
pub(super) const MODEL: &str = "classifier/model";

/// Trains on the labelled documents of the job and tests on the others.
pub(super) fn train(
    run: &mut Run<'_>,
    job: &Classifier,
    vectors: Option<&StageRecord>,
) -> anyhow::Result<StageRecord> {
    run.check_interrupt()?;
    let train_files = run.places.find_all(&job.train.files)?;
    let test_files = job.test.as_ref().map(|test| run.places.find_all(&test.files)).transpose()?;
    let uses_vectors = matches!(job.head.features, FeatureSettings::Vectors(_));
    let spec = StageSpec {
        name: "classifier",
        settings: settings(job)?,
        files: train_files.iter().chain(test_files.iter().flatten()).cloned().collect(),
        stages: vectors.filter(|_| uses_vectors).map(StageRecord::digest).into_iter().collect(),
    };
    let (vectors, threads) = (run.folder.path(super::vectors::VECTORS), run.context.threads);
    run.folder.stage(&spec, |work| {
        let train = labelled::read(&open(&train_files, &job.train)?)?;
        let (train, test) = match (&job.test, &test_files) {
            (Some(test), Some(files)) => {
                let documents = open(files, test)?;
                let test = labelled::read_as(&documents, train.labels(), UnknownLabel::Refuse)?;
                (train, test)
            }
            _ => train.split(job.test_share, job.split_seed),
        };
        let vectors = uses_vectors.then(|| load(&vectors, Some(VectorFormat::Safetensors))).transpose()?;
        let vectors = vectors.as_ref().map(|(vectors, _)| vectors);
        let mut bar = work.bar("training the classifier");
        let model = TextClassifier::fit(&train, &job.head, vectors, threads, &mut bar)?;
        model.save(&work.dir.join("model"), Existing::Refuse)?;
        let matrix = confusion(&model, &test)?;
        let report = ClassificationReport::of(&matrix)?;
        for (key, value) in figures(&report, &test) {
            work.figure(key, value)?;
        }
        work.figure("train_texts", train.len())?;
        work.figure("curve_name", &model.report().curve_name)?;
        work.figure("loss", (1..).zip(&model.report().curve).collect::<Vec<(u64, &f64)>>())?;
        work.figure("section", report.section("Classifier", &matrix))
    })
}

/// What the model says of the test documents, beside what is true.
pub(crate) fn confusion(model: &TextClassifier, test: &Dataset) -> anyhow::Result<ConfusionMatrix> {
    let predicted = model.predict(&test.borrowed_texts())?.targets;
    Ok(ConfusionMatrix::from_ids(test.labels(), test.targets(), &predicted)?)
}

/// What is kept of the test.
fn figures(report: &ClassificationReport, test: &Dataset) -> [(&'static str, f64); 3] {
    let accuracy = report.accuracy().unwrap_or(f64::NAN);
    [("accuracy", accuracy), ("macro_f1", report.macro_average().f1), ("test_texts", test.len() as f64)]
}

/// The figures of the classifier of a bundle on the test documents of its job.
pub(super) fn measure(again: &Again<'_>, job: &Classifier) -> anyhow::Result<Measured> {
    let labelled = job.test.as_ref().unwrap_or(&job.train);
    let files = match again.find(&again.record("classifier")?, &labelled.files)? {
        Ok(files) => files,
        Err(reason) => return Ok(Measured::Not(reason)),
    };
    let model = TextClassifier::load(&again.path(MODEL))?.with_threads(again.threads());
    let documents = open(&files, labelled)?;
    let test = match job.test {
        Some(_) => labelled::read_as(&documents, model.labels(), UnknownLabel::Refuse)?,
        None => labelled::read(&documents)?.split(job.test_share, job.split_seed).1,
    };
    let report = ClassificationReport::of(&confusion(&model, &test)?)?;
    Ok(Measured::Figures(figures(&report, &test).map(|(key, value)| (key.to_owned(), value)).to_vec()))
}

fn open(files: &[PathBuf], labelled: &Labelled) -> anyhow::Result<FileDocuments> {
    Ok(FileDocuments::open(files, &labelled.read)?)
}
