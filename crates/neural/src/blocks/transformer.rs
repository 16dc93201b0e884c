//! A layer of a transformer.

use super::norm::{Norm, NormKind};
use super::{AttentionCache, FeedForward, Pass, SelfAttention};
use crate::ops::{Activation, AttentionShape, Rotary};
use crate::{Params, Result};
use candle_core::Tensor;

/// The shape of a transformer layer.
#[derive(Clone, Copy, Debug)]
pub struct TransformerLayerSettings {
    /// The width of what comes in and goes out.
    pub dim: usize,
    /// The heads.
    pub attention: AttentionShape,
    /// Rotary positions, if the layer knows places by them.
    pub rotary: Option<Rotary>,
    /// The width between the two products of the feed-forward half.
    pub hidden: usize,
    /// What stands between them.
    pub activation: Activation,
    /// How what comes in is normalised.
    pub norm: NormKind,
    /// The probability that a number of what a half adds is dropped.
    pub dropout: f64,
    /// The spread that what a half adds starts with.
    pub output_spread: f64,
}

/// A pre-norm layer (Xiong et al. 2020): x + attention(norm x), and of that y, y + feed-forward(norm y).
#[derive(Clone, Debug)]
pub struct TransformerLayer {
    attention_norm: Norm,
    attention: SelfAttention,
    feed_forward_norm: Norm,
    feed_forward: FeedForward,
    dropout: f64,
}

impl TransformerLayer {
    /// A layer started at random.
    ///
    /// # Errors
    /// If settings are out of range or names are taken.
    pub fn new(params: &Params, settings: TransformerLayerSettings) -> Result<Self> {
        let TransformerLayerSettings { dim, hidden, norm, output_spread, .. } = settings;
        let (attention, feed_forward) = (params.part("attention"), params.part("feed_forward"));
        Ok(Self {
            attention_norm: Norm::new(&params.part("attention_norm"), dim, norm)?,
            attention: SelfAttention::new(
                &attention,
                dim,
                settings.attention,
                settings.rotary,
                output_spread,
            )?,
            feed_forward_norm: Norm::new(&params.part("feed_forward_norm"), dim, norm)?,
            feed_forward: FeedForward::new(&feed_forward, [dim, hidden], settings.activation, output_spread)?,
            dropout: settings.dropout,
        })
    }

    /// `[batch, time, dim]` to `[batch, time, dim]`; padding after `lengths` is not looked at.
    ///
    /// # Errors
    /// If shapes do not fit.
    pub fn forward(
        &self,
        x: &Tensor,
        causal: bool,
        lengths: Option<&[usize]>,
        pass: &Pass,
    ) -> Result<Tensor> {
        let seen = self.attention.forward(&self.attention_norm.forward(x)?, causal, lengths)?;
        let x = (x + pass.dropout(&seen, self.dropout)?)?;
        self.feed(&x, pass)
    }

    /// Causally, for places that follow those in `cache`.
    ///
    /// # Errors
    /// If shapes do not fit.
    pub fn forward_cached(&self, x: &Tensor, cache: &mut AttentionCache) -> Result<Tensor> {
        let seen = self.attention.forward_cached(&self.attention_norm.forward(x)?, cache)?;
        self.feed(&(x + seen)?, &Pass::evaluation())
    }

    fn feed(&self, x: &Tensor, pass: &Pass) -> Result<Tensor> {
        let fed = self.feed_forward.forward(&self.feed_forward_norm.forward(x)?)?;
        Ok((x + pass.dropout(&fed, self.dropout)?)?)
    }
}
