//! Logistic regression, of two classes or of many.

use crate::solve::columns::Design;
use crate::solve::lbfgs::{self, Outcome, Stop, dot};
use crate::solve::rows::Rows;
use crate::solve::threads::in_threads;
use std::ops::ControlFlow;

/// How scores become probabilities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Link {
    /// One score s: class 1 has the probability σ(s).
    Sigmoid,
    /// A score for each class: p = softmax(s).
    Softmax,
}

/// What is to be learnt.
pub(crate) struct Problem<'a, D> {
    /// The rows.
    pub(crate) design: &'a D,
    /// Their classes.
    pub(crate) targets: &'a [u32],
    /// How much a row of each class counts.
    pub(crate) class_weights: &'a [f64],
    /// One output or one a class.
    pub(crate) link: Link,
    /// C.
    pub(crate) cost: f64,
    /// Threads for each evaluation.
    pub(crate) threads: usize,
}

/// What was learnt.
pub(crate) struct Solution {
    /// `f64[n_cols, n_outputs]`.
    pub(crate) weights: Vec<f64>,
    /// `f64[n_outputs]`.
    pub(crate) bias: Vec<f64>,
    /// C·Σ lossᵢ + ½·‖W‖² there.
    pub(crate) objective: f64,
    /// Steps made.
    pub(crate) iterations: u32,
    /// Whether the tolerance was reached, or no step down was left in double precision.
    pub(crate) converged: bool,
    /// The mean loss of a row after each iteration, in nats, without the penalty.
    pub(crate) losses: Vec<f64>,
}

impl Link {
    /// Scores of a row.
    pub(crate) fn n_outputs(self, n_classes: usize) -> usize {
        match self {
            Self::Sigmoid => 1,
            Self::Softmax => n_classes,
        }
    }

    /// −ln p(target) of a row of scores, which become its derivatives p − \[class = target\].
    fn loss(self, scores: &mut [f64], target: u32) -> f64 {
        match self {
            Self::Sigmoid => sigmoid_loss(&mut scores[0], target),
            Self::Softmax => softmax_loss(scores, target as usize),
        }
    }
}

/// Finds the minimum from weights of zero. `observe` is told the mean loss after each step.
pub(crate) fn solve<D: Design>(
    problem: &Problem<'_, D>,
    tolerance: f64,
    max_iterations: u32,
    observe: &mut dyn FnMut(f64) -> ControlFlow<()>,
) -> ControlFlow<(), Solution> {
    let mut objective = Objective::new(problem);
    let loss = std::cell::Cell::new(0.0);
    let mut losses = Vec::new();
    let mut x = vec![0.0; objective.n_weights() + objective.n_outputs];
    let outcome = lbfgs::minimise(
        &mut |x, gradient| {
            loss.set(objective.loss(x));
            loss.get() + objective.slope(x, gradient)
        },
        &mut x,
        Stop { tolerance, max_iterations },
        &mut |_| {
            losses.push(loss.get());
            observe(loss.get())
        },
    )?;
    let bias = x.split_off(objective.n_weights());
    let Outcome { iterations, converged, value } = outcome;
    let objective = value * problem.cost * objective.total;
    ControlFlow::Continue(Solution { weights: x, bias, objective, iterations, converged, losses })
}

/// f(W, b) = Σᵢ uᵢ·lossᵢ / Σᵢ uᵢ + ‖W‖² / (2·C·Σᵢ uᵢ), where uᵢ is the class weight of row i: the sum
/// C·Σᵢ uᵢ·lossᵢ + ½·‖W‖², divided by C·Σᵢ uᵢ so that a tolerance means the same for any number of rows.
struct Objective<'a, D> {
    problem: &'a Problem<'a, D>,
    n_outputs: usize,
    total: f64,
    losses: Vec<f64>,
    /// The derivatives of the mean loss by the scores: `[n_rows, n_outputs]`.
    residuals: Vec<f64>,
}

impl<'a, D: Design> Objective<'a, D> {
    fn new(problem: &'a Problem<'a, D>) -> Self {
        let n_rows = problem.targets.len();
        let n_outputs = problem.link.n_outputs(problem.class_weights.len());
        let total = problem.targets.iter().map(|&target| problem.class_weights[target as usize]).sum();
        Self {
            problem,
            n_outputs,
            total,
            losses: vec![0.0; n_rows],
            residuals: vec![0.0; n_rows * n_outputs],
        }
    }

    fn n_weights(&self) -> usize {
        self.problem.design.rows().n_cols() * self.n_outputs
    }

    /// The mean loss at `x` (weights, then biases); keeps the residuals.
    fn loss(&mut self, x: &[f64]) -> f64 {
        let (weights, bias) = x.split_at(self.n_weights());
        let (k, per_thread) = (self.n_outputs, self.losses.len().div_ceil(self.problem.threads).max(1));
        let parts = self.losses.chunks_mut(per_thread).zip(self.residuals.chunks_mut(per_thread * k));
        let (problem, total) = (self.problem, self.total);
        in_threads(parts.enumerate(), &|(part, (losses, residuals))| {
            let rows = part * per_thread..;
            for ((i, loss), residual) in rows.zip(losses).zip(residuals.chunks_exact_mut(k)) {
                *loss = problem.row_loss(i, weights, bias, residual) / total;
                let scale = problem.class_weights[problem.targets[i] as usize] / total;
                residual.iter_mut().for_each(|r| *r *= scale);
            }
        });
        self.losses.iter().sum()
    }

