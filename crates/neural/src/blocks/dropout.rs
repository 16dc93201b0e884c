//! Dropout, from random streams of its own.

use crate::ops::drop_out;
use crate::{NeuralError, Result};
use candle_core::Tensor;
use sememe_kernels::Rng;
use std::sync::atomic::{AtomicU64, Ordering};

/// One pass through a model: training, with the randomness of this one step, or not.
///
/// The same seed and step give the same masks, whatever went before and on any number of threads.
#[derive(Debug)]
pub struct Pass {
    seed: Option<u64>,
    next: AtomicU64,
}

impl Pass {
    /// Nothing is dropped.
    pub fn evaluation() -> Self {
        Self { seed: None, next: AtomicU64::new(0) }
    }

    /// Step number `step` of training.
    pub fn training(seed: u64, step: u64) -> Self {
        Self { seed: Some(Rng::new(seed, step).next_u64()), next: AtomicU64::new(0) }
    }

    /// Whether this is training.
    pub fn is_training(&self) -> bool {
        self.seed.is_some()
    }

    /// A random stream that nothing else in this pass uses; none when not training.
    pub(crate) fn stream(&self) -> Option<Rng> {
        self.seed.map(|seed| Rng::new(seed, self.next.fetch_add(1, Ordering::Relaxed)))
    }

    /// Each number becomes 0 with probability `p`, and the others grow by 1 / (1 − p) (Srivastava et al. 2014).
    ///
    /// # Errors
    /// If `p` is not in \[0, 1).
    pub fn dropout(&self, x: &Tensor, p: f64) -> Result<Tensor> {
        self.masked(x, p, x.elem_count())
    }

    /// [`Pass::dropout`] with one mask for all steps of the first dimension: `x` is `[time, ..]` (Gal and Ghahramani
    /// 2016).
    ///
    /// # Errors
    /// If `p` is not in \[0, 1).
    pub fn dropout_alike(&self, x: &Tensor, p: f64) -> Result<Tensor> {
        let time = x.dims().first().copied().unwrap_or(1);
        self.masked(x, p, x.elem_count() / time.max(1))
    }

    fn masked(&self, x: &Tensor, p: f64, period: usize) -> Result<Tensor> {
        check_probability("dropout", p)?;
        match self.stream().filter(|_| p > 0.0) {
            Some(rng) => drop_out(x, p, period, rng),
            None => Ok(x.clone()),
        }
    }
}

/// Refuses what is no probability of dropping.
pub(crate) fn check_probability(name: &'static str, p: f64) -> Result<()> {
    match (0.0..1.0).contains(&p) {
        true => Ok(()),
        false => Err(NeuralError::setting(name, "in [0, 1)", p)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::{DType, Device};

    fn ones() -> Tensor {
        Tensor::ones((4, 25, 100), DType::F32, &Device::Cpu).unwrap()
    }

    fn values(x: &Tensor) -> Vec<f32> {
        x.flatten_all().unwrap().to_vec1().unwrap()
    }

    #[test]
    fn as_many_are_dropped_as_said_and_the_mean_stays() {
        let dropped = values(&Pass::training(1, 2).dropout(&ones(), 0.3).unwrap());
        let n = dropped.iter().filter(|&&x| x == 0.0).count();
        assert!((2800..3200).contains(&n), "{n}");
        assert!(dropped.iter().all(|&x| x == 0.0 || (x - 1.0 / 0.7).abs() < 1e-6));
    }

    #[test]
    fn steps_differ_and_repeat() {
        let draw = |seed, step| values(&Pass::training(seed, step).dropout(&ones(), 0.5).unwrap());
        assert_eq!(draw(1, 2), draw(1, 2));
        assert_ne!(draw(1, 2), draw(1, 3));
        assert_ne!(draw(1, 2), draw(2, 2));
        let pass = Pass::training(1, 1);
        assert_ne!(
            values(&pass.dropout(&ones(), 0.5).unwrap()),
            values(&pass.dropout(&ones(), 0.5).unwrap())
        );
        assert_eq!(values(&Pass::evaluation().dropout(&ones(), 0.5).unwrap()), values(&ones()));
    }

    #[test]
    fn one_mask_for_all_steps() {
        let dropped = values(&Pass::training(1, 2).dropout_alike(&ones(), 0.5).unwrap());
        let (first, rest) = dropped.split_at(2500);
        assert!(rest.chunks(2500).all(|step| step == first) && first.contains(&0.0));
    }

    #[test]
    fn what_is_no_probability_is_refused() {
        let error = Pass::evaluation().dropout(&ones(), 1.0).unwrap_err().to_string();
        assert_eq!(error, "setting `dropout` is 1, expected in [0, 1)");
    }
}
