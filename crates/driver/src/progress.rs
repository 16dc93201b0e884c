//! The observer of the command line: progress on stderr, the learning curve, Ctrl-C.

use crate::console::Interrupt;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use sememe_kernels::{Observer, Progress, Snapshot};
use std::io::{self, Write as _};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tempfile::NamedTempFile;

/// Between two plain lines.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// Points of a learning curve: when there are twice as many, neighbours are merged.
const CURVE_POINTS: usize = 200;

/// Shows the progress of one piece of work: a bar on a terminal, a line now and then elsewhere.
pub(crate) struct Bar {
    what: String,
    view: View,
    interrupt: Interrupt,
    curve: Curve,
    keeper: Option<Keeper>,
    /// Work that counts one thing and then another has a phase for each.
    phases: Vec<Phase>,
}

/// What was done of one unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Phase {
    pub(crate) unit: &'static str,
    pub(crate) done: u64,
    started: Instant,
    /// Wall time until its last report.
    lasted: Duration,
}

impl Phase {
    /// Units done per second of wall time.
    pub(crate) fn rate(&self) -> f64 {
        self.done as f64 / self.lasted.as_secs_f64().max(1e-9)
    }
}

enum View {
    Hidden,
    Bar(ProgressBar),
    Lines { last: Instant },
}

impl Bar {
    pub(crate) fn new(what: &str, shown: bool, is_terminal: bool, interrupt: Interrupt) -> Self {
        let started = Instant::now();
        let view = match (shown, is_terminal) {
            (false, _) => View::Hidden,
            (true, true) => View::Bar(new_bar(what)),
            (true, false) => View::Lines { last: started },
        };
        let first = Phase { unit: "", done: 0, started, lasted: Duration::ZERO };
        let (what, curve, phases) = (what.to_owned(), Curve::default(), vec![first]);
        Self { what, view, interrupt, curve, keeper: None, phases }
    }

    /// Keeps the state of the work in the file at `path`, at most once in a while.
    pub(crate) fn keeping(mut self, path: PathBuf, every: Duration) -> Self {
        self.keeper = Some(Keeper { path, every, last: Instant::now() });
        self
    }

    /// The mean loss over the course of the work: (units done, loss).
    pub(crate) fn curve(&self) -> &[(u64, f64)] {
        &self.curve.points
    }

    /// What was done, unit after unit.
    pub(crate) fn phases(&self) -> &[Phase] {
        &self.phases
    }

    /// Units done per second of wall time, of the newest unit.
    pub(crate) fn rate(&self) -> f64 {
        self.phases.last().map_or(0.0, Phase::rate)
    }

    fn advance(&mut self, progress: &Progress) {
        let now = Instant::now();
        match self.phases.last_mut() {
            Some(phase) if phase.unit == progress.unit || phase.unit.is_empty() => {
                phase.unit = progress.unit;
                phase.done = phase.done.max(progress.done);
                phase.lasted = now - phase.started;
            }
            last => {
                let started = last.map_or(now, |phase| phase.started + phase.lasted);
                let Progress { unit, done, .. } = *progress;
                self.phases.push(Phase { unit, done, started, lasted: now - started });
            }
        }
    }

    fn line(&self, progress: &Progress) -> String {
        let percent = match progress.total {
            Some(total) if total > 0 => format!(" {:3.0} %", 100.0 * progress.done as f64 / total as f64),
            _ => String::new(),
        };
        let loss = self.curve.latest().map_or(String::new(), |loss| format!(", loss {loss:.4}"));
        let left = self.seconds_left(progress).map_or(String::new(), |left| format!(", {left:.0} s left"));
        let (rate, unit) = (short(self.rate()), progress.unit);
        format!("{}{percent}: {} {unit}, {rate} {unit}/s{loss}{left}", self.what, short(progress.done as f64))
    }

    fn seconds_left(&self, progress: &Progress) -> Option<f64> {
        let left = progress.total?.checked_sub(progress.done)?;
        (self.rate() > 0.0).then(|| left as f64 / self.rate())
    }

    fn show(&mut self, progress: &Progress) {
        let line = self.line(progress);
        match &mut self.view {
            View::Hidden => {}
            View::Bar(bar) => {
                bar.set_length(progress.total.unwrap_or(0).max(progress.done));
                bar.set_position(progress.done);
                bar.set_message(line);
            }
            View::Lines { last } if last.elapsed() >= LINE_EVERY => {
                *last = Instant::now();
                let _ = writeln!(io::stderr(), "{line}");
            }
            View::Lines { .. } => {}
        }
    }
}

