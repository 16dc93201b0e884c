//! Values over a common axis.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Axis, spread};
use crate::report::pairs;
use crate::{Cell, Column, Table};

/// One or more series of values over a common axis, drawn as lines.
///
/// ```
/// use sememe_eval::{Axis, Format, LinePlot};
///
/// let x = Axis::linear("words", Format::count());
/// let plot = LinePlot::new("Learning curve", x, Axis::log("loss", Format::number(3)))
///     .series("skip-gram", vec![(0.0, 2.1), (1e6, 0.9), (2e6, 0.6)]);
/// assert!(sememe_eval::Plot::from(plot).description().ends_with("skip-gram: from 2.100 to 0.600."));
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LinePlot {
    /// What it shows.
    pub title: String,
    /// The line under it; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub caption: String,
    /// The axis to the right.
    pub x: Axis,
    /// The axis upwards.
    pub y: Axis,
    /// The lines.
    pub series: Vec<Series>,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// Its name in the legend.
    pub name: String,
    /// Its (x, y), in the order in which they are joined; a value that is not finite leaves a gap.
    #[serde(with = "pairs")]
    pub points: Vec<(f64, f64)>,
}

impl LinePlot {
    /// A plot without lines.
    pub fn new(title: impl Into<String>, x: Axis, y: Axis) -> Self {
        Self { title: title.into(), caption: String::new(), x, y, series: Vec::new() }
    }

    /// With one more line through these (x, y).
    pub fn series(mut self, name: impl Into<String>, points: Vec<(f64, f64)>) -> Self {
        self.series.push(Series { name: name.into(), points });
        self
    }

    /// With this line under it.
    pub fn caption(mut self, caption: impl Into<String>) -> Self {
        self.caption = caption.into();
        self
    }

    pub(super) fn description(&self) -> String {
        let lines: Vec<String> = self.series.iter().filter_map(|series| self.course(series)).collect();
        format!("{} over {}. {}", self.y.label, self.x.label, lines.join(" "))
    }

    /// "NAME: from 2.1 to 0.6."
    fn course(&self, series: &Series) -> Option<String> {
        let mut shown = series.points.iter().filter(|(x, y)| self.x.shows(*x) && self.y.shows(*y));
        let first = shown.next()?;
        let last = shown.next_back().unwrap_or(first);
        let [from, to] = [first.1, last.1].map(|value| self.y.format.show(value));
        Some(format!("{}: from {from} to {to}.", series.name))
    }

    /// One row for each x, one column for each series.
    pub(super) fn table(&self) -> Table {
        const MOST_ROWS: usize = 100;
        let mut rows: BTreeMap<Key, Vec<Cell>> = BTreeMap::new();
        for (i, series) in self.series.iter().enumerate() {
            let kept = spread(series.points.len(), MOST_ROWS);
            for (x, y) in kept.into_iter().map(|index| series.points[index]) {
                rows.entry(Key(x)).or_insert_with(|| vec![Cell::Blank; self.series.len()])[i] = y.into();
            }
        }
        let mut table = Table::new("", self.columns());
        rows.into_iter().for_each(|(x, cells)| table.push([vec![Cell::Number(x.0)], cells].concat()));
        table
    }

    fn columns(&self) -> Vec<Column> {
        let series = self.series.iter().map(|series| Column::number(&series.name, self.y.format));
        [Column::number(&self.x.label, self.x.format)].into_iter().chain(series).collect()
    }
}

/// A float that can be a key; 0 and −0 are apart.
struct Key(f64);

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Key {}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}
