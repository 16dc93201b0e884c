//! Our figures beside those of scikit-learn, SciPy and KenLM, on invented inputs.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod classification;
mod correlation;
mod perplexity;

use serde_json::Value;

/// The cases of a file of answers whose kind is `kind`.
fn cases(file: &str, kind: &str) -> Vec<Value> {
    let file: Value = serde_json::from_str(file).unwrap();
    let cases = file["cases"].as_array().unwrap().iter();
    cases.filter(|case| case["kind"] == kind).cloned().collect()
}

/// A float; the file has strings for those that JSON lacks.
fn float(value: &Value) -> f64 {
    match value.as_str() {
        Some("nan") => f64::NAN,
        Some("inf") => f64::INFINITY,
        Some("-inf") => f64::NEG_INFINITY,
        other => value.as_f64().unwrap_or_else(|| panic!("{value} {other:?} is no float")),
    }
}

fn floats(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(float).collect()
}

/// Equal up to `tolerance`, relative for values above 1; NaN equals NaN.
#[track_caller]
fn close(what: &str, got: f64, want: f64, tolerance: f64) {
    let same = got == want || (got.is_nan() && want.is_nan());
    let near = (got - want).abs() <= tolerance * want.abs().max(1.0);
    assert!(same || near, "{what}: {got} instead of {want}");
}
