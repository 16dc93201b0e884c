//! The sampled softmax.

use super::FullHead;
use crate::blocks::Pass;
use crate::ops::{self, CrossEntropy, IGNORED};
use crate::{NeuralError, Result};
use candle_core::Tensor;
use sememe_kernels::Rng;
use std::collections::BTreeSet;

/// A [`FullHead`] that is trained on the targets of a batch and some other words only (Jean et al. 2015).
///
/// Words are drawn without repetition, id k with a probability near 1 / (k + 1), as words by falling frequency have; the
/// score of each is lowered by ln of how often it is expected (Bengio and Senécal 2008), which makes up for it.
#[derive(Clone, Debug)]
pub struct SampledHead {
    full: FullHead,
    n_samples: usize,
}

impl SampledHead {
    /// Draws `n_samples` words for a step.
    ///
    /// # Errors
    /// If there are no more words than are to be drawn, or none is to be.
    pub fn new(full: FullHead, n_samples: usize) -> Result<Self> {
        let n_words = full.words()[0].dim(0)?;
        if n_samples == 0 || n_samples >= n_words {
            return Err(NeuralError::setting(
                "n_samples",
                format!("above 0 and below {n_words} words"),
                n_samples,
            ));
        }
        Ok(Self { full, n_samples })
    }

    /// What it is when not training.
    pub fn full(&self) -> &FullHead {
        &self.full
    }

    /// See [`Head::loss`](super::Head::loss); over all words unless `pass` is of training.
    ///
    /// # Errors
    /// If shapes do not fit, or a target is no word.
    pub fn loss(&self, x: &Tensor, targets: &[u32], pass: &Pass) -> Result<Tensor> {
        let Some(rng) = pass.stream() else { return self.full.loss(x, targets, pass) };
        let [weight, bias] = self.full.words();
        let n_words = weight.dim(0)?;
        let (words, ln_expected) = self.candidates(targets, n_words, rng);
        let place = |&target: &u32| match target {
            IGNORED => Ok(IGNORED),
            target => match words.binary_search(&target) {
                Ok(place) => Ok(place as u32),
                Err(at) => Err(NeuralError::Id { what: "words", id: target, at, limit: n_words }),
            },
        };
        let targets = targets.iter().map(place).collect::<Result<_>>()?;
        let n = words.len();
        let weight = ops::embedding(&weight, &words, &[n])?; // [candidates, dim]
        let bias = ops::embedding(&bias.reshape((n_words, 1))?, &words, &[n])?.reshape(n)?; // [candidates]
        let lower = Tensor::from_vec(ln_expected, n, x.device())?.to_dtype(bias.dtype())?;
        let asked = CrossEntropy { smoothing: self.full.smoothing(), ..CrossEntropy::new(targets) };
        ops::softmax_cross_entropy(x, &weight, &(bias - lower)?, asked)
    }

    /// The targets and the words drawn, rising, and ln of how often each is expected among those drawn.
    fn candidates(&self, targets: &[u32], n_words: usize, mut rng: Rng) -> (Vec<u32>, Vec<f64>) {
        let range = (n_words as f64 + 1.0).ln();
        let (mut drawn, mut n_draws) = (BTreeSet::new(), 0_u32);
        while drawn.len() < self.n_samples {
            let id = (rng.unit_f64() * range).exp() as usize;
            drawn.insert((id.saturating_sub(1)).min(n_words - 1) as u32);
            n_draws = n_draws.saturating_add(1);
        }
        drawn.extend(targets.iter().filter(|&&id| (id as usize) < n_words));
        let ln_expected = |&id: &u32| {
            let p = ((f64::from(id) + 2.0).ln() - (f64::from(id) + 1.0).ln()) / range;
            (-f64::exp_m1(f64::from(n_draws) * f64::ln_1p(-p))).ln()
        };
        let expected = drawn.iter().map(ln_expected).collect();
        (drawn.into_iter().collect(), expected)
    }
}
