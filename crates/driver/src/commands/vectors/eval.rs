//! `sememe vectors eval`.

use super::query::Rule;
use super::score::{Scoring, SetScore, Sets, score_sets};
use super::{Format, load};
use crate::cli::Context;
use crate::exit::bail_usage;
use anyhow::Context as _;
use clap::{Args, ValueEnum};
use sememe_vectors::clusters::Linkage;
use sememe_vectors::evaluate::{Case, Clustering, SetKind};
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sememe vectors eval vectors.safetensors word-similarity word-analogy/questions-words.txt.gz
  sememe vectors eval vectors.safetensors --similarity EN-WS-353-ALL.txt --analogies questions-words.txt
  sememe vectors eval vectors.safetensors word-categorization --clustering average --strict --json

Test sets are judged pairs (`word1 word2 score`), analogy questions (word2vec's `: section` and `a b c d`, tables with
the columns word1, word2, word3 and target, or BATS's `word answer/answer`), and words with classes (tables with the
columns word and category). Items without vectors are left out and counted; --strict counts them as wrong.")]
pub(crate) struct EvalArgs {
    /// File of vectors
    file: PathBuf,
    /// Test sets, or folders of them; what each is, is found by its content
    sets: Vec<PathBuf>,
    /// Format of the vectors [default: found by its content]
    #[arg(long)]
    format: Option<Format>,
    /// Files of judged pairs of words
    #[arg(long, value_name = "FILE", num_args = 1..)]
    similarity: Vec<PathBuf>,
    /// Files of analogy questions
    #[arg(long, value_name = "FILE", num_args = 1..)]
    analogies: Vec<PathBuf>,
    /// Files of words with classes
    #[arg(long, value_name = "FILE", num_args = 1..)]
    categories: Vec<PathBuf>,
    /// Seek analogies among so many of the most frequent words
    #[arg(long, value_name = "N", default_value_t = 30_000)]
    restrict: usize,
    /// How analogies are scored
    #[arg(long, value_enum, default_value_t)]
    rule: Rule,
    /// How words are put into clusters, as many as there are classes
    #[arg(long, value_enum, default_value_t)]
    clustering: Method,
    /// How words of a set are compared with those of the vectors
    #[arg(long, value_enum, default_value_t)]
    case: Spelling,
    /// Count items without vectors as wrong; the cosine of such a pair is 0
    #[arg(long)]
    strict: bool,
    /// Sets drawn anew for the 95 % interval of each score; 0 for none
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(..=1_000_000))]
    resamples: u32,
}

/// How words are put into clusters.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Method {
    /// Spherical k-means, the best of ten starts
    #[default]
    Kmeans,
    /// Merge the clusters of the least mean distance
    Average,
    /// Merge the clusters of the least greatest distance
    Complete,
    /// Merge the clusters that adds least to the spread
    Ward,
}

impl Method {
    fn with_seed(self, seed: u64) -> Clustering {
        match self {
            Self::Kmeans => Clustering::KMeans { seed },
            Self::Average => Clustering::Agglomerative(Linkage::Average),
            Self::Complete => Clustering::Agglomerative(Linkage::Complete),
            Self::Ward => Clustering::Agglomerative(Linkage::Ward),
        }
    }
}

/// How words are compared.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Spelling {
    /// In any case; the most frequent word stands for all
    #[default]
    Ignore,
    /// Words of the sets in lower case
    Lower,
    /// As written
    Exact,
}

impl From<Spelling> for Case {
    fn from(spelling: Spelling) -> Self {
        match spelling {
            Spelling::Ignore => Self::Ignore,
            Spelling::Lower => Self::Lower,
            Spelling::Exact => Self::Exact,
        }
    }
}

