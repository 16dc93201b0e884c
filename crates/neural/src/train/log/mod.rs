//! What is written down of a run.

mod crc32c;
mod json_lines;
mod tensorboard;

pub use json_lines::JsonLines;
pub use tensorboard::TensorBoard;

use serde::Serialize;
use std::io;

/// One step of the optimiser.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct StepRecord {
    /// Its number, from 1.
    pub step: u64,
    /// The epoch it belongs to, from 0.
    pub epoch: u64,
    /// Words and ends of sentences that it learned from.
    pub n_targets: u64,
    /// Their mean −ln p before the step, in nats.
    pub loss: f64,
    /// The learning rate.
    pub rate: f64,
    /// The norm of all gradients together, before clipping.
    pub norm: f64,
}

/// One evaluation.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct EvaluationRecord {
    /// Steps before it.
    pub step: u64,
    /// Whole epochs before it.
    pub epoch: u64,
    /// Mean −ln p of held-out targets, in nats.
    pub loss: f64,
    /// exp of it.
    pub perplexity: f64,
    /// Whether it is the best so far.
    pub is_best: bool,
}

/// Writes steps and evaluations down. Training never reads a clock: who wants times in a log gives it one.
pub trait TrainingLog {
    /// Takes note of a step.
    ///
    /// # Errors
    /// If it cannot be written.
    fn step(&mut self, record: &StepRecord) -> io::Result<()>;

    /// Takes note of an evaluation.
    ///
    /// # Errors
    /// If it cannot be written.
    fn evaluation(&mut self, record: &EvaluationRecord) -> io::Result<()>;
}
