//! Legends, and labels that keep clear of each other.

use super::write::text_width;
use super::{Svg, Text};
use crate::render::clip;

/// The height of a row of a legend.
const ROW: f64 = 22.0;

/// What stands before a name in a legend.
pub(super) enum Swatch {
    /// A line of this class.
    Line(String),
    /// A box of this class.
    Box(&'static str),
    /// The mark of a reference.
    Mark,
}

/// Names and how they are drawn, in rows.
pub(super) struct Legend {
    /// Row, x, swatch and name.
    entries: Vec<(usize, f64, Swatch, String)>,
}

impl Legend {
    /// Fills rows of `width`.
    pub(super) fn new<'a>(entries: impl Iterator<Item = (Swatch, &'a str)>, width: f64) -> Self {
        let (mut row, mut x) = (0, 0.0);
        let mut placed = Vec::new();
        for (swatch, name) in entries {
            let name = clip(name, 40);
            let room = 26.0 + text_width(&name, 13.0) + 18.0;
            if x > 0.0 && x + room > width {
                (row, x) = (row + 1, 0.0);
            }
            placed.push((row, x, swatch, name));
            x += room;
        }
        Self { entries: placed }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(super) fn height(&self) -> f64 {
        self.entries.last().map_or(0.0, |(row, ..)| (row + 1) as f64 * ROW + 4.0)
    }

    /// Draws it with its first row from `top` on.
    pub(super) fn draw(&self, svg: &mut Svg, top: f64) {
        for (row, x, swatch, name) in &self.entries {
            let middle = top + *row as f64 * ROW + 6.0;
            draw_swatch(svg, swatch, (x + 2.0, middle));
            svg.text(Text { x: x + 26.0, y: middle + 4.5, class: "n s", text: name });
        }
    }
}

fn draw_swatch(svg: &mut Svg, swatch: &Swatch, (x, y): (f64, f64)) {
    match swatch {
        Swatch::Line(class) => svg.line(&format!("line {class}"), (x, y), (x + 18.0, y)),
        Swatch::Box(class) => {
            let size = [("width", 14.0.into()), ("height", 12.0.into()), ("rx", 2.0.into())];
            let place = [("class", (*class).into()), ("x", (x + 3.0).into()), ("y", (y - 6.0).into())];
            svg.empty("rect", &[&place[..], &size].concat());
        }
        Swatch::Mark => svg.line("mark", (x + 10.0, y - 8.0), (x + 10.0, y + 8.0)),
    }
}

/// Heights at least `gap` apart and between the limits, in the order of the given ones and near them.
///
/// Where the limits leave too little room the gap shrinks.
pub(super) fn push_apart(heights: &[f64], gap: f64, (top, bottom): (f64, f64)) -> Vec<f64> {
    let mut order: Vec<usize> = (0..heights.len()).collect();
    order.sort_by(|&a, &b| heights[a].total_cmp(&heights[b]));
    let gap = gap.min((bottom - top) / heights.len().max(1) as f64);
    let mut placed = heights.to_vec();
    let mut least = top;
    for &i in &order {
        placed[i] = placed[i].max(least);
        least = placed[i] + gap;
    }
    let mut most = bottom;
    for &i in order.iter().rev() {
        placed[i] = placed[i].min(most);
        most = placed[i] - gap;
    }
    placed
}

/// A box around something drawn.
#[derive(Clone, Copy)]
pub(super) struct Area {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) right: f64,
    pub(super) bottom: f64,
}

impl Area {
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        self.left < other.right
            && other.left < self.right
            && self.top < other.bottom
            && other.top < self.bottom
    }

    pub(super) fn contains(&self, other: &Self) -> bool {
        self.left <= other.left
            && other.right <= self.right
            && self.top <= other.top
            && other.bottom <= self.bottom
    }
}

/// Places labels one by one where they hide neither each other nor too many points.
///
/// Greedy in the order of importance (as in Wagner et al. 2001, "Three rules suffice for good label
/// placement", without their look-ahead): each label takes the best of eight places around its
/// point.
pub(super) struct Placement {
    frame: Area,
    /// The most points that a label may hide.
    most_hidden: usize,
    taken: Vec<Area>,
}

impl Placement {
    /// Labels stay within `frame`, and each may hide `most_hidden` points where there is no better place.
    pub(super) fn new(frame: Area, most_hidden: usize) -> Self {
        Self { frame, most_hidden, taken: Vec::new() }
    }

    /// The box for a label of this size beside `points[at]`, if there is room. Points are (x, y, radius).
    pub(super) fn place(&mut self, points: &[(f64, f64, f64)], at: usize, size: (f64, f64)) -> Option<Area> {
        let is_free =
            |area: &Area| self.frame.contains(area) && !self.taken.iter().any(|taken| taken.overlaps(area));
        let n_hidden = |area: &Area| points.iter().filter(|point| area.overlaps(&box_of(**point))).count();
        let free = around(points[at], size).into_iter().filter(is_free);
        let (n_hidden, area) = free.map(|area| (n_hidden(&area), area)).min_by_key(|(n, _)| *n)?;
        if n_hidden > self.most_hidden {
            return None;
        }
        self.taken.push(area);
        Some(area)
    }
}

fn box_of((x, y, r): (f64, f64, f64)) -> Area {
    Area { left: x - r, top: y - r, right: x + r, bottom: y + r }
}

/// Right, left, above, below, and the four corners between.
fn around((x, y, r): (f64, f64, f64), (width, height): (f64, f64)) -> [Area; 8] {
    let gap = r + 1.5;
    let corner = gap * 0.7;
    let places = [
        (x + gap, y - height / 2.0),
        (x - gap - width, y - height / 2.0),
        (x - width / 2.0, y - gap - height),
        (x - width / 2.0, y + gap),
        (x + corner, y - corner - height),
        (x + corner, y + corner),
        (x - corner - width, y - corner - height),
        (x - corner - width, y + corner),
    ];
    places.map(|(left, top)| Area { left, top, right: left + width, bottom: top + height })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn pushed_labels_keep_their_gap_order_and_limits(heights in prop::collection::vec(0.0..100f64, 1..12)) {
            let placed = push_apart(&heights, 8.0, (0.0, 100.0));
            let mut sorted = placed.clone();
            sorted.sort_by(f64::total_cmp);
            prop_assert!(sorted[0] >= -1e-9 && sorted[sorted.len() - 1] <= 100.0 + 1e-9);
            prop_assert!(sorted.windows(2).all(|pair| pair[1] - pair[0] >= 8.0 - 1e-9));
        }

        #[test]
        fn placed_labels_never_overlap(points in prop::collection::vec((0.0..300f64, 0.0..200f64), 1..60)) {
            let points: Vec<_> = points.into_iter().map(|(x, y)| (x, y, 3.0)).collect();
            let mut placement = Placement::new(Area { left: 0.0, top: 0.0, right: 300.0, bottom: 200.0 }, 0);
            let placed: Vec<Area> =
                (0..points.len()).filter_map(|at| placement.place(&points, at, (40.0, 12.0))).collect();
            for (i, a) in placed.iter().enumerate() {
                prop_assert!(!placed[..i].iter().any(|b| a.overlaps(b)));
            }
        }
    }
}
