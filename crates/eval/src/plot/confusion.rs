//! Which class was taken for which, as a picture.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Cell, Column, ConfusionMatrix, Format, Table};

/// The most classes that are drawn apart.
const MOST_CLASSES: usize = 60;

/// A confusion matrix drawn as a heat map: the shade is the share of the true class.
///
/// Of more than 60 classes the most frequent are shown and the rest gathered as one.
///
/// ```
/// use sememe_eval::{ConfusionMatrix, ConfusionPlot};
///
/// let matrix = ConfusionMatrix::from_labels(&["cat", "dog", "cat"], &["cat", "cat", "cat"])?;
/// let plot = ConfusionPlot::new("Test set", &matrix);
/// assert_eq!(plot.row_share(1, 0), 1.0);
/// # Ok::<_, sememe_eval::EvalError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Form", into = "Form")]
pub struct ConfusionPlot {
    title: String,
    caption: String,
    names: Vec<String>,
    /// (true class, predicted class) to the weight of its items, above 0.
    cells: BTreeMap<(u32, u32), f64>,
    row_sums: Vec<f64>,
}

/// The stored form.
#[derive(Serialize, Deserialize)]
struct Form {
    title: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    caption: String,
    names: Vec<String>,
    /// (true class, predicted class, weight).
    cells: Vec<(u32, u32, f64)>,
}

/// Why a stored plot is refused.
#[derive(Debug, thiserror::Error)]
enum FormError {
    #[error("expected at most {MOST_CLASSES} classes, found {0}")]
    Classes(usize),
    #[error("cell of class {found}: expected an id below {n_classes}, the number of names")]
    Class { found: u32, n_classes: usize },
    #[error("expected a weight of 0 or more, found {0}")]
    Weight(f64),
}

impl ConfusionPlot {
    /// The plot of a matrix.
    pub fn new(title: impl Into<String>, matrix: &ConfusionMatrix) -> Self {
        let (names, places) = shown_classes(matrix);
        let mut plot = Self {
            title: title.into(),
            caption: String::new(),
            row_sums: vec![0.0; names.len()],
            names,
            cells: BTreeMap::new(),
        };
        let place = |id: u32| places[id as usize];
        matrix
            .cells()
            .for_each(|(truth, predicted, weight)| plot.add(place(truth), place(predicted), weight));
        plot
    }

    /// With this line under it.
    pub fn captioned(mut self, caption: impl Into<String>) -> Self {
        self.caption = caption.into();
        self
    }

    fn add(&mut self, truth: u32, predicted: u32, weight: f64) {
        if weight > 0.0 {
            *self.cells.entry((truth, predicted)).or_default() += weight;
            self.row_sums[truth as usize] += weight;
        }
    }

    /// What it shows.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The line under it; may be empty.
    pub fn caption(&self) -> &str {
        &self.caption
    }