impl Observer for Bar {
    fn progress(&mut self, progress: &Progress) -> ControlFlow<()> {
        self.advance(progress);
        if let Some(loss) = progress.loss {
            self.curve.push(progress.done, loss);
        }
        self.show(progress);
        if self.interrupt.is_set() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn wants_snapshot(&mut self) -> bool {
        self.keeper.as_ref().is_some_and(|keeper| keeper.last.elapsed() >= keeper.every)
    }

    fn keep(&mut self, state: &dyn Snapshot) -> io::Result<()> {
        self.keeper.as_mut().map_or(Ok(()), |keeper| keeper.keep(state))
    }
}

/// Where the state of the work is kept, and when it was.
struct Keeper {
    path: PathBuf,
    every: Duration,
    last: Instant,
}

impl Keeper {
    /// Writes the state under a temporary name and renames it: the one before stays until this one is whole.
    fn keep(&mut self, state: &dyn Snapshot) -> io::Result<()> {
        let parent = self.path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let mut file = io::BufWriter::new(NamedTempFile::new_in(parent.unwrap_or(Path::new(".")))?);
        state.write_to(&mut file)?;
        let file = file.into_inner()?;
        file.as_file().sync_all()?;
        file.persist(&self.path)?;
        self.last = Instant::now();
        Ok(())
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        if let View::Bar(bar) = &self.view {
            bar.finish_and_clear();
        }
    }
}

fn new_bar(what: &str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{bar:24} {msg}") {
        bar.set_style(style);
    }
    bar.set_message(what.to_owned());
    bar
}

/// Means of the loss, evenly spread over the work so far.
#[derive(Default)]
struct Curve {
    points: Vec<(u64, f64)>,
    /// Reports that make up one point.
    per_point: u32,
    sum: f64,
    n: u32,
}

impl Curve {
    fn push(&mut self, done: u64, loss: f64) {
        self.sum += loss;
        self.n += 1;
        if self.n >= self.per_point.max(1) {
            self.points.push((done, self.sum / f64::from(self.n)));
            (self.sum, self.n) = (0.0, 0);
        }
        if self.points.len() >= 2 * CURVE_POINTS {
            self.points = self.points.chunks_exact(2).map(|p| (p[1].0, (p[0].1 + p[1].1) / 2.0)).collect();
            self.per_point = 2 * self.per_point.max(1);
        }
    }

    fn latest(&self) -> Option<f64> {
        self.points.last().map(|&(_, loss)| loss)
    }
}

/// A number in three digits: 950, 1.50 k, 27.1 M.
pub(crate) fn short(x: f64) -> String {
    let (scaled, suffix) = match x {
        x if x >= 1e9 => (x / 1e9, " G"),
        x if x >= 1e6 => (x / 1e6, " M"),
        x if x >= 1e3 => (x / 1e3, " k"),
        x => return format!("{x:.0}"),
    };
    let digits = if scaled < 9.995 { 2 } else { usize::from(scaled < 99.95) };
    format!("{scaled:.digits$}{suffix}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_three_digits() {
        let got = [0.0, 950.0, 1500.0, 27_123_456.0, 999_499.0, 3e9].map(short);
        assert_eq!(got, ["0", "950", "1.50 k", "27.1 M", "999 k", "3.00 G"]);
    }

    #[test]
    fn curves_stay_short_and_keep_their_mean() {
        let mut curve = Curve::default();
        (0..10_000).for_each(|i| curve.push(i, f64::from(i as u32)));
        assert!((CURVE_POINTS..2 * CURVE_POINTS).contains(&curve.points.len()), "{}", curve.points.len());
        assert!(curve.points.is_sorted_by(|a, b| a.0 < b.0 && a.1 < b.1));
    }

    #[test]
    fn each_unit_is_counted_for_itself() {
        let mut bar = Bar::new("test", false, false, Interrupt::default());
        for (unit, done) in [("words", 5), ("words", 4), ("records", 1), ("records", 3)] {
            assert!(bar.progress(&Progress { unit, done, total: None, loss: None }).is_continue());
        }
        let done: Vec<_> = bar.phases().iter().map(|phase| (phase.unit, phase.done)).collect();
        assert_eq!(done, [("words", 5), ("records", 3)]);
        assert!(bar.rate() > 0.0 && bar.phases()[0].rate() > 0.0);
    }

    #[test]
    fn an_interrupt_stops_the_work() {
        let interrupt = Interrupt::default();
        let mut bar = Bar::new("test", false, false, interrupt);
        let progress = Progress { unit: "words", done: 5, total: Some(10), loss: Some(2.0) };
        assert!(bar.progress(&progress).is_continue());
        assert_eq!(bar.curve(), [(5, 2.0)]);
        assert!(bar.line(&progress).starts_with("test  50 %: 5 words"));
    }
}
