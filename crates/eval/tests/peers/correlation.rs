use sememe_eval::{Correlation, EvalError, kendall, pearson, ranks, spearman};
use serde_json::Value;

use crate::{cases, close, float, floats};

const FILE: &str = include_str!("../golden/spearman.json");

type Coefficient = fn(&[f64], &[f64]) -> Result<Correlation, EvalError>;

#[test]
fn all_correlations_of_scipy_agree() {
    let cases = cases(FILE, "correlation");
    for case in &cases {
        let coefficients: [(&str, Coefficient); 3] =
            [("spearman", spearman), ("pearson", pearson), ("kendall_tau_b", kendall)];
        for (name, coefficient) in coefficients {
            check(case, name, coefficient);
        }
    }
    assert_eq!(cases.len(), 19);
}

fn check(case: &Value, name: &str, coefficient: Coefficient) {
    let what = format!("{}: {name}", case["id"]);
    let (x, y) = (floats(&case["input"]["x"]), floats(&case["input"]["y"]));
    let want = &case["expected"][name];
    match coefficient(&x, &y) {
        // For columns of different lengths SciPy's Kendall is NaN, ours an error like the other two.
        Err(_) => assert!(!want["error"].is_null() || x.len() != y.len(), "{what}"),
        Ok(got) => {
            assert!(want["error"].is_null(), "{what}: the peer refuses this input");
            close(&what, got.statistic, float(&want["statistic"]), 1e-9);
            let p_value = float(&want["pvalue"]);
            close(&what, got.p_value, p_value, 1e-6);
            // Small ones in proportion, too; 0 / 0 where both are 0 or undefined.
            let ratio = got.p_value / p_value;
            assert!(!ratio.is_finite() || (ratio - 1.0).abs() < 1e-6, "{what}: p = {}", got.p_value);
        }
    }
}

#[test]
fn all_ranks_of_scipy_agree() {
    let cases = cases(FILE, "ranks");
    for case in &cases {
        assert_eq!(ranks(&floats(&case["input"]["x"])), floats(&case["expected"]), "{}", case["id"]);
    }
    assert_eq!(cases.len(), 17);
}
