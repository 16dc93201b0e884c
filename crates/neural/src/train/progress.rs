//! How far a run has come.

use super::batches::Position;
use serde::{Deserialize, Serialize};

/// How far a run has come, as it is kept in its state.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Progress {
    /// Steps of the optimiser.
    pub(super) steps: u64,
    /// Batches in all; the random numbers of a batch depend on it.
    pub(super) batches: u64,
    /// Targets that were learned.
    pub(super) n_targets: u64,
    /// What comes next.
    pub(super) position: Position,
    /// The losses of all evaluations.
    pub(super) evaluations: Vec<Exact>,
    /// The step after which the last one was.
    pub(super) evaluated_at: Option<u64>,
    /// How many steps are in the averages, once they are begun.
    pub(super) n_averaged: Option<u64>,
}

/// A number by its bits: as decimal digits it might come back as its neighbour.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "u64", into = "u64")]
pub(super) struct Exact(f64);

impl From<u64> for Exact {
    fn from(bits: u64) -> Self {
        Self(f64::from_bits(bits))
    }
}

impl From<Exact> for u64 {
    fn from(Exact(x): Exact) -> Self {
        x.to_bits()
    }
}

impl Progress {
    /// The losses of all evaluations, in nats.
    pub(super) fn evaluations(&self) -> Vec<f64> {
        self.evaluations.iter().map(|loss| loss.0).collect()
    }

    /// The lowest loss, and how many evaluations there were after it.
    pub(super) fn best(&self) -> Option<(f64, u64)> {
        let losses = self.evaluations();
        let best = losses.iter().copied().reduce(f64::min)?;
        let at = losses.iter().position(|&loss| loss == best)?;
        Some((best, (losses.len() - 1 - at) as u64))
    }

    /// Takes note of an evaluation; whether it is better than all before.
    pub(super) fn note(&mut self, loss: f64) -> bool {
        let is_best = self.best().is_none_or(|(best, _)| loss < best);
        self.evaluations.push(Exact(loss));
        self.evaluated_at = Some(self.steps);
        is_best
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_is_the_first_of_the_lowest() {
        let mut progress = Progress::default();
        let best: Vec<bool> = [3.0, 1.5, 2.0, 1.5, 1.6].map(|loss| progress.note(loss)).into();
        assert_eq!(best, [true, true, false, false, false]);
        assert_eq!(progress.best(), Some((1.5, 3)));
    }

    #[test]
    fn losses_come_back_bit_by_bit() {
        let mut progress = Progress::default();
        let losses = [0.1 + 0.2, 1.0 / 3.0, 5e-324];
        losses.iter().for_each(|&loss| assert!(progress.note(loss) || loss > 0.3));
        let json = serde_json::to_string(&progress).unwrap();
        assert_eq!(serde_json::from_str::<Progress>(&json).unwrap(), progress);
        assert_eq!(progress.evaluations(), losses);
    }
}
