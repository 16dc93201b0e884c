//! Threads that wait for each other many thousand times a second.

use std::sync::atomic::{AtomicUsize, Ordering};

/// As [`std::sync::Barrier`], without going to sleep at once: the threads arrive within microseconds of each other,
/// and waking one up takes as long as its work.
#[derive(Debug)]
pub(crate) struct Barrier {
    n_threads: usize,
    arrived: AtomicUsize,
    round: AtomicUsize,
}

impl Barrier {
    /// Looks at the others before the processor is given to somebody else.
    const PATIENCE: usize = 2_000;

    pub(crate) fn new(n_threads: usize) -> Self {
        Self { n_threads, arrived: AtomicUsize::new(0), round: AtomicUsize::new(0) }
    }

    /// Waits until all threads have called this; what each did before is then seen by all.
    pub(crate) fn wait(&self) {
        let round = self.round.load(Ordering::Acquire);
        if self.arrived.fetch_add(1, Ordering::AcqRel) + 1 == self.n_threads {
            self.arrived.store(0, Ordering::Relaxed);
            self.round.store(round.wrapping_add(1), Ordering::Release);
            return;
        }
        let mut n_looks = 0;
        while self.round.load(Ordering::Acquire) == round {
            n_looks += 1;
            if n_looks < Self::PATIENCE { std::hint::spin_loop() } else { std::thread::yield_now() }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_runs_ahead() {
        let (barrier, count) = (Barrier::new(3), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    for round in 1..200 {
                        count.fetch_add(1, Ordering::Relaxed);
                        barrier.wait();
                        assert_eq!(count.load(Ordering::Relaxed), 3 * round);
                        barrier.wait();
                    }
                });
            }
        });
    }
}
