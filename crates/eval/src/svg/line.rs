//! Line plots.

use super::axis::{self, Fit, Scale, Tick};
use super::label::{Legend, Swatch, push_apart};
use super::write::{number, text_width};
use super::{Screen, Svg, Text, nothing};
use crate::{LinePlot, Series};

/// The height of the area of the lines.
const HEIGHT: f64 = 260.0;

/// The colours of the style sheet; further series repeat them with dashes.
const N_COLOURS: usize = 8;

/// Longer series are thinned to the extremes of as many stretches.
const MOST_STRETCHES: usize = 400;

/// A series as it is drawn: the places of its points, in unbroken runs, with what they say.
struct Track<'a> {
    series: &'a Series,
    class: String,
    runs: Vec<Vec<(f64, f64)>>,
}

/// Points are shown as dots where a line has at most as many.
const MOST_DOTS: usize = 30;

/// The area of the lines.
struct Frame {
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
}

pub(super) fn draw(plot: &LinePlot, screen: Screen) -> Svg {
    let (Some(xs), Some(ys)) = (span(plot, |p| p.0), span(plot, |p| p.1)) else {
        return nothing(screen);
    };
    let legend = legend(plot, screen);
    let top = 30.0 + legend.height();
    let (left, right) = margins(plot, ys);
    let frame = Frame { left, right: screen.width() - right, top, bottom: top + HEIGHT };
    let (y, y_ticks) = axis::fit(&plot.y, ys, (frame.bottom, frame.top), Fit { n_ticks: 5, tight: false });
    let (x, x_ticks) =
        axis::fit(&plot.x, xs, (frame.left, frame.right), Fit { n_ticks: screen.either(8, 3), tight: true });
    let mut svg = Svg::new(screen, (screen.width(), frame.bottom + 52.0));
    legend.draw(&mut svg, 8.0);
    draw_y_axis(&mut svg, &frame, plot, (&y, &y_ticks));
    draw_x_axis(&mut svg, &frame, plot, (&x, &x_ticks));
    let tracks: Vec<Track<'_>> = tracks(plot, &x, &y);
    tracks.iter().for_each(|track| draw_track(&mut svg, track));
    for track in tracks.iter().filter(|track| screen == Screen::Wide || track.n_points(plot) <= MOST_DOTS) {
        draw_points(&mut svg, track, plot, (&x, &y));
    }
    draw_ends(&mut svg, &tracks, plot, &frame);
    svg
}

/// The least and the greatest of one coordinate of the points that can be drawn.
fn span(plot: &LinePlot, of: fn(&(f64, f64)) -> f64) -> Option<(f64, f64)> {
    let points = plot.series.iter().flat_map(|series| &series.points).filter(|point| shows(plot, point));
    points.map(of).fold(None, |span, value| {
        let (low, high) = span.unwrap_or((value, value));
        Some((value.min(low), value.max(high)))
    })
}

fn shows(plot: &LinePlot, &(x, y): &(f64, f64)) -> bool {
    plot.x.shows(x) && plot.y.shows(y)
}

fn legend(plot: &LinePlot, screen: Screen) -> Legend {
    let names = plot.series.iter().map(|series| series.name.as_str());
    let entries = names.enumerate().map(|(i, name)| (Swatch::Line(colour(i)), name));
    Legend::new(entries.filter(|_| plot.series.len() > 1), screen.width())
}

fn colour(i: usize) -> String {
    let dashed = if i < N_COLOURS { "" } else { " dashed" };
    format!("c{}{dashed}", i % N_COLOURS + 1)
}

impl Track<'_> {
    fn n_points(&self, plot: &LinePlot) -> usize {
        self.series.points.iter().filter(|point| shows(plot, point)).count()
    }
}

/// Room for the labels of the ticks on the left, and for the last values on the right.
fn margins(plot: &LinePlot, ys: (f64, f64)) -> (f64, f64) {
    let (_, ticks) = axis::fit(&plot.y, ys, (0.0, 1.0), Fit { n_ticks: 5, tight: false });
    let ticks = ticks.iter().map(|tick| text_width(&tick.label, 13.0)).fold(0.0, f64::max);
    let last = |series: &Series| series.points.iter().rev().find(|point| shows(plot, point)).map(|p| p.1);
    let ends = plot.series.iter().filter_map(last).map(|y| text_width(&plot.y.format.show(y), 13.0));
    (ticks + 14.0, ends.fold(12.0, f64::max) + 14.0)
}

fn draw_y_axis(svg: &mut Svg, frame: &Frame, plot: &LinePlot, (scale, ticks): (&Scale, &[Tick])) {
    let note = if plot.y.log { " (log scale)" } else { "" };
    let name = format!("{}{note}", plot.y.label);
    svg.text(Text { x: 2.0, y: frame.top - 14.0, class: "t s", text: &name });
    for tick in ticks {
        let y = scale.place(tick.value);
        svg.line("grid", (frame.left, y), (frame.right, y));
        svg.text(Text { x: frame.left - 8.0, y: y + 4.5, class: "t e", text: &tick.label });
    }
}

