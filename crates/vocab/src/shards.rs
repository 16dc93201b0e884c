//! One queue of shards, several threads.

use crate::VocabError;
use sememe_kernels::Meter;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Calls `work` once with each of `n_shards` shards, from `threads` threads; every thread has a state that
/// `init` makes. Returns the states.
///
/// # Errors
/// The first error, after which no more shards are begun; `Interrupted` if the meter was stopped.
pub(crate) fn for_each_shard<S: Send>(
    n_shards: usize,
    threads: usize,
    meter: &Meter<'_>,
    init: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, usize) -> Result<(), VocabError> + Sync,
) -> Result<Vec<S>, VocabError> {
    let next = AtomicUsize::new(0);
    let run = || {
        let mut state = init();
        while !meter.is_stopped() {
            let shard = next.fetch_add(1, Ordering::Relaxed);
            if shard >= n_shards {
                break;
            }
            work(&mut state, shard).inspect_err(|_| meter.stop())?;
        }
        Ok(state)
    };
    let states: Result<Vec<S>, _> = thread::scope(|scope| {
        let threads: Vec<_> = (0..threads.clamp(1, n_shards.max(1))).map(|_| scope.spawn(run)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic))).collect()
    });
    if states.is_ok() && meter.is_stopped() { Err(VocabError::Interrupted) } else { states }
}
