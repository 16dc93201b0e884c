//! How long work reports on itself, and how it is stopped.

use std::io;
use std::ops::ControlFlow;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering, fence};

/// How far a piece of work has come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// What is counted: "words", "documents", "bytes", "iterations".
    pub unit: &'static str,
    /// Units done.
    pub done: u64,
    /// Units in all, where known.
    pub total: Option<u64>,
    /// The mean training loss of the newest units, in nats per prediction, where there is one.
    pub loss: Option<f64>,
}

/// Watches long work, and stops it.
///
/// The work calls [`Observer::progress`] often, from any of its threads but never from two at once. The
/// clock belongs to the observer: an algorithm never reads it.
pub trait Observer: Send {
    /// Takes note of `progress`; `Break` asks the work to stop as soon as it can.
    fn progress(&mut self, progress: &Progress) -> ControlFlow<()>;

    /// Whether the work should hand over its state, from which it can be resumed should it be cut off. Asked now
    /// and then, by work that can be resumed, where that is possible.
    fn wants_snapshot(&mut self) -> bool {
        false
    }

    /// Keeps the state of the work.
    ///
    /// # Errors
    /// If it cannot be written.
    fn keep(&mut self, state: &dyn Snapshot) -> io::Result<()> {
        let _ = state;
        Ok(())
    }
}

/// The state of a piece of work.
pub trait Snapshot {
    /// Writes the state down.
    ///
    /// # Errors
    /// If it cannot be written.
    fn write_to(&self, out: &mut dyn io::Write) -> io::Result<()>;
}

/// Observes nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Observer for Silent {
    fn progress(&mut self, _: &Progress) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

/// Lets the threads of one piece of work share an [`Observer`].
///
/// A thread that finds the observer busy does not wait for it: whoever keeps it busy reports its units as well, so
/// that none is missing in the last report.
pub struct Meter<'a> {
    unit: &'static str,
    total: Option<u64>,
    done: AtomicU64,
    /// Units of which the observer knows.
    reported: AtomicU64,
    stopped: AtomicBool,
    observer: Mutex<&'a mut dyn Observer>,
}

impl<'a> Meter<'a> {
    /// Nothing done yet, of `total` units.
    pub fn new(unit: &'static str, total: Option<u64>, observer: &'a mut dyn Observer) -> Self {
        let (done, reported, stopped) = (AtomicU64::new(0), AtomicU64::new(0), AtomicBool::new(false));
        Self { unit, total, done, reported, stopped, observer: Mutex::new(observer) }
    }

    /// As if `done` units had been done and reported before.
    pub fn resumed_at(self, done: u64) -> Self {
        Self { done: AtomicU64::new(done), reported: AtomicU64::new(done), ..self }
    }

    /// Hands `state` over if the observer wants it.
    ///
    /// # Errors
    /// If the observer cannot keep it.
    pub fn offer(&self, state: &dyn Snapshot) -> io::Result<()> {
        let Ok(mut observer) = self.observer.try_lock() else { return Ok(()) };
        let kept = if observer.wants_snapshot() { observer.keep(state) } else { Ok(()) };
        drop(observer);
        while self.is_behind() && self.report(None) {}
        kept
    }

    /// Adds `units` to what is done and reports; `Break` once the observer asked to stop.
    pub fn advance(&self, units: u64, loss: Option<f64>) -> ControlFlow<()> {
        self.done.fetch_add(units, Ordering::Relaxed);
        let mut loss = loss;
        while self.report(loss.take()) && self.is_behind() {}
        if self.is_stopped() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    /// Reports what is done; false if the observer is busy.
    ///
    /// Of two threads, one that leaves the observer and one that finds it busy, the first sees the units of the
    /// second: each writes (the lock; `done`) and then reads what the other has written, with a fence in between.
    fn report(&self, loss: Option<f64>) -> bool {
        fence(Ordering::SeqCst);
        let Ok(mut observer) = self.observer.try_lock() else { return false };
        let progress = Progress { unit: self.unit, done: self.done(), total: self.total, loss };
        self.reported.store(progress.done, Ordering::Relaxed);
        if observer.progress(&progress).is_break() {
            self.stop();
        }
        true
    }

    /// Whether there are units that the observer, free by now, was not told of.
    fn is_behind(&self) -> bool {
        fence(Ordering::SeqCst);
        self.reported.load(Ordering::Relaxed) < self.done()
    }

    /// Makes every later [`Self::advance`] break: one thread has failed and the others need not go on.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    /// Units done by all threads.
    pub fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }

    /// Whether the work is to stop.
    pub fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::{Receiver, Sender, channel};

    struct StopAt(u64);

    impl Observer for StopAt {
        fn progress(&mut self, progress: &Progress) -> ControlFlow<()> {
            if progress.done < self.0 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        }
    }

    #[test]
    fn every_thread_sees_the_stop() {
        let mut observer = StopAt(1000);
        let meter = Meter::new("words", None, &mut observer);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| while meter.advance(1, None).is_continue() {});
            }
        });
        assert!(meter.is_stopped() && meter.done() >= 1000);
    }

    /// Is busy with its first report, or the state that it keeps, until another thread has advanced.
    struct Busy {
        entered: Sender<()>,
        advanced: Receiver<()>,
        seen: Vec<u64>,
    }

    impl Busy {
        fn wait(&self) {
            self.entered.send(()).unwrap();
            self.advanced.recv().unwrap();
        }
    }

    impl Observer for Busy {
        fn progress(&mut self, progress: &Progress) -> ControlFlow<()> {
            if self.seen.is_empty() {
                self.wait();
            }
            self.seen.push(progress.done);
            ControlFlow::Continue(())
        }

        fn wants_snapshot(&mut self) -> bool {
            self.seen.push(0);
            self.wait();
            false
        }
    }

    struct Nothing;

    impl Snapshot for Nothing {
        fn write_to(&self, _: &mut dyn io::Write) -> io::Result<()> {
            Ok(())
        }
    }

    /// Has one thread do `work`, another advance by 3 units meanwhile; what the observer was told.
    fn check(work: impl Fn(&Meter<'_>) + Sync, want: &[u64]) {
        let ((entered, has_entered), (advance, advanced)) = (channel(), channel());
        let mut observer = Busy { entered, advanced, seen: Vec::new() };
        let meter = Meter::new("words", None, &mut observer);
        std::thread::scope(|scope| {
            scope.spawn(|| work(&meter));
            has_entered.recv().unwrap();
            let _ = meter.advance(3, None);
            advance.send(()).unwrap();
        });
        assert_eq!(observer.seen, want);
    }

    #[test]
    fn units_of_a_thread_that_found_the_observer_busy_are_reported_by_the_other() {
        check(|meter| assert!(meter.advance(5, None).is_continue()), &[5, 8]);
        check(|meter| meter.offer(&Nothing).unwrap(), &[0, 3]);
    }
}
