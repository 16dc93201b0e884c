//! Inverse square roots with AVX2 and AVX-512.

use crate::simd::adagrad::Roots;
use std::arch::x86_64::{
    __m256, __m512, _mm256_fnmadd_ps, _mm256_max_ps, _mm256_min_ps, _mm256_mul_ps, _mm256_rsqrt_ps,
    _mm256_set1_ps, _mm256_setzero_ps, _mm256_sub_ps, _mm512_fnmadd_ps, _mm512_max_ps, _mm512_min_ps,
    _mm512_mul_ps, _mm512_rsqrt14_ps, _mm512_set1_ps, _mm512_setzero_ps, _mm512_sub_ps,
};

// SAFETY: eight lanes of AVX; FMA comes with every AVX2 processor that `detect` accepts.
unsafe impl Roots for __m256 {
    #[inline(always)]
    unsafe fn mul(self, by: Self) -> Self {
        // SAFETY: AVX is present by the contract of the trait.
        unsafe { _mm256_mul_ps(self, by) }
    }

    #[inline(always)]
    unsafe fn clip(self, bound: Self) -> Self {
        // SAFETY: AVX is present by the contract of the trait.
        unsafe { _mm256_max_ps(_mm256_min_ps(self, bound), _mm256_sub_ps(_mm256_setzero_ps(), bound)) }
    }

    #[inline(always)]
    unsafe fn neg_mul_add(self, by: Self, plus: Self) -> Self {
        // SAFETY: FMA is present by the contract of the trait.
        unsafe { _mm256_fnmadd_ps(self, by, plus) }
    }

    /// The estimate of twelve bits and a step of Newton's: y·(3/2 − x/2·y²).
    #[inline(always)]
    unsafe fn inverse_root(self) -> Self {
        // SAFETY: AVX and FMA are present by the contract of the trait.
        unsafe {
            let y = _mm256_rsqrt_ps(self);
            let half = _mm256_mul_ps(_mm256_mul_ps(self, _mm256_set1_ps(0.5)), y);
            _mm256_mul_ps(y, _mm256_fnmadd_ps(half, y, _mm256_set1_ps(1.5)))
        }
    }
}

// SAFETY: sixteen lanes of AVX-512F.
unsafe impl Roots for __m512 {
    #[inline(always)]
    unsafe fn mul(self, by: Self) -> Self {
        // SAFETY: AVX-512F is present by the contract of the trait.
        unsafe { _mm512_mul_ps(self, by) }
    }

    #[inline(always)]
    unsafe fn clip(self, bound: Self) -> Self {
        // SAFETY: AVX-512F is present by the contract of the trait.
        unsafe { _mm512_max_ps(_mm512_min_ps(self, bound), _mm512_sub_ps(_mm512_setzero_ps(), bound)) }
    }

    #[inline(always)]
    unsafe fn neg_mul_add(self, by: Self, plus: Self) -> Self {
        // SAFETY: AVX-512F is present by the contract of the trait.
        unsafe { _mm512_fnmadd_ps(self, by, plus) }
    }

    /// The estimate of fourteen bits and a step of Newton's: y·(3/2 − x/2·y²).
    #[inline(always)]
    unsafe fn inverse_root(self) -> Self {
        // SAFETY: AVX-512F is present by the contract of the trait.
        unsafe {
            let y = _mm512_rsqrt14_ps(self);
            let half = _mm512_mul_ps(_mm512_mul_ps(self, _mm512_set1_ps(0.5)), y);
            _mm512_mul_ps(y, _mm512_fnmadd_ps(half, y, _mm512_set1_ps(1.5)))
        }
    }
}
