//! Confusion matrices as heat maps.

use super::write::text_width;
use super::{Screen, Svg, Text, nothing};
use crate::render::clip;
use crate::{ConfusionPlot, Format};

/// The largest edge of a cell.
const MOST: f64 = 72.0;

/// Where things stand for a matrix of a given size.
struct Layout {
    /// Edge of a cell.
    cell: f64,
    /// Size of the names, and its class in the style sheet.
    font: f64,
    class: &'static str,
    left: f64,
    top: f64,
    /// By how many degrees the names of the columns are turned.
    turn: f64,
    n: usize,
}

pub(super) fn draw(plot: &ConfusionPlot, screen: Screen) -> Svg {
    if plot.names().is_empty() {
        return nothing(screen);
    }
    let layout = Layout::of(plot, screen);
    let (right, bottom) = layout.corner(layout.n as u32, layout.n as u32);
    let width = (right + layout.overhang() + 2.0).max(screen.either(420.0, screen.width()));
    let mut svg = Svg::new(screen, (width, bottom + 38.0));
    layout.draw_heads(&mut svg);
    layout.draw_names(&mut svg, plot);
    layout.draw_grid(&mut svg);
    plot.cells().for_each(|cell| layout.draw_cell(&mut svg, plot, cell));
    draw_scale(&mut svg, (layout.left.min(width - 290.0), bottom + 14.0));
    svg
}

impl Layout {
    fn of(plot: &ConfusionPlot, screen: Screen) -> Self {
        let n = plot.names().len();
        let (font, class) = match 0.8 * screen.width() / n as f64 {
            cell if cell < 12.5 => (8.5, "xs"),
            cell if cell < 24.0 => (11.0, "sm"),
            _ => (13.0, "n"),
        };
        let widths = plot.names().iter().map(|name| text_width(&shown_name(name, screen), font));
        let longest = widths.fold(0.0, f64::max);
        let left = 24.0 + longest + 8.0;
        let room = (screen.width() - left - 2.0) / n as f64;
        // Names that are too wide for their columns lean, or stand upright where they would touch each other.
        let slanted = room - 0.71 * longest / n as f64;
        let (turn, room) = match () {
            () if longest + 6.0 <= room.min(MOST) => (0.0, room),
            () if slanted * 0.71 > font => (-45.0, slanted),
            () => (-90.0, room),
        };
        let heads = [font, longest * 0.71 + 6.0, longest + 2.0][(turn / -45.0) as usize];
        Self { cell: room.clamp(11.0, MOST), font, class, left, top: 35.0 + heads, turn, n }
    }

    /// The top left corner of a cell.
    fn corner(&self, row: u32, column: u32) -> (f64, f64) {
        (self.left + f64::from(column) * self.cell, self.top + f64::from(row) * self.cell)
    }

    /// How far the turned name of the last column reaches beyond it.
    fn overhang(&self) -> f64 {
        if self.turn == -45.0 { (self.top - 41.0 - self.cell * 0.4).max(0.0) } else { 0.0 }
    }

    /// "predicted" above and "true" on the left.
    fn draw_heads(&self, svg: &mut Svg) {
        let half = self.n as f64 * self.cell / 2.0;
        svg.text(Text { x: self.left + half, y: 14.0, class: "t m", text: "predicted class" });
        svg.turned(Text { x: 14.0, y: self.top + half, class: "t m", text: "true class" }, -90.0);
    }

    fn draw_names(&self, svg: &mut Svg, plot: &ConfusionPlot) {
        let [start, middle, end] = ["s", "m", "e"].map(|anchor| format!("{} {anchor}", self.class));
        for (i, name) in (0..).zip(plot.names()) {
            let text = &shown_name(name, svg.screen());
            let (x, y) = self.corner(i, i);
            let (x, y) = (x + self.cell / 2.0, y + self.cell / 2.0);
            svg.text(Text { x: self.left - 8.0, y: y + self.font * 0.35, class: &end, text });
            if self.turn != 0.0 {
                let x = x + self.font * 0.33;
                svg.turned(Text { x, y: self.top - 7.0, class: &start, text }, self.turn);
            } else {
                svg.text(Text { x, y: self.top - 9.0, class: &middle, text });
            }
        }
    }

