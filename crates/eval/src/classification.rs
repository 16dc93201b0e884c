//! Precision, recall and F of each class, and their averages.

use std::collections::BTreeSet;
use std::fmt;

use crate::confusion::Totals;
use crate::{ConfusionMatrix, EvalError};

/// Precision, recall and F1 of one class or of an average over classes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scores {
    /// Of the items that were given the class, the share that has it.
    pub precision: f64,
    /// Of the items that have the class, the share that was given it.
    pub recall: f64,
    /// The harmonic mean of both.
    pub f1: f64,
    /// The weight of the items that have the class.
    pub support: f64,
}

/// How the scores of several classes become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Average {
    /// The scores of all decisions pooled.
    Micro,
    /// The plain mean of the classes.
    Macro,
    /// The mean of the classes by their supports.
    Weighted,
}

/// What a classification report covers.
#[derive(Clone, Debug, PartialEq)]
pub struct ReportOptions {
    /// The classes to report, by id and in this order; all of the matrix where `None`.
    pub classes: Option<Vec<u32>>,
    /// The value of 0 / 0: the precision of a class that was never predicted, the recall of one that never
    /// occurs. NaN values are left out of the averages.
    pub zero_division: f64,
}

impl Default for ReportOptions {
    /// All classes; 0 / 0 is 0.
    fn default() -> Self {
        Self { classes: None, zero_division: 0.0 }
    }
}

/// The scores of each class, and their averages.
///
/// Printed with [`to_text`](Self::to_text) or `{}` it is byte for byte what scikit-learn's
/// `classification_report` prints. One difference is meant: supports of weighted items are rounded like the
/// other figures, while scikit-learn prints all their digits.
///
/// ```
/// use sememe_eval::{ClassificationReport, ConfusionMatrix};
///
/// let matrix = ConfusionMatrix::from_labels(&["ham", "spam", "ham"], &["ham", "spam", "spam"])?;
/// let report = ClassificationReport::of(&matrix)?;
/// assert_eq!(report.macro_average().recall, 0.75);
/// assert!(report.to_text(2).starts_with("              precision    recall  f1-score   support\n"));
/// # Ok::<_, sememe_eval::EvalError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ClassificationReport {
    rows: Vec<ClassScores>,
    averages: [Scores; 3],
    counts: Counts,
    zero_division: f64,
    complete: bool,
    weighted: bool,
    any_hit: bool,
}

/// The scores of one class.
#[derive(Clone, Debug, PartialEq)]
pub struct ClassScores {
    /// The name of the class.
    pub name: String,
    /// Its scores.
    pub scores: Scores,
}

/// For each reported class the weight of its hits, its true and its predicted items.
#[derive(Clone, Debug, PartialEq)]
struct Counts {
    hits: Vec<f64>,
    truth: Vec<f64>,
    predicted: Vec<f64>,
}

impl ClassificationReport {
    /// The report on all classes of a confusion matrix, with 0 / 0 = 0.
    ///
    /// # Errors
    /// [`EvalError::Empty`] when the matrix counts nothing.
    pub fn of(matrix: &ConfusionMatrix) -> Result<Self, EvalError> {
        Self::with_options(matrix, &ReportOptions::default())
    }

    /// The report on the chosen classes of a confusion matrix.
    ///
    /// # Errors
    /// [`EvalError::Empty`] when the matrix counts nothing or no class is chosen, [`EvalError::Class`] when a
    /// chosen class does not exist.
    pub fn with_options(matrix: &ConfusionMatrix, options: &ReportOptions) -> Result<Self, EvalError> {
        let n_classes = matrix.names().len();
        let classes = options.classes.clone().unwrap_or_else(|| (0..n_classes as u32).collect());
        if let Some(&found) = classes.iter().find(|&&id| id as usize >= n_classes) {
            return Err(EvalError::Class { found, n_classes });
        }
        if matrix.n_items() == 0 || classes.is_empty() {
            return Err(EvalError::Empty { needed: 1 });
        }
        Ok(Self::build(matrix, &classes, options.zero_division))
    }

