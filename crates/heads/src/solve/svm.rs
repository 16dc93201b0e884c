//! The linear support vector machine: one class against the rest.

use crate::solve::rows::Rows;
use sememe_kernels::Rng;
use std::ops::ControlFlow;

/// A gradient below this is zero.
const FLAT: f64 = 1e-12;

/// What is to be learnt: the rows of class `positive` against all others.
pub(crate) struct Problem<'a, R> {
    /// The rows.
    pub(crate) rows: &'a R,
    /// The class of each row.
    pub(crate) targets: &'a [u32],
    /// The class whose rows are to score above zero.
    pub(crate) positive: u32,
    /// C of the rows of that class, and of the others.
    pub(crate) costs: (f64, f64),
}

/// When to stop, and the order in which rows are visited.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Effort {
    /// Once the projected gradients of a pass lie this close together.
    pub(crate) tolerance: f64,
    /// After this many passes.
    pub(crate) max_passes: u32,
    /// Each class has its own stream of it.
    pub(crate) seed: u64,
}

/// What was learnt.
pub(crate) struct Solution {
    /// `f64[n_cols]`.
    pub(crate) weights: Vec<f64>,
    /// The weight of the constant feature 1.
    pub(crate) bias: f64,
    /// The dual function after each pass: it falls from 0 to minus the least value of [`objective`].
    pub(crate) dual: Vec<f64>,
    /// Whether the tolerance was reached.
    pub(crate) converged: bool,
}

/// Minimises ½·(‖w‖² + b²) + Σᵢ Cᵢ·max(0, 1 − yᵢ·(w·xᵢ + b))², y = ±1.
///
/// By dual coordinate descent with shrinking (Hsieh, Chang, Lin, Keerthi and Sundararajan 2008, algorithm 3):
/// min ½·αᵀ(Q + D)α − Σᵢ αᵢ over α ≥ 0, where Qᵢⱼ = yᵢyⱼ·(xᵢ·xⱼ + 1), Dᵢᵢ = 1 / (2·Cᵢ), w = Σᵢ αᵢyᵢxᵢ.
/// `observe` is called after every pass over the rows.
pub(crate) fn solve<R: Rows>(
    problem: &Problem<'_, R>,
    effort: Effort,
    observe: &dyn Fn() -> ControlFlow<()>,
) -> ControlFlow<(), Solution> {
    let mut search = Search::new(problem);
    let mut rng = Rng::new(effort.seed, u64::from(problem.positive));
    let (mut dual, mut converged) = (Vec::new(), false);
    while !converged && dual.len() < effort.max_passes as usize {
        let range = search.pass(&mut rng);
        dual.push(search.dual);
        observe()?;
        converged = search.next_bounds(range, effort.tolerance);
    }
    ControlFlow::Continue(Solution { weights: search.weights, bias: search.bias, dual, converged })
}

/// The function that [`solve`] minimises, at w = `weights`, b = `bias`.
pub(crate) fn objective<R: Rows>(problem: &Problem<'_, R>, weights: &[f64], bias: f64) -> f64 {
    let penalty = 0.5 * (weights.iter().map(|w| w * w).sum::<f64>() + bias * bias);
    let loss = |i| {
        let (sign, cost) = problem.side(i);
        cost * (1.0 - sign * (problem.rows.dot(i, weights) + bias)).max(0.0).powi(2)
    };
    penalty + (0..problem.targets.len()).map(loss).sum::<f64>()
}

impl<R> Problem<'_, R> {
    /// yᵢ and Cᵢ.
    #[inline]
    fn side(&self, i: usize) -> (f64, f64) {
        if self.targets[i] == self.positive { (1.0, self.costs.0) } else { (-1.0, self.costs.1) }
    }
}

/// The least and the largest projected gradient of a pass.
type Range = (f64, f64);

struct Search<'a, R> {
    problem: &'a Problem<'a, R>,
    alpha: Vec<f64>,
    /// Qᵢᵢ + Dᵢᵢ.
    curvature: Vec<f64>,
    weights: Vec<f64>,
    bias: f64,
    dual: f64,
    /// The rows, those put aside at the end.
    order: Vec<u32>,
    n_active: usize,
    /// A row at α = 0 with a gradient above this is put aside.
    bound: f64,
}

impl<'a, R: Rows> Search<'a, R> {
    fn new(problem: &'a Problem<'a, R>) -> Self {
        let n_rows = problem.rows.n_rows();
        let curvature = |i| problem.rows.squared_norm(i) + 1.0 + 0.5 / problem.side(i).1;
        Self {
            problem,
            alpha: vec![0.0; n_rows],
            curvature: (0..n_rows).map(curvature).collect(),
            weights: vec![0.0; problem.rows.n_cols()],
            bias: 0.0,
            dual: 0.0,
            order: (0..n_rows as u32).collect(),
            n_active: n_rows,
            bound: f64::INFINITY,
        }
    }

