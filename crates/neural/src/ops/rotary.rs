//! Rotary positions.

use super::real::Real;
use crate::{NeuralError, Result};
use candle_core::{DType, Device, Tensor};

/// Rotary positions (Su et al. 2021): at place t, numbers i and i + d/2 of a head are turned by the angle t·base^(−2i/d).
///
/// This is the order of LLaMA and GPT-NeoX; the paper pairs 2i with 2i + 1, which is the same up to a permutation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rotary {
    /// 10⁴ in the paper.
    pub base: f64,
}

impl Default for Rotary {
    fn default() -> Self {
        Self { base: 10_000.0 }
    }
}

/// Cosines and sines: `[time, head_dim / 2]` each.
pub(crate) struct Angles<T> {
    cos: Vec<T>,
    sin: Vec<T>,
    half: usize,
}

impl Rotary {
    fn angles(self, first: usize, time: usize, head_dim: usize) -> impl Iterator<Item = f64> {
        let half = head_dim / 2;
        let frequency = move |i: usize| self.base.powf(-2.0 * i as f64 / head_dim as f64);
        (first..first + time).flat_map(move |t| (0..half).map(move |i| t as f64 * frequency(i)))
    }

    /// The angles of places `first` to `first + time`.
    pub(crate) fn tables<T: Real>(self, first: usize, time: usize, head_dim: usize) -> Angles<T> {
        let (sin, cos) = self.angles(first, time, head_dim).map(|x| (T::of(x.sin()), T::of(x.cos()))).unzip();
        Angles { cos, sin, half: head_dim / 2 }
    }

    /// Turns `x`, `[batch, heads, time, head_dim]`, whose first place is number `first`, with plain operations.
    ///
    /// # Errors
    /// If `head_dim` is odd.
    pub fn turn(self, x: &Tensor, first: usize) -> Result<Tensor> {
        let &[_, _, time, head_dim] = x.dims() else {
            return Err(NeuralError::shape("x", "[batch, heads, time, head_dim]", x.dims()));
        };
        if head_dim % 2 != 0 {
            return Err(NeuralError::shape("x", "an even last dimension", x.dims()));
        }
        let half = head_dim / 2;
        let table = |f: fn(f64) -> f64| -> Result<Tensor> {
            let values: Vec<f64> = self.angles(first, time, head_dim).map(f).collect();
            Ok(Tensor::from_vec(values, (time, half), &Device::Cpu)?
                .to_dtype(x.dtype())?
                .to_device(x.device())?)
        };
        let (cos, sin) = (table(f64::cos)?, table(f64::sin)?);
        let (a, b) = (x.narrow(3, 0, half)?, x.narrow(3, half, half)?);
        let first = (a.broadcast_mul(&cos)? - b.broadcast_mul(&sin)?)?;
        let second = (a.broadcast_mul(&sin)? + b.broadcast_mul(&cos)?)?;
        debug_assert_ne!(x.dtype(), DType::U32);
        Ok(Tensor::cat(&[first, second], 3)?)
    }
}

impl<T: Real> Angles<T> {
    /// Turns the first heads of each row: `rows` is `[time, width]`, with heads of 2·half numbers side by side.
    #[inline(always)]
    pub(crate) fn turn(&self, rows: &mut [T], width: usize, n_heads: usize, back: bool) {
        let half = self.half;
        let sign = if back { -T::ONE } else { T::ONE };
        for (t, row) in rows.chunks_exact_mut(width).enumerate() {
            let (cos, sin) = (&self.cos[t * half..][..half], &self.sin[t * half..][..half]);
            for head in row.chunks_exact_mut(2 * half).take(n_heads) {
                let (a, b) = head.split_at_mut(half);
                for i in 0..half {
                    let sin = sign * sin[i];
                    (a[i], b[i]) = (a[i] * cos[i] - b[i] * sin, a[i] * sin + b[i] * cos[i]);
                }
            }
        }
    }
}
