//! Weights, objectives and predictions beside those of scikit-learn 1.9.1 (`golden/linear.py` made them).

use sememe_heads::{ClassWeights, Features, FitReport, LabelledRows, Linear, ModelKind, ModelSettings};
use sememe_kernels::{Matrix, Silent, SparseRows};

/// What scikit-learn learnt.
#[derive(serde::Deserialize)]
struct Case {
    kind: ModelKind,
    n_classes: usize,
    n_cols: usize,
    n_train: usize,
    cost: f64,
    class_weights: ClassWeights,
    rows: Vec<Vec<(u32, f32)>>,
    targets: Vec<u32>,
    weights: Vec<Vec<f64>>,
    bias: Vec<f64>,
    objective: f64,
    predictions: Vec<u32>,
}

/// Makes features of the first rows, given the number of columns.
type Shape = fn(&[Vec<(u32, f32)>], usize) -> Features;

fn cases() -> Vec<Case> {
    serde_json::from_str(include_str!("golden/linear.json")).expect("golden file")
}

fn sparse(rows: &[Vec<(u32, f32)>], n_cols: usize) -> Features {
    let mut sparse = SparseRows::new(n_cols);
    rows.iter().for_each(|row| sparse.push_row(&mut row.clone()));
    Features::Sparse(sparse)
}

fn dense(rows: &[Vec<(u32, f32)>], n_cols: usize) -> Features {
    let mut dense = Matrix::zeros(rows.len(), n_cols);
    for (i, row) in rows.iter().enumerate() {
        row.iter().for_each(|&(column, value)| dense.row_mut(i)[column as usize] = value);
    }
    Features::Dense(dense)
}

impl Case {
    fn settings(&self, tolerance: f64) -> ModelSettings {
        let (kind, cost, class_weights) = (self.kind, self.cost, self.class_weights);
        ModelSettings { kind, cost, class_weights, tolerance, max_iterations: 100_000, seed: 1 }
    }

    fn fit(&self, features: &Features, tolerance: f64, threads: usize) -> (Linear, FitReport) {
        let rows =
            LabelledRows { features, targets: &self.targets[..self.n_train], n_classes: self.n_classes };
        Linear::fit(rows, &self.settings(tolerance), threads, &mut Silent).expect("can be trained")
    }

    fn name(&self) -> String {
        format!("{:?}, {} classes, cost {}", self.kind, self.n_classes, self.cost)
    }

    #[track_caller]
    fn check(&self, shape: Shape, tolerance: f64) {
        let (model, report) = self.fit(&shape(&self.rows[..self.n_train], self.n_cols), tolerance, 2);
        assert!(report.converged, "{}", self.name());
        let off = (report.objective / self.objective - 1.0).abs();
        assert!(off < 1e-4, "{}: {} instead of {}", self.name(), report.objective, self.objective);
        let all = model.predict(&shape(&self.rows, self.n_cols), 2).expect("same columns");
        assert_eq!(all.targets, self.predictions, "{}", self.name());
        if tolerance < 1e-6 {
            self.check_weights(&model);
        }
    }

    #[track_caller]
    fn check_weights(&self, model: &Linear) {
        for (output, (weights, bias)) in self.weights.iter().zip(&self.bias).enumerate() {
            let found = model.weights().rows().map(|row| f64::from(row[output]));
            let bias_off = (f64::from(model.bias()[output]) - bias).abs();
            let off = found.zip(weights).fold(bias_off, |off, (found, want)| off.max((found - want).abs()));
            assert!(off < 1e-3, "{}: output {output} is off by {off}", self.name());
        }
    }
}

#[test]
fn tight_tolerance_gives_the_same_weights() {
    cases().iter().for_each(|case| case.check(sparse, 1e-7));
}

#[test]
fn usual_tolerance_gives_the_same_objective_and_predictions() {
    cases().iter().filter(|case| case.kind == ModelKind::Svm).for_each(|case| case.check(sparse, 1e-4));
    cases().iter().for_each(|case| case.check(sparse, 1e-5));
}

#[test]
fn dense_rows_give_the_same() {
    cases().iter().for_each(|case| case.check(dense, 1e-7));
}

#[test]
fn threads_change_no_bit() {
    for case in cases() {
        for shape in [sparse as Shape, dense] {
            let features = shape(&case.rows[..case.n_train], case.n_cols);
            let one = case.fit(&features, 1e-4, 1);
            assert!((2..5).all(|threads| case.fit(&features, 1e-4, threads) == one), "{}", case.name());
        }
    }
}
