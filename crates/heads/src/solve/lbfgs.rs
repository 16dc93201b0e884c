//! L-BFGS for smooth convex functions.

use std::collections::VecDeque;
use std::ops::ControlFlow;

/// Steps remembered.
const MEMORY: usize = 10;
/// A step must win this share of what the slope promises (Armijo).
const DECREASE: f64 = 1e-4;
/// And leave at most this share of the slope (Wolfe).
const CURVATURE: f64 = 0.9;
/// Trials of one line search.
const MAX_TRIALS: usize = 40;
/// Less relative progress than this is rounding.
const ROUNDING: f64 = 64.0 * f64::EPSILON;

/// When to stop.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stop {
    /// Once no partial derivative is larger.
    pub(crate) tolerance: f64,
    /// After this many steps.
    pub(crate) max_iterations: u32,
}

/// How a search ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Outcome {
    /// Steps made.
    pub(crate) iterations: u32,
    /// Whether the tolerance was reached, or no step down was left in double precision.
    pub(crate) converged: bool,
    /// The last value of the function.
    pub(crate) value: f64,
}

/// Where the search stands.
struct Point {
    x: Vec<f64>,
    value: f64,
    gradient: Vec<f64>,
}

/// A step s, the change y of the gradient over it, and 1 / (s·y).
struct Step {
    s: Vec<f64>,
    y: Vec<f64>,
    rho: f64,
}

/// Moves `x` to the minimum of `function`, which gives its value and writes its gradient.
///
/// `observe` sees the value after every step. The direction is that of Nocedal and Wright (2006, algorithm
/// 7.4); the step length that of Lewis and Overton (2013, algorithm 2.6), which doubles and bisects until both
/// Wolfe conditions hold.
pub(crate) fn minimise(
    function: &mut dyn FnMut(&[f64], &mut [f64]) -> f64,
    x: &mut Vec<f64>,
    stop: Stop,
    observe: &mut dyn FnMut(f64) -> ControlFlow<()>,
) -> ControlFlow<(), Outcome> {
    let mut gradient = vec![0.0; x.len()];
    let value = function(x, &mut gradient);
    let mut point = Point { x: std::mem::take(x), value, gradient };
    let (mut history, mut iterations, mut stuck) = (VecDeque::new(), 0, false);
    while !stuck && point.largest_slope() > stop.tolerance && iterations < stop.max_iterations {
        let direction = direction(&point.gradient, &history);
        let first = if history.is_empty() { 1.0 / norm(&point.gradient) } else { 1.0 };
        let Some(next) = line_search(function, &point, &direction, first) else {
            stuck = true;
            break;
        };
        stuck = point.value - next.value <= ROUNDING * point.value.abs().max(1.0);
        remember(&mut history, &point, &next);
        point = next;
        iterations += 1;
        observe(point.value)?;
    }
    let converged = point.value.is_finite() && (stuck || point.largest_slope() <= stop.tolerance);
    *x = point.x;
    ControlFlow::Continue(Outcome { iterations, converged, value: point.value })
}

impl Point {
    fn largest_slope(&self) -> f64 {
        self.gradient.iter().fold(0.0, |largest: f64, slope| largest.max(slope.abs()))
    }
}

/// −H·gradient, where H is the inverse Hessian as `history` tells it.
fn direction(gradient: &[f64], history: &VecDeque<Step>) -> Vec<f64> {
    let mut direction: Vec<f64> = gradient.iter().map(|g| -g).collect();
    let mut shares = Vec::with_capacity(history.len());
    for step in history.iter().rev() {
        let share = step.rho * dot(&step.s, &direction);
        axpy(-share, &step.y, &mut direction);
        shares.push(share);
    }
    if let Some(last) = history.back() {
        let scale = 1.0 / (last.rho * dot(&last.y, &last.y));
        direction.iter_mut().for_each(|d| *d *= scale);
    }
    for (step, share) in history.iter().zip(shares.into_iter().rev()) {
        let correction = share - step.rho * dot(&step.y, &direction);
        axpy(correction, &step.s, &mut direction);
    }
    direction
}

/// A point along `direction` that meets both Wolfe conditions; `None` if rounding hides every step down.
fn line_search(
    function: &mut dyn FnMut(&[f64], &mut [f64]) -> f64,
    from: &Point,
    direction: &[f64],
    first: f64,
) -> Option<Point> {
    let slope = dot(&from.gradient, direction);
    let mut next = Point { x: from.x.clone(), value: 0.0, gradient: vec![0.0; direction.len()] };
    let (mut low, mut high, mut length) = (0.0, f64::INFINITY, first);
    for _ in 0..MAX_TRIALS {
        for ((x, from), d) in next.x.iter_mut().zip(&from.x).zip(direction) {
            *x = from + length * d;
        }
        next.value = function(&next.x, &mut next.gradient);
        let low_enough = next.value <= from.value + DECREASE * length * slope;
        if !low_enough {
            high = length;
        } else if dot(&next.gradient, direction) < CURVATURE * slope {
            low = length;
        } else {
            return Some(next);
        }
        length = if high.is_finite() { f64::midpoint(low, high) } else { 2.0 * low };
    }
    None
}

