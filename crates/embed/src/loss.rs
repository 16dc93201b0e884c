//! The running loss.

use sememe_kernels::Targets;

/// The loss is measured at one step in this many: logarithms would be a tenth of the work.
const EVERY: u32 = 32;

/// A running mean, in nats per prediction.
#[derive(Debug, Default)]
pub(crate) struct Loss {
    sum: f64,
    n: u64,
    n_steps: u32,
}

impl Loss {
    /// Takes note of a step of `n` predictions, now and then.
    #[inline]
    pub(crate) fn observe(&mut self, steps: &[f32], targets: Targets<'_>, n: usize) {
        self.n_steps = self.n_steps.wrapping_add(1);
        if self.n_steps.is_multiple_of(EVERY) {
            self.add(steps, targets, n);
        }
    }

    /// As [`Self::observe`], for pairs that count rate / `unit` times each, and labels anywhere from 0 to 1.
    #[inline]
    pub(crate) fn observe_weighted(&mut self, steps: &[f32], targets: Targets<'_>, unit: f32, n: usize) {
        self.n_steps = self.n_steps.wrapping_add(1);
        if self.n_steps.is_multiple_of(EVERY) {
            self.add_weighted(steps, targets, unit);
            self.n += n as u64;
        }
    }

    /// Adds −Σ weight·(label·ln p + (1 − label)·ln(1 − p)), where p = σ(score) = label − step / rate.
    fn add_weighted(&mut self, steps: &[f32], targets: Targets<'_>, unit: f32) {
        for ((step, rate), label) in steps.iter().zip(targets.rates).zip(targets.labels) {
            let label = f64::from(*label);
            // What is no number stays none.
            let p = (label - f64::from(step / rate)).clamp(1e-7, 1.0 - 1e-7);
            self.sum -= f64::from(rate / unit) * (label * p.ln() + (1.0 - label) * (1.0 - p).ln());
        }
    }

    /// Adds −Σ ln p(label), where 1 − p(label) = |label − σ(score)| = |step / rate|, for `n` predictions.
    fn add(&mut self, steps: &[f32], targets: Targets<'_>, n: usize) {
        let miss = |(step, rate): (&f32, &f32)| f64::from((step / rate).abs());
        let loss = steps.iter().zip(targets.rates).map(|pair| -(1.0 - miss(pair).min(1.0 - 1e-7)).ln());
        self.sum += loss.sum::<f64>();
        // `min` drops what is no number.
        self.sum += if steps.iter().all(|step| step.is_finite()) { 0.0 } else { f64::NAN };
        self.n += n as u64;
    }

    /// The mean since the last call, if a step was measured.
    pub(crate) fn take(&mut self) -> Option<f64> {
        let (sum, n) = (std::mem::take(&mut self.sum), std::mem::take(&mut self.n));
        (n > 0).then(|| sum / n as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loss(steps: &[f32]) -> Loss {
        let mut loss = Loss::default();
        let targets = Targets { labels: &[1.0, 0.0, 1.0, 0.0], rates: &[0.5; 4] };
        loss.add(steps, targets, 2);
        loss
    }

    #[test]
    fn loss_is_that_of_the_probabilities() {
        // σ = 0.5, 0.25, 1 and 0.
        let loss = loss(&[0.25, -0.125, 0.0, 0.0]).take().unwrap();
        assert!((2.0 * loss + 0.5f64.ln() + 0.75f64.ln()).abs() < 1e-6);
    }

    #[test]
    fn labels_and_weights_count() {
        let (mut weighted, targets) = (Loss::default(), Targets { labels: &[0.25, 1.0], rates: &[0.5, 1.5] });
        // σ = 0.5 and 0.75, which count once and three times.
        weighted.add_weighted(&[-0.125, 0.375], targets, 0.5);
        assert!((weighted.sum + 0.5f64.ln() + 3.0 * 0.75f64.ln()).abs() < 1e-6);
        weighted.add_weighted(&[f32::NAN, 0.0], targets, 0.5);
        assert!(weighted.sum.is_nan());
    }

    #[test]
    fn a_probability_that_is_no_number_shows_in_the_loss() {
        assert!(loss(&[0.25, f32::NAN, 0.0, 0.0]).take().unwrap().is_nan());
    }
}
