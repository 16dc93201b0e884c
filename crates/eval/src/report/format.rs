//! How numbers are written for people.

use serde::{Deserialize, Serialize};

/// What a number measures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// A bare number.
    #[default]
    Number,
    /// A share, from 0 to 1, shown times 100.
    Percent,
    /// A whole number of things, shown with thousands apart.
    Count,
    /// A time.
    Seconds,
    /// Memory or a file.
    Bytes,
    /// Things a second.
    PerSecond,
}

/// How a number is written.
///
/// ```
/// use sememe_eval::Format;
///
/// assert_eq!(Format::percent(1).show(0.8972), "89.7 %");
/// assert_eq!(Format::count().show(1234567.0), "1,234,567");
/// assert_eq!(Format::seconds().show(125.0), "2 min 05 s");
/// assert_eq!(Format::bytes().show(1.5e9), "1.50 GB");
/// assert_eq!(Format::number(3).show(f64::NAN), "n/a");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Format {
    /// What the number measures.
    pub unit: Unit,
    /// Digits after the point, where the unit leaves a choice.
    pub decimals: u8,
}

impl Default for Format {
    /// A bare number with four decimals.
    fn default() -> Self {
        Self::number(4)
    }
}

impl Format {
    /// A bare number; very small and very large ones are written as powers of ten.
    pub const fn number(decimals: u8) -> Self {
        Self { unit: Unit::Number, decimals }
    }

    /// A share, from 0 to 1, shown times 100.
    pub const fn percent(decimals: u8) -> Self {
        Self { unit: Unit::Percent, decimals }
    }

    /// A whole number of things.
    pub const fn count() -> Self {
        Self { unit: Unit::Count, decimals: 0 }
    }

    /// A time in seconds.
    pub const fn seconds() -> Self {
        Self { unit: Unit::Seconds, decimals: 1 }
    }

    /// Memory in bytes; 1 kB is 1000 of them.
    pub const fn bytes() -> Self {
        Self { unit: Unit::Bytes, decimals: 2 }
    }

    /// Things a second.
    pub const fn per_second() -> Self {
        Self { unit: Unit::PerSecond, decimals: 0 }
    }

    /// The number in words of its unit; `n/a` for NaN.
    pub fn show(self, value: f64) -> String {
        let decimals = usize::from(self.decimals.min(17));
        if value.is_nan() {
            return "n/a".to_owned();
        }
        if value.is_infinite() {
            return if value > 0.0 { "∞" } else { "−∞" }.to_owned();
        }
        match self.unit {
            Unit::Number => number(value, decimals),
            Unit::Percent => format!("{:.decimals$} %", 100.0 * value),
            Unit::Count => grouped(value),
            Unit::Seconds => seconds(value),
            Unit::Bytes => bytes(value),
            Unit::PerSecond => per_second(value),
        }
    }
}

/// With `decimals` digits, unless too few or too many would be left.
fn number(value: f64, decimals: usize) -> String {
    let smallest = 0.5 * 10f64.powi(-(decimals as i32));
    if value != 0.0 && (value.abs() < smallest || value.abs() >= 1e15) {
        return format!("{value:.2e}");
    }
    format!("{value:.decimals$}")
}

/// The nearest whole number, digits in groups of three.
fn grouped(value: f64) -> String {
    let digits = format!("{:.0}", value.abs());
    let mut out = String::from(if value < 0.0 && digits != "0" { "-" } else { "" });
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

fn seconds(value: f64) -> String {
    let whole = value.round();
    match value.abs() {
        size if size < 0.0995 => format!("{:.1} ms", 1e3 * value),
        size if size < 9.95 => format!("{value:.2} s"),
        size if size < 59.95 => format!("{value:.1} s"),
        size if size < 3599.5 => format!("{} min {:02} s", (whole / 60.0).trunc(), (whole % 60.0).abs()),
        _ => hours((value / 60.0).round()),
    }
}

fn hours(minutes: f64) -> String {
    format!("{} h {:02} min", grouped((minutes / 60.0).trunc()), (minutes % 60.0).abs())
}

fn bytes(value: f64) -> String {
    const UNITS: [(f64, &str); 4] = [(1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB")];
    match UNITS.iter().find(|(size, _)| value.abs() >= 0.9995 * size) {
        Some((size, unit)) => format!("{} {unit}", three_digits(value / size)),
        None => format!("{value:.0} B"),
    }
}

fn per_second(value: f64) -> String {
    const UNITS: [(f64, &str); 3] = [(1e9, "G/s"), (1e6, "M/s"), (1e3, "k/s")];
    match UNITS.iter().find(|(size, _)| value.abs() >= 0.9995 * size) {
        Some((size, unit)) => format!("{} {unit}", three_digits(value / size)),
        None => format!("{} /s", three_digits(value)),
    }
}

fn three_digits(value: f64) -> String {
    match value.abs() {
        size if size < 9.995 => format!("{value:.2}"),
        size if size < 99.95 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(format: Format, cases: &[(f64, &str)]) {
        for &(value, want) in cases {
            assert_eq!(format.show(value), want, "{value} as {format:?}");
        }
    }

    #[test]
    fn bare_numbers_keep_digits_that_say_something() {
        check(Format::number(4), &[(0.72851, "0.7285"), (0.0, "0.0000"), (1.26e-59, "1.26e-59")]);
        check(Format::number(2), &[(141.186, "141.19"), (-0.004, "-4.00e-3"), (9.07e32, "9.07e32")]);
    }

    #[test]
    fn values_that_are_no_numbers_have_names() {
        check(Format::count(), &[(f64::NAN, "n/a"), (f64::INFINITY, "∞"), (f64::NEG_INFINITY, "−∞")]);
    }

    #[test]
    fn counts_are_grouped() {
        check(Format::count(), &[(0.0, "0"), (999.0, "999"), (1000.0, "1,000"), (-12345.0, "-12,345")]);
        check(Format::count(), &[(-0.2, "0"), (1e6, "1,000,000")]);
    }

    #[test]
    fn times_round_into_the_next_unit() {
        check(Format::seconds(), &[(0.0123, "12.3 ms"), (3.216, "3.22 s"), (59.94, "59.9 s")]);
        check(Format::seconds(), &[(59.96, "1 min 00 s"), (3599.9, "1 h 00 min"), (7325.0, "2 h 02 min")]);
    }

    #[test]
    fn rates_have_three_digits() {
        check(Format::per_second(), &[(1_204_113.0, "1.20 M/s"), (812_400.0, "812 k/s"), (3.0, "3.00 /s")]);
    }

    #[test]
    fn sizes_have_three_digits() {
        check(Format::bytes(), &[(12.0, "12 B"), (999.9, "1.00 kB"), (144e6, "144 MB"), (23.4e9, "23.4 GB")]);
    }
}
