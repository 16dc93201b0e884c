//! NEON, which every 64-bit ARM processor has.

use super::adagrad::Roots;
use super::{Lanes, table};
use std::arch::aarch64::{
    float32x4_t, vaddq_f32, vaddvq_f32, vdupq_n_f32, vfmaq_f32, vfmsq_f32, vld1q_f32, vmaxq_f32, vminq_f32,
    vmulq_f32, vnegq_f32, vpaddq_f32, vrsqrteq_f32, vrsqrtsq_f32, vst1q_f32,
};

// SAFETY: four lanes of NEON, which is part of the base of the architecture.
unsafe impl Lanes for float32x4_t {
    const WIDTH: usize = 4;
    const REGISTERS: usize = 32;

    #[inline(always)]
    unsafe fn splat(x: f32) -> Self {
        // SAFETY: NEON is present by the contract of the trait.
        unsafe { vdupq_n_f32(x) }
    }

    #[inline(always)]
    unsafe fn load(at: *const f32) -> Self {
        // SAFETY: four floats are valid by the contract of the trait.
        unsafe { vld1q_f32(at) }
    }

    #[inline(always)]
    unsafe fn store(self, at: *mut f32) {
        // SAFETY: four floats are valid by the contract of the trait.
        unsafe { vst1q_f32(at, self) }
    }

    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        // SAFETY: NEON is present by the contract of the trait.
        unsafe { vaddq_f32(self, other) }
    }

    #[inline(always)]
    unsafe fn mul_add(self, by: Self, plus: Self) -> Self {
        // SAFETY: NEON is present by the contract of the trait.
        unsafe { vfmaq_f32(plus, self, by) }
    }

    #[inline(always)]
    unsafe fn sum(self) -> f32 {
        // SAFETY: NEON is present by the contract of the trait.
        unsafe { vaddvq_f32(self) }
    }

    #[inline(always)]
    unsafe fn sum_four([a, b, c, d]: [Self; 4]) -> [f32; 4] {
        let mut sums = [0.0; 4];
        // SAFETY: NEON is present by the contract of the trait; four floats are stored into four.
        unsafe { vst1q_f32(sums.as_mut_ptr(), vpaddq_f32(vpaddq_f32(a, b), vpaddq_f32(c, d))) };
        sums
    }
}

// SAFETY: four lanes of NEON, which is part of the base of the architecture.
unsafe impl Roots for float32x4_t {
    #[inline(always)]
    unsafe fn mul(self, by: Self) -> Self {
        // SAFETY: NEON is present by the contract of the trait.
        unsafe { vmulq_f32(self, by) }
    }

    #[inline(always)]
    unsafe fn clip(self, bound: Self) -> Self {
        // SAFETY: NEON is present by the contract of the trait.
        unsafe { vmaxq_f32(vminq_f32(self, bound), vnegq_f32(bound)) }
    }

    #[inline(always)]
    unsafe fn neg_mul_add(self, by: Self, plus: Self) -> Self {
        // SAFETY: NEON is present by the contract of the trait.
        unsafe { vfmsq_f32(plus, self, by) }
    }

    /// The estimate of eight bits and two steps of Newton's: y·(3 − x·y·y)/2.
    #[inline(always)]
    unsafe fn inverse_root(self) -> Self {
        // SAFETY: NEON is present by the contract of the trait.
        unsafe {
            let y = vrsqrteq_f32(self);
            let y = vmulq_f32(y, vrsqrtsq_f32(vmulq_f32(self, y), y));
            vmulq_f32(y, vrsqrtsq_f32(vmulq_f32(self, y), y))
        }
    }
}

table!(neon, float32x4_t, "neon", Neon);
