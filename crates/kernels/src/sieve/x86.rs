//! AVX2, AVX-512, and the byte products of both (AVX-VNNI, AVX-512 VNNI).

use super::{Masks, PANEL, Panel, TILE, Tile};
use crate::simd::Lanes;
use std::arch::x86_64::{
    __m256, __m256i, __m512, __m512i, _CMP_NLT_UQ, _mm256_cmp_ps, _mm256_cvtepi32_ps,
    _mm256_dpbusd_avx_epi32, _mm256_loadu_si256, _mm256_movemask_ps, _mm256_set1_epi32, _mm512_cmp_ps_mask,
    _mm512_cvtepi32_ps, _mm512_dpbusd_epi32, _mm512_loadu_si512, _mm512_set1_epi32,
};

/// What the kernels need beside [`Lanes`].
///
/// # Safety
/// As [`Lanes`]; `dot4` wants the byte products of the instruction set.
unsafe trait SieveLanes: Lanes {
    /// As many 32-bit integers.
    type Ints: Copy;
    unsafe fn splat_ints(x: i32) -> Self::Ints;
    unsafe fn load_ints(at: *const u32) -> Self::Ints;
    /// sum + the four products of the unsigned and signed bytes in each integer.
    unsafe fn dot4(sum: Self::Ints, unsigned: Self::Ints, signed: Self::Ints) -> Self::Ints;
    unsafe fn from_ints(ints: Self::Ints) -> Self;
    /// A bit for each lane that is not below that of `other`: also where one is NaN.
    unsafe fn not_below(self, other: Self) -> u32;
}

// SAFETY: AVX2, and AVX-VNNI for `dot4`.
unsafe impl SieveLanes for __m256 {
    type Ints = __m256i;

    #[inline(always)]
    unsafe fn splat_ints(x: i32) -> __m256i {
        // SAFETY: AVX2 is present by the contract of the trait.
        unsafe { _mm256_set1_epi32(x) }
    }

    #[inline(always)]
    unsafe fn load_ints(at: *const u32) -> __m256i {
        // SAFETY: eight integers are valid by the contract of the trait.
        unsafe { _mm256_loadu_si256(at.cast()) }
    }

    #[inline(always)]
    unsafe fn dot4(sum: __m256i, unsigned: __m256i, signed: __m256i) -> __m256i {
        // SAFETY: AVX-VNNI is present by the contract of the trait.
        unsafe { _mm256_dpbusd_avx_epi32(sum, unsigned, signed) }
    }

    #[inline(always)]
    unsafe fn from_ints(ints: __m256i) -> Self {
        // SAFETY: AVX2 is present by the contract of the trait.
        unsafe { _mm256_cvtepi32_ps(ints) }
    }

    #[inline(always)]
    unsafe fn not_below(self, other: Self) -> u32 {
        // SAFETY: AVX2 is present by the contract of the trait.
        unsafe { _mm256_movemask_ps(_mm256_cmp_ps::<_CMP_NLT_UQ>(self, other)) as u32 }
    }
}

// SAFETY: AVX-512F, and AVX-512 VNNI for `dot4`.
unsafe impl SieveLanes for __m512 {
    type Ints = __m512i;

    #[inline(always)]
    unsafe fn splat_ints(x: i32) -> __m512i {
        // SAFETY: AVX-512F is present by the contract of the trait.
        unsafe { _mm512_set1_epi32(x) }
    }

    #[inline(always)]
    unsafe fn load_ints(at: *const u32) -> __m512i {
        // SAFETY: sixteen integers are valid by the contract of the trait.
        unsafe { _mm512_loadu_si512(at.cast()) }
    }

    #[inline(always)]
    unsafe fn dot4(sum: __m512i, unsigned: __m512i, signed: __m512i) -> __m512i {
        // SAFETY: AVX-512 VNNI is present by the contract of the trait.
        unsafe { _mm512_dpbusd_epi32(sum, unsigned, signed) }
    }

    #[inline(always)]
    unsafe fn from_ints(ints: __m512i) -> Self {
        // SAFETY: AVX-512F is present by the contract of the trait.
        unsafe { _mm512_cvtepi32_ps(ints) }
    }

    #[inline(always)]
    unsafe fn not_below(self, other: Self) -> u32 {
        // SAFETY: AVX-512F is present by the contract of the trait.
        unsafe { u32::from(_mm512_cmp_ps_mask::<_CMP_NLT_UQ>(self, other)) }
    }
}

/// Two registers of rows beside each query.
const WIDE: usize = 2;

/// Masks of a tile and a panel, `M` queries and `WIDE` registers of rows at a time.
///
/// # Safety
/// As [`SieveLanes`]; the tile and the panel have as many steps.
#[inline(always)]
unsafe fn floats<V: SieveLanes, const M: usize>(tile: &Tile<'_>, panel: &Panel<'_>) -> Masks {
    let mut masks = [0; TILE];
    for first in (0..TILE).step_by(M) {
        for column in (0..PANEL).step_by(WIDE * V::WIDTH) {
            // SAFETY: first + M ≤ TILE and column + WIDE·WIDTH ≤ PANEL, and steps by the caller's promise.
            unsafe {
                let sums = float_sums::<V, M>(tile, panel, first, column);
                weigh::<V, M>(&sums, tile, panel, (first, column), &mut masks);
            }
        }
    }
    masks
}

