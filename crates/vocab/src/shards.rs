//! One queue of pieces of work, several threads.

use crate::VocabError;
use sememe_kernels::Meter;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

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
    thread::scope(|scope| {
        let threads: Vec<_> = (0..threads.clamp(1, n.max(1))).map(|_| scope.spawn(run)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic))).collect()
    })
}

/// As [`for_each`], but the first error or the observer stops all threads.
///
/// # Errors
/// That first error, or `Interrupted`.
pub(crate) fn for_each_shard<S: Send>(
    n_shards: usize,
    threads: usize,
    meter: &Meter<'_>,
    init: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, usize) -> Result<(), VocabError> + Sync,
) -> Result<Vec<S>, VocabError> {
    let states = for_each(n_shards, threads, init, |state, shard| {
        if meter.is_stopped() {
            return Ok(());
        }
        work(state, shard).inspect_err(|_| meter.stop())
    });
    if states.is_ok() && meter.is_stopped() { Err(VocabError::Interrupted) } else { states }
}
