//! Scales and their ticks.

use crate::{Axis, Format, Unit};

/// From values to places.
pub(super) struct Scale {
    log: bool,
    /// The least and the greatest value, their logarithms on a log scale.
    domain: (f64, f64),
    /// Where these are drawn.
    range: (f64, f64),
}

/// A marked value.
#[derive(Debug, PartialEq)]
pub(super) struct Tick {
    pub(super) value: f64,
    pub(super) label: String,
}

impl Scale {
    /// Where a value is drawn.
    pub(super) fn place(&self, value: f64) -> f64 {
        let value = if self.log { value.ln() } else { value };
        let (low, high) = self.domain;
        self.range.0 + (value - low) / (high - low) * (self.range.1 - self.range.0)
    }
}

/// How a scale is fitted to its values.
#[derive(Clone, Copy)]
pub(super) struct Fit {
    /// About how many ticks there is room for.
    pub(super) n_ticks: usize,
    /// Whether the scale ends at the outermost values rather than at ticks.
    pub(super) tight: bool,
}

/// The scale and ticks for values from `low` to `high`, all of which the axis can show.
pub(super) fn fit(axis: &Axis, (low, high): (f64, f64), range: (f64, f64), fit: Fit) -> (Scale, Vec<Tick>) {
    if axis.log {
        return fit_log(axis.format, (low, high), range, fit);
    }
    let (low, high) = widened(low, high);
    let unit = DisplayUnit::of(axis.format, low.abs().max(high.abs()));
    let smallest = if axis.format.unit == Unit::Count { 1.0 / unit.size } else { 0.0 };
    let step = nice_step((high - low) / unit.size / fit.n_ticks.max(1) as f64).max(smallest);
    let (mut first, mut last) = ((low / unit.size / step).floor(), (high / unit.size / step).ceil());
    let domain = if fit.tight { (low, high) } else { (first * step * unit.size, last * step * unit.size) };
    if fit.tight {
        (first, last) = ((low / unit.size / step).ceil(), (high / unit.size / step).floor());
    }
    let n = (last - first + 1.0).clamp(0.0, 50.0) as usize;
    let multiples = (0..n).map(|i| (first + i as f64) * step);
    let tick = |scaled: f64| Tick { value: scaled * unit.size, label: unit.label(scaled, step) };
    (Scale { log: false, domain, range }, multiples.map(tick).collect())
}

/// Powers of ten, and their doubles and fives where these alone would be few.
fn fit_log(format: Format, (low, high): (f64, f64), range: (f64, f64), fit: Fit) -> (Scale, Vec<Tick>) {
    let (low, high) = if high > low { (low, high) } else { (low / 2.0, high * 2.0) };
    let pad = (high / low).ln() * 0.03;
    let domain = (low.ln() - pad, high.ln() + pad);
    let inside = |value: &f64| (domain.0..=domain.1).contains(&value.ln());
    let decades = low.log10().floor() as i32..=high.log10().ceil() as i32;
    let every = decades.clone().count().div_ceil(2 + fit.n_ticks);
    let powers = decades.step_by(every).map(|power| 10f64.powi(power));
    let finer: &[f64] = match powers.clone().filter(inside).count() {
        0 | 1 => &[1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0],
        2 => &[1.0, 2.0, 5.0],
        _ => &[1.0],
    };
    let values = powers.flat_map(|power| finer.iter().map(move |factor| factor * power)).filter(inside);
    let tick = |value: f64| Tick { value, label: short(format, value) };
    (Scale { log: true, domain, range }, values.map(tick).collect())
}

/// A value with its own unit and no needless digits.
fn short(format: Format, value: f64) -> String {
    if matches!(format.unit, Unit::Number | Unit::Count) && value < 9.9e-4 {
        return format!("{value:.0e}");
    }
    let unit = DisplayUnit::of(format, value);
    let scaled = value / unit.size;
    let place = 10f64.powf(scaled.abs().log10().floor());
    let step = if (scaled / place).fract() < 1e-9 { place } else { place / 10.0 };
    unit.label(scaled, step)
}

/// A span that is not empty.
fn widened(low: f64, high: f64) -> (f64, f64) {
    let enough = (low.abs().max(high.abs()) * 1e-9).max(f64::MIN_POSITIVE);
    if high - low > enough {
        return (low, high);
    }
    let pad = if low == 0.0 { 1.0 } else { low.abs() * 0.1 };
    (low - pad, high + pad)
}

/// The least of 1, 2, 5, 10, 20, 50 ... that is not below `least`, at any power of ten.
fn nice_step(least: f64) -> f64 {
    let power = 10f64.powf(least.log10().floor());
    let factors = [1.0, 2.0, 5.0].into_iter();
    factors.map(|factor| factor * power).find(|&step| step >= least * (1.0 - 1e-9)).unwrap_or(10.0 * power)
}

