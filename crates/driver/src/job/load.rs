//! Reading job files: unknown keys refused, any key set from the command line.

use super::Job;
use super::check::check;
use super::suggest::with_suggestion;
use super::vectors;
use crate::exit::{bail_usage, usage};
use anyhow::{Context as _, anyhow};
use std::fs;
use std::ops::Range;
use std::path::Path;
use toml::{Table, Value};

/// Reads the job file `path` and sets `section.key=value` for each of `sets`.
pub(crate) fn load(path: &Path, sets: &[String]) -> anyhow::Result<Job> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    parse(&text, &path.display().to_string(), sets)
}

/// Reads a job from `text`, which errors call `name`.
pub(crate) fn parse(text: &str, name: &str, sets: &[String]) -> anyhow::Result<Job> {
    let mut table: Table =
        toml::from_str(text).map_err(|error| in_file(error.span(), error.message(), text, name))?;
    // Errors of the text have line numbers, so it is read on its own first.
    let mut job: Job = toml::from_str(text).map_err(|error| {
        let (span, message) = match vectors::first_error(text) {
            Some((span, message)) => (Some(span), message),
            None => (error.span(), error.message().to_owned()),
        };
        in_file(span, &message, text, name)
    })?;
    if !sets.is_empty() {
        for set in sets {
            apply(&mut table, set)?;
        }
        job = table.clone().try_into().map_err(|error: toml::de::Error| {
            usage(anyhow!("--set {}: {}", sets.join(" --set "), with_suggestion(error.message())))
        })?;
    }
    job.hand_down_seed(|path| is_set(&table, path));
    check(&job, name)?;
    Ok(job)
}

/// Whether the job gives the key `path` itself.
fn is_set(table: &Table, path: &[&str]) -> bool {
    match path {
        [] => false,
        [key] => table.contains_key(*key),
        [key, rest @ ..] => {
            table.get(*key).and_then(Value::as_table).is_some_and(|inner| is_set(inner, rest))
        }
    }
}

/// The whole effective job.
pub(crate) fn render(job: &Job) -> anyhow::Result<String> {
    Ok(toml::to_string_pretty(job)?)
}

fn in_file(span: Option<Range<usize>>, message: &str, text: &str, name: &str) -> anyhow::Error {
    let start = span.map_or(0, |span| span.start.min(text.len()));
    let line = 1 + text.as_bytes()[..start].iter().filter(|byte| **byte == b'\n').count();
    usage(anyhow!("{name}:{line}: {}", with_suggestion(message)))
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The seeds of a job and its parts.
    fn seeds(job: &Job) -> [u64; 3] {
        let (vectors, classifier) = (job.vectors.clone(), job.classifier.as_ref());
        [job.seed, *vectors.unwrap().seed_mut(), classifier.unwrap().head.model.seed]
    }

    /// Paths of all keys below `value`, but for figures, which have names of their own.
    fn keys(value: &Value, path: &str, found: &mut Vec<String>) {
        let Value::Table(table) = value else { return };
        for (key, inner) in table.iter().filter(|(key, _)| *key != "floors") {
            let path = format!("{path}{key}");
            found.push(path.clone());
            keys(inner, &format!("{path}."), found);
        }
    }

    /// A job in which every section is there.
    const EVERYTHING: [&str; 6] = [
        "corpus.read.format={conll = {token = 0}}",
        "classifier.train.read.format.csv.time=1",
        "classifier.test.read.format={jsonl = {text = [\"a\"], label = \"b\", id = \"c\"}}",
        "classifier.head.features={vectors = {sif = 1e-3}}",
        "vocab.max_size=9",
        "vectors.learning_rate=0.1",
    ];

    #[test]
    fn every_misspelt_key_finds_its_neighbour() {
        let sets = EVERYTHING.map(str::to_owned);
        let whole = render(&parse(crate::demo::JOB, "the demo", &sets).unwrap()).unwrap();
        let mut paths = Vec::new();
        keys(&Value::Table(whole.parse().unwrap()), "", &mut paths);
        assert!(paths.len() > 60, "{paths:?}");
        for path in paths {
            let mut table: Table = whole.parse().unwrap();
            let mut names = path.split('.');
            let key = names.next_back().unwrap();
            let inner = names.fold(&mut table, |table, name| table[name].as_table_mut().unwrap());
            // Doubled, the first letter makes a slip that no other key is nearer to.
            let value = inner.remove(key).unwrap();
            inner.insert(format!("{}{key}", &key[..1]), value);
            let message = parse(&toml::to_string(&table).unwrap(), "job", &[]).unwrap_err().to_string();
            assert!(message.ends_with(&format!("did you mean `{key}`?")), "{path}: {message}");
        }
    }

    #[test]
    fn the_job_of_the_book_is_a_job() {
        let book = include_str!("../../../../docs/src/jobs.md");
        let job = book.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
        let job = parse(job, "the book", &[]).unwrap();
        assert_eq!((job.name.as_str(), job.floors.len()), ("reviews", 1));
    }

    #[test]
    fn the_seed_of_the_job_goes_for_parts_without_their_own() {
        let job = |sets: &[&str]| {
            let sets: Vec<String> = sets.iter().map(|&set| set.to_owned()).collect();
            parse(crate::demo::JOB, "the demo", &sets).unwrap()
        };
        assert_eq!(seeds(&job(&["seed=7"])), [7, 7, 7]);
        assert_eq!(seeds(&job(&["seed=7", "vectors.seed=8"])), [7, 8, 7]);
        assert_eq!(seeds(&job(&["classifier.head.model.seed=9"])), [1, 1, 9]);
        let mut job = job(&["vectors.seed=8"]);
        job.set_seed(5);
        assert_eq!(seeds(&job), [5, 5, 5]);
    }
}
