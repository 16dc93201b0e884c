//! How long work reports on itself, and how it is stopped.

use std::io;
use std::ops::ControlFlow;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

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
/// A thread that finds the observer busy does not wait for it: its units are in the next report.
pub struct Meter<'a> {
    unit: &'static str,
    total: Option<u64>,
    done: AtomicU64,
    stopped: AtomicBool,
    observer: Mutex<&'a mut dyn Observer>,
}

impl<'a> Meter<'a> {
    /// Nothing done yet, of `total` units.
    pub fn new(unit: &'static str, total: Option<u64>, observer: &'a mut dyn Observer) -> Self {
        let (done, stopped) = (AtomicU64::new(0), AtomicBool::new(false));
        Self { unit, total, done, stopped, observer: Mutex::new(observer) }
    }

    /// As if `done` units had been done and reported before.
    pub fn resumed_at(self, done: u64) -> Self {
        Self { done: AtomicU64::new(done), ..self }
    }

    /// Hands `state` over if the observer wants it.
    ///
    /// # Errors
    /// If the observer cannot keep it.
    pub fn offer(&self, state: &dyn Snapshot) -> io::Result<()> {
        let Ok(mut observer) = self.observer.try_lock() else { return Ok(()) };
        if observer.wants_snapshot() { observer.keep(state) } else { Ok(()) }
    }

    /// Adds `units` to what is done and reports; `Break` once the observer asked to stop.
    pub fn advance(&self, units: u64, loss: Option<f64>) -> ControlFlow<()> {
        let done = self.done.fetch_add(units, Ordering::Relaxed) + units;
        if let Ok(mut observer) = self.observer.try_lock() {
            let progress = Progress { unit: self.unit, done, total: self.total, loss };
            if observer.progress(&progress).is_break() {
                self.stop();
            }
        }
        if self.is_stopped() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
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
}
