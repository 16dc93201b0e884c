//! Training: checks, the choice of the solver, and the weights brought into one form.

use super::{Features, FitReport, LabelledRows, Linear, n_outputs};
use crate::solve::columns::{Design, SparseDesign};
use crate::solve::fold::Folded;
use crate::solve::rows::Rows;
use crate::solve::softmax::{self, Link};
use crate::solve::svm;
use crate::solve::threads::map_in_threads;
use crate::{ClassWeights, HeadError, ModelKind, ModelSettings};
use sememe_kernels::{Matrix, Meter, Observer, Progress};
use std::ops::ControlFlow;

/// What a solver is given beside the rows.
struct Task<'a> {
    targets: &'a [u32],
    class_weights: Vec<f64>,
    settings: &'a ModelSettings,
    threads: usize,
}

/// What a solver gives back: `weights` is `f64[n_cols, n_outputs]`.
struct Solved {
    weights: Vec<f64>,
    bias: Vec<f64>,
    objective: f64,
    curve: Vec<f64>,
    iterations: Vec<u32>,
    converged: bool,
}

pub(super) fn fit(
    rows: LabelledRows<'_>,
    settings: &ModelSettings,
    threads: usize,
    observer: &mut dyn Observer,
) -> Result<(Linear, FitReport), HeadError> {
    settings.check()?;
    let counts = class_counts(&rows)?;
    check_finite(rows.features)?;
    let class_weights = class_weights(settings.class_weights, &counts);
    let task = Task { targets: rows.targets, class_weights, settings, threads };
    let ControlFlow::Continue((weights, solved)) = task.weights(rows.features, observer) else {
        return Err(HeadError::Interrupted);
    };
    let n_outputs = n_outputs(settings.kind, rows.n_classes);
    let weights = Matrix::from_vec(rows.features.n_cols(), n_outputs, weights).expect("a row a feature");
    let bias = solved.bias.iter().map(|&b| b as f32).collect();
    let model = Linear::from_weights(settings.kind, rows.n_classes, weights, bias)?;
    Ok((model, solved.report(&rows, settings.kind)))
}

impl Task<'_> {
    /// The weights for the features as they were given, and the solution they come from.
    fn weights(
        &self,
        features: &Features,
        observer: &mut dyn Observer,
    ) -> ControlFlow<(), (Vec<f32>, Solved)> {
        let n_outputs = n_outputs(self.settings.kind, self.class_weights.len());
        ControlFlow::Continue(match features {
            Features::Sparse(rows) => {
                let folded = Folded::new(rows);
                let solved = self.solve(&SparseDesign::new(folded.rows()), observer)?;
                (folded.unfold(&solved.weights, n_outputs), solved)
            }
            Features::Dense(rows) => {
                let solved = self.solve(rows, observer)?;
                (solved.weights.iter().map(|&w| w as f32).collect(), solved)
            }
        })
    }

    fn solve(&self, design: &impl Design, observer: &mut dyn Observer) -> ControlFlow<(), Solved> {
        match self.settings.kind {
            ModelKind::Svm => self.machines(design.rows(), observer),
            ModelKind::Logistic | ModelKind::Softmax => self.regression(design, observer),
        }
    }

    fn regression<D: Design>(&self, design: &D, observer: &mut dyn Observer) -> ControlFlow<(), Solved> {
        let n_classes = self.class_weights.len();
        let single = n_outputs(self.settings.kind, n_classes) < n_classes;
        let problem = softmax::Problem {
            design,
            targets: self.targets,
            class_weights: &self.class_weights,
            link: if single { Link::Sigmoid } else { Link::Softmax },
            cost: self.settings.cost,
            threads: self.threads,
        };
        let (tolerance, max_iterations) = (self.settings.tolerance, self.settings.max_iterations);
        let mut done = 0;
        let solution = softmax::solve(&problem, tolerance, max_iterations, &mut |loss| {
            done += 1;
            observer.progress(&Progress { unit: "iterations", done, total: None, loss: Some(loss) })
        })?;
        ControlFlow::Continue(Solved {
            weights: solution.weights,
            bias: solution.bias,
            objective: solution.objective,
            curve: solution.losses,
            iterations: vec![solution.iterations],
            converged: solution.converged,
        })
    }

    fn machines<R: Rows>(&self, rows: &R, observer: &mut dyn Observer) -> ControlFlow<(), Solved> {
        let n_classes = self.class_weights.len();
        let positives: Vec<u32> = if n_classes == 2 { vec![1] } else { (0..n_classes as u32).collect() };
        let meter = Meter::new("passes", None, observer);
        let solutions = map_in_threads(positives.len(), self.threads, &|i| {
            let machine = self.machine(rows, positives[i]);
            let solution = svm::solve(&machine, self.effort(), &|| meter.advance(1, None))?;
            let objective = svm::objective(&machine, &solution.weights, solution.bias);
            ControlFlow::Continue((solution, objective))
        });
        let solutions: Option<Vec<_>> = solutions.into_iter().map(ControlFlow::continue_value).collect();
        solutions.map_or(ControlFlow::Break(()), |s| ControlFlow::Continue(joined(&s, rows)))
    }

    fn effort(&self) -> svm::Effort {
        let ModelSettings { tolerance, max_iterations: max_passes, seed, .. } = *self.settings;
        svm::Effort { tolerance, max_passes, seed }
    }

    /// The rest keep the plain cost where there are several classes, as in liblinear.
    fn machine<'a, R: Rows>(&'a self, rows: &'a R, positive: u32) -> svm::Problem<'a, R> {
        let rest = if self.class_weights.len() == 2 { self.class_weights[0] } else { 1.0 };
        let cost = self.settings.cost;
        let costs = (cost * self.class_weights[positive as usize], cost * rest);
        svm::Problem { rows, targets: self.targets, positive, costs }
    }
}

