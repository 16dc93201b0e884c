//! Least squares on the dot product of two rows, by AdaGrad.

use super::Kernels;
use crate::shared::{LINE, SharedRow};

/// One step of [`Kernels::adagrad`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdaGrad {
    /// What the dot product should be.
    pub target: f32,
    /// How much this step counts.
    pub weight: f32,
    /// The first learning rate.
    pub learning_rate: f32,
    /// No component of a gradient counts for more than this.
    pub clip: f32,
}

impl Kernels {
    /// Moves `x` and `y` so that their dot product comes nearer to the target; returns by how much it was
    /// off.
    ///
    /// Both rows hold values in their first half and, in the second, what AdaGrad (Duchi et al. 2011) divides
    /// by: the sums of squared gradients, which start above zero. With
    /// d = x·y − target the cost is ½·weight·d², its gradient by x is weight·d·y, by y weight·d·x, both with
    /// the values from before the step. Each component g, clipped and times the learning rate, moves its value
    /// by −g/√s and its sum by g². A value whose sum of squares starts at 10³⁰ never moves.
    ///
    /// Where weight·d is not finite nothing moves. If `x` and `y` are the same row, only the change of one of
    /// them counts.
    ///
    /// Panics unless both rows have the same length, an even number of cache lines (16 floats).
    #[inline]
    pub fn adagrad(&self, x: SharedRow<'_>, y: SharedRow<'_>, step: AdaGrad) -> f32 {
        assert!(x.len() == y.len() && x.len().is_multiple_of(2 * LINE), "rows of two equal halves");
        // SAFETY: shapes were checked; the instruction set was detected.
        unsafe { (self.0.adagrad)(x, y, step) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Matrix, Rng, SharedMatrix};
    use proptest::prelude::*;

    /// Two rows of random values, with sums of squares from 1 on.
    fn random(half: usize, seed: u64) -> SharedMatrix {
        let (mut rng, mut matrix) = (Rng::new(seed, 0), SharedMatrix::zeros(2, 2 * half));
        for i in 0..2 {
            let (values, squares) = matrix.row_mut(i).split_at_mut(half);
            values.iter_mut().for_each(|x| *x = rng.unit_f32() * 2.0 - 1.0);
            squares.iter_mut().for_each(|s| *s = 1.0 + 100.0 * rng.unit_f32() * rng.unit_f32());
        }
        matrix
    }

    fn run(kernels: Kernels, half: usize, seed: u64, step: AdaGrad) -> (f32, Matrix) {
        let mut rows = random(half, seed);
        let difference = kernels.adagrad(rows.row(0), rows.row(1), step);
        (difference, rows.to_matrix())
    }

    fn close(fast: f32, slow: f32) -> bool {
        (fast - slow).abs() <= 1e-4 * (1.0 + slow.abs())
    }

    proptest! {
        #[test]
        fn steps_agree_with_scalar(
            lines in 1usize..8,
            seed in any::<u64>(),
            (target, weight, learning_rate, clip) in (-9f32..9., 0f32..1., 0.001f32..1., 0.01f32..10.),
        ) {
            let step = AdaGrad { target, weight, learning_rate, clip };
            let (slow_difference, slow) = run(Kernels::scalar(), lines * LINE, seed, step);
            for kernels in Kernels::all() {
                let (difference, fast) = run(kernels, lines * LINE, seed, step);
                prop_assert!(close(difference, slow_difference), "{kernels:?}");
                let mut pairs = fast.as_slice().iter().zip(slow.as_slice());
                prop_assert!(pairs.all(|(fast, slow)| close(*fast, *slow)), "{kernels:?}");
            }
        }
    }

    /// The cost in f64 for rows of one line.
    fn cost(x: &[f64], y: &[f64], step: AdaGrad) -> f64 {
        let dot: f64 = x.iter().zip(y).map(|(x, y)| x * y).sum();
        0.5 * f64::from(step.weight) * (dot - f64::from(step.target)).powi(2)
    }

    #[test]
    fn the_gradient_is_that_of_the_cost() {
        // Sums of squares are set to 1, so the first step is the learning rate times the gradient.
        let step = AdaGrad { target: 1.5, weight: 0.7, learning_rate: 0.05, clip: 100.0 };
        for kernels in Kernels::all() {
            let mut rows = random(LINE, 4);
            (0..2).for_each(|i| rows.row_mut(i)[LINE..].fill(1.0));
            let before = rows.to_matrix();
            kernels.adagrad(rows.row(0), rows.row(1), step);
            let after = rows.to_matrix();
            let values: Vec<f64> =
                (0..2).flat_map(|i| before.row(i)[..LINE].iter().map(|&x| x.into())).collect();
            for k in 0..2 * LINE {
                let shifted = |by: f64| {
                    let mut values = values.clone();
                    values[k] += by;
                    cost(&values[..LINE], &values[LINE..], step)
                };
                let gradient = (shifted(1e-5) - shifted(-1e-5)) / 2e-5;
                let (row, column) = (k / LINE, k % LINE);
                let moved = f64::from(before.row(row)[column] - after.row(row)[column]);
                let want = f64::from(step.learning_rate) * gradient;
                assert!((moved - want).abs() < 1e-6, "{kernels:?}: moved by {moved}, not {want}");
                let squares = f64::from(after.row(row)[LINE + column]) - 1.0;
                assert!((squares - want * want).abs() < 1e-6, "{kernels:?}: {squares}, not {}", want * want);
            }
        }
    }

    #[test]
    fn values_with_huge_squares_stay() {
        for kernels in Kernels::all() {
            let mut rows = random(LINE, 2);
            rows.row_mut(0)[3] = 1.0;
            rows.row_mut(0)[LINE + 3] = 1e30;
            let step = AdaGrad { target: 50.0, weight: 1.0, learning_rate: 1.0, clip: 100.0 };
            kernels.adagrad(rows.row(0), rows.row(1), step);
            assert_eq!((rows.row_mut(0)[3], rows.row_mut(0)[LINE + 3]), (1.0, 1e30), "{kernels:?}");
        }
    }

    #[test]
    fn steps_that_are_no_numbers_change_nothing() {
        for kernels in Kernels::all() {
            let mut rows = random(LINE, 3);
            let before = rows.to_matrix();
            let step = AdaGrad { target: f32::INFINITY, weight: 1.0, learning_rate: 0.1, clip: 1.0 };
            assert!(!kernels.adagrad(rows.row(0), rows.row(1), step).is_finite());
            assert_eq!(rows.to_matrix(), before, "{kernels:?}");
        }
    }

    #[test]
    #[should_panic(expected = "rows of two equal halves")]
    fn rows_without_halves_are_refused() {
        let rows = SharedMatrix::zeros(2, 3 * LINE);
        let step = AdaGrad { target: 0.0, weight: 1.0, learning_rate: 0.1, clip: 1.0 };
        Kernels::detect().adagrad(rows.row(0), rows.row(1), step);
    }
}
