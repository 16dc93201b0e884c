//! What a job must fulfil beyond its form, looked at before any stage begins.

use super::{Classifier, Job, VectorSettings};
use crate::exit::{bail_usage, usage};
use anyhow::{Context as _, ensure};
use sememe_heads::FeatureSettings;

/// # Errors
/// If a section lacks another that it needs, or holds values that make no sense; `name` is that of the job file.
pub(super) fn check(job: &Job, name: &str) -> anyhow::Result<()> {
    check_name(&job.name).map_err(|error| usage(error.context(name.to_owned())))?;
    if job.corpus.is_none() && job.classifier.is_none() {
        bail_usage!("{name}: nothing to do: expected a [corpus] or a [classifier]");
    }
    for (section, there) in
        [("vectors", job.vectors.is_some()), ("language_model", job.language_model.is_some())]
    {
        if there && job.corpus.is_none() {
            bail_usage!("{name}: [{section}] needs a [corpus] to train on");
        }
    }
    if job.vectors.is_none() && !job.evaluate.is_empty() {
        bail_usage!("{name}: [evaluate] needs [vectors] to measure");
    }
    check_threads(job, name)?;
    check_parts(job).map_err(|error| usage(error.context(name.to_owned())))?;
    job.classifier.as_ref().map_or(Ok(()), |classifier| check_classifier(job, classifier, name))
}

/// The name of the job is that of a folder.
fn check_name(name: &str) -> anyhow::Result<()> {
    let is_plain =
        !name.trim().is_empty() && !name.contains(['/', '\\', '\0']) && !matches!(name, "." | "..");
    ensure!(is_plain, "name is {name:?}, expected one that a folder can have");
    Ok(())
}

/// The number of threads belongs to the machine, not to the job.
fn check_threads(job: &Job, name: &str) -> anyhow::Result<()> {
    let sections = [
        ("vectors", job.vectors.as_ref().map(VectorSettings::threads)),
        ("language_model", job.language_model.as_ref().map(|model| model.threads)),
    ];
    for (section, threads) in sections {
        if let Some(threads) = threads.filter(|&threads| threads != 1) {
            bail_usage!("{name}: {section}.threads is {threads}: choose the threads with --threads instead");
        }
    }
    Ok(())
}

/// The settings of each part on its own.
fn check_parts(job: &Job) -> anyhow::Result<()> {
    if let Some(corpus) = &job.corpus {
        ensure!(!corpus.files.is_empty(), "corpus.files names no file");
        ensure!(corpus.shards > 0, "corpus.shards is 0, expected at least 1");
    }
    job.vocab.check().context("[vocab]")?;
    if let Some(vectors) = &job.vectors {
        vectors.trainer(None).context("[vectors]")?;
    }
    if let Some(model) = &job.language_model {
        model.validate().context("[language_model]")?;
        let special = ["<unk>", "<s>", "</s>"];
        ensure!(
            job.vocab.special.iter().take(3).eq(special.iter()),
            "[language_model] needs `<unk>`, `<s>` and `</s>` as the first words of vocab.special"
        );
    }
    Ok(())
}

fn check_classifier(job: &Job, classifier: &Classifier, name: &str) -> anyhow::Result<()> {
    let test = classifier.test.iter().map(|test| ("classifier.test", test));
    for (section, labelled) in [("classifier.train", &classifier.train)].into_iter().chain(test) {
        if labelled.files.is_empty() {
            bail_usage!("{name}: {section}.files names no file");
        }
    }
    let share = classifier.test_share;
    if !(share > 0.0 && share < 1.0) {
        bail_usage!("{name}: classifier.test_share is {share}, expected between 0 and 1");
    }
    if matches!(classifier.head.features, FeatureSettings::Vectors(_)) && job.vectors.is_none() {
        bail_usage!("{name}: classifier.head.features are [vectors], but the job trains none");
    }
    let checked = classifier.head.check().with_context(|| format!("{name}: [classifier.head]"));
    checked.map_err(usage)
}
