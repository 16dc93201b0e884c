//! Bar plots.

use super::label::{Legend, Swatch};
use super::write::{number, text_width};
use super::{Screen, Svg, Text, nothing};
use crate::render::clip;
use crate::{Bar, BarPlot};

/// The height of a bar and of its row.
const BAR: f64 = 18.0;
const ROW: f64 = 28.0;

/// The most bars that are drawn; the table has them all.
const MOST_BARS: usize = 60;

/// Where things stand.
struct Layout<'a> {
    plot: &'a BarPlot,
    /// The longest name in columns.
    name_columns: usize,
    /// Where the names end.
    names: f64,
    /// Where the value 0 is, and how far from it the value 1.
    zero: f64,
    per_unit: f64,
}

pub(super) fn draw(plot: &BarPlot, screen: Screen) -> Svg {
    let bars: Vec<&Bar> = plot.bars.iter().filter(|bar| is_drawn(bar.value)).take(MOST_BARS).collect();
    if bars.is_empty() {
        return nothing(screen);
    }
    let layout = Layout::new(plot, &bars, screen);
    let legend = legend(plot, &bars, screen);
    let top = if legend.is_empty() { 26.0 } else { legend.height() + 6.0 };
    let bottom = top + bars.len() as f64 * ROW;
    let mut svg = Svg::new(screen, (screen.width(), bottom + 8.0));
    if legend.is_empty() {
        svg.text(Text { x: 2.0, y: 14.0, class: "t s", text: &plot.axis.label });
    }
    legend.draw(&mut svg, 8.0);
    for (i, bar) in bars.iter().enumerate() {
        layout.draw_bar(&mut svg, bar, top + (i as f64 + 0.5) * ROW);
    }
    svg.line("base", (layout.zero, top), (layout.zero, bottom));
    svg
}

fn is_drawn(value: f64) -> bool {
    value.is_finite() && value.abs() < 1e300
}

/// Tells bars from marks; empty where there are only bars.
fn legend(plot: &BarPlot, bars: &[&Bar], screen: Screen) -> Legend {
    let compared = bars.iter().any(|bar| bar.reference.is_some_and(is_drawn));
    let entries = [(Swatch::Box("bar"), plot.axis.label.as_str()), (Swatch::Mark, plot.reference_name())];
    Legend::new(entries.into_iter().filter(|_| compared), screen.width())
}

impl<'a> Layout<'a> {
    /// Fits 0, all values and references between the names and the figures at the ends of the bars.
    fn new(plot: &'a BarPlot, bars: &[&Bar], screen: Screen) -> Self {
        let name_columns = screen.either(36, 16);
        let widest = |texts: &mut dyn Iterator<Item = String>| {
            texts.map(|text| text_width(&text, 13.0)).fold(0.0, f64::max)
        };
        let names = 4.0 + widest(&mut bars.iter().map(|bar| clip(&bar.label, name_columns)));
        let figures = 10.0 + widest(&mut bars.iter().map(|bar| plot.axis.format.show(bar.value)));
        let references = bars.iter().filter_map(|bar| bar.reference).filter(|value| is_drawn(*value));
        let values = bars.iter().map(|bar| bar.value).chain(references);
        let (low, high) = values.fold((0.0, 0.0), |(low, high): (f64, f64), v| (low.min(v), high.max(v)));
        let left = names + 8.0 + if low < 0.0 { figures } else { 0.0 };
        let span = if high > low { high - low } else { 1.0 };
        let per_unit = (screen.width() - left - figures - 2.0) / span;
        Self { plot, name_columns, names, zero: left - low * per_unit, per_unit }
    }

    fn place(&self, value: f64) -> f64 {
        self.zero + value * self.per_unit
    }

    /// A row: name, bar, mark of the reference, value.
    fn draw_bar(&self, svg: &mut Svg, bar: &Bar, middle: f64) {
        let (end, base) = (self.place(bar.value), middle + 4.5);
        svg.open_titled("b", &self.title(bar));
        let name = &clip(&bar.label, self.name_columns);
        svg.text(Text { x: self.names, y: base, class: "n e", text: name });
        let outline = outline(self.zero, end, middle);
        svg.empty("path", &[("class", "bar".into()), ("d", outline.as_str().into())]);
        let mark = bar.reference.filter(|value| is_drawn(*value)).map(|reference| self.place(reference));
        if let Some(x) = mark {
            svg.line("mark", (x, middle - ROW / 2.0 + 2.0), (x, middle + ROW / 2.0 - 2.0));
        }
        let value = self.plot.axis.format.show(bar.value);
        let (x, class) = beside(end, mark, (text_width(&value, 13.0), bar.value < 0.0));
        svg.text(Text { x, y: base, class, text: &value });
        svg.close();
    }

    fn title(&self, bar: &Bar) -> String {
        let show = |value| self.plot.axis.format.show(value);
        let compared =
            bar.reference.map(|reference| format!("{}: {}", self.plot.reference_name(), show(reference)));
        let compared = compared.map_or(String::new(), |text| format!(" ({text})"));
        format!("{}: {}{compared}", bar.label, show(bar.value))
    }
}

/// Where the figure stands at the end of a bar, and its class: beyond a mark that it would hide.
fn beside(end: f64, mark: Option<f64>, (width, leftwards): (f64, bool)) -> (f64, &'static str) {
    let sign = if leftwards { -1.0 } else { 1.0 };
    let hidden = mark.filter(|mark| (0.0..width + 12.0).contains(&(sign * (mark - end))));
    (hidden.unwrap_or(end) + sign * 7.0, if leftwards { "v e" } else { "v s" })
}

/// A bar whose far end is rounded.
fn outline(zero: f64, end: f64, middle: f64) -> String {
    let radius = 3f64.min((end - zero).abs());
    let shoulder = end - radius.copysign(end - zero);
    let (top, bottom) = (middle - BAR / 2.0, middle + BAR / 2.0);
    let [upper, lower] = [top + radius, bottom - radius].map(number);
    let [zero, shoulder, end, top, bottom] = [zero, shoulder, end, top, bottom].map(number);
    format!(
        "M{zero} {top}H{shoulder}Q{end} {top} {end} {upper}V{lower}Q{end} {bottom} {shoulder} {bottom}H{zero}Z"
    )
}
