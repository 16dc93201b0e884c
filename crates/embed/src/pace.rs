//! How fast to learn, and how far it has come.

use crate::EmbedError;
use sememe_kernels::Meter;
use std::ops::ControlFlow;

/// Words between two reports of a thread.
const REPORT: u64 = 10_000;

/// The learning rate of a run, which falls with the words done: linearly, down to a ten-thousandth of the first.
#[derive(Clone, Copy)]
pub(crate) struct Pace<'a> {
    pub(crate) meter: &'a Meter<'a>,
    /// The first learning rate.
    pub(crate) first_rate: f32,
    /// Words that the meter had when this began.
    pub(crate) start: u64,
    /// Words of all epochs together.
    pub(crate) total: u64,
}

impl Pace<'_> {
    /// The learning rate when the meter has `done` words.
    pub(crate) fn rate_at(self, done: u64) -> f32 {
        let done = done.saturating_sub(self.start) as f64 / self.total.max(1) as f64;
        self.first_rate * (1.0 - done).max(1e-4) as f32
    }

    /// Reports `words` more and their mean loss.
    ///
    /// # Errors
    /// If the loss is no number, or the observer asks to stop.
    pub(crate) fn report(self, words: u64, loss: Option<f64>) -> Result<(), EmbedError> {
        if let Some(loss) = loss.filter(|loss| !loss.is_finite()) {
            return Err(EmbedError::Diverged { done: self.meter.done(), unit: "words", loss });
        }
        match self.meter.advance(words, loss) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(EmbedError::Interrupted { done: self.meter.done(), unit: "words" }),
        }
    }
}

/// The learning rate as one thread knows it, and what it has not reported yet.
pub(crate) struct Pacer<'a> {
    pace: Pace<'a>,
    learning_rate: f32,
    unreported: u64,
}

impl<'a> Pacer<'a> {
    pub(crate) fn new(pace: Pace<'a>) -> Self {
        Self { pace, learning_rate: pace.rate_at(pace.meter.done()), unreported: 0 }
    }

    #[inline]
    pub(crate) fn learning_rate(&self) -> f32 {
        self.learning_rate
    }

    /// Takes note of `words` more, and reports when it is time to; `loss` gives the mean loss since it was
    /// last called.
    ///
    /// # Errors
    /// If the loss is no number, or the observer asks to stop.
    pub(crate) fn advance(
        &mut self,
        words: u64,
        loss: impl FnOnce() -> Option<f64>,
    ) -> Result<(), EmbedError> {
        self.unreported += words;
        if self.unreported >= REPORT { self.report(loss()) } else { Ok(()) }
    }

    /// Reports what was not reported yet.
    ///
    /// # Errors
    /// As [`Self::advance`].
    pub(crate) fn report(&mut self, loss: Option<f64>) -> Result<(), EmbedError> {
        let result = self.pace.report(std::mem::take(&mut self.unreported), loss);
        self.learning_rate = self.pace.rate_at(self.pace.meter.done());
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sememe_kernels::Silent;

    #[test]
    fn the_rate_falls_linearly_to_a_ten_thousandth() {
        let mut silent = Silent;
        let meter = Meter::new("words", None, &mut silent);
        let pace = Pace { meter: &meter, first_rate: 0.5, start: 0, total: 100 };
        assert_eq!([0, 50, 100, 200].map(|done| pace.rate_at(done)), [0.5, 0.25, 5e-5, 5e-5]);
        let second = Pace { start: 100, ..pace };
        assert_eq!([100, 150, 200].map(|done| second.rate_at(done)), [0.5, 0.25, 5e-5]);
    }

    #[test]
    fn a_loss_that_is_no_number_ends_the_run() {
        let mut silent = Silent;
        let meter = Meter::new("words", None, &mut silent);
        let mut pacer = Pacer::new(Pace { meter: &meter, first_rate: 0.5, start: 0, total: 100 });
        assert!(pacer.advance(REPORT - 1, || Some(f64::NAN)).is_ok(), "not time to report yet");
        let result = pacer.advance(1, || Some(f64::NAN));
        assert!(matches!(result, Err(EmbedError::Diverged { .. })));
    }
}