/// The machines side by side.
fn joined(machines: &[(svm::Solution, f64)], rows: &impl Rows) -> Solved {
    let n_passes = machines.iter().map(|(machine, _)| machine.dual.len()).max().unwrap_or(0);
    // A machine that has ended stays where it is while others go on.
    let dual = |pass: usize, machine: &svm::Solution| machine.dual[pass.min(machine.dual.len() - 1)];
    let point = |pass| machines.iter().map(|(machine, _)| dual(pass, machine)).sum::<f64>();
    let mut weights = Vec::with_capacity(rows.n_cols() * machines.len());
    for column in 0..rows.n_cols() {
        weights.extend(machines.iter().map(|(machine, _)| machine.weights[column]));
    }
    Solved {
        weights,
        bias: machines.iter().map(|(machine, _)| machine.bias).collect(),
        objective: machines.iter().map(|(_, objective)| objective).sum(),
        curve: (0..n_passes).map(|pass| point(pass) / rows.n_rows() as f64).collect(),
        iterations: machines.iter().map(|(machine, _)| machine.dual.len() as u32).collect(),
        converged: machines.iter().all(|(machine, _)| machine.converged),
    }
}

impl Solved {
    fn report(self, rows: &LabelledRows<'_>, kind: ModelKind) -> FitReport {
        let curve_name = if kind == ModelKind::Svm { "dual function" } else { "cross-entropy" };
        FitReport {
            n_rows: rows.features.n_rows(),
            n_features: rows.features.n_cols(),
            objective: self.objective,
            curve_name: curve_name.to_owned(),
            curve: self.curve,
            iterations: self.iterations,
            converged: self.converged,
        }
    }
}

/// How many rows each class has: at least one, of at least two classes.
fn class_counts(rows: &LabelledRows<'_>) -> Result<Vec<usize>, HeadError> {
    let (n_rows, n_classes) = (rows.features.n_rows(), rows.n_classes);
    if rows.targets.len() != n_rows {
        return Err(HeadError::Count { what: "targets", want: n_rows, found: rows.targets.len() });
    }
    let mut counts = vec![0; n_classes];
    for (row, &target) in rows.targets.iter().enumerate() {
        let count = counts.get_mut(target as usize).ok_or(HeadError::Target { row, target, n_classes })?;
        *count += 1;
    }
    let found = counts.iter().filter(|&&count| count > 0).count();
    if found < 2 {
        return Err(HeadError::TooFewClasses { found });
    }
    match counts.iter().position(|&count| count == 0) {
        Some(class) => Err(HeadError::EmptyClass { label: class.to_string() }),
        None => Ok(counts),
    }
}

fn class_weights(policy: ClassWeights, counts: &[usize]) -> Vec<f64> {
    let n_rows: usize = counts.iter().sum();
    let balanced = |&count: &usize| n_rows as f64 / (counts.len() * count) as f64;
    match policy {
        ClassWeights::Uniform => vec![1.0; counts.len()],
        ClassWeights::Balanced => counts.iter().map(balanced).collect(),
    }
}

/// Refuses features that are infinite or no numbers.
pub(super) fn check_finite(features: &Features) -> Result<(), HeadError> {
    let found = match features {
        Features::Sparse(rows) => rows.first_not_finite(),
        Features::Dense(rows) => rows.first_not_finite(),
    };
    found.map_or(Ok(()), |(row, column)| Err(HeadError::NotFinite { row, column }))
}
