//! One value for each name.

use serde::{Deserialize, Serialize};

use super::Axis;
use crate::report::{one, option};
use crate::{Cell, Column, Table};

/// Named values side by side, drawn as bars from 0.
///
/// ```
/// use sememe_eval::{Axis, BarPlot, Format, Plot};
///
/// let plot = BarPlot::new("Analogies", Axis::linear("accuracy", Format::percent(1)))
///     .bar("capitals", 0.62)
///     .bar("plurals", 0.48);
/// assert_eq!(Plot::from(plot).description(), "accuracy. Highest: capitals, 62.0 %. Lowest: plurals, 48.0 %.");
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BarPlot {
    /// What it shows.
    pub title: String,
    /// The line under it; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub caption: String,
    /// The axis of the values; bars start at 0, so a log axis is drawn as a linear one.
    pub axis: Axis,
    /// Whose values the references are; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reference: String,
    /// The bars, in the order in which they are shown.
    pub bars: Vec<Bar>,
}

/// One bar.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bar {
    /// Its name.
    pub label: String,
    /// Its length.
    #[serde(with = "one")]
    pub value: f64,
    /// The value of a peer, marked on the bar.
    #[serde(default, with = "option", skip_serializing_if = "Option::is_none")]
    pub reference: Option<f64>,
}

impl BarPlot {
    /// A plot without bars.
    pub fn new(title: impl Into<String>, axis: Axis) -> Self {
        Self { title: title.into(), caption: String::new(), axis, reference: String::new(), bars: Vec::new() }
    }

    /// With one more bar.
    pub fn bar(mut self, label: impl Into<String>, value: f64) -> Self {
        self.bars.push(Bar { label: label.into(), value, reference: None });
        self
    }

    /// With one more bar, and the value of the peer [`references`](Self::references) names.
    pub fn bar_with_reference(mut self, label: impl Into<String>, value: f64, reference: f64) -> Self {
        self.bars.push(Bar { label: label.into(), value, reference: Some(reference) });
        self
    }

    /// With the name of the peer whose values are marked.
    pub fn references(mut self, name: impl Into<String>) -> Self {
        self.reference = name.into();
        self
    }

    /// With this line under it.
    pub fn caption(mut self, caption: impl Into<String>) -> Self {
        self.caption = caption.into();
        self
    }

    /// The name of the references, whether or not there is one.
    pub(crate) fn reference_name(&self) -> &str {
        if self.reference.is_empty() { "reference" } else { &self.reference }
    }

    pub(super) fn description(&self) -> String {
        let known = || self.bars.iter().filter(|bar| bar.value.is_finite());
        let by_value = |a: &&Bar, b: &&Bar| a.value.total_cmp(&b.value);
        let (Some(low), Some(high)) = (known().min_by(by_value), known().max_by(by_value)) else {
            return format!("{}. No values.", self.axis.label);
        };
        let show = |bar: &Bar| format!("{}, {}", bar.label, self.axis.format.show(bar.value));
        format!("{}. Highest: {}. Lowest: {}.", self.axis.label, show(high), show(low))
    }

    pub(super) fn table(&self) -> Table {
        let mut columns = vec![Column::text(""), Column::number(&self.axis.label, self.axis.format)];
        if self.bars.iter().any(|bar| bar.reference.is_some()) {
            columns.push(Column::number(self.reference_name(), self.axis.format));
        }
        let mut table = Table::new("", columns);
        for bar in &self.bars {
            let reference = bar.reference.map_or(Cell::Blank, Cell::Number);
            table.push([Cell::from(bar.label.as_str()), bar.value.into(), reference]);
        }
        table
    }
}
