//! Jobs for threads: shards of epochs, in order, each to whoever is free.

use crate::EmbedError;
use sememe_kernels::Meter;
use std::sync::Mutex;

/// The jobs `0..n` of a run, of which some are done.
///
/// Job j trains shard j mod n_shards in epoch j / n_shards. Nobody waits for an epoch to end.
#[derive(Debug)]
pub(crate) struct Jobs {
    n: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Jobs to be done again, because a run that took them was interrupted; the next one is the last.
    again: Vec<usize>,
    /// The first job that nobody has taken yet.
    next: usize,
    /// Jobs that are taken and not done.
    taken: Vec<usize>,
}

/// Which jobs are done: all below `next` but those in `open`.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Done {
    pub(crate) next: usize,
    pub(crate) open: Vec<usize>,
}

impl Jobs {
    pub(crate) fn new(n: usize, done: &Done) -> Self {
        let again = done.open.iter().rev().copied().collect();
        Self { n, state: Mutex::new(State { again, next: done.next, taken: Vec::new() }) }
    }

    /// Takes the next job, if one is left.
    fn take(&self) -> Option<usize> {
        let mut state = self.lock();
        let job = match state.again.pop() {
            Some(job) => job,
            None if state.next < self.n => {
                state.next += 1;
                state.next - 1
            }
            None => return None,
        };
        state.taken.push(job);
        Some(job)
    }

    fn finish(&self, job: usize) {
        self.lock().taken.retain(|&taken| taken != job);
    }

    /// What is done at this moment.
    pub(crate) fn done(&self) -> Done {
        let state = self.lock();
        let mut open = [&state.again[..], &state.taken[..]].concat();
        open.sort_unstable();
        Done { next: state.next, open }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Has `threads` threads do all jobs with `work(thread, job)`, and calls `after` on the same thread when
    /// one is done. The first failure stops all of them.
    pub(crate) fn run(
        &self,
        threads: usize,
        meter: &Meter<'_>,
        work: impl Fn(usize, usize) -> Result<(), EmbedError> + Sync,
        after: impl Fn(&Self) -> Result<(), EmbedError> + Sync,
    ) -> Result<(), EmbedError> {
        let one = |thread| {
            while let Some(job) = self.take() {
                let done = work(thread, job).and_then(|()| {
                    self.finish(job);
                    after(self)
                });
                if done.is_err() {
                    meter.stop();
                    return done;
                }
            }
            Ok(())
        };
        let results: Vec<_> = std::thread::scope(|scope| {
            let one = &one;
            let threads: Vec<_> = (0..threads).map(|thread| scope.spawn(move || one(thread))).collect();
            threads.into_iter().map(|thread| thread.join().expect("a worker does not panic")).collect()
        });
        // Once one thread fails the others report an interruption: the failure is what counts.
        let failure = results.into_iter().filter_map(Result::err).reduce(|first, other| match first {
            EmbedError::Interrupted { .. } => other,
            _ => first,
        });
        failure.map_or(Ok(()), Err)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sememe_kernels::Silent;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// Runs jobs; those that were worked on, and how often.
    fn check(done: &Done, threads: usize, want: &[usize]) {
        let (jobs, mut silent) = (Jobs::new(5, done), Silent);
        let meter = Meter::new("jobs", None, &mut silent);
        let seen = Mutex::new(Vec::new());
        let work = |_, job| {
            seen.lock().unwrap().push(job);
            Ok(())
        };
        jobs.run(threads, &meter, work, |_| Ok(())).unwrap();
        let mut seen = seen.into_inner().unwrap();
        seen.sort_unstable();
        assert_eq!(seen, want);
        assert_eq!(jobs.done(), Done { next: 5, open: Vec::new() });
    }

    #[test]
    fn every_job_that_is_not_done_is_done_once() {
        check(&Done::default(), 1, &[0, 1, 2, 3, 4]);
        check(&Done::default(), 3, &[0, 1, 2, 3, 4]);
        check(&Done { next: 3, open: vec![1] }, 2, &[1, 3, 4]);
        check(&Done { next: 5, open: Vec::new() }, 2, &[]);
    }

    #[test]
    fn jobs_in_hand_are_not_done() {
        let (jobs, mut silent) = (Jobs::new(3, &Done::default()), Silent);
        let meter = Meter::new("jobs", None, &mut silent);
        let work = |_, job| {
            assert_eq!(jobs.done(), Done { next: job + 1, open: vec![job] });
            Ok(())
        };
        let after = |jobs: &Jobs| {
            assert!(jobs.done().open.is_empty());
            Ok(())
        };
        jobs.run(1, &meter, work, after).unwrap();
    }

    #[test]
    fn a_failure_stops_the_others_and_is_the_one_that_counts() {
        let (jobs, mut silent) = (Jobs::new(1000, &Done::default()), Silent);
        let meter = Meter::new("jobs", None, &mut silent);
        let n = AtomicUsize::new(0);
        let work = |_, job| {
            n.fetch_add(1, Ordering::Relaxed);
            match job {
                7 => Err(EmbedError::EmptyVocabulary),
                _ if meter.is_stopped() => Err(EmbedError::Interrupted { done: 0, unit: "jobs" }),
                _ => Ok(()),
            }
        };
        let error = jobs.run(4, &meter, work, |_| Ok(())).unwrap_err();
        assert!(matches!(error, EmbedError::EmptyVocabulary) && n.into_inner() < 1000);
        assert!(jobs.done().open.contains(&7));
    }
}
