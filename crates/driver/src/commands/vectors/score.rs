//! Scores of vectors on test sets.

use sememe_eval::{Bootstrap, Interval, spearman};
use sememe_kernels::{Kernels, Observer, Rng};
use sememe_vectors::evaluate::{
    AnalogyQuestions, Case, CategoryReport, Clustering, SectionScore, SimilarityReport, WordClasses,
    WordPairs, purity,
};
use sememe_vectors::{Analogy, Embeddings, Neighbours, VectorsError};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// What vectors are measured with.
pub(crate) struct Sets<'a> {
    pub(crate) similarity: &'a [PathBuf],
    pub(crate) analogies: &'a [PathBuf],
    pub(crate) categories: &'a [PathBuf],
    /// Analogies are sought among this many most frequent words.
    pub(crate) restrict: usize,
    pub(crate) scoring: Scoring,
}

/// How items become scores.
#[derive(Clone, Copy)]
pub(crate) struct Scoring {
    pub(crate) rule: Analogy,
    pub(crate) case: Case,
    pub(crate) clustering: Clustering,
    /// Items that lack a vector are wrong, instead of left out.
    pub(crate) strict: bool,
    /// Sets drawn anew for an interval; none for no interval.
    pub(crate) resamples: usize,
    pub(crate) seed: u64,
}

impl Default for Scoring {
    fn default() -> Self {
        let (rule, case) = (Analogy::Add, Case::Ignore);
        Self { rule, case, clustering: Clustering::KMeans { seed: 1 }, strict: false, resamples: 0, seed: 1 }
    }
}

/// The share of resamples that an interval holds.
const LEVEL: f64 = 0.95;

/// The score of one set.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct SetScore {
    pub(crate) name: String,
    /// Spearman's correlation, the share of right answers, or the purity of clusters; NaN (null) where nothing is
    /// covered.
    pub(crate) score: f64,
    pub(crate) measure: String,
    /// 95 % of the scores of items drawn anew from these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) interval: Option<Interval>,
    /// Items whose words all have vectors.
    pub(crate) covered: u64,
    pub(crate) items: u64,
    /// Covered items with a vector made of n-grams.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) composed: u64,
    /// The parts of an analogy set.
    #[serde(default)]
    pub(crate) parts: Vec<SetScore>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(n: &u64) -> bool {
    *n == 0
}

/// Scores `vectors` on test sets.
pub(crate) fn score_sets(
    vectors: &Embeddings,
    sets: &Sets<'_>,
    threads: usize,
    observer: &mut dyn Observer,
) -> anyhow::Result<Vec<SetScore>> {
    let scoring = &sets.scoring;
    // A file that is damaged is to be known before anything is measured.
    let judged = read_all(sets.similarity, WordPairs::read)?;
    let analogies = read_all(sets.analogies, AnalogyQuestions::read)?;
    let categories = read_all(sets.categories, WordClasses::read)?;
    let mut scores = Vec::new();
    let all = Neighbours::new(vectors, Kernels::detect()).with_threads(threads);
    for (path, pairs) in &judged {
        let report = all.evaluate_similarity(pairs, scoring.case);
        scores.push(scoring.similarity(stem(path), &report)?);
    }
    let space = Neighbours::among(vectors, sets.restrict, Kernels::detect()).with_threads(threads);
    for (path, questions) in &analogies {
        let report = space.evaluate_analogies(questions, scoring.rule, scoring.case, observer)?;
        let mut set = scoring.analogies(stem(path), &report.total());
        let parts = [report.semantic(), report.syntactic()];
        let parts = parts.iter().filter(|part| part.asked > 0).chain(&report.sections);
        set.parts = parts.map(|part| scoring.analogies(part.name.clone(), part)).collect();
        scores.push(set);
    }
    for (path, classes) in &categories {
        let report = all.evaluate_categories(classes, scoring.clustering, scoring.case, observer)?;
        scores.push(scoring.categories(stem(path), &report));
    }
    Ok(scores)
}

fn read_all<T>(
    paths: &[PathBuf],
    read: impl Fn(&Path) -> Result<T, VectorsError>,
) -> Result<Vec<(&Path, T)>, VectorsError> {
    paths.iter().map(|path| Ok((path.as_path(), read(path)?))).collect()
}

impl Scoring {
    /// Spearman's correlation of judgements and cosines. Strictly, the cosine of a pair without vectors is 0, as with
    /// gensim's `dummy4unknown`.
    fn similarity(&self, name: String, report: &SimilarityReport) -> anyhow::Result<SetScore> {
        let (mut gold, mut cosines) = (report.gold(), report.cosines());
        if self.strict {
            gold.extend(&report.missing);
            cosines.resize(gold.len(), 0.0);
        }
        let correlation =
            |gold: &[f64], cosines: &[f64]| spearman(gold, cosines).map(|found| found.statistic);
        let score = correlation(&gold, &cosines)?;
        let interval = self.interval(gold.len(), |items| {
            let [gold, cosines] =
                [&gold, &cosines].map(|column| items.iter().map(|&i| column[i]).collect::<Vec<_>>());
            correlation(&gold, &cosines).unwrap_or(f64::NAN)
        });
        Ok(SetScore {
            measure: "Spearman".to_owned(),
            composed: report.composed as u64,
            ..SetScore::new(name, (score, interval), (report.pairs.len() as u64, report.asked as u64))
        })
    }

    /// The share of right answers.
    fn analogies(&self, name: String, section: &SectionScore) -> SetScore {
        let n = if self.strict { section.asked } else { section.covered };
        let score = section.correct as f64 / n as f64;
        let interval = self.interval(n as usize, |items| {
            items.iter().filter(|&&i| (i as u64) < section.correct).count() as f64 / n as f64
        });
        SetScore {
            measure: "accuracy".to_owned(),
            ..SetScore::new(name, (score, interval), (section.covered, section.asked))
        }
    }

    /// The purity of the clusters. Strictly, words without vectors are in no majority.
    fn categories(&self, name: String, report: &CategoryReport) -> SetScore {
        let share = |n_drawn: usize| if self.strict { n_drawn as f64 / report.asked as f64 } else { 1.0 };
        let n_covered = report.words.len();
        let n = if self.strict { report.asked } else { n_covered };
        let interval = self.interval(n, |items| {
            let drawn: Vec<_> = items.iter().filter_map(|&i| report.words.get(i)).collect();
            let n_drawn = drawn.len();
            if n_drawn == 0 { 0.0 } else { purity(drawn) * share(n_drawn) }
        });
        let score = match (n_covered, self.strict, report.asked) {
            (0, true, 1..) => 0.0,
            _ => purity(&report.words) * share(n_covered),
        };
        SetScore {
            measure: "purity".to_owned(),
            ..SetScore::new(name, (score, interval), (n_covered as u64, report.asked as u64))
        }
    }

    fn interval(&self, n: usize, figure: impl FnMut(&[usize]) -> f64) -> Option<Interval> {
        let mut rng = Rng::new(self.seed, 0);
        Bootstrap::new(self.resamples, LEVEL).interval(n, &mut |n| rng.below(n), figure)
    }
}

impl SetScore {
    fn new(name: String, (score, interval): (f64, Option<Interval>), (covered, items): (u64, u64)) -> Self {
        let (measure, parts) = Default::default();
        Self { name, score, measure, interval, covered, items, composed: 0, parts }
    }
}

/// The name of a file without folder and extensions.
fn stem(path: &Path) -> String {
    let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    name.split('.').next().unwrap_or_default().to_owned()
}
