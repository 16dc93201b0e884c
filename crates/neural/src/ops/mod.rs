//! Operations on tensors, fused for the CPU, with gradients written by hand.
//!
//! candle's own layers record a dozen small operations each, every one of which allocates; and its `layer_norm`,
//! `rms_norm`, `softmax_last_dim` and `rope` give no gradient at all. Each operation here is one node of the graph. On a
//! CPU, in `f32` and `f64`, it is a loop over slices with its own backward pass; elsewhere it falls back to the same
//! mathematics in plain candle operations ([`mod@reference`]), which are also what the tests compare it with.
//!
//! The result is the same on any number of threads: work is cut by its size, not by their number.

mod activation;
mod attention;
mod cross_entropy;
mod dropout;
mod embedding;
mod fused;
mod gru;
mod linear;
mod lstm;
mod norm;
mod real;
pub mod reference;
mod rotary;
mod sequence;
mod softmax;
mod threads;

pub use activation::{Activation, activate};
pub use attention::{AttentionSettings, AttentionShape, attention};
pub use cross_entropy::{CrossEntropy, IGNORED, Reduction, ln_probabilities, softmax_cross_entropy};
pub(crate) use dropout::drop_out;
pub use embedding::{RowGradients, embedding, embedding_by_rows};
pub use gru::gru_seq;
pub use linear::linear;
pub use lstm::{LstmOutput, lstm_seq};
pub use norm::{layer_norm, rms_norm};
pub use rotary::Rotary;

#[cfg(test)]
mod tests;

use crate::{NeuralError, Result};
use candle_core::Tensor;

/// The last dimension of `x`.
fn width(what: &'static str, x: &Tensor) -> Result<usize> {
    x.dims().last().copied().ok_or_else(|| NeuralError::shape(what, "at least one dimension", x.dims()))
}

/// Refuses `x` unless it has the shape `want`.
fn check_shape(what: &'static str, x: &Tensor, want: &[usize]) -> Result<()> {
    match x.dims() == want {
        true => Ok(()),
        false => Err(NeuralError::shape(what, format!("{want:?}"), x.dims())),
    }
}

/// Refuses an id that is not below `limit`.
fn check_ids(what: &'static str, ids: &[u32], limit: usize) -> Result<()> {
    match ids.iter().position(|&id| id as usize >= limit) {
        None => Ok(()),
        Some(at) => Err(NeuralError::Id { what, id: ids[at], at, limit }),
    }
}
