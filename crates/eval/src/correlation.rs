//! Correlation of two columns of numbers.

use crate::EvalError;
use crate::distribution::{normal_two_sided, r_two_sided};
use crate::error::same_length;
use crate::ranks::{Ties, discordant_pairs, ranks};

/// A coefficient of correlation, and how likely it is by chance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Correlation {
    /// From −1 to 1; NaN where it is undefined (NaN in a column, a constant column, too few items).
    pub statistic: f64,
    /// Probability of a coefficient at least as far from 0 if the columns were independent (two-sided).
    pub p_value: f64,
    /// Items compared.
    pub n: usize,
}

impl Correlation {
    fn undefined(n: usize) -> Self {
        Self { statistic: f64::NAN, p_value: f64::NAN, n }
    }
}

/// Spearman's rank correlation: Pearson's of the ranks, with the mean rank for ties.
///
/// Its p-value is that of t = r·√((n − 2)/(1 − r²)) under Student's distribution with n − 2 degrees of
/// freedom, as in SciPy; exact enough from about 10 items on.
///
/// ```
/// let correlation = sememe_eval::spearman(&[1.0, 2.0, 3.0, 4.0], &[10.0, 20.0, 40.0, 30.0])?;
/// assert!((correlation.statistic - 0.8).abs() < 1e-12);
/// assert!((correlation.p_value - 0.2).abs() < 1e-12);
/// # Ok::<_, sememe_eval::EvalError>(())
/// ```
///
/// # Errors
/// [`EvalError::Lengths`] when the columns differ in length.
pub fn spearman(x: &[f64], y: &[f64]) -> Result<Correlation, EvalError> {
    same_length("y", x.len(), y.len())?;
    let n = x.len();
    if has_nan(x) || has_nan(y) || n < 2 {
        return Ok(Correlation::undefined(n));
    }
    let statistic = product_moment(&ranks(x), &ranks(y));
    let p_value = if n < 3 { f64::NAN } else { r_two_sided(statistic, n) };
    Ok(Correlation { statistic, p_value, n })
}

/// Pearson's product-moment correlation, with the p-value for columns drawn from normal distributions.
///
/// # Errors
/// [`EvalError::Lengths`] when the columns differ in length, [`EvalError::Empty`] below two items.
pub fn pearson(x: &[f64], y: &[f64]) -> Result<Correlation, EvalError> {
    same_length("y", x.len(), y.len())?;
    let n = x.len();
    if n < 2 {
        return Err(EvalError::Empty { needed: 2 });
    }
    let statistic = product_moment(x, y);
    let p_value = match n {
        2 if statistic.is_nan() => f64::NAN,
        2 => 1.0,
        _ => r_two_sided(statistic, n),
    };
    Ok(Correlation { statistic, p_value, n })
}

/// Kendall's τ-b: (concordant − discordant pairs) / √((pairs − ties in x)(pairs − ties in y)).
///
/// The p-value is exact without ties up to 33 items (or with at most one discordant or concordant pair), and
/// otherwise that of the normal approximation with Kendall's correction for ties, as in SciPy. Runs in
/// O(n log n).
///
/// # Errors
/// [`EvalError::Lengths`] when the columns differ in length.
pub fn kendall(x: &[f64], y: &[f64]) -> Result<Correlation, EvalError> {
    same_length("y", x.len(), y.len())?;
    let n = x.len();
    if has_nan(x) || has_nan(y) || n < 2 {
        return Ok(Correlation::undefined(n));
    }
    let pairs = n as f64 * (n as f64 - 1.0) / 2.0;
    let (in_x, in_y) = (Ties::of(x), Ties::of(y));
    if in_x.pairs == pairs || in_y.pairs == pairs {
        return Ok(Correlation::undefined(n));
    }
    let (discordant, tied_in_both) = discordant_pairs(x, y);
    let difference = pairs - in_x.pairs - in_y.pairs + tied_in_both - 2.0 * discordant;
    let statistic = difference / (pairs - in_x.pairs).sqrt() / (pairs - in_y.pairs).sqrt();
    let fewer = discordant.min(pairs - discordant);
    let exact = in_x.pairs == 0.0 && in_y.pairs == 0.0 && (n <= 33 || fewer <= 1.0);
    let p_value = if exact {
        kendall_exact(n, fewer as usize)
    } else {
        normal_two_sided(difference / kendall_variance(n, &in_x, &in_y).sqrt())
    };
    Ok(Correlation { statistic: statistic.clamp(-1.0, 1.0), p_value, n })
}

/// Variance of (concordant − discordant pairs) of independent columns (Kendall 1970, ch. 4).
fn kendall_variance(n: usize, x: &Ties, y: &Ties) -> f64 {
    let n = n as f64;
    let m = n * (n - 1.0);
    (m * (2.0 * n + 5.0) - x.fives - y.fives) / 18.0
        + 2.0 * x.pairs * y.pairs / m
        + x.triples * y.triples / (9.0 * m * (n - 2.0))
}

