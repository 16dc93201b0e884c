//! Whole language models.

mod batch;
mod language_model;
mod rnn;
mod transformer;

pub use batch::Batch;
pub use language_model::{AnyNeuralLm, NeuralLm, NeuralLmSettings, NeuralState, NextWord, Words};
pub use rnn::{RnnLm, RnnSettings};
pub use transformer::{KeyValueCache, Positions, TransformerLm, TransformerSettings};
