//! Named points in the plane.

use super::label::{Area, Placement};
use super::write::text_width;
use super::{Screen, Svg, Text, nothing};
use crate::render::clip;
use crate::{ScatterPlot, ScatterPoint};

/// The most points that are drawn.
const MOST_POINTS: usize = 1500;

/// The size of the labels.
const FONT: f64 = 12.0;

/// Room around the points, for labels.
const MARGIN: f64 = 26.0;

/// A point, where it is drawn, and its label if it has room for one.
struct Dot<'a> {
    point: &'a ScatterPoint,
    /// x, y and radius.
    place: (f64, f64, f64),
    label: Option<Area>,
}

pub(super) fn draw(plot: &ScatterPlot, screen: Screen) -> Svg {
    let mut points = plot.by_weight();
    points.truncate(MOST_POINTS);
    if points.is_empty() {
        return nothing(screen);
    }
    let top = if plot.y_label.is_empty() { 2.0 } else { 24.0 };
    let (frame, dots) = arranged(&points, top, screen);
    let below = if plot.x_label.is_empty() { 4.0 } else { 28.0 };
    let mut svg = Svg::new(screen, (screen.width(), frame.bottom + below));
    draw_frame(&mut svg, plot, &frame);
    // The light ones first, so that the heavy ones lie on top.
    dots.iter().rev().for_each(|dot| draw_dot(&mut svg, dot));
    dots.iter().for_each(|dot| draw_label(&mut svg, dot));
    svg
}

fn shown(point: &ScatterPoint) -> String {
    clip(&point.label, 24)
}

/// The area that the points need, and the points in it, with the same scale in both directions.
fn arranged<'a>(points: &[&'a ScatterPoint], top: f64, screen: Screen) -> (Area, Vec<Dot<'a>>) {
    let (x, y) = (span(points, |point| point.x), span(points, |point| point.y));
    let (width, most_height) = (screen.width() - 4.0 - 2.0 * MARGIN, screen.either(520.0, 400.0));
    let scale = f64::min(width / (x.1 - x.0).max(1e-300), most_height / (y.1 - y.0).max(1e-300));
    let height = ((y.1 - y.0) * scale).max(screen.either(240.0, 160.0)) + 2.0 * MARGIN;
    let frame = Area { left: 2.0, top, right: screen.width() - 2.0, bottom: top + height };
    let middle = (screen.width() / 2.0, top + height / 2.0);
    let centre = ((x.0 + x.1) / 2.0, (y.0 + y.1) / 2.0);
    let place = |(point, r): (&&ScatterPoint, f64)| {
        (middle.0 + (point.x - centre.0) * scale, middle.1 - (point.y - centre.1) * scale, r)
    };
    let places: Vec<_> = points.iter().zip(radii(points, screen)).map(place).collect();
    let labels = labels(points, &places, (frame, screen));
    let dots = points.iter().zip(places).zip(labels);
    (frame, dots.map(|((&point, place), label)| Dot { point, place, label }).collect())
}

fn span(points: &[&ScatterPoint], of: fn(&ScatterPoint) -> f64) -> (f64, f64) {
    let values = points.iter().map(|point| of(point));
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)))
}

/// Radii that grow with the logarithms of the weights, which fall.
fn radii(points: &[&ScatterPoint], screen: Screen) -> Vec<f64> {
    let sizes: Vec<f64> = points.iter().map(|point| point.weight.clamp(0.0, 1e300).ln_1p()).collect();
    let (low, high) = (sizes[sizes.len() - 1], sizes[0]);
    let share = |size: f64| if high > low { (size - low) / (high - low) } else { 0.3 };
    let (least, most) = screen.either((2.2, 6.5), (1.5, 4.5));
    sizes.into_iter().map(|size| least + (most - least) * share(size)).collect()
}

/// The boxes of the labels that find room, by point.
fn labels(
    points: &[&ScatterPoint],
    places: &[(f64, f64, f64)],
    (frame, screen): (Area, Screen),
) -> Vec<Option<Area>> {
    let mut placement = Placement::new(frame, screen.either(0, 2));
    let mut left = screen.either(120, 45);
    let place = |i: usize| {
        let size = (text_width(&shown(points[i]), FONT) + 5.0, FONT + 4.0);
        let area = if left > 0 { placement.place(places, i, size) } else { None };
        left -= usize::from(area.is_some());
        area
    };
    (0..points.len()).map(place).collect()
}

fn draw_frame(svg: &mut Svg, plot: &ScatterPlot, frame: &Area) {
    let Area { left, top, right, bottom } = *frame;
    let size = [("width", (right - left).into()), ("height", (bottom - top).into()), ("rx", 6.0.into())];
    let place = [("class", "frame".into()), ("x", left.into()), ("y", top.into())];
    svg.empty("rect", &[&place[..], &size].concat());
    if !plot.x_label.is_empty() {
        let text = &format!("{} →", clip(&plot.x_label, 44));
        svg.text(Text { x: right - 2.0, y: bottom + 22.0, class: "t e", text });
    }
    if !plot.y_label.is_empty() {
        let text = &format!("↑ {}", clip(&plot.y_label, 44));
        svg.text(Text { x: left + 2.0, y: top - 10.0, class: "t s", text });
    }
}

fn draw_dot(svg: &mut Svg, dot: &Dot<'_>) {
    let class = if dot.label.is_some() { "p" } else { "p q" };
    let (x, y, r) = dot.place;
    let attributes = [("class", class.into()), ("cx", x.into()), ("cy", y.into()), ("r", r.into())];
    svg.titled("circle", &attributes, &dot.point.label);
}

fn draw_label(svg: &mut Svg, dot: &Dot<'_>) {
    if let Some(area) = dot.label {
        let (x, y) = (area.left + 2.5, area.bottom - 4.5);
        svg.text(Text { x, y, class: "pl s", text: &shown(dot.point) });
    }
}
