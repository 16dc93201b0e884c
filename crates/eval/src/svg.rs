//! Plots as SVG elements for the page of a report.
//!
//! Sizes are in the user units of the drawing, about a pixel each. Colours come from the style sheet of the
//! page, by class, so that one drawing serves light and dark screens and paper.

mod axis;
mod bar;
mod confusion;
mod label;
mod line;
mod scatter;
mod write;

use crate::Plot;

pub(crate) use write::escape;
use write::{Svg, Text};

/// The screens that a plot is drawn for. The style sheet shows the drawing that fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Screen {
    /// A window of a desktop, or paper.
    Wide,
    /// A phone: half as wide with letters of the same size; nothing to hover over.
    Narrow,
}

impl Screen {
    /// The class of its drawings in the style sheet.
    fn class(self) -> &'static str {
        match self {
            Self::Wide => "wide",
            Self::Narrow => "narrow",
        }
    }

    /// How wide its drawings are.
    fn width(self) -> f64 {
        self.either(800.0, 330.0)
    }

    fn either<T>(self, wide: T, narrow: T) -> T {
        match self {
            Self::Wide => wide,
            Self::Narrow => narrow,
        }
    }
}

/// The drawing of a plot, whose ids start with `id`.
pub(crate) fn draw(plot: &Plot, id: &str, screen: Screen) -> String {
    let svg = match plot {
        Plot::Line(plot) => line::draw(plot, screen),
        Plot::Bar(plot) => bar::draw(plot, screen),
        Plot::Confusion(plot) => confusion::draw(plot, screen),
        Plot::Scatter(plot) => scatter::draw(plot, screen),
    };
    svg.finish(id, plot.title(), &plot.description())
}

/// A drawing that only says that there is nothing to draw.
fn nothing(screen: Screen) -> Svg {
    let mut svg = Svg::new(screen, (screen.width(), 80.0));
    svg.text(Text { x: screen.width() / 2.0, y: 44.0, class: "t m", text: "no values" });
    svg
}
