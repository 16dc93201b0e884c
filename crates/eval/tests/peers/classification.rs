use std::collections::BTreeSet;

use sememe_eval::{
    Average, ClassificationReport, ConfusionMatrix, EvalError, Metric, Normalise, Outcome, ReportOptions,
    Scores,
};
use serde_json::Value;

use crate::{cases, close, float};

const FILE: &str = include_str!("../golden/classification_report.json");

#[test]
fn all_cases_of_scikit_learn_agree() {
    let cases = cases(FILE, "labels");
    cases.iter().for_each(check);
    assert_eq!(cases.len(), 51);
}

fn check(case: &Value) {
    let id = case["id"].as_str().unwrap();
    let (matrix, options) = match parse(case) {
        Ok(parsed) => parsed,
        Err(error) => return assert!(!case["error"].is_null(), "{id}: {error}"),
    };
    let report = match ClassificationReport::with_options(&matrix, &options) {
        Ok(report) => report,
        Err(error) => return assert!(!case["error"].is_null(), "{id}: {error}"),
    };
    assert!(case["error"].is_null(), "{id}: the peer refuses this input");
    let expected = &case["expected"];
    check_text(id, &report, expected, matrix.is_weighted());
    check_scores(id, &report, &expected["report"]);
    check_matrix(id, &matrix, &classes(&matrix, &options), expected);
    if !expected["mcc"].is_null() {
        check_single_figures(id, &matrix, &report, expected);
    }
}

/// The labels of a column as strings; numbers keep their order since they have one digit.
fn labels(value: &Value) -> Vec<String> {
    let text = |label: &Value| label.as_str().map_or_else(|| label.to_string(), str::to_owned);
    value.as_array().into_iter().flatten().map(text).collect()
}

/// The items of a case, classes in the order of the peer, under their display names.
fn parse(case: &Value) -> Result<(ConfusionMatrix, ReportOptions), EvalError> {
    let (truth, predicted) = (labels(&case["input"]["y_true"]), labels(&case["input"]["y_pred"]));
    let args = &case["args"];
    let chosen = labels(&args["labels"]);
    let ids: Vec<String> =
        truth.iter().chain(&predicted).chain(&chosen).cloned().collect::<BTreeSet<_>>().into_iter().collect();
    let id = |label: &String| ids.iter().position(|id| id == label).unwrap() as u32;
    let names = if args["target_names"].is_null() { ids.clone() } else { labels(&args["target_names"]) };
    let [truth, predicted] = [truth, predicted].map(|column| column.iter().map(id).collect::<Vec<_>>());
    let options = ReportOptions {
        classes: (!chosen.is_empty()).then(|| chosen.iter().map(id).collect()),
        zero_division: float(&args["zero_division"]),
    };
    let Some(weights) = args["sample_weight"].as_array() else {
        return Ok((ConfusionMatrix::from_ids(&names, &truth, &predicted)?, options));
    };
    let mut matrix = ConfusionMatrix::new(names)?;
    for ((truth, predicted), weight) in truth.into_iter().zip(predicted).zip(weights) {
        matrix.update(Outcome { truth, predicted, weight: float(weight) })?;
    }
    Ok((matrix, options))
}

fn classes(matrix: &ConfusionMatrix, options: &ReportOptions) -> Vec<u32> {
    options.classes.clone().unwrap_or_else(|| (0..matrix.names().len() as u32).collect())
}

/// Byte for byte; without the column of supports where these are weights, which the peer does not round.
fn check_text(id: &str, report: &ClassificationReport, expected: &Value, weighted: bool) {
    for (digits, key) in [(2, "text2"), (4, "text4")] {
        let (got, want) = (report.to_text(digits), expected[key].as_str().unwrap());
        match weighted {
            true => assert_eq!(without_support(&got), without_support(want), "{id}"),
            false => assert_eq!(got, want, "{id}"),
        }
    }
}

fn without_support(text: &str) -> String {
    let width = text.lines().next().unwrap().chars().count() - 10;
    let cut = |line: &str| line.chars().take(width).collect::<String>().trim_end().to_owned();
    text.lines().map(|line| cut(line) + "\n").collect()
}

fn check_scores(id: &str, report: &ClassificationReport, expected: &Value) {
    for class in report.classes() {
        check_row(&format!("{id}: {}", class.name), class.scores, &expected[&class.name]);
    }
    check_row(&format!("{id}: macro"), report.macro_average(), &expected["macro avg"]);
    check_row(&format!("{id}: weighted"), report.weighted_average(), &expected["weighted avg"]);
    match report.accuracy() {
        Some(accuracy) => close(id, accuracy, float(&expected["accuracy"]), 1e-9),
        None => check_row(&format!("{id}: micro"), report.micro_average(), &expected["micro avg"]),
    }
}

fn check_row(what: &str, scores: Scores, expected: &Value) {
    close(what, scores.precision, float(&expected["precision"]), 1e-9);
    close(what, scores.recall, float(&expected["recall"]), 1e-9);
    close(what, scores.f1, float(&expected["f1-score"]), 1e-9);
    close(what, scores.support, float(&expected["support"]), 1e-9);
}

fn check_matrix(id: &str, matrix: &ConfusionMatrix, classes: &[u32], expected: &Value) {
    compare(id, &matrix.dense(classes), &expected["confusion"]);
    let norms = [(Normalise::Truth, "true"), (Normalise::Predicted, "pred"), (Normalise::All, "all")];
    for (by, name) in norms {
        let want = &expected[format!("confusion_norm_{name}")];
        if !want.is_null() {
            compare(id, &matrix.normalised(classes, by), want);
        }
    }
}

fn compare(id: &str, got: &[Vec<f64>], want: &Value) {
    assert_eq!(got.len(), want.as_array().unwrap().len(), "{id}");
    for (got, want) in got.iter().flatten().zip(want.as_array().unwrap().iter().flat_map(crate::floats)) {
        close(id, *got, want, 1e-9);
    }
}

fn check_single_figures(id: &str, matrix: &ConfusionMatrix, report: &ClassificationReport, expected: &Value) {
    let figures = [
        ("accuracy", matrix.accuracy()),
        ("balanced_accuracy", matrix.balanced_accuracy()),
        ("mcc", matrix.matthews()),
        ("cohen_kappa", matrix.kappa()),
    ];
    for (name, got) in figures {
        close(&format!("{id}: {name}"), got, float(&expected[name]), 1e-9);
    }
    let averages = [(Average::Micro, "micro"), (Average::Macro, "macro"), (Average::Weighted, "weighted")];
    for (average, name) in averages {
        for beta in [0.5, 2.0] {
            let name = format!("fbeta_{beta}_{name}");
            close(&format!("{id}: {name}"), report.f_beta(beta, average), float(&expected[&name]), 1e-9);
        }
    }
}
