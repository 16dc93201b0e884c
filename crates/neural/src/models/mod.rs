//! Whole language models.

mod batch;
mod rnn;
mod transformer;

pub use batch::Batch;
pub use rnn::{RnnLm, RnnSettings};
pub use transformer::{KeyValueCache, Positions, TransformerLm, TransformerSettings};
