//! What is drawn, as data; the drawing itself is in `svg`.

mod bar;
mod confusion;
mod line;
mod scatter;

use serde::{Deserialize, Serialize};

pub use bar::{Bar, BarPlot};
pub use confusion::ConfusionPlot;
pub use line::{LinePlot, Series};
pub use scatter::{ScatterPlot, ScatterPoint};

use crate::{Format, Table};

/// A plot in a report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Plot {
    /// Values over a common axis: learning curves.
    Line(LinePlot),
    /// One value for each name.
    Bar(BarPlot),
    /// Which class was taken for which.
    Confusion(ConfusionPlot),
    /// Named points in the plane.
    Scatter(ScatterPlot),
}

/// The scale of one direction of a plot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Axis {
    /// What is measured along it.
    pub label: String,
    /// How its values are written.
    #[serde(default)]
    pub format: Format,
    /// Whether equal ratios, rather than equal differences, are equally far apart. Values of 0 and below
    /// have no place on such an axis and are left out.
    #[serde(default)]
    pub log: bool,
}

impl Axis {
    /// An axis with equal differences equally far apart.
    pub fn linear(label: impl Into<String>, format: Format) -> Self {
        Self { label: label.into(), format, log: false }
    }

    /// An axis with equal ratios equally far apart.
    pub fn log(label: impl Into<String>, format: Format) -> Self {
        Self { label: label.into(), format, log: true }
    }

    /// Whether a value has a place on the axis.
    pub(crate) fn shows(&self, value: f64) -> bool {
        value.is_finite() && value.abs() < 1e300 && (!self.log || value > 1e-300)
    }
}

impl Plot {
    /// What the plot shows.
    pub fn title(&self) -> &str {
        match self {
            Self::Line(plot) => &plot.title,
            Self::Bar(plot) => &plot.title,
            Self::Confusion(plot) => plot.title(),
            Self::Scatter(plot) => &plot.title,
        }
    }

    /// The line under the plot; may be empty.
    pub fn caption(&self) -> &str {
        match self {
            Self::Line(plot) => &plot.caption,
            Self::Bar(plot) => &plot.caption,
            Self::Confusion(plot) => plot.caption(),
            Self::Scatter(plot) => &plot.caption,
        }
    }

    /// What a reader who cannot see the plot should know: one or two sentences.
    pub fn description(&self) -> String {
        match self {
            Self::Line(plot) => plot.description(),
            Self::Bar(plot) => plot.description(),
            Self::Confusion(plot) => plot.description(),
            Self::Scatter(plot) => plot.description(),
        }
    }

    /// The data of the plot as a table, thinned out where it is long.
    pub fn table(&self) -> Table {
        match self {
            Self::Line(plot) => plot.table(),
            Self::Bar(plot) => plot.table(),
            Self::Confusion(plot) => plot.table(),
            Self::Scatter(plot) => plot.table(),
        }
    }
}

impl From<LinePlot> for Plot {
    fn from(plot: LinePlot) -> Self {
        Self::Line(plot)
    }
}

impl From<BarPlot> for Plot {
    fn from(plot: BarPlot) -> Self {
        Self::Bar(plot)
    }
}

impl From<ConfusionPlot> for Plot {
    fn from(plot: ConfusionPlot) -> Self {
        Self::Confusion(plot)
    }
}

impl From<ScatterPlot> for Plot {
    fn from(plot: ScatterPlot) -> Self {
        Self::Scatter(plot)
    }
}

/// At most `most` indices below `n`, evenly spread, with the first and the last.
pub(crate) fn spread(n: usize, most: usize) -> Vec<usize> {
    if n <= most || most < 2 {
        return (0..n.min(most)).collect();
    }
    (0..most).map(|i| i * (n - 1) / (most - 1)).collect()
}