/// A unit in which the values of an axis are short.
struct DisplayUnit {
    size: f64,
    suffix: &'static str,
}

impl DisplayUnit {
    fn of(format: Format, largest: f64) -> Self {
        let units: &[(f64, &str)] = match format.unit {
            Unit::Percent => &[(0.01, " %")],
            Unit::Seconds => &[(1e-3, " ms"), (1.0, " s"), (120.0, " min"), (7200.0, " h")],
            Unit::Bytes => &[(1.0, " B"), (1e3, " kB"), (1e6, " MB"), (1e9, " GB"), (1e12, " TB")],
            Unit::PerSecond => &[(1.0, "/s"), (1e4, "k/s"), (1e6, "M/s"), (1e9, "G/s")],
            Unit::Number | Unit::Count => &[(1.0, ""), (1e4, "k"), (1e6, "M"), (1e9, "G"), (1e12, "T")],
        };
        let &(from, suffix) = units.iter().rev().find(|(from, _)| largest >= *from).unwrap_or(&units[0]);
        let size = match suffix {
            "k" | "k/s" => 1e3,
            " min" => 60.0,
            " h" => 3600.0,
            _ => from,
        };
        Self { size, suffix }
    }

    /// A value in this unit, with the digits that tell multiples of `step` apart.
    fn label(&self, scaled: f64, step: f64) -> String {
        let decimals = (-step.log10().floor()).max(0.0) as usize;
        let number = match (decimals, scaled.abs()) {
            (7.., _) | (_, 1e6..) => format!("{scaled:.1e}"),
            _ => format!("{scaled:.decimals$}"),
        };
        let is_zero = scaled.abs() < step * 1e-6;
        if is_zero && !self.suffix.starts_with(' ') {
            return "0".to_owned();
        }
        let number = if is_zero { "0" } else { &number };
        format!("{number}{}", self.suffix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(axis: &Axis, span: (f64, f64), want: &[&str]) {
        let (scale, ticks) = fit(axis, span, (0.0, 100.0), Fit { n_ticks: 5, tight: false });
        let labels: Vec<&str> = ticks.iter().map(|tick| tick.label.as_str()).collect();
        assert_eq!(labels, want, "from {} to {}", span.0, span.1);
        for tick in &ticks {
            assert!((-1e-6..=100.000_001).contains(&scale.place(tick.value)), "{tick:?} is off the axis");
        }
    }

    #[test]
    fn steps_are_round() {
        let axis = Axis::linear("loss", Format::number(3));
        check(&axis, (0.13, 0.97), &["0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        check(&axis, (-3.0, 8.0), &["-5", "0", "5", "10"]);
    }

    #[test]
    fn large_counts_have_short_labels() {
        let axis = Axis::linear("words", Format::count());
        check(&axis, (0.0, 24_000_000.0), &["0", "5M", "10M", "15M", "20M", "25M"]);
    }

    #[test]
    fn shares_are_percentages() {
        check(&Axis::linear("", Format::percent(1)), (0.5, 0.9), &["50 %", "60 %", "70 %", "80 %", "90 %"]);
    }

    #[test]
    fn log_axes_are_marked_at_powers_of_ten() {
        let axis = Axis::log("perplexity", Format::number(1));
        check(&axis, (8.0, 20_000.0), &["10", "100", "1000", "10k"]);
        check(&axis, (90.0, 1100.0), &["100", "200", "500", "1000"]);
        check(&axis, (110.0, 190.0), &["150"]);
    }

    #[test]
    fn counts_are_whole() {
        check(&Axis::linear("epoch", Format::count()), (1.0, 3.0), &["1", "2", "3"]);
        check(&Axis::linear("epoch", Format::count()), (3.0, 3.0), &["2", "3", "4"]);
    }

    #[test]
    fn rates_below_a_thousandth_are_powers() {
        check(
            &Axis::log("learning rate", Format::number(6)),
            (1e-5, 1e-2),
            &["1e-5", "1e-4", "0.001", "0.01"],
        );
    }

    #[test]
    fn one_value_still_has_an_axis() {
        check(&Axis::linear("", Format::number(2)), (0.0, 0.0), &["-1.0", "-0.5", "0", "0.5", "1.0"]);
        check(&Axis::log("", Format::number(2)), (3.0, 3.0), &["1.5", "2", "3", "4", "5", "6"]);
    }

    #[test]
    fn extreme_spans_have_few_ticks() {
        for span in [(-1e299, 1e299), (1e-300, 2e-300), (1.0, 1.0 + 1e-12)] {
            let (_, ticks) =
                fit(&Axis::linear("", Format::number(2)), span, (0.0, 1.0), Fit { n_ticks: 5, tight: false });
            assert!(ticks.len() < 20);
        }
    }
}
