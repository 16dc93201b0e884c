//! Wishes to the memory of the machine: they change nothing but the time.

use std::mem::MaybeUninit;

/// From so many bytes on, memory is asked for in large pages.
pub(crate) const LARGE: usize = 4 << 20;

/// `n` times `value`, in large pages where the system has them and they are worth it.
///
/// Memory that is visited at random is looked up by pages, and with small ones the lookup takes as long as the work,
/// above all on a virtual machine.
pub fn large_vec<T: Clone>(value: T, n: usize) -> Vec<T> {
    let mut items = Vec::with_capacity(n);
    ask_for_large_pages(items.spare_capacity_mut());
    items.resize(n, value);
    items
}

fn ask_for_large_pages<T>(memory: &mut [MaybeUninit<T>]) {
    #[cfg(target_os = "linux")]
    if size_of_val(memory) >= LARGE {
        const PAGE: usize = 1 << 12;
        let range = memory.as_mut_ptr_range();
        let start = range.start.addr().next_multiple_of(PAGE);
        let bytes = range.end.addr() - start;
        // SAFETY: the pages lie in the memory given, and the advice changes nothing in them. It is a wish: a system without
        // large pages refuses it, and everything works as before.
        let _ = unsafe { libc::madvise(range.start.with_addr(start).cast(), bytes, libc::MADV_HUGEPAGE) };
    }
    #[cfg(not(target_os = "linux"))]
    let _ = memory;
}

/// Asks for the cache line at `address` to be brought near; changes nothing. Any address is allowed.
#[inline]
pub(crate) fn prefetch_line<T>(address: *const T) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: a prefetch reads nothing that the program can see, and does not fault.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(address.cast()) }
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: as above; the instruction changes neither registers, nor flags, nor the stack.
    unsafe {
        std::arch::asm!("prfm pldl1keep, [{0}]", in(reg) address, options(nostack, preserves_flags, readonly));
    }
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    let _ = address;
}

/// Asks for `items[i]`, or its first 64 bytes, to be brought near; changes nothing. There may be no such item.
#[inline]
pub fn prefetch<T>(items: &[T], i: usize) {
    prefetch_line(items.as_ptr().wrapping_add(i));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_item_may_be_asked_for() {
        let items = [1, 2, 3];
        for i in [0, 2, 3, 1 << 40, usize::MAX] {
            prefetch(&items, i);
        }
        assert_eq!(items, [1, 2, 3]);
    }

    #[test]
    fn large_and_small_hold_what_was_asked_for() {
        for n in [0, 1, LARGE / 8, LARGE / 8 + 12_345] {
            let items = large_vec(7_u64, n);
            assert!(items.len() == n && items.iter().all(|&item| item == 7));
        }
    }
}
