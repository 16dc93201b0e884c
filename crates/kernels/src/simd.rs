//! The kernels once, over vectors of any width.
//!
//! Every function here is inlined into a wrapper that switches an instruction set on (see
//! [`table`]); it must not be called from anywhere else, or its loads and stores become calls.

pub(crate) mod adagrad;
pub(crate) mod gradient;
pub(crate) mod mean;
#[cfg(target_arch = "aarch64")]
pub(crate) mod neon;
mod table;
pub(crate) mod window;
#[cfg(target_arch = "x86_64")]
pub(crate) mod x86;

#[cfg(any(target_arch = "aarch64", target_arch = "x86_64"))]
use table::table;

/// A vector register of floats.
///
/// # Safety
/// All functions may be called only where the instruction set of the implementation is known to be present;
/// `load` and `store` touch `WIDTH` floats from `at` on, which must be valid, at any alignment.
pub(crate) unsafe trait Lanes: Copy {
    /// Floats in the register.
    const WIDTH: usize;
    /// How many such registers there are.
    const REGISTERS: usize;
    unsafe fn splat(x: f32) -> Self;
    unsafe fn load(at: *const f32) -> Self;
    unsafe fn store(self, at: *mut f32);
    unsafe fn add(self, other: Self) -> Self;
    /// self·by + plus, rounded once.
    unsafe fn mul_add(self, by: Self, plus: Self) -> Self;
    /// The sum of all lanes.
    unsafe fn sum(self) -> f32;
    /// The sums of all lanes of four vectors, for little more than one of them: their lanes are added while
    /// they are transposed.
    unsafe fn sum_four(rows: [Self; 4]) -> [f32; 4];
}

/// Σ xᵢ·yᵢ.
///
/// # Safety
/// As [`Lanes`]; `x` and `y` are valid for reads of `n` floats.
#[inline(always)]
pub(crate) unsafe fn dot<V: Lanes>(x: *const f32, y: *const f32, n: usize) -> f32 {
    // SAFETY: offsets stay below `n`, as the loop bounds say; the rest is the caller's promise.
    unsafe {
        let mut sums = [V::splat(0.0); 4];
        let mut i = 0;
        while i + 4 * V::WIDTH <= n {
            for (lane, sum) in sums.iter_mut().enumerate() {
                let at = i + lane * V::WIDTH;
                *sum = V::load(x.add(at)).mul_add(V::load(y.add(at)), *sum);
            }
            i += 4 * V::WIDTH;
        }
        while i + V::WIDTH <= n {
            sums[0] = V::load(x.add(i)).mul_add(V::load(y.add(i)), sums[0]);
            i += V::WIDTH;
        }
        let mut total = sums[0].add(sums[1]).add(sums[2].add(sums[3])).sum();
        while i < n {
            total += *x.add(i) * *y.add(i);
            i += 1;
        }
        total
    }
}

/// yᵢ += a·xᵢ.
///
/// # Safety
/// As [`Lanes`]; `x` is valid for reads and `y` for writes of `n` floats, and they do not overlap.
#[inline(always)]
pub(crate) unsafe fn axpy<V: Lanes>(a: f32, x: *const f32, y: *mut f32, n: usize) {
    // SAFETY: offsets stay below `n`, as the loop bounds say; the rest is the caller's promise.
    unsafe {
        let factor = V::splat(a);
        let mut i = 0;
        while i + V::WIDTH <= n {
            factor.mul_add(V::load(x.add(i)), V::load(y.add(i))).store(y.add(i));
            i += V::WIDTH;
        }
        while i < n {
            *y.add(i) += a * *x.add(i);
            i += 1;
        }
    }
}