fn draw_x_axis(svg: &mut Svg, frame: &Frame, plot: &LinePlot, (scale, ticks): (&Scale, &[Tick])) {
    svg.line("base", (frame.left, frame.bottom), (frame.right, frame.bottom));
    let mut free_from = f64::NEG_INFINITY;
    for tick in ticks {
        let (x, half) = (scale.place(tick.value), text_width(&tick.label, 13.0) / 2.0);
        svg.line("base", (x, frame.bottom), (x, frame.bottom + 5.0));
        if x - half > free_from {
            svg.text(Text { x, y: frame.bottom + 20.0, class: "t m", text: &tick.label });
            free_from = x + half + 6.0;
        }
    }
    let note = if plot.x.log { " (log scale)" } else { "" };
    let name = format!("{}{note}", plot.x.label);
    let middle = (frame.left + frame.right) / 2.0;
    svg.text(Text { x: middle, y: frame.bottom + 42.0, class: "t m", text: &name });
}

fn tracks<'a>(plot: &'a LinePlot, x: &Scale, y: &Scale) -> Vec<Track<'a>> {
    let place = |point: &(f64, f64)| (x.place(point.0), y.place(point.1));
    let numbered = plot.series.iter().enumerate();
    let track = numbered.map(|(i, series)| {
        let runs = series.points.split(|point| !shows(plot, point)).filter(|run| !run.is_empty());
        let runs = runs.map(|run| thinned(run.iter().map(place).collect())).collect();
        Track { series, class: colour(i), runs }
    });
    track.filter(|track| !track.runs.is_empty()).collect()
}

/// The line with at most four points in each of 400 stretches: first, lowest, highest, last. It looks as before.
fn thinned(points: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    let length = points.len().div_ceil(MOST_STRETCHES);
    if length <= 4 {
        return points;
    }
    let kept = points.chunks(length).flat_map(|stretch| {
        let by_height = |a: &&usize, b: &&usize| stretch[**a].1.total_cmp(&stretch[**b].1);
        let all: Vec<usize> = (0..stretch.len()).collect();
        let extremes = [all.iter().min_by(by_height), all.iter().max_by(by_height)];
        let mut kept: Vec<usize> = extremes.into_iter().flatten().copied().collect();
        kept.extend([0, stretch.len() - 1]);
        kept.sort_unstable();
        kept.dedup();
        kept.into_iter().map(|i| stretch[i]).collect::<Vec<_>>()
    });
    kept.collect()
}

fn draw_track(svg: &mut Svg, track: &Track<'_>) {
    let mut path = String::new();
    for run in &track.runs {
        for (i, (x, y)) in run.iter().enumerate() {
            path += if i == 0 { "M" } else { "L" };
            path += &format!("{} {}", number(*x), number(*y));
        }
    }
    let class = format!("line {}", track.class);
    svg.empty("path", &[("class", class.as_str().into()), ("d", path.as_str().into())]);
}

/// Points that tell their values on hovering; shown as dots where they are few.
fn draw_points(svg: &mut Svg, track: &Track<'_>, plot: &LinePlot, (x, y): (&Scale, &Scale)) {
    const MOST_HOVERS: usize = 200;
    let points: Vec<&(f64, f64)> = track.series.points.iter().filter(|point| shows(plot, point)).collect();
    let kind = if points.len() <= MOST_DOTS { "dot" } else { "dot hidden" };
    let class = format!("{kind} {}", track.class);
    for index in crate::plot::spread(points.len(), MOST_HOVERS) {
        let point = points[index];
        let values = (plot.x.format.show(point.0), plot.y.format.show(point.1));
        let title = format!("{}: {} at {} {}", track.series.name, values.1, values.0, plot.x.label);
        let place = [("cx", x.place(point.0).into()), ("cy", y.place(point.1).into()), ("r", 4.0.into())];
        svg.titled("circle", &[&[("class", class.as_str().into())], &place[..]].concat(), &title);
    }
}

/// The last value of each line beside its end.
fn draw_ends(svg: &mut Svg, tracks: &[Track<'_>], plot: &LinePlot, frame: &Frame) {
    const MOST: usize = 10;
    if tracks.len() > MOST {
        return;
    }
    let ends: Vec<(f64, f64)> =
        tracks.iter().filter_map(|track| track.runs.last()?.last()).map(|&(x, y)| (x, y + 4.5)).collect();
    let heights: Vec<f64> = ends.iter().map(|end| end.1).collect();
    let heights = push_apart(&heights, 15.0, (frame.top, frame.bottom + 4.5));
    for ((track, end), y) in tracks.iter().zip(ends).zip(heights) {
        let last = track.series.points.iter().rev().find(|point| shows(plot, point));
        let value = plot.y.format.show(last.map_or(f64::NAN, |point| point.1));
        svg.text(Text { x: end.0 + 9.0, y, class: "v s", text: &value });
    }
}
