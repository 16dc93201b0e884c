//! Features and weights are scikit-learn's (the script beside the golden file made it).

use sememe_kernels::SparseRows;
use sememe_text::{Pipeline, PipelineSettings};
use sememe_vocab::{Vectorizer, VectorizerSettings};
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    texts: Texts,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Texts {
    train: Vec<String>,
    test: Vec<String>,
}

#[derive(Deserialize)]
struct Case {
    settings: VectorizerSettings,
    features: Vec<String>,
    train: Vec<Vec<(u32, f64)>>,
    test: Vec<Vec<(u32, f64)>>,
}

#[track_caller]
fn check_rows(rows: &SparseRows, want: &[Vec<(u32, f64)>], case: &VectorizerSettings) {
    assert_eq!(rows.n_rows(), want.len());
    for (row, want) in rows.rows().zip(want) {
        let found: Vec<_> = row.entries().filter(|&(_, value)| value != 0.0).collect();
        let columns = found.iter().map(|&(column, _)| column);
        assert!(columns.eq(want.iter().map(|&(column, _)| column)), "{case:?}: {found:?} != {want:?}");
        for ((_, found), (_, want)) in found.iter().zip(want) {
            assert!(
                (f64::from(*found) - want).abs() <= 1e-6 * want.abs().max(1.0),
                "{case:?}: {found} != {want}"
            );
        }
    }
}

#[test]
fn rows_are_those_of_scikit_learn() {
    let golden: Golden = serde_json::from_str(include_str!("golden/vectorizer.json")).unwrap();
    let pipeline = Pipeline::new(&PipelineSettings::default()).unwrap();
    let train: Vec<&str> = golden.texts.train.iter().map(String::as_str).collect();
    let test: Vec<&str> = golden.texts.test.iter().map(String::as_str).collect();
    for case in golden.cases {
        let vectorizer = Vectorizer::fit(&train, &pipeline, &case.settings, 2).unwrap();
        let features: Vec<_> = (0..).map_while(|column| vectorizer.feature(column)).collect();
        assert_eq!(features, case.features, "{:?}", case.settings);
        check_rows(&vectorizer.transform(&train, 2), &case.train, &case.settings);
        check_rows(&vectorizer.transform(&test, 1), &case.test, &case.settings);
    }
}