/// Keeps the step from `point` to `next`, unless rounding has left it without curvature.
fn remember(history: &mut VecDeque<Step>, point: &Point, next: &Point) {
    let s: Vec<f64> = next.x.iter().zip(&point.x).map(|(next, x)| next - x).collect();
    let y: Vec<f64> = next.gradient.iter().zip(&point.gradient).map(|(next, g)| next - g).collect();
    let curvature = dot(&s, &y);
    if curvature <= f64::EPSILON * dot(&y, &y) {
        return;
    }
    if history.len() == MEMORY {
        history.pop_front();
    }
    history.push_back(Step { s, y, rho: 1.0 / curvature });
}

/// x·y, in eight sums, so that the additions run side by side.
pub(crate) fn dot(x: &[f64], y: &[f64]) -> f64 {
    let (x, last_x) = x.as_chunks::<8>();
    let (y, last_y) = y.as_chunks::<8>();
    let mut sums = [0.0; 8];
    for (x, y) in x.iter().zip(y) {
        for lane in 0..8 {
            sums[lane] += x[lane] * y[lane];
        }
    }
    sums.iter().sum::<f64>() + last_x.iter().zip(last_y).map(|(x, y)| x * y).sum::<f64>()
}

fn norm(x: &[f64]) -> f64 {
    dot(x, x).sqrt()
}

fn axpy(a: f64, x: &[f64], y: &mut [f64]) {
    y.iter_mut().zip(x).for_each(|(y, x)| *y += a * x);
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXACT: Stop = Stop { tolerance: 1e-10, max_iterations: 1000 };

    fn run(
        function: &mut dyn FnMut(&[f64], &mut [f64]) -> f64,
        start: &[f64],
        stop: Stop,
    ) -> (Vec<f64>, Outcome) {
        let mut x = start.to_vec();
        match minimise(function, &mut x, stop, &mut |_| ControlFlow::Continue(())) {
            ControlFlow::Continue(outcome) => (x, outcome),
            ControlFlow::Break(()) => panic!("nobody stopped it"),
        }
    }

    fn bowl(x: &[f64], gradient: &mut [f64]) -> f64 {
        let scales = (1..=x.len()).map(|i| (i * i) as f64);
        let mut value = 0.0;
        for ((x, g), scale) in x.iter().zip(gradient).zip(scales) {
            value += scale * (x - scale).powi(2);
            *g = 2.0 * scale * (x - scale);
        }
        value
    }

    fn rosenbrock(x: &[f64], gradient: &mut [f64]) -> f64 {
        let bend = x[1] - x[0] * x[0];
        gradient[0] = -2.0 * (1.0 - x[0]) - 400.0 * x[0] * bend;
        gradient[1] = 200.0 * bend;
        (1.0 - x[0]).powi(2) + 100.0 * bend * bend
    }

    #[test]
    fn bowl_is_reached() {
        let (x, outcome) = run(&mut bowl, &[0.0; 30], EXACT);
        assert!(outcome.converged && outcome.value < 1e-10, "{outcome:?}");
        assert!(x.iter().enumerate().all(|(i, x)| (x - ((i + 1) * (i + 1)) as f64).abs() < 1e-6));
    }

    #[test]
    fn curved_valley_is_followed() {
        let (x, outcome) = run(&mut rosenbrock, &[-1.2, 1.0], EXACT);
        assert!(outcome.iterations < 60 && (x[0] - 1.0).abs() < 1e-6 && (x[1] - 1.0).abs() < 1e-6);
    }

    #[test]
    fn minimum_needs_no_step() {
        let want = Outcome { iterations: 0, converged: true, value: 0.0 };
        assert_eq!(run(&mut bowl, &[1.0, 4.0], EXACT), (vec![1.0, 4.0], want));
    }

    #[test]
    fn iterations_are_bounded() {
        let (_, outcome) = run(&mut rosenbrock, &[-1.2, 1.0], Stop { max_iterations: 3, ..EXACT });
        assert_eq!((outcome.iterations, outcome.converged), (3, false));
    }

    #[test]
    fn functions_that_are_no_numbers_end_the_search() {
        let (_, outcome) = run(
            &mut |_, g| {
                g.fill(1.0);
                f64::NAN
            },
            &[0.0],
            EXACT,
        );
        assert_eq!((outcome.iterations, outcome.converged), (0, false));
    }

    #[test]
    fn observer_stops_it() {
        let mut x = vec![-1.2, 1.0];
        let result = minimise(&mut rosenbrock, &mut x, EXACT, &mut |_| ControlFlow::Break(()));
        assert!(result.is_break());
    }
}