    fn build(matrix: &ConfusionMatrix, classes: &[u32], zero_division: f64) -> Self {
        let counts = Counts::of(&matrix.totals(), classes);
        let names = classes.iter().map(|&id| matrix.names()[id as usize].clone());
        let scores = counts.scores(zero_division);
        let averages = [Average::Micro, Average::Macro, Average::Weighted]
            .map(|average| counts.average(&scores, average, zero_division));
        let chosen: BTreeSet<u32> = classes.iter().copied().collect();
        Self {
            rows: names.zip(scores).map(|(name, scores)| ClassScores { name, scores }).collect(),
            averages,
            counts,
            zero_division,
            complete: chosen.is_superset(&matrix.occurring()),
            weighted: matrix.is_weighted(),
            any_hit: matrix.cells().any(|(truth, predicted, _)| truth == predicted),
        }
    }

    /// The scores of the reported classes.
    pub fn classes(&self) -> &[ClassScores] {
        &self.rows
    }

    /// The share of items whose class was found; `None` when a class that occurs is left out of the report,
    /// so that it has no accuracy.
    pub fn accuracy(&self) -> Option<f64> {
        self.complete.then_some(self.averages[0].f1)
    }

    /// The scores of one kind of average.
    pub fn average(&self, average: Average) -> Scores {
        self.averages[average as usize]
    }

    /// The scores of all decisions pooled.
    pub fn micro_average(&self) -> Scores {
        self.average(Average::Micro)
    }

    /// The mean scores of the classes.
    pub fn macro_average(&self) -> Scores {
        self.average(Average::Macro)
    }

    /// The mean scores of the classes, by support.
    pub fn weighted_average(&self) -> Scores {
        self.average(Average::Weighted)
    }

    /// The mean of precision and recall in which recall counts `beta` times as much:
    /// Fβ = (1 + β²)·hits / (β²·truth + predicted) (van Rijsbergen 1979, ch. 7).
    pub fn f_beta(&self, beta: f64, average: Average) -> f64 {
        let f = |c: &Count| c.f_beta(beta, self.zero_division);
        match average {
            Average::Micro => f(&self.counts.pooled()),
            Average::Macro => mean(self.counts.iter().map(|c| (f(&c), 1.0))),
            Average::Weighted => mean(self.counts.iter().map(|c| (f(&c), c.truth))),
        }
    }

    /// Whether the items had weights.
    pub(crate) fn is_weighted(&self) -> bool {
        self.weighted
    }

    /// The report as scikit-learn prints it, with `digits` decimals. Columns are aligned by code points, as
    /// there, not by the width of the characters.
    pub fn to_text(&self, digits: usize) -> String {
        let names = self.rows.iter().map(|row| row.name.chars().count());
        let width = names.max().unwrap_or(0).max("weighted avg".len()).max(digits);
        let text = TextForm { report: self, digits, width };
        let classes: String = self.rows.iter().map(|row| text.row(&row.name, row.scores)).collect();
        let (accuracy, averages) = (text.accuracy(), text.averages());
        let heads = format!(" {:>9} {:>9} {:>9} {:>9}", "precision", "recall", "f1-score", "support");
        format!("{:>width$} {heads}\n\n{classes}\n{accuracy}{averages}", "")
    }
}

impl fmt::Display for ClassificationReport {
    /// The text form with two decimals.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_text(2))
    }
}

/// The layout of the text form.
struct TextForm<'a> {
    report: &'a ClassificationReport,
    digits: usize,
    width: usize,
}

