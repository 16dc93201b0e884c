//! Named points in the plane.

use serde::{Deserialize, Serialize};

use crate::report::one;
use crate::{Column, Format, Table};

/// Named points in the plane, such as word vectors projected to two dimensions.
///
/// The heaviest points are labelled as far as there is room; the rest show their names on hovering. Both
/// directions have the same scale, so distances can be compared.
///
/// ```
/// use sememe_eval::{Plot, ScatterPlot, ScatterPoint};
///
/// let point = |label: &str, x, y| ScatterPoint { label: label.to_owned(), x, y, weight: 1.0 };
/// let plot = ScatterPlot::new("Vectors", [point("sun", 0.1, 0.2), point("太阳", 0.1, 0.3)]);
/// assert_eq!(Plot::from(plot).description(), "2 named points, the heaviest: sun, 太阳.");
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScatterPlot {
    /// What it shows.
    pub title: String,
    /// The line under it; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub caption: String,
    /// What the direction to the right is; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub x_label: String,
    /// What the direction upwards is; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub y_label: String,
    /// The points.
    pub points: Vec<ScatterPoint>,
}

/// One point.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScatterPoint {
    /// Its name.
    pub label: String,
    /// Its place to the right; a point that is not finite is left out.
    #[serde(with = "one")]
    pub x: f64,
    /// Its place upwards.
    #[serde(with = "one")]
    pub y: f64,
    /// How important it is, such as the frequency of a word: heavier points are larger and labelled first.
    #[serde(with = "one")]
    pub weight: f64,
}

impl ScatterPlot {
    /// A plot of these points.
    pub fn new(title: impl Into<String>, points: impl Into<Vec<ScatterPoint>>) -> Self {
        let [caption, x_label, y_label] = [const { String::new() }; 3];
        Self { title: title.into(), caption, x_label, y_label, points: points.into() }
    }

    /// With names for the two directions.
    pub fn axes(mut self, x_label: impl Into<String>, y_label: impl Into<String>) -> Self {
        (self.x_label, self.y_label) = (x_label.into(), y_label.into());
        self
    }

    /// With this line under it.
    pub fn caption(mut self, caption: impl Into<String>) -> Self {
        self.caption = caption.into();
        self
    }

    /// The points that can be drawn, heaviest first, equal ones in their order.
    pub(crate) fn by_weight(&self) -> Vec<&ScatterPoint> {
        let can_be_drawn = |value: f64| value.is_finite() && value.abs() < 1e300;
        let mut points: Vec<&ScatterPoint> =
            self.points.iter().filter(|p| can_be_drawn(p.x) && can_be_drawn(p.y)).collect();
        points.sort_by(|a, b| b.weight.max(0.0).total_cmp(&a.weight.max(0.0)));
        points
    }

    pub(super) fn description(&self) -> String {
        let heaviest: Vec<&str> = self.by_weight().iter().take(8).map(|point| point.label.as_str()).collect();
        format!("{} named points, the heaviest: {}.", self.points.len(), heaviest.join(", "))
    }

    pub(super) fn table(&self) -> Table {
        const MOST_ROWS: usize = 100;
        let or =
            |label: &str, other: &str| if label.is_empty() { other.to_owned() } else { label.to_owned() };
        let columns = [
            Column::text("name"),
            Column::number(or(&self.x_label, "x"), Format::number(3)),
            Column::number(or(&self.y_label, "y"), Format::number(3)),
        ];
        let mut table = Table::new("", columns);
        for point in self.by_weight().into_iter().take(MOST_ROWS) {
            table.push([point.label.as_str().into(), point.x.into(), point.y.into()]);
        }
        table
    }
}
