//! The softmax of one row, and what its cross entropy with a target is.

use super::real::{Real, exp_all, largest, sum};

/// x ← softmax(x); ln Σ eˣ. A row of nothing stays.
#[inline(always)]
pub(crate) fn softmax<T: Real>(row: &mut [T]) -> T {
    if row.is_empty() {
        return T::of(f64::NEG_INFINITY);
    }
    let max = largest(row);
    let total = exp_all(row, max);
    let scale = T::ONE / total;
    row.iter_mut().for_each(|x| *x *= scale);
    max + Real::ln(total)
}

/// −ln p(target), smoothed; the row becomes its gradient times `scale`.
///
/// With q = (1 − ε)·[target] + ε/V (Szegedy et al. 2016, section 7) the loss is −Σ q ln p = ln Σ eˣ − Σ q·x, and its
/// gradient p − q.
#[inline(always)]
pub(crate) fn cross_entropy<T: Real>(row: &mut [T], target: usize, smoothing: f64, scale: T) -> T {
    let (share, kept) = (T::of(smoothing / row.len() as f64), T::of(1.0 - smoothing));
    let of_all = if smoothing > 0.0 { share * sum(row) } else { T::ZERO };
    let wanted = kept * row[target] + of_all;
    let log_sum = {
        let max = largest(row);
        let total = exp_all(row, max);
        let factor = scale / total;
        row.iter_mut().for_each(|x| *x *= factor);
        max + Real::ln(total)
    };
    if smoothing > 0.0 {
        row.iter_mut().for_each(|x| *x -= share * scale);
    }
    row[target] -= kept * scale;
    log_sum - wanted
}