    /// The names of the rows and columns.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The cells above 0, as (row, column, weight).
    pub fn cells(&self) -> impl Iterator<Item = (u32, u32, f64)> + '_ {
        self.cells.iter().map(|(&(truth, predicted), &weight)| (truth, predicted, weight))
    }

    /// The share of the items of row `truth` that stands in column `predicted`; 0 for an empty row.
    pub fn row_share(&self, truth: u32, predicted: u32) -> f64 {
        match self.cells.get(&(truth, predicted)) {
            Some(weight) => weight / self.row_sums[truth as usize],
            None => 0.0,
        }
    }

    /// How the weights are written: as counts where they are whole.
    pub(crate) fn format(&self) -> Format {
        let whole = self.cells.values().all(|weight| weight.fract() == 0.0);
        if whole { Format::count() } else { Format::number(1) }
    }

    pub(super) fn description(&self) -> String {
        let hits: f64 = self.cells().filter(|(t, p, _)| t == p).map(|(.., weight)| weight).sum();
        let all: f64 = self.row_sums.iter().sum();
        let rate = Format::percent(1).show(hits / all);
        let rows = format!("{} true classes in rows, predicted ones in columns", self.names.len());
        format!("{rows}; {rate} lie on the diagonal. {}", self.worst())
    }

    /// The confusion that occurs most often.
    fn worst(&self) -> String {
        let wrong = self.cells().filter(|(truth, predicted, _)| truth != predicted);
        let Some((truth, predicted, weight)) = wrong.max_by(|a, b| a.2.total_cmp(&b.2)) else {
            return "No confusions.".to_owned();
        };
        let [truth, predicted] = [truth, predicted].map(|id| &self.names[id as usize]);
        format!("Most frequent confusion: {truth} taken for {predicted}, {}.", self.format().show(weight))
    }

    /// All counts for a few classes, else the most frequent confusions.
    pub(super) fn table(&self) -> Table {
        const MOST_COLUMNS: usize = 12;
        if self.names.len() <= MOST_COLUMNS { self.full_table() } else { self.confusions() }
    }

    fn full_table(&self) -> Table {
        let format = self.format();
        let heads = self.names.iter().map(|name| Column::number(name, format));
        let columns: Vec<Column> = [Column::text("true \\ predicted")].into_iter().chain(heads).collect();
        let mut table = Table::new("", columns);
        let n = self.names.len() as u32;
        for truth in 0..n {
            let count = |predicted| self.cells.get(&(truth, predicted)).copied().unwrap_or(0.0);
            let row = (0..n).map(|predicted| Cell::Number(count(predicted)));
            let name = Cell::from(self.names[truth as usize].as_str());
            table.push([name].into_iter().chain(row).collect::<Vec<_>>());
        }
        table
    }

    fn confusions(&self) -> Table {
        const MOST_ROWS: usize = 50;
        let mut wrong: Vec<_> = self.cells().filter(|(truth, predicted, _)| truth != predicted).collect();
        wrong.sort_by(|a, b| b.2.total_cmp(&a.2));
        let columns = [
            Column::text("true"),
            Column::text("predicted"),
            Column::number("items", self.format()),
            Column::number("of the true class", Format::percent(1)),
        ];
        let mut table = Table::new("Most frequent confusions", columns);
        for (truth, predicted, weight) in wrong.into_iter().take(MOST_ROWS) {
            let [t, p] = [truth, predicted].map(|id| Cell::from(self.names[id as usize].as_str()));
            table.push([t, p, weight.into(), self.row_share(truth, predicted).into()]);
        }
        table
    }
}

/// The names to show, and for each class of the matrix the place at which it is shown.
fn shown_classes(matrix: &ConfusionMatrix) -> (Vec<String>, Vec<u32>) {
    let n = matrix.names().len();
    if n <= MOST_CLASSES {
        return (matrix.names().to_vec(), (0..n as u32).collect());
    }
    let weights = matrix.totals().truth;
    let mut kept: Vec<usize> = (0..n).collect();
    kept.sort_by(|&a, &b| weights[b].total_cmp(&weights[a]));
    kept.truncate(MOST_CLASSES - 1);
    kept.sort_unstable();
    let mut places = vec![kept.len() as u32; n];
    kept.iter().zip(0..).for_each(|(&id, place)| places[id] = place);
    let mut names: Vec<String> = kept.iter().map(|&id| matrix.names()[id].clone()).collect();
    names.push(format!("{} others", n - kept.len()));
    (names, places)
}

impl TryFrom<Form> for ConfusionPlot {
    type Error = FormError;

    fn try_from(form: Form) -> Result<Self, FormError> {
        let Form { title, caption, names, cells } = form;
        let n_classes = names.len();
        if n_classes > MOST_CLASSES {
            return Err(FormError::Classes(n_classes));
        }
        let mut plot = Self { title, caption, row_sums: vec![0.0; n_classes], names, cells: BTreeMap::new() };
        for (truth, predicted, weight) in cells {
            if let Some(found) = [truth, predicted].into_iter().find(|&id| id as usize >= n_classes) {
                return Err(FormError::Class { found, n_classes });
            }
            if !(weight.is_finite() && weight >= 0.0) {
                return Err(FormError::Weight(weight));
            }
            plot.add(truth, predicted, weight);
        }
        Ok(plot)
    }
}

impl From<ConfusionPlot> for Form {
    fn from(plot: ConfusionPlot) -> Self {
        let cells = plot.cells().collect();
        Self { title: plot.title, caption: plot.caption, names: plot.names, cells }
    }
}
