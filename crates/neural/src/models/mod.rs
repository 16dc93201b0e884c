//! Whole language models.

mod batch;
mod language_model;
mod rnn;
mod transformer;

pub use batch::Batch;
pub use language_model::{NeuralLm, NeuralState, NextWord};
pub use rnn::{RnnLm, RnnSettings};
pub use transformer::{KeyValueCache, Positions, TransformerLm, TransformerSettings};
