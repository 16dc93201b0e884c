//! Cutting work into runs, one a thread. Results never depend on the cuts.

use std::panic::resume_unwind;
use std::thread::ScopedJoinHandle;

/// Cuts groups, delimited by `bounds`, into at most `parts` runs of about equal weight.
///
/// Returns the first group of each run and, last, the number of groups.
pub(crate) fn cut(bounds: &[u32], parts: usize) -> Vec<usize> {
    let n_groups = bounds.len() - 1;
    let total = u64::from(bounds[n_groups]);
    let mut cuts: Vec<usize> = (0..parts as u64)
        .map(|part| bounds[..n_groups].partition_point(|&b| u64::from(b) < total * part / parts as u64))
        .collect();
    cuts[0] = 0;
    cuts.push(n_groups);
    cuts
}

/// Cuts a slice at `cuts`, of which the first is 0 and the last its length.
pub(crate) fn cut_slice<'a, T>(mut slice: &'a mut [T], cuts: &[usize]) -> Vec<&'a mut [T]> {
    let mut parts = Vec::with_capacity(cuts.len());
    for run in cuts.windows(2) {
        let (part, rest) = std::mem::take(&mut slice).split_at_mut(run[1] - run[0]);
        parts.push(part);
        slice = rest;
    }
    parts
}

/// What a thread made; its panic, should it have one, goes on here.
pub(crate) fn joined<T>(worker: ScopedJoinHandle<'_, T>) -> T {
    worker.join().unwrap_or_else(|panic| resume_unwind(panic))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bounds: &[u32], parts: usize, want: &[usize]) {
        assert_eq!(cut(bounds, parts), want);
    }

    #[test]
    fn runs_have_about_the_same_weight() {
        check(&[0, 1, 2, 3, 4], 2, &[0, 2, 4]);
        check(&[0, 100, 101, 102], 2, &[0, 1, 3]);
        check(&[0, 1, 2, 100], 2, &[0, 3, 3]);
        check(&[0], 3, &[0, 0, 0, 0]);
    }

    #[test]
    fn slices_follow_the_cuts() {
        assert_eq!(cut_slice(&mut [1, 2, 3], &[0, 1, 1, 3]), [&[1][..], &[], &[2, 3]]);
    }
}