pub(super) fn eval(args: &EvalArgs, context: &Context) -> anyhow::Result<()> {
    let (mut similarity, mut analogies, mut categories) =
        (args.similarity.clone(), args.analogies.clone(), args.categories.clone());
    for (path, kind) in found(&args.sets, context)? {
        match kind {
            SetKind::Similarity => similarity.push(path),
            SetKind::Analogies => analogies.push(path),
            SetKind::Categories => categories.push(path),
        }
    }
    if similarity.is_empty() && analogies.is_empty() && categories.is_empty() {
        bail_usage!("nothing to evaluate: expected test sets, or folders of them");
    }
    let seed = context.seed.unwrap_or(1);
    let scoring = Scoring {
        rule: args.rule.into(),
        case: args.case.into(),
        clustering: args.clustering.with_seed(seed),
        strict: args.strict,
        resamples: args.resamples as usize,
        seed,
    };
    let sets = Sets {
        similarity: &similarity,
        analogies: &analogies,
        categories: &categories,
        restrict: args.restrict,
        scoring,
    };
    let (vectors, _) = load(&args.file, args.format, context)?;
    let mut bar = context.console.bar("evaluating");
    let scores = score_sets(&vectors, &sets, context.threads, &mut bar)?;
    drop(bar);
    context.console.report(&scores, |scores| table(scores))
}

/// The test sets among files and in folders, in the order given and by name.
fn found(paths: &[PathBuf], context: &Context) -> anyhow::Result<Vec<(PathBuf, SetKind)>> {
    let mut sets = Vec::new();
    for path in paths {
        if !path.is_dir() {
            sets.push((path.clone(), SetKind::of(path)?));
            continue;
        }
        let before = sets.len();
        for file in files(path)? {
            match SetKind::of(&file) {
                Ok(kind) => sets.push((file, kind)),
                Err(error) => context.console.note(format_args!("skipped: {:#}", anyhow::Error::from(error))),
            }
        }
        anyhow::ensure!(sets.len() > before, "{} holds no test sets", path.display());
    }
    Ok(sets)
}

/// The files of a folder by name, without hidden ones.
fn files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let read = || format!("cannot read {}", folder.display());
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(read)? {
        let entry = entry.with_context(read)?;
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        if !hidden && entry.path().is_file() {
            files.push(entry.path());
        }
    }
    files.sort();
    Ok(files)
}

/// Scores in aligned columns.
fn table(scores: &[SetScore]) -> String {
    let mut rows = vec![["set", "measure", "score", "95 % interval", "covered"].map(str::to_owned)];
    for set in scores {
        rows.push(row(set, ""));
        rows.extend(set.parts.iter().map(|part| row(part, "  ")));
    }
    let widths: [usize; 5] =
        std::array::from_fn(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0));
    let line = |row: &[String; 5]| {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
    };
    rows.iter().map(line).collect()
}

fn row(set: &SetScore, indent: &str) -> [String; 5] {
    let number = |x: f64| if x.is_nan() { "n/a".to_owned() } else { format!("{x:.4}") };
    let interval = set.interval.map_or_else(String::new, |interval| {
        format!("[{}, {}]", number(interval.low), number(interval.high))
    });
    let percent = if set.items > 0 { 100.0 * set.covered as f64 / set.items as f64 } else { 0.0 };
    let composed = if set.composed > 0 { format!(", {} by n-grams", set.composed) } else { String::new() };
    let covered = format!("{} of {} ({percent:.0} %{composed})", set.covered, set.items);
    [format!("{indent}{}", set.name), set.measure.clone(), number(set.score), interval, covered]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_stand_in_columns() {
        let part = SetScore {
            name: "capitals".to_owned(),
            score: f64::NAN,
            measure: "accuracy".to_owned(),
            interval: None,
            covered: 0,
            items: 2,
            composed: 0,
            parts: Vec::new(),
        };
        let interval = Some(sememe_eval::Interval { low: 0.25, high: 0.5 });
        let set =
            SetScore { name: "all".to_owned(), score: 0.4, interval, covered: 3, items: 4, ..part.clone() };
        let text = table(&[SetScore { composed: 1, parts: vec![part], ..set }]);
        assert_eq!(
            text,
            "set         measure   score   95 % interval     covered\n\
             all         accuracy  0.4000  [0.2500, 0.5000]  3 of 4 (75 %, 1 by n-grams)\n  \
             capitals  accuracy  n/a                       0 of 2 (0 %)\n"
        );
    }
}
