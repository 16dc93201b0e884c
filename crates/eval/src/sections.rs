//! What the metrics report.

use crate::{
    Average, Cell, ClassificationReport, Column, ConfusionMatrix, ConfusionPlot, Correlation, EvalError,
    Figure, Format, Metric, Outcome, Perplexity, Report, Scores, Section, Table, spearman,
};

impl ClassificationReport {
    /// Accuracy and averages as figures, the classes as a table, the matrix as a plot.
    pub fn section(&self, name: &str, matrix: &ConfusionMatrix) -> Section {
        let percent = Format::percent(2);
        let (headline, value) = match self.accuracy() {
            Some(accuracy) => ("accuracy", accuracy),
            None => ("micro F1", self.micro_average().f1),
        };
        Section::new(name)
            .figure(Figure::new(headline, value, percent).higher_is_better())
            .figure(Figure::new("macro F1", self.macro_average().f1, percent).higher_is_better())
            .figure(Figure::new("weighted F1", self.weighted_average().f1, percent).higher_is_better())
            .figure(Figure::new("items", matrix.n_items() as f64, Format::count()))
            .plot(ConfusionPlot::new("Confusion matrix", matrix))
            .table(self.table("Classes"))
    }

    /// Precision, recall and F1 of each class, and the averages as last rows.
    pub fn table(&self, title: &str) -> Table {
        let share = |name| Column::number(name, Format::number(4));
        let support = if self.is_weighted() { Format::number(1) } else { Format::count() };
        let columns = [
            Column::text("class"),
            share("precision"),
            share("recall"),
            share("F1"),
            Column::number("support", support),
        ];
        let mut table = Table::new(title, columns);
        self.classes().iter().for_each(|class| table.push(row(&class.name, class.scores)));
        match self.accuracy() {
            Some(accuracy) => table.push_summary(accuracy_row(accuracy, self.micro_average().support)),
            None => table.push_summary(row("micro average", self.micro_average())),
        }
        table.push_summary(row("macro average", self.average(Average::Macro)));
        table.push_summary(row("weighted average", self.average(Average::Weighted)));
        table
    }
}

fn row(name: &str, scores: Scores) -> [Cell; 5] {
    let Scores { precision, recall, f1, support } = scores;
    [name.into(), precision.into(), recall.into(), f1.into(), support.into()]
}

fn accuracy_row(accuracy: f64, support: f64) -> [Cell; 5] {
    ["accuracy".into(), Cell::Blank, Cell::Blank, accuracy.into(), support.into()]
}

impl Metric for ConfusionMatrix {
    type Item = Outcome;

    fn update(&mut self, item: Outcome) -> Result<(), EvalError> {
        self.add_weighted(item.truth, item.predicted, item.weight)
    }

    fn finish(self) -> Report {
        let report = Report::new("Classification");
        report.with(match ClassificationReport::of(&self) {
            Ok(scores) => scores.section("Classification", &self),
            Err(_) => Section::new("Classification")
                .figure(Figure::new("accuracy", f64::NAN, Format::percent(2)).higher_is_better())
                .figure(Figure::new("items", 0.0, Format::count())),
        })
    }
}

impl Perplexity {
    /// Perplexity with and without unknown words, cross-entropy and counts as figures.
    pub fn section(&self, name: &str) -> Section {
        let figure = |name, value| Figure::new(name, value, Format::number(2)).lower_is_better();
        let bits = Figure::new("bits per word", self.bits(), Format::number(4)).lower_is_better();
        let count = |name, n: u64| Figure::new(name, n as f64, Format::count());
        Section::new(name)
            .figure(figure("perplexity", self.perplexity()))
            .figure(figure("perplexity of known words", self.perplexity_known()))
            .figure(bits)
            .figure(count("words", self.n_words()))
            .figure(count("unknown words", self.n_unknown()))
    }
}

impl Metric for Perplexity {
    type Item = crate::WordScore;

    fn update(&mut self, item: Self::Item) -> Result<(), EvalError> {
        self.add(item.ln_p, item.known)
    }

    fn finish(self) -> Report {
        Report::new("Perplexity").with(self.section("Perplexity"))
    }
}

impl Correlation {
    /// The coefficient (under `name`), its p-value and the number of items.
    pub fn section(&self, name: &str) -> Section {
        Section::new(name)
            .figure(Figure::new("correlation", self.statistic, Format::number(4)).higher_is_better())
            .figure(Figure::new("p-value", self.p_value, Format::number(4)))
            .figure(Figure::new("items", self.n as f64, Format::count()))
    }
}

/// Spearman's rank correlation over a stream of (x, y); see [`spearman`].
///
/// ```
/// use sememe_eval::{Metric, Spearman};
///
/// let mut similarity = Spearman::default();
/// for pair in [(7.4, 0.81), (1.2, 0.05), (5.0, 0.33)] {
///     similarity.update(pair)?;
/// }
/// assert_eq!(similarity.correlation().statistic, 1.0);
/// # Ok::<_, sememe_eval::EvalError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spearman {
    x: Vec<f64>,
    y: Vec<f64>,
}

impl Spearman {
    /// The correlation of the pairs so far.
    pub fn correlation(&self) -> Correlation {
        spearman(&self.x, &self.y).expect("both columns grow together")
    }
}

impl Metric for Spearman {
    type Item = (f64, f64);

    fn update(&mut self, (x, y): (f64, f64)) -> Result<(), EvalError> {
        self.x.push(x);
        self.y.push(y);
        Ok(())
    }

    fn finish(self) -> Report {
        Report::new("Spearman correlation").with(self.correlation().section("Spearman correlation"))
    }
}
