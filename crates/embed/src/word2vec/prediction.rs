//! One prediction: a word against its negatives.

use super::Model;
use sememe_kernels::{Rng, SharedRow};

/// The loss is measured at one step in this many: logarithms would be a tenth of the work.
const LOSS_EVERY: u32 = 32;

/// The words to tell apart, and what one step against them needs.
pub(super) struct Prediction<'a> {
    model: &'a Model,
    /// The positive word and its negatives.
    rows: Vec<u32>,
    outputs: Vec<SharedRow<'a>>,
    /// `f32[n_inputs, n_outputs]`: scores, then probabilities, then steps.
    scores: Vec<f32>,
    loss: Loss,
    n_steps: u32,
}

/// A running mean, in nats per prediction.
#[derive(Default)]
struct Loss {
    sum: f64,
    n: u64,
}

impl<'a> Prediction<'a> {
    pub(super) fn new(model: &'a Model) -> Self {
        let (rows, outputs, scores) = (Vec::new(), Vec::new(), Vec::new());
        Self { model, rows, outputs, scores, loss: Loss::default(), n_steps: 0 }
    }

    /// Takes `positive` as the word to predict and draws negatives for it.
    pub(super) fn draw(&mut self, positive: u32, rng: &mut Rng) {
        let Self { model, rows, outputs, .. } = self;
        rows.clear();
        rows.push(positive);
        model.negatives.draw(rows, rng);
        outputs.clear();
        outputs.extend(rows.iter().map(|&row| model.output.row(row as usize)));
    }

    /// Moves inputs towards the positive word and away from the negatives.
    ///
    /// With g = lr·(label − σ(input·output)): input += g·output, output += g·input (Mikolov et al. 2013,
    /// eq. 4).
    pub(super) fn step(&mut self, inputs: &[SharedRow<'_>], learning_rate: f32) {
        let Self { outputs, scores, .. } = self;
        let kernels = self.model.kernels;
        scores.resize(inputs.len() * outputs.len(), 0.0);
        kernels.scores(inputs, outputs, scores);
        kernels.sigmoid(scores);
        self.n_steps = self.n_steps.wrapping_add(1);
        if self.n_steps.is_multiple_of(LOSS_EVERY) {
            self.loss.add(scores, outputs.len());
        }
        for row in scores.chunks_exact_mut(outputs.len()) {
            row.iter_mut().for_each(|p| *p *= -learning_rate);
            row[0] += learning_rate;
        }
        kernels.update(inputs, outputs, scores);
    }

    /// The mean loss since the last call, if a step was measured.
    pub(super) fn take_loss(&mut self) -> Option<f64> {
        let Loss { sum, n } = std::mem::take(&mut self.loss);
        (n > 0).then(|| sum / n as f64)
    }
}

impl Loss {
    /// Adds −ln p(positive) − Σ ln(1 − p(negative)) for each row of `probabilities`, the positive first.
    fn add(&mut self, probabilities: &[f32], n_outputs: usize) {
        for row in probabilities.chunks_exact(n_outputs) {
            let log = |p: f32| f64::from(p.clamp(1e-7, 1.0)).ln();
            self.sum -= log(row[0]) + row[1..].iter().map(|p| log(1.0 - p)).sum::<f64>();
            self.n += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loss_is_that_of_the_probabilities() {
        let mut loss = Loss::default();
        loss.add(&[0.5, 0.25, 1.0, 0.0], 2);
        assert_eq!(loss.n, 2);
        assert!((loss.sum + 0.5f64.ln() + 0.75f64.ln()).abs() < 1e-6);
    }

    #[test]
    fn a_probability_that_is_no_number_shows_in_the_loss() {
        let mut loss = Loss::default();
        loss.add(&[0.5, f32::NAN], 2);
        assert!(loss.sum.is_nan());
    }
}
