//! Work cut into parts.

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Runs `work` on every part, each in its own thread, the first in this one.
pub(crate) fn in_threads<T: Send>(mut parts: impl Iterator<Item = T>, work: &(impl Fn(T) + Sync)) {
    thread::scope(|scope| {
        let first = parts.next();
        for part in parts {
            scope.spawn(move || work(part));
        }
        first.into_iter().for_each(work);
    });
}

/// `work(0)` to `work(n - 1)` in order, worked out by up to `threads` threads that take the next one each.
pub(crate) fn map_in_threads<T: Send>(
    n: usize,
    threads: usize,
    work: &(impl Fn(usize) -> T + Sync),
) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let take = || Some(next.fetch_add(1, Ordering::Relaxed)).filter(|&i| i < n);
    let worker = || std::iter::from_fn(take).map(|i| (i, work(i))).collect::<Vec<_>>();
    let mut results = thread::scope(|scope| {
        let others: Vec<_> = (1..threads.min(n)).map(|_| scope.spawn(worker)).collect();
        let mut results = worker();
        for other in others {
            results.extend(other.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        results
    });
    results.sort_unstable_by_key(|&(i, _)| i);
    results.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order() {
        for (n, threads) in [(0, 3), (1, 4), (20, 1), (20, 7)] {
            assert_eq!(map_in_threads(n, threads, &|i| i * i), (0..n).map(|i| i * i).collect::<Vec<_>>());
        }
    }
}
