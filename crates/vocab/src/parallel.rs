//! One queue of pieces of work, several threads.

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// No more threads than this are started, however many are asked for: each reads ahead a piece of text.
pub(crate) const MAX_THREADS: usize = 256;

/// Calls `work` with each of the numbers below `n`, from `threads` threads; every thread has a state that
/// `init` makes, and takes no more work once it fails. Returns the states, or the first error.
pub(crate) fn for_each<S: Send, E: Send>(
    n: usize,
    threads: usize,
    init: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, usize) -> Result<(), E> + Sync,
) -> Result<Vec<S>, E> {
    let next = AtomicUsize::new(0);
    let run = || {
        let mut state = init();
        loop {
            let i = next.fetch_add(1, Ordering::Relaxed);
            if i >= n {
                return Ok(state);
            }
            work(&mut state, i)?;
        }
    };
    let threads = threads.min(n).min(MAX_THREADS);
    if threads < 2 {
        return Ok(vec![run()?]);
    }
    thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(run)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic))).collect()
    })
}

/// As [`for_each`], for work that has results; returns them in the order of the numbers.
pub(crate) fn map<S: Send, R: Send, E: Send>(
    n: usize,
    threads: usize,
    init: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, usize) -> Result<R, E> + Sync,
) -> Result<Vec<R>, E> {
    let init = || (init(), Vec::new());
    let work = |(state, done): &mut (S, Vec<_>), i| {
        done.push((i, work(state, i)?));
        Ok(())
    };
    let states = for_each(n, threads, init, work)?;
    let mut done: Vec<(usize, R)> = states.into_iter().flat_map(|(_, done)| done).collect();
    done.sort_unstable_by_key(|&(i, _)| i);
    Ok(done.into_iter().map(|(_, result)| result).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_in_order() {
        for (n, threads) in [(0, 3), (1, 3), (100, 1), (100, 7)] {
            let squares = map(n, threads, || (), |(), i| Ok::<_, ()>(i * i)).unwrap();
            assert_eq!(squares, (0..n).map(|i| i * i).collect::<Vec<_>>());
        }
    }

    #[test]
    fn an_error_is_handed_on() {
        let result = map(100, 3, || (), |(), i| if i == 50 { Err(i) } else { Ok(()) });
        assert_eq!(result, Err(50));
    }
}
