//! Plain loops, compiled for the vector instructions of the processor at hand.

/// Calls `work`, compiled for the widest vector instructions that this processor has, so that plain loops in it become
/// code for them.
///
/// Every function that `work` calls has to be inlined (`#[inline(always)]`), or it stays what it was. No operation is
/// fused or put into another order, so that the result has the same bits on every processor.
#[inline(always)]
pub fn wide<R>(work: impl FnOnce() -> R) -> R {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::is_x86_feature_detected as has;
        if has!("avx512f") && has!("avx512vl") && has!("avx512dq") && has!("avx512bw") {
            // SAFETY: the instruction set was detected.
            return unsafe { avx512(work) };
        }
        if has!("avx2") {
            // SAFETY: the instruction set was detected.
            return unsafe { avx2(work) };
        }
    }
    work()
}

/// # Safety
/// The processor has the instruction set.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512bw")]
unsafe fn avx512<R>(work: impl FnOnce() -> R) -> R {
    work()
}

/// # Safety
/// The processor has the instruction set.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
unsafe fn avx2<R>(work: impl FnOnce() -> R) -> R {
    work()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_bits_as_without() {
        let values: Vec<f32> = (0..1003).map(|i| (i as f32).sin()).collect();
        let polynomial = |x: &f32| 0.3 + x * (0.7 + x * (1.1 - x * 0.9));
        let plain: Vec<f32> = values.iter().map(polynomial).collect();
        let wide: Vec<f32> = wide(|| values.iter().map(polynomial).collect());
        assert_eq!(plain, wide);
    }
}
