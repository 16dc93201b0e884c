//! How far a figure may be off because other items could have been asked.

/// The middle share of a figure's values over sets of items drawn anew.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// The percentile bootstrap (Efron and Tibshirani 1993, section 13.3): sets of as many items are drawn from the
/// items with replacement, and the figure is computed on each.
///
/// Items count as independent. Where they are not, as analogy questions made of few pairs of words, the true interval
/// is wider.
///
/// ```
/// use sememe_eval::Bootstrap;
///
/// let hits: Vec<f64> = (0..100).map(|i| f64::from(i % 4 == 0)).collect();
/// // A stand-in for a random generator: any number below the one given, each as often.
/// let mut state = 1u64;
/// let mut below = |n: u64| {
///     state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
///     (state >> 33) % n
/// };
/// let mean = |items: &[usize]| items.iter().map(|&i| hits[i]).sum::<f64>() / items.len() as f64;
/// let interval = Bootstrap::new(1000, 0.95).interval(hits.len(), &mut below, mean).unwrap();
/// assert!(0.13 < interval.low && interval.low < 0.25 && 0.25 < interval.high && interval.high < 0.37);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bootstrap {
    resamples: usize,
    level: f64,
}

impl Bootstrap {
    /// Draws `resamples` sets; the interval holds the share `level` of their figures, kept between 0 and 1.
    pub fn new(resamples: usize, level: f64) -> Self {
        Self { resamples, level: level.clamp(0.0, 1.0) }
    }

    /// The interval of a `figure` of `n` items. `below` returns a random number below its argument, all with the same
    /// chance. Sets for which the figure is NaN, as a correlation of equal items, do not count; `None` if none is left.
    pub fn interval(
        &self,
        n: usize,
        below: &mut dyn FnMut(u64) -> u64,
        mut figure: impl FnMut(&[usize]) -> f64,
    ) -> Option<Interval> {
        if n == 0 {
            return None;
        }
        let mut items = vec![0; n];
        let mut draw = || {
            items.fill_with(|| below(n as u64) as usize);
            figure(&items)
        };
        let mut figures: Vec<f64> = (0..self.resamples).map(|_| draw()).filter(|x| !x.is_nan()).collect();
        figures.sort_by(f64::total_cmp);
        let tail = 0.5 * (1.0 - self.level);
        Some(Interval { low: quantile(&figures, tail)?, high: quantile(&figures, 1.0 - tail)? })
    }
}

/// The value below which a share of the sorted values lies, between two of them in proportion.
fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let place = share * sorted.len().checked_sub(1)? as f64;
    let (low, high) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    Some(low + (high - low) * place.fract())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A linear congruential generator (Knuth).
    fn below(seed: u64) -> impl FnMut(u64) -> u64 {
        let mut state = seed;
        move |n| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % n
        }
    }

    fn mean(values: &[f64]) -> impl FnMut(&[usize]) -> f64 {
        |items: &[usize]| items.iter().map(|&i| values[i]).sum::<f64>() / items.len() as f64
    }

    #[test]
    fn the_interval_of_a_mean_is_that_of_the_normal_distribution() {
        let values: Vec<f64> = (0..400).map(|i| f64::from(i % 2)).collect();
        let interval = Bootstrap::new(4000, 0.95).interval(400, &mut below(3), mean(&values)).unwrap();
        // 0.5 ± 1.96·0.5/√400
        assert!(
            (interval.low - 0.451).abs() < 0.004 && (interval.high - 0.549).abs() < 0.004,
            "{interval:?}"
        );
    }

    #[test]
    fn wider_levels_hold_narrower_ones() {
        let values: Vec<f64> = (0..50).map(f64::from).collect();
        let at = |level| Bootstrap::new(500, level).interval(50, &mut below(1), mean(&values)).unwrap();
        let (half, most, all) = (at(0.5), at(0.9), at(7.0));
        assert!(all.low <= most.low && most.low < half.low && half.high < most.high && most.high <= all.high);
    }

    #[test]
    fn what_is_undefined_has_no_interval() {
        assert_eq!(Bootstrap::new(10, 0.9).interval(0, &mut below(1), |_| 1.0), None);
        assert_eq!(Bootstrap::new(10, 0.9).interval(3, &mut below(1), |_| f64::NAN), None);
        assert_eq!(Bootstrap::new(0, 0.9).interval(3, &mut below(1), |_| 1.0), None);
        let one = Bootstrap::new(10, 0.9).interval(3, &mut below(1), |_| 1.0);
        assert_eq!(one, Some(Interval { low: 1.0, high: 1.0 }));
    }

    #[test]
    fn quantiles_lie_between_values() {
        assert_eq!(quantile(&[1.0, 2.0, 4.0], 0.75), Some(3.0));
        assert_eq!(quantile(&[5.0], 0.3), Some(5.0));
        assert_eq!(quantile(&[], 0.3), None);
    }
}
