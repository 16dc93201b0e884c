//! The floats that fused operations are written for, and loops over them.

use candle_core::WithDType;
use sememe_kernels::Element;
use std::ops::Neg;

/// `f32`, in which models run, or `f64`, in which gradients are checked.
///
/// All functions of one number are inlined and without branches for `f32`, so that loops in
/// [`wide`](sememe_kernels::wide) become vector code.
pub(crate) trait Real: WithDType + Element + Neg<Output = Self> + Sum {
    /// eˣ.
    fn exp(self) -> Self;
    /// ln x.
    fn ln(self) -> Self;
    /// √x.
    fn sqrt(self) -> Self;
    /// The larger of two.
    fn max(self, other: Self) -> Self;
    /// σ(x) = 1 / (1 + e⁻ˣ).
    #[inline(always)]
    fn sigmoid(self) -> Self {
        Self::ONE / (Self::ONE + (-self).exp())
    }
    /// tanh x = 1 − 2 / (1 + e²ˣ), to an absolute error of about 10⁻⁷ in `f32`.
    #[inline(always)]
    fn tanh(self) -> Self {
        let two = Self::ONE + Self::ONE;
        Self::ONE - two / (Self::ONE + (two * self).exp())
    }
    /// A constant.
    #[inline(always)]
    fn of(x: f64) -> Self {
        Self::from_f64(x)
    }
}

/// Sums in one fixed order; `std`'s trait cannot be asked for together with candle's.
pub(crate) trait Sum: Sized + Copy {
    fn total(lanes: [Self; LANES]) -> Self;
}

/// Partial sums that are kept side by side: a register of AVX-512.
pub(crate) const LANES: usize = 16;

macro_rules! sum {
    ($float:ty) => {
        impl Sum for $float {
            #[inline(always)]
            fn total(lanes: [Self; LANES]) -> Self {
                lanes.iter().sum()
            }
        }
    };
}
sum!(f32);
sum!(f64);

impl Real for f32 {
    /// Cephes' `expf`: eˣ = 2ⁿ·eʳ with r on \[−½ ln 2, ½ ln 2\], to a relative error of 2·10⁻⁷; x is held within
    /// \[−87, 88\].
    #[inline(always)]
    fn exp(self) -> Self {
        /// 1.5·2²³: adding it to a small float rounds to an integer, left in the low mantissa bits.
        const ROUND: f32 = 12_582_912.0;
        let x = self.clamp(-87.0, 88.0);
        let rounded = x * std::f32::consts::LOG2_E + ROUND;
        let n = rounded - ROUND;
        // ln 2 in two parts, the first of which is exact in few bits.
        let r = (x - n * 0.693_359_4) + n * 2.121_944_4e-4;
        let p = 1.987_569_1e-4;
        let p = p * r + 1.398_199_9e-3;
        let p = p * r + 8.333_452e-3;
        let p = p * r + 4.166_579_6e-2;
        let p = p * r + 1.666_666_5e-1;
        let p = p * r + 0.5;
        let e_to_r = p * (r * r) + r + 1.0;
        let two_to_n = Self::from_bits(rounded.to_bits().wrapping_add(127) << 23);
        e_to_r * two_to_n
    }

    #[inline(always)]
    fn ln(self) -> Self {
        Self::ln(self)
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        Self::sqrt(self)
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        if self > other { self } else { other }
    }
}

impl Real for f64 {
    #[inline(always)]
    fn exp(self) -> Self {
        Self::exp(self)
    }

    #[inline(always)]
    fn ln(self) -> Self {
        Self::ln(self)
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        Self::sqrt(self)
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        if self > other { self } else { other }
    }
}

/// Σ f(i, xᵢ, yᵢ) in an order that depends on the length alone.
#[inline(always)]
fn fold<T: Real>(x: &[T], y: &[T], f: impl Fn(T, T) -> T) -> T {
    let mut lanes = [T::ZERO; LANES];
    let (x_chunks, x_rest) = x.as_chunks::<LANES>();
    let (y_chunks, y_rest) = y.as_chunks::<LANES>();
    for (x, y) in x_chunks.iter().zip(y_chunks) {
        for k in 0..LANES {
            lanes[k] += f(x[k], y[k]);
        }
    }
    for (lane, (x, y)) in lanes.iter_mut().zip(x_rest.iter().zip(y_rest)) {
        *lane += f(*x, *y);
    }
    T::total(lanes)
}

/// Σ xᵢ.
#[inline(always)]
pub(crate) fn sum<T: Real>(x: &[T]) -> T {
    fold(x, x, |x, _| x)
}

/// Σ (xᵢ − c)².
#[inline(always)]
pub(crate) fn sum_of_squares<T: Real>(x: &[T], c: T) -> T {
    fold(x, x, |x, _| (x - c) * (x - c))
}

/// Σ xᵢ·yᵢ.
#[inline(always)]
pub(crate) fn dot<T: Real>(x: &[T], y: &[T]) -> T {
    fold(x, y, |x, y| x * y)
}

/// The largest xᵢ, −∞ of none.
#[inline(always)]
pub(crate) fn largest<T: Real>(x: &[T]) -> T {
    let mut lanes = [T::of(f64::NEG_INFINITY); LANES];
    let (chunks, rest) = x.as_chunks::<LANES>();
    for chunk in chunks {
        for k in 0..LANES {
            lanes[k] = Real::max(lanes[k], chunk[k]);
        }
    }
    let max = lanes.into_iter().fold(T::of(f64::NEG_INFINITY), Real::max);
    rest.iter().copied().fold(max, Real::max)
}

/// x ← e^(x − c) for each x; the sum of all.
#[inline(always)]
pub(crate) fn exp_all<T: Real>(x: &mut [T], c: T) -> T {
    let mut lanes = [T::ZERO; LANES];
    let (chunks, rest) = x.as_chunks_mut::<LANES>();
    for chunk in chunks {
        for k in 0..LANES {
            chunk[k] = Real::exp(chunk[k] - c);
            lanes[k] += chunk[k];
        }
    }
    for (lane, x) in lanes.iter_mut().zip(rest) {
        *x = Real::exp(*x - c);
        *lane += *x;
    }
    T::total(lanes)
}

/// yᵢ += xᵢ.
#[inline(always)]
pub(crate) fn add<T: Real>(x: &[T], y: &mut [T]) {
    y.iter_mut().zip(x).for_each(|(y, x)| *y += *x);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_sigmoid_and_tanh_agree_with_f64() {
        for i in -80_000..80_000 {
            let x = i as f32 / 1000.0;
            let (y, want) = (f64::from(Real::exp(x)), f64::from(x).exp());
            assert!((y - want).abs() <= 3e-7 * want, "e^{x} = {y} instead of {want}");
            assert!((f64::from(Real::tanh(x)) - f64::from(x).tanh()).abs() < 3e-7, "tanh {x}");
            let want = 1.0 / (1.0 + (-f64::from(x)).exp());
            assert!((f64::from(x.sigmoid()) - want).abs() < 3e-7, "σ({x})");
        }
        assert!(Real::exp(f32::NEG_INFINITY) < 1e-37 && Real::exp(f32::NAN).is_nan());
    }

    #[test]
    fn sums_of_any_length() {
        for n in 0..50 {
            let x: Vec<f64> = (0..n).map(f64::from).collect();
            assert_eq!(sum(&x), x.iter().sum::<f64>());
            assert_eq!(dot(&x, &x), x.iter().map(|x| x * x).sum::<f64>());
            assert_eq!(largest(&x), x.last().copied().unwrap_or(f64::NEG_INFINITY));
        }
    }
}