/// The two-sided probability of at most `fewer` discordant pairs among permutations of `n` items.
///
/// The number of permutations of j items with k inversions is the sum of those of j − 1 items with k − j + 1
/// to k inversions (Knuth, vol. 3, 5.1.1); divided by j at each step it stays a probability.
fn kendall_exact(n: usize, fewer: usize) -> f64 {
    if 4 * fewer == n * (n - 1) {
        return 1.0;
    }
    let mut share = vec![0.0; fewer + 1];
    share[0] = 1.0;
    for j in 2..=n {
        let mut sums = Vec::with_capacity(share.len() + 1);
        sums.push(0.0);
        for value in &share {
            sums.push(sums[sums.len() - 1] + value);
        }
        for k in 0..share.len() {
            share[k] = (sums[k + 1] - sums[(k + 1).saturating_sub(j)]) / j as f64;
        }
    }
    (2.0 * share.iter().sum::<f64>()).clamp(0.0, 1.0)
}

fn has_nan(values: &[f64]) -> bool {
    values.iter().any(|value| value.is_nan())
}

/// Pearson's r, NaN for a constant column. Scales each column first, so that squares cannot overflow.
fn product_moment(x: &[f64], y: &[f64]) -> f64 {
    if is_constant(x) || is_constant(y) {
        return f64::NAN;
    }
    let (x, y) = (unit_deviations(x), unit_deviations(y));
    x.iter().zip(&y).map(|(x, y)| x * y).sum::<f64>().clamp(-1.0, 1.0)
}

fn is_constant(values: &[f64]) -> bool {
    values.iter().all(|value| *value == values[0])
}

/// The deviations from the mean, as a vector of length 1.
fn unit_deviations(values: &[f64]) -> Vec<f64> {
    let scaled = scale(values.to_vec(), largest(values));
    let mean = scaled.iter().sum::<f64>() / scaled.len() as f64;
    let centred: Vec<f64> = scaled.iter().map(|value| value - mean).collect();
    let largest = largest(&centred);
    let centred = scale(centred, largest);
    let length = centred.iter().map(|value| value * value).sum::<f64>().sqrt();
    scale(centred, length)
}

fn largest(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()))
}

fn scale(mut values: Vec<f64>, by: f64) -> Vec<f64> {
    values.iter_mut().for_each(|value| *value /= by);
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Kendall's τ-b by comparing all pairs, its definition.
    fn kendall_by_pairs(x: &[f64], y: &[f64]) -> f64 {
        let (mut difference, mut apart_in_x, mut apart_in_y) = (0.0, 0.0, 0.0);
        for i in 0..x.len() {
            for j in 0..i {
                let (dx, dy) = (sign(x[i] - x[j]), sign(y[i] - y[j]));
                difference += dx * dy;
                apart_in_x += dx * dx;
                apart_in_y += dy * dy;
            }
        }
        difference / f64::sqrt(apart_in_x * apart_in_y)
    }

    fn sign(value: f64) -> f64 {
        if value == 0.0 { 0.0 } else { value.signum() }
    }

    fn same(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9 || (a.is_nan() && b.is_nan())
    }

    proptest! {
        #[test]
        fn kendall_is_the_share_of_pairs(pairs in prop::collection::vec((0..9i32, 0..9i32), 0..60)) {
            let (x, y): (Vec<f64>, Vec<f64>) = pairs.into_iter().map(|(x, y)| (f64::from(x), f64::from(y))).unzip();
            let (fast, slow) = (kendall(&x, &y).unwrap().statistic, kendall_by_pairs(&x, &y));
            prop_assert!(same(fast, slow), "{fast} != {slow}");
        }

        #[test]
        fn coefficients_are_symmetric_and_bounded(pairs in prop::collection::vec((any::<f64>(), -9..9i32), 2..40)) {
            let (x, y): (Vec<f64>, Vec<f64>) = pairs.into_iter().map(|(x, y)| (x, f64::from(y))).unzip();
            for coefficient in [spearman, pearson, kendall] {
                let (there, back) = (coefficient(&x, &y).unwrap(), coefficient(&y, &x).unwrap());
                prop_assert!(same(there.statistic, back.statistic), "{there:?} {back:?}");
                prop_assert!(there.statistic.is_nan() || there.statistic.abs() <= 1.0);
                prop_assert!(there.p_value.is_nan() || (0.0..=1.0).contains(&there.p_value));
            }
        }
    }

    #[test]
    fn columns_of_different_lengths_are_refused() {
        for coefficient in [spearman, pearson, kendall] {
            let error = coefficient(&[1.0, 2.0], &[1.0]).unwrap_err();
            assert_eq!(error.to_string(), "y: expected 2 values, one for each item, found 1");
        }
    }
}
