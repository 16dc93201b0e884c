//! Reading job files: unknown keys refused, any key set from the command line.

use super::Job;
use super::suggest::with_suggestion;
use crate::exit::{bail_usage, usage};
use anyhow::{Context as _, anyhow};
use sememe_embed::Word2Vec;
use std::fs;
use std::path::Path;
use toml::{Table, Value};

/// Reads the job file `path` and sets `section.key=value` for each of `sets`.
pub(crate) fn load(path: &Path, sets: &[String]) -> anyhow::Result<Job> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    parse(&text, &path.display().to_string(), sets)
}

/// Reads a job from `text`, which errors call `name`.
pub(crate) fn parse(text: &str, name: &str, sets: &[String]) -> anyhow::Result<Job> {
    // Errors of the text have line numbers, so it is read on its own first.
    let job: Job = toml::from_str(text).map_err(|error| in_file(&error, text, name))?;
    if sets.is_empty() {
        return check(job, name);
    }
    let mut table: Table = toml::from_str(text).map_err(|error| in_file(&error, text, name))?;
    for set in sets {
        apply(&mut table, set)?;
    }
    let job = table.try_into().map_err(|error: toml::de::Error| {
        usage(anyhow!("--set {}: {}", sets.join(" --set "), with_suggestion(error.message())))
    })?;
    check(job, name)
}

/// The whole effective job.
pub(crate) fn render(job: &Job) -> anyhow::Result<String> {
    Ok(toml::to_string_pretty(job)?)
}

fn in_file(error: &toml::de::Error, text: &str, name: &str) -> anyhow::Error {
    let start = error.span().map_or(0, |span| span.start.min(text.len()));
    let line = 1 + text.as_bytes()[..start].iter().filter(|byte| **byte == b'\n').count();
    usage(anyhow!("{name}:{line}: {}", with_suggestion(error.message())))
}

/// Sets `section.key=value`; a value that is not TOML is a string.
fn apply(table: &mut Table, set: &str) -> anyhow::Result<()> {
    let Some((path, value)) = set.split_once('=') else {
        bail_usage!("--set {set}: expected section.key=value");
    };
    let value = format!("x = {value}").parse::<Table>().ok().and_then(|mut table| table.remove("x"));
    let value = value.unwrap_or_else(|| Value::String(set[path.len() + 1..].to_owned()));
    let mut keys = path.trim().split('.');
    let last = keys.next_back().unwrap_or_default();
    let mut section = table;
    for key in keys {
        let entry = section.entry(key).or_insert_with(|| Value::Table(Table::new()));
        match entry {
            Value::Table(inner) => section = inner,
            _ => bail_usage!("--set {set}: `{key}` is no section"),
        }
    }
    section.insert(last.to_owned(), value);
    Ok(())
}

fn check(mut job: Job, name: &str) -> anyhow::Result<Job> {
    if job.vectors.is_some() && job.corpus.is_none() {
        bail_usage!("{name}: [vectors] needs a [corpus] to train on");
    }
    if job.language_model.is_some() && job.corpus.is_none() {
        bail_usage!("{name}: [language_model] needs a [corpus] to train on");
    }
    if job.corpus.is_none() && job.classifier.is_none() {
        bail_usage!("{name}: nothing to do: expected a [corpus] or a [classifier]");
    }
    if let Some(classifier) = &job.classifier
        && !(classifier.test_share > 0.0 && classifier.test_share < 1.0)
    {
        bail_usage!("{name}: classifier.test_share is {}, expected between 0 and 1", classifier.test_share);
    }
    if let Some(vectors) = &job.vectors {
        Word2Vec::new(vectors.clone()).map_err(usage)?;
    }
    if let Some(model) = &job.language_model {
        model.validate().map_err(usage)?;
    }
    job.set_seed(job.seed);
    Ok(job)
}
