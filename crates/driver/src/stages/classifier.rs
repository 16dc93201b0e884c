//! A text classifier, and how it does on texts that it never saw.

use super::{Run, settings};
use crate::folder::{StageRecord, StageSpec};
use crate::job::{Classifier, Labelled};
use sememe_eval::{ClassificationReport, ConfusionMatrix};
use sememe_heads::{Dataset, FeatureSettings, Head as _, TextClassifier, UnknownLabel};
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
        let train = Dataset::read(&open(&train_files, &job.train)?)?;
        let (train, test) = match (&job.test, &test_files) {
            (Some(test), Some(files)) => {
                let documents = open(files, test)?;
                let test = Dataset::read_as(&documents, train.labels(), UnknownLabel::Refuse)?;
                (train, test)
            }
            _ => train.split(job.test_share, job.split_seed),
        };
        let vectors = uses_vectors.then(|| load(&vectors, Some(VectorFormat::Safetensors))).transpose()?;
        let vectors = vectors.as_ref().map(|(vectors, _)| vectors);
        let mut bar = work.bar("training the classifier");
        let model = TextClassifier::fit(&train, &job.head, vectors, threads, &mut bar)?;
        model.save(&work.dir.join("model"))?;
        let predicted = model.predict(&test.borrowed_texts())?.targets;
        let matrix = ConfusionMatrix::from_ids(test.labels(), test.targets(), &predicted)?;
        let report = ClassificationReport::of(&matrix)?;
        work.figure("accuracy", report.accuracy().unwrap_or(f64::NAN))?;
        work.figure("macro_f1", report.macro_average().f1)?;
        work.figure("train_texts", train.len())?;
        work.figure("test_texts", test.len())?;
        work.figure("curve_name", &model.report().curve_name)?;
        work.figure("loss", (1..).zip(&model.report().curve).collect::<Vec<(u64, &f64)>>())?;
        work.figure("section", report.section("Classifier", &matrix))
    })
}

fn open(files: &[PathBuf], labelled: &Labelled) -> anyhow::Result<FileDocuments> {
    Ok(FileDocuments::open(files, &labelled.read)?)
}