    /// Visits every active row once, in a random order.
    fn pass(&mut self, rng: &mut Rng) -> Range {
        rng.shuffle(&mut self.order[..self.n_active]);
        let (mut least, mut largest) = (f64::INFINITY, f64::NEG_INFINITY);
        let mut next = 0;
        while next < self.n_active {
            let i = self.order[next] as usize;
            let gradient = self.gradient(i);
            if self.alpha[i] == 0.0 && gradient > self.bound {
                self.n_active -= 1;
                self.order.swap(next, self.n_active);
                continue;
            }
            let projected = if self.alpha[i] == 0.0 { gradient.min(0.0) } else { gradient };
            (least, largest) = (least.min(projected), largest.max(projected));
            if projected.abs() > FLAT {
                self.descend(i, gradient);
            }
            next += 1;
        }
        (least, largest)
    }

    /// ∇ᵢ = yᵢ·(w·xᵢ + b) − 1 + Dᵢᵢ·αᵢ.
    #[inline]
    fn gradient(&self, i: usize) -> f64 {
        let (sign, cost) = self.problem.side(i);
        sign * (self.problem.rows.dot(i, &self.weights) + self.bias) - 1.0 + 0.5 / cost * self.alpha[i]
    }

    /// Moves αᵢ to the minimum along its axis.
    #[inline]
    fn descend(&mut self, i: usize, gradient: f64) {
        let (sign, _) = self.problem.side(i);
        let new = (self.alpha[i] - gradient / self.curvature[i]).max(0.0);
        let step = new - self.alpha[i];
        self.alpha[i] = new;
        self.dual += step * (gradient + 0.5 * self.curvature[i] * step);
        self.bias += sign * step;
        self.problem.rows.add_to(i, sign * step, &mut self.weights);
    }

    /// Decides after a pass what the next one may put aside; true if the search has ended. A solution found
    /// without the rows put aside is only believed after a pass over all of them.
    fn next_bounds(&mut self, (least, largest): Range, tolerance: f64) -> bool {
        let done = largest - least <= tolerance;
        let all = self.n_active == self.order.len();
        if done {
            self.n_active = self.order.len();
        }
        self.bound = if done || largest <= 0.0 { f64::INFINITY } else { largest };
        done && all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sememe_kernels::{Matrix, SparseRows};

    const EFFORT: Effort = Effort { tolerance: 1e-6, max_passes: 10_000, seed: 1 };

    fn solved<R: Rows>(problem: &Problem<'_, R>, effort: Effort) -> Solution {
        match solve(problem, effort, &|| ControlFlow::Continue(())) {
            ControlFlow::Continue(solution) => solution,
            ControlFlow::Break(()) => panic!("nobody stopped it"),
        }
    }

    fn blobs(n_rows: usize) -> (Matrix, Vec<u32>) {
        let (mut rng, mut rows) = (Rng::new(9, 0), Matrix::zeros(n_rows, 5));
        let targets: Vec<u32> = (0..n_rows as u32).map(|i| i % 3).collect();
        for (i, &target) in targets.iter().enumerate() {
            rows.row_mut(i).iter_mut().for_each(|x| *x = rng.unit_f32() * 2.0 - 1.0);
            rows.row_mut(i)[target as usize] += 1.0;
        }
        (rows, targets)
    }

    #[test]
    fn one_point_a_side_is_solved_by_hand() {
        // ±1 on a line, b = 0 by symmetry: min ½w² + 2·C·(1 − w)², so w = 4C / (1 + 4C).
        let mut rows = SparseRows::new(1);
        rows.push_row(&mut [(0, 1.0)]);
        rows.push_row(&mut [(0, -1.0)]);
        let problem = Problem { rows: &rows, targets: &[1, 0], positive: 1, costs: (1.0, 1.0) };
        let solution = solved(&problem, Effort { tolerance: 1e-12, ..EFFORT });
        assert!((solution.weights[0] - 0.8).abs() < 1e-9 && solution.bias.abs() < 1e-9);
        assert!((objective(&problem, &solution.weights, solution.bias) - 0.4).abs() < 1e-9);
    }

    #[test]
    fn dual_meets_the_objective() {
        let (rows, targets) = blobs(300);
        let problem = Problem { rows: &rows, targets: &targets, positive: 1, costs: (2.0, 0.5) };
        let solution = solved(&problem, EFFORT);
        let primal = objective(&problem, &solution.weights, solution.bias);
        let dual = -solution.dual.last().unwrap();
        assert!(solution.converged && (primal - dual).abs() < 1e-5 * primal, "{primal} {dual}");
        assert!(solution.dual.windows(2).all(|pair| pair[1] <= pair[0]), "every pass goes down");
    }

    #[test]
    fn passes_are_bounded() {
        let (rows, targets) = blobs(30);
        let problem = Problem { rows: &rows, targets: &targets, positive: 0, costs: (1.0, 1.0) };
        let solution = solved(&problem, Effort { max_passes: 2, ..EFFORT });
        assert_eq!((solution.dual.len(), solution.converged), (2, false));
    }

    #[test]
    fn rows_of_nothing_leave_the_bias() {
        let mut rows = SparseRows::new(4);
        (0..3).for_each(|_| rows.push_row(&mut []));
        let problem = Problem { rows: &rows, targets: &[0, 0, 1], positive: 1, costs: (1.0, 1.0) };
        let solution = solved(&problem, EFFORT);
        assert!(solution.bias < 0.0 && solution.weights == [0.0; 4]);
    }
}
