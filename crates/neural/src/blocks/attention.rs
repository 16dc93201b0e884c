//! Self-attention with its projections.

use super::Linear;
use crate::ops::{self, AttentionSettings, AttentionShape, Rotary, reference};
use crate::{Init, Params, Result};
use candle_core::Tensor;

/// Self-attention: x to queries, keys and values, and the heads back to the width of x.
#[derive(Clone, Debug)]
pub struct SelfAttention {
    project: Linear, // [dim, (n_heads + 2·n_kv_heads)·head_dim]
    output: Linear,  // [n_heads·head_dim, dim]
    shape: AttentionShape,
    rotary: Option<Rotary>,
}

/// Keys and values of the places so far: `[batch, n_kv_heads, past, head_dim]` each.
#[derive(Clone, Debug, Default)]
pub struct AttentionCache(Option<[Tensor; 2]>);

impl AttentionCache {
    /// How many places there are so far.
    pub fn len(&self) -> usize {
        self.0.as_ref().map_or(0, |[keys, _]| keys.dims()[2])
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl SelfAttention {
    /// `dim` is the width of what comes in and goes out. Where `rotary` is given, places are known by it.
    ///
    /// # Errors
    /// If names are taken.
    pub fn new(
        params: &Params,
        dim: usize,
        shape: AttentionShape,
        rotary: Option<Rotary>,
        output_spread: f64,
    ) -> Result<Self> {
        let spread = 0.02;
        let project = Linear::new(&params.part("project"), [dim, shape.width()], Init::Normal(spread))?;
        let n_out = shape.n_heads * shape.head_dim;
        let output = Linear::new(&params.part("output"), [n_out, dim], Init::Normal(output_spread))?;
        Ok(Self { project, output, shape, rotary })
    }

    /// `[batch, time, dim]` to `[batch, time, dim]`; see [`AttentionSettings`] for the rest.
    ///
    /// # Errors
    /// If shapes do not fit.
    pub fn forward(&self, x: &Tensor, causal: bool, lengths: Option<&[usize]>) -> Result<Tensor> {
        let lengths = lengths.map(<[usize]>::to_vec);
        let settings = AttentionSettings { shape: self.shape, causal, lengths, rotary: self.rotary };
        let heads = ops::attention(&self.project.forward(x)?, &settings)?; // [batch, time, n_heads·head_dim]
        self.output.forward(&heads)
    }

    /// Causal attention of the places of `x`, `[batch, time, dim]`, to those in `cache` and to each other; `cache` then
    /// includes them.
    ///
    /// # Errors
    /// If shapes do not fit.
    pub fn forward_cached(&self, x: &Tensor, cache: &mut AttentionCache) -> Result<Tensor> {
        let AttentionShape { n_heads, n_kv_heads, head_dim } = self.shape;
        let (batch, time, _) = x.dims3()?;
        let past = cache.len();
        let qkv = self.project.forward(x)?;
        let heads = |start: usize, n: usize| -> Result<Tensor> {
            let rows = qkv.narrow(2, start * head_dim, n * head_dim)?.reshape((batch, time, n, head_dim))?;
            Ok(rows.transpose(1, 2)?.contiguous()?) // [batch, n, time, head_dim]
        };
        let (mut q, mut k) = (heads(0, n_heads)?, heads(n_heads, n_kv_heads)?);
        let mut v = heads(n_heads + n_kv_heads, n_kv_heads)?;
        if let Some(rotary) = self.rotary {
            (q, k) = (rotary.turn(&q, past)?, rotary.turn(&k, past)?);
        }
        if let Some([keys, values]) = &cache.0 {
            (k, v) = (Tensor::cat(&[keys, &k], 2)?, Tensor::cat(&[values, &v], 2)?);
        }
        cache.0 = Some([k.detach(), v.detach()]);
        let heads = reference::attend([&q, &k, &v], &|_, t, s| s > past + t)?; // [batch, time, n_heads·head_dim]
        self.output.forward(&heads)
    }
}
