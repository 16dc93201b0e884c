//! Layers that models are built of: their parameters, and what they do with tensors.

mod attention;
mod dropout;
mod embedding;
mod feed_forward;
mod gru;
mod head;
mod linear;
mod lstm;
mod norm;
mod recurrent;
mod transformer;

pub use attention::{AttentionCache, SelfAttention};
pub use dropout::Pass;
pub use embedding::Embedding;
pub use feed_forward::FeedForward;
pub use gru::Gru;
pub use head::{AdaptiveHead, FullHead, Head, HeadKind, SampledHead};
pub use linear::Linear;
pub use lstm::Lstm;
pub use norm::{Norm, NormKind};
pub use recurrent::{CellKind, Recurrent, RecurrentSettings, RecurrentState};
pub use transformer::{TransformerLayer, TransformerLayerSettings};