    /// Writes the gradient at `x`, of which [`Self::loss`] has kept the residuals; gives the penalty.
    fn slope(&self, x: &[f64], gradient: &mut [f64]) -> f64 {
        let (design, k) = (self.problem.design, self.n_outputs);
        let (weights, _) = x.split_at(self.n_weights());
        let (slopes, bias_slopes) = gradient.split_at_mut(self.n_weights());
        let shrink = 1.0 / (self.problem.cost * self.total);
        let parts = cut_at(slopes, &design.cuts(self.problem.threads), k);
        in_threads(parts.into_iter(), &|(start, slopes)| {
            design.column_sums(start..start + slopes.len() / k, &self.residuals, k, slopes);
            slopes.iter_mut().zip(&weights[start * k..]).for_each(|(slope, w)| *slope += shrink * w);
        });
        bias_slopes.fill(0.0);
        for residual in self.residuals.chunks_exact(k) {
            bias_slopes.iter_mut().zip(residual).for_each(|(slope, r)| *slope += r);
        }
        0.5 * shrink * dot(weights, weights)
    }
}

impl<D: Design> Problem<'_, D> {
    /// The weighted loss of row `i`; `residual` takes its derivatives by the scores, not yet weighted.
    fn row_loss(&self, i: usize, weights: &[f64], bias: &[f64], residual: &mut [f64]) -> f64 {
        residual.copy_from_slice(bias);
        self.design.rows().add_scores(i, weights, residual);
        let target = self.targets[i];
        self.class_weights[target as usize] * self.link.loss(residual, target)
    }
}

/// Turns scores into probabilities, and gives the ln of what they were divided by.
pub(crate) fn softmax(scores: &mut [f64]) -> f64 {
    let largest = scores.iter().fold(f64::NEG_INFINITY, |largest, &s| largest.max(s));
    scores.iter_mut().for_each(|s| *s = (*s - largest).exp());
    let sum: f64 = scores.iter().sum();
    scores.iter_mut().for_each(|s| *s /= sum);
    largest + sum.ln()
}

/// 1 / (1 + e⁻ˢ).
pub(crate) fn sigmoid(s: f64) -> f64 {
    if s < 0.0 { s.exp() / (1.0 + s.exp()) } else { 1.0 / (1.0 + (-s).exp()) }
}

fn softmax_loss(scores: &mut [f64], target: usize) -> f64 {
    let score = scores[target];
    let log_sum = softmax(scores);
    scores[target] -= 1.0;
    log_sum - score
}

/// −ln σ(±s), the sign being that of the target; s becomes σ(s) − target.
fn sigmoid_loss(s: &mut f64, target: u32) -> f64 {
    let against = if target == 1 { -*s } else { *s };
    *s = sigmoid(*s) - f64::from(target);
    against.max(0.0) + (-against.abs()).exp().ln_1p()
}

/// Cuts `values`, `k` to a column, at the columns `ends`; gives the first column of each part with it.
fn cut_at<'a>(values: &'a mut [f64], ends: &[usize], k: usize) -> Vec<(usize, &'a mut [f64])> {
    let (mut rest, mut start, mut parts) = (values, 0, Vec::with_capacity(ends.len()));
    for &end in ends {
        let (part, after) = rest.split_at_mut((end - start) * k);
        parts.push((start, part));
        (rest, start) = (after, end);
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use sememe_kernels::{Matrix, Rng};

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() <= 1e-6 * (1.0 + b.abs())
    }

    /// Compares the gradient at a random place with differences of the function.
    #[track_caller]
    fn check_gradient(link: Link, n_classes: usize) {
        let mut rng = Rng::new(5, 0);
        let values = (0..21).map(|_| rng.unit_f32() - 0.5).collect();
        let design = Matrix::from_vec(7, 3, values).unwrap();
        let targets: Vec<u32> = (0..7).map(|i| i % n_classes as u32).collect();
        let class_weights: Vec<f64> = (0..n_classes).map(|c| 1.0 + c as f64).collect();
        let problem = Problem {
            design: &design,
            targets: &targets,
            class_weights: &class_weights,
            link,
            cost: 0.5,
            threads: 2,
        };
        let mut objective = Objective::new(&problem);
        let mut x: Vec<f64> =
            (0..objective.n_weights() + objective.n_outputs).map(|_| rng.unit_f64() - 0.5).collect();
        let mut gradient = vec![0.0; x.len()];
        objective.loss(&x);
        objective.slope(&x, &mut gradient);
        let mut value = |x: &[f64]| objective.loss(x) + objective.slope(x, &mut vec![0.0; x.len()]);
        for i in 0..x.len() {
            let (old, step) = (x[i], 1e-5);
            x[i] = old + step;
            let above = value(&x);
            x[i] = old - step;
            let slope = (above - value(&x)) / (2.0 * step);
            x[i] = old;
            assert!(close(gradient[i], slope), "{i}: {} {slope}", gradient[i]);
        }
    }

    #[test]
    fn gradients_are_those_of_the_function() {
        check_gradient(Link::Sigmoid, 2);
        check_gradient(Link::Softmax, 2);
        check_gradient(Link::Softmax, 4);
    }

    #[test]
    fn large_scores_do_not_overflow() {
        let mut scores = [1000.0, -1000.0, 999.0];
        let log_sum = softmax(&mut scores);
        assert!(close(log_sum, 1000.0 + (1.0 + (-1f64).exp()).ln()) && close(scores.iter().sum(), 1.0));
        assert_eq!((sigmoid(-1000.0), sigmoid(1000.0), sigmoid(0.0)), (0.0, 1.0, 0.5));
        assert_eq!(sigmoid_loss(&mut 1000.0, 0), 1000.0);
        assert_eq!(sigmoid_loss(&mut 1000.0, 1), 0.0);
    }
}