impl TextForm<'_> {
    fn row(&self, name: &str, scores: Scores) -> String {
        let [p, r, f] = [scores.precision, scores.recall, scores.f1].map(|value| self.number(value));
        format!("{name:>width$}  {p} {r} {f} {:>9}\n", self.support(scores.support), width = self.width)
    }

    fn accuracy(&self) -> String {
        let Some(accuracy) = self.report.accuracy() else {
            return self.row("micro avg", self.report.micro_average());
        };
        let support = self.support(self.report.micro_average().support);
        let (f, blank, width) = (self.number(accuracy), "", self.width);
        format!("{:>width$}  {blank:>9} {blank:>9} {f} {support:>9}\n", "accuracy")
    }

    fn averages(&self) -> String {
        let averages = [("macro avg", Average::Macro), ("weighted avg", Average::Weighted)];
        averages.map(|(name, average)| self.row(name, self.report.average(average))).concat()
    }

    /// A figure in a column of 9, as Python writes it (`nan`, not `NaN`).
    fn number(&self, value: f64) -> String {
        match value.is_nan() {
            true => format!("{:>9}", "nan"),
            false => format!("{value:>9.digits$}", digits = self.digits),
        }
    }

    /// Without a single hit scikit-learn's counts turn into floats, and are printed as such.
    fn support(&self, value: f64) -> String {
        let digits = match self.report {
            ClassificationReport { weighted: true, .. } => self.digits,
            ClassificationReport { any_hit: false, .. } => 1,
            _ => 0,
        };
        format!("{value:.digits$}")
    }
}

/// The weight of the hits, the true and the predicted items of one class, or of all pooled.
struct Count {
    hits: f64,
    truth: f64,
    predicted: f64,
}

impl Count {
    fn f_beta(&self, beta: f64, zero_division: f64) -> f64 {
        let square = beta * beta;
        ratio((1.0 + square) * self.hits, square * self.truth + self.predicted, zero_division)
    }

    fn scores(&self, zero_division: f64) -> Scores {
        Scores {
            precision: ratio(self.hits, self.predicted, zero_division),
            recall: ratio(self.hits, self.truth, zero_division),
            f1: self.f_beta(1.0, zero_division),
            support: self.truth,
        }
    }
}

impl Counts {
    fn of(totals: &Totals, classes: &[u32]) -> Self {
        let pick = |values: &[f64]| classes.iter().map(|&id| values[id as usize]).collect();
        Self { hits: pick(&totals.hits), truth: pick(&totals.truth), predicted: pick(&totals.predicted) }
    }

    fn iter(&self) -> impl Iterator<Item = Count> + '_ {
        let columns = self.hits.iter().zip(&self.truth).zip(&self.predicted);
        columns.map(|((&hits, &truth), &predicted)| Count { hits, truth, predicted })
    }

    fn pooled(&self) -> Count {
        Count {
            hits: self.hits.iter().sum(),
            truth: self.truth.iter().sum(),
            predicted: self.predicted.iter().sum(),
        }
    }

    fn scores(&self, zero_division: f64) -> Vec<Scores> {
        self.iter().map(|count| count.scores(zero_division)).collect()
    }

    fn average(&self, scores: &[Scores], average: Average, zero_division: f64) -> Scores {
        let pooled = self.pooled();
        if average == Average::Micro {
            return pooled.scores(zero_division);
        }
        let weight = |s: &Scores| if average == Average::Weighted { s.support } else { 1.0 };
        let over = |field: fn(&Scores) -> f64| mean(scores.iter().map(|s| (field(s), weight(s))));
        Scores {
            precision: over(|s| s.precision),
            recall: over(|s| s.recall),
            f1: over(|s| s.f1),
            support: pooled.truth,
        }
    }
}

/// `part / whole`, or `zero_division` where the whole is nothing.
fn ratio(part: f64, whole: f64, zero_division: f64) -> f64 {
    if whole == 0.0 { zero_division } else { part / whole }
}

/// The mean of `(value, weight)` without NaN values; the plain mean where the weights sum to 0.
fn mean(values: impl Iterator<Item = (f64, f64)>) -> f64 {
    let known = values.filter(|(value, _)| !value.is_nan());
    let (mut sum, mut plain, mut weight, mut n) = (0.0, 0.0, 0.0, 0.0);
    for (value, w) in known {
        (sum, plain, weight, n) = (sum + value * w, plain + value, weight + w, n + 1.0);
    }
    if weight == 0.0 { plain / n } else { sum / weight }
}