    /// The empty cells, as one box with lines.
    fn draw_grid(&self, svg: &mut Svg) {
        let n = self.n as u32;
        let ((left, top), (right, bottom)) = (self.corner(0, 0), self.corner(n, n));
        let place = [("class", "empty".into()), ("x", left.into()), ("y", top.into())];
        let extent = [("width", (right - left).into()), ("height", (bottom - top).into())];
        svg.empty("rect", &[&place[..], &extent].concat());
        for (x, y) in (0..=n).map(|i| self.corner(i, i)) {
            svg.line("grid", (left, y), (right, y));
            svg.line("grid", (x, top), (x, bottom));
        }
    }

    fn draw_cell(&self, svg: &mut Svg, plot: &ConfusionPlot, (truth, predicted, weight): (u32, u32, f64)) {
        let share = plot.row_share(truth, predicted);
        let (count, percent) = (plot.format().show(weight), Format::percent(1).show(share));
        let [truth_name, predicted_name] = [truth, predicted].map(|id| &plot.names()[id as usize]);
        let relation = if truth == predicted { "found as" } else { "taken for" };
        svg.open_titled("cell", &format!("{truth_name} {relation} {predicted_name}: {count} ({percent})"));
        let (x, y) = self.corner(truth, predicted);
        let gap = if self.cell > 20.0 { 1.0 } else { 0.5 };
        let edge = self.cell - 2.0 * gap;
        let place = [("class", "heat".into()), ("x", (x + gap).into()), ("y", (y + gap).into())];
        let look = [("width", edge.into()), ("height", edge.into()), ("fill-opacity", shade(share).into())];
        svg.empty("rect", &[&place[..], &look].concat());
        self.draw_numbers(svg, (x, y), (&count, share));
        svg.close();
    }

    /// The count, and under it the share of the row, as far as they fit.
    fn draw_numbers(&self, svg: &mut Svg, (x, y): (f64, f64), (count, share): (&str, f64)) {
        let room = self.cell - 6.0;
        let (x, middle) = (x + self.cell / 2.0, y + self.cell / 2.0);
        let ink = if shade(share) > 0.8 { "on" } else { "off" };
        let [large, small] = ["cv", "sm"].map(|size| format!("{size} m {ink}"));
        if self.cell >= 44.0 && text_width(count, 13.0) <= room {
            svg.text(Text { x, y: middle - 1.0, class: &large, text: count });
            svg.text(Text { x, y: middle + 14.0, class: &small, text: &rounded_percent(share) });
        } else if self.cell >= 20.0 && text_width(count, 11.0) <= room {
            svg.text(Text { x, y: middle + 4.0, class: &small, text: count });
        }
    }
}

fn shown_name(name: &str, screen: Screen) -> String {
    clip(name, screen.either(18, 12))
}

/// Whole percent; what is not nothing is not shown as nothing.
fn rounded_percent(share: f64) -> String {
    match (share * 100.0).round() {
        0.0 if share > 0.0 => "<1%".to_owned(),
        percent => format!("{percent}%"),
    }
}

/// The opacity for a share. Small ones are raised, so that rare confusions are seen beside the diagonal.
fn shade(share: f64) -> f64 {
    0.04 + 0.96 * share.powf(0.6)
}

/// What the shades mean.
fn draw_scale(svg: &mut Svg, (left, top): (f64, f64)) {
    const STEPS: u32 = 5;
    svg.text(Text { x: left, y: top + 11.0, class: "sm s", text: "0 %" });
    for i in 0..=STEPS {
        let opacity = shade(f64::from(i) / f64::from(STEPS));
        let place = [("class", "heat step".into()), ("x", (left + 27.0 + f64::from(i) * 20.0).into())];
        let size = [("y", top.into()), ("width", 19.0.into()), ("height", 13.0.into())];
        svg.empty("rect", &[&place[..], &size, &[("fill-opacity", opacity.into())]].concat());
    }
    svg.text(Text { x: left + 153.0, y: top + 11.0, class: "sm s", text: "100 % of the true class" });
}