/// The same for codes.
///
/// # Safety
/// As [`floats`].
#[inline(always)]
unsafe fn codes<V: SieveLanes, const M: usize>(tile: &Tile<'_>, panel: &Panel<'_>) -> Masks {
    let mut masks = [0; TILE];
    for first in (0..TILE).step_by(M) {
        for column in (0..PANEL).step_by(WIDE * V::WIDTH) {
            // SAFETY: first + M ≤ TILE and column + WIDE·WIDTH ≤ PANEL, and steps by the caller's promise.
            unsafe {
                let sums = code_sums::<V, M>(tile, panel, first, column);
                weigh::<V, M>(&sums, tile, panel, (first, column), &mut masks);
            }
        }
    }
    masks
}

/// Dot products of `M` queries from `first` on with the rows from `column` on.
#[inline(always)]
unsafe fn float_sums<V: SieveLanes, const M: usize>(
    tile: &Tile<'_>,
    panel: &Panel<'_>,
    first: usize,
    column: usize,
) -> [[V; WIDE]; M] {
    let (left, right) = (tile.cells.as_ptr().cast::<f32>(), panel.cells.as_ptr().cast::<f32>());
    // SAFETY: step k of the tile holds TILE floats and that of the panel PANEL floats.
    unsafe {
        let mut sums = [[V::splat(0.0); WIDE]; M];
        for k in 0..panel.cells.len() {
            let (left, right) = (left.add(k * TILE + first), right.add(k * PANEL + column));
            let rows = [V::load(right), V::load(right.add(V::WIDTH))];
            for (m, sums) in sums.iter_mut().enumerate() {
                let query = V::splat(*left.add(m));
                for (sum, row) in sums.iter_mut().zip(rows) {
                    *sum = query.mul_add(row, *sum);
                }
            }
        }
        sums
    }
}

/// The same for codes, as floats at the end.
#[inline(always)]
unsafe fn code_sums<V: SieveLanes, const M: usize>(
    tile: &Tile<'_>,
    panel: &Panel<'_>,
    first: usize,
    column: usize,
) -> [[V; WIDE]; M] {
    let (left, right) = (tile.cells.as_ptr(), panel.cells.as_ptr().cast::<u32>());
    // SAFETY: step k of the tile holds TILE cells and that of the panel PANEL cells.
    unsafe {
        let mut sums = [[V::splat_ints(0); WIDE]; M];
        for (m, sums) in sums.iter_mut().enumerate() {
            *sums = [V::splat_ints(tile.starts[first + m]); WIDE];
        }
        for k in 0..panel.cells.len() {
            let (left, right) = (left.add(k * TILE + first), right.add(k * PANEL + column));
            let rows = [V::load_ints(right), V::load_ints(right.add(V::WIDTH))];
            for (m, sums) in sums.iter_mut().enumerate() {
                let query = V::splat_ints(*left.add(m) as i32);
                for (sum, row) in sums.iter_mut().zip(rows) {
                    *sum = V::dot4(*sum, row, query);
                }
            }
        }
        let mut floats = [[V::splat(0.0); WIDE]; M];
        for (floats, sums) in floats.iter_mut().zip(sums) {
            *floats = [V::from_ints(sums[0]), V::from_ints(sums[1])];
        }
        floats
    }
}

/// Sets the bits of all sums that are not below the threshold.
#[inline(always)]
unsafe fn weigh<V: SieveLanes, const M: usize>(
    sums: &[[V; WIDE]; M],
    tile: &Tile<'_>,
    panel: &Panel<'_>,
    (first, column): (usize, usize),
    masks: &mut Masks,
) {
    for wide in 0..WIDE {
        let at = column + wide * V::WIDTH;
        // SAFETY: scales and errors hold PANEL floats, and `at + WIDTH` is not beyond.
        unsafe {
            let (scale, error) =
                (V::load(panel.scales.as_ptr().add(at)), V::load(panel.errors.as_ptr().add(at)));
            for (m, sums) in sums.iter().enumerate() {
                let factor = V::splat(tile.factors[first + m]);
                let bound = sums[wide].mul_add(scale, error.mul_add(factor, V::splat(0.0)));
                masks[first + m] |= bound.not_below(V::splat(tile.thresholds[first + m])) << at;
            }
        }
    }
}

/// Compiles a kernel for one instruction set.
macro_rules! kernel {
    ($name:ident, $generic:ident, $lanes:ty, $queries:literal, $features:literal) => {
        /// # Safety
        /// The instruction set is present; the tile and the panel have as many steps.
        #[target_feature(enable = $features)]
        pub(super) unsafe fn $name(tile: &Tile<'_>, panel: &Panel<'_>) -> Masks {
            // SAFETY: the features are on in this function; steps by the caller's promise.
            unsafe { $generic::<$lanes, $queries>(tile, panel) }
        }
    };
}

kernel!(floats_avx2, floats, __m256, 6, "avx2,fma");
kernel!(floats_avx512, floats, __m512, 12, "avx512f,avx512vl,avx512dq,avx2,fma");
kernel!(codes_avx2, codes, __m256, 6, "avxvnni,avx2,fma");
kernel!(codes_avx512, codes, __m512, 12, "avx512vnni,avx512f,avx512vl,avx512dq,avx2,fma");
