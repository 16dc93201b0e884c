//! The same operations in plain candle operations, each with candle's own gradient.
//!
//! They say what the fused operations compute, are compared with them in the tests, and run where those cannot: on a
//! GPU, or in half precision. None uses candle's own fused layers, which give no gradient.

mod recurrent;

pub use recurrent::{gru_seq, lstm_seq};

use super::{Activation, AttentionSettings, CrossEntropy, IGNORED};
use crate::Result;
use candle_core::{D, DType, Tensor};

/// See [`linear`](super::linear()).
///
/// # Errors
/// If shapes do not fit.
pub fn linear(x: &Tensor, weight: &Tensor, bias: Option<&Tensor>) -> Result<Tensor> {
    let n_in = weight.dim(0)?;
    let rows = x.contiguous()?.reshape(((), n_in))?.matmul(weight)?; // [n, n_out]
    let rows = bias.map_or(Ok(rows.clone()), |bias| rows.broadcast_add(bias))?;
    let mut dims = x.dims().to_vec();
    if let Some(last) = dims.last_mut() {
        *last = weight.dim(1)?;
    }
    Ok(rows.reshape(dims)?)
}

/// See [`layer_norm`](super::layer_norm()).
///
/// # Errors
/// If shapes do not fit.
pub fn layer_norm(x: &Tensor, weight: &Tensor, bias: &Tensor, epsilon: f64) -> Result<Tensor> {
    let centred = x.broadcast_sub(&x.mean_keepdim(D::Minus1)?)?;
    let variance = centred.sqr()?.mean_keepdim(D::Minus1)?;
    let normal = centred.broadcast_div(&(variance + epsilon)?.sqrt()?)?;
    Ok(normal.broadcast_mul(weight)?.broadcast_add(bias)?)
}

/// See [`rms_norm`](super::rms_norm()).
///
/// # Errors
/// If shapes do not fit.
pub fn rms_norm(x: &Tensor, weight: &Tensor, epsilon: f64) -> Result<Tensor> {
    let mean_of_squares = x.sqr()?.mean_keepdim(D::Minus1)?;
    Ok(x.broadcast_div(&(mean_of_squares + epsilon)?.sqrt()?)?.broadcast_mul(weight)?)
}

/// 1 / (1 + e⁻ˣ).
fn sigmoid(x: &Tensor) -> Result<Tensor> {
    Ok((x.neg()?.exp()? + 1.0)?.recip()?)
}

/// See [`activate`](super::activate()).
///
/// # Errors
/// If shapes do not fit.
pub fn activate(x: &Tensor, activation: Activation) -> Result<Tensor> {
    match activation {
        Activation::Gelu => {
            let inner = ((x * 0.797_884_560_802_865_4)? * ((x.sqr()? * 0.044_715)? + 1.0)?)?;
            Ok(((x * 0.5)? * (inner.tanh()? + 1.0)?)?)
        }
        Activation::Silu => Ok((x * sigmoid(x)?)?),
        Activation::SwiGlu => {
            let halves = x.chunk(2, D::Minus1)?;
            Ok((activate(&halves[0], Activation::Silu)? * &halves[1])?)
        }
    }
}

/// Rows of `table` by their ids: see [`embedding`](super::embedding()); `dims` includes the last dimension here.
///
/// # Errors
/// If shapes do not fit.
pub fn embedding(table: &Tensor, ids: &[u32], dims: &[usize]) -> Result<Tensor> {
    let ids = Tensor::new(ids, table.device())?;
    Ok(table.index_select(&ids, 0)?.reshape(dims)?)
}

/// x·Wᵀ + b: `x` is `[rows, dim]`, `weight` `[classes, dim]`, the result `[rows, classes]`.
///
/// # Errors
/// If shapes do not fit.
pub fn scores(x: &Tensor, weight: &Tensor, bias: &Tensor) -> Result<Tensor> {
    Ok(x.contiguous()?.matmul(&weight.t()?)?.broadcast_add(bias)?)
}

/// ln softmax over the last dimension.
///
/// # Errors
/// If `x` has no dimension.
pub fn ln_softmax(x: &Tensor) -> Result<Tensor> {
    let shifted = x.broadcast_sub(&x.max_keepdim(D::Minus1)?.detach())?;
    Ok(shifted.broadcast_sub(&shifted.exp()?.sum_keepdim(D::Minus1)?.log()?)?)
}

/// See [`softmax_cross_entropy`](super::softmax_cross_entropy()).
///
/// # Errors
/// If shapes do not fit.
pub fn softmax_cross_entropy(
    x: &Tensor,
    weight: &Tensor,
    bias: &Tensor,
    asked: &CrossEntropy,
) -> Result<Tensor> {
    let ln_p = ln_softmax(&scores(x, weight, bias)?)?; // [rows, classes]
    let (n, device) = (asked.targets.len(), x.device());
    let counted = asked.targets.iter().map(|&target| f64::from(u8::from(target != IGNORED)));
    let counted = Tensor::from_iter(counted, device)?.to_dtype(x.dtype())?; // [rows]
    let ids = asked.targets.iter().map(|&target| if target == IGNORED { 0 } else { target });
    let ids = Tensor::from_iter(ids, device)?.reshape((n, 1))?;
    let of_target = ln_p.gather(&ids, 1)?.squeeze(1)?; // [rows]
    let of_all = ln_p.mean(1)?; // [rows]
    let wanted = ((of_target * (1.0 - asked.smoothing))? + (of_all * asked.smoothing)?)?;
    Ok(((wanted * counted)?.sum_all()? * -asked.scale())?)
}

/// See [`attention`](super::attention()).
///
/// # Errors
/// If shapes do not fit.
pub fn attention(qkv: &Tensor, settings: &AttentionSettings) -> Result<Tensor> {
    let shape = settings.shape;
    let (batch, time, _) = qkv.dims3()?;
    let (n_q, n_kv) = (shape.n_heads * shape.head_dim, shape.n_kv_heads * shape.head_dim);
    let heads = |start: usize, n: usize| -> Result<Tensor> {
        let rows = qkv.narrow(2, start, n)?.reshape((batch, time, n / shape.head_dim, shape.head_dim))?;
        Ok(rows.transpose(1, 2)?.contiguous()?) // [batch, heads, time, head_dim]
    };
    let (mut q, mut k, v) = (heads(0, n_q)?, heads(n_q, n_kv)?, heads(n_q + n_kv, n_kv)?);
    if let Some(rotary) = settings.rotary {
        (q, k) = (rotary.turn(&q, 0)?, rotary.turn(&k, 0)?);
    }
    let hidden = |b: usize, t: usize, s: usize| {
        let length = settings.lengths.as_ref().map_or(time, |lengths| lengths[b]);
        (settings.causal && s > t) || s >= length
    };
    attend([&q, &k, &v], &hidden)
}

/// Attention of queries `[batch, heads, time, head_dim]` to keys and values `[batch, kv_heads, past, head_dim]`, where
/// `hidden(batch, query, key)` says what is not seen: `[batch, time, heads·head_dim]`.
///
/// # Errors
/// If shapes do not fit.
pub fn attend([q, k, v]: [&Tensor; 3], hidden: &dyn Fn(usize, usize, usize) -> bool) -> Result<Tensor> {
    /// Far below any score, but finite: a row of which nothing is seen must not become NaN.
    const FAR_BELOW: f64 = -1e9;
    let (batch, n_heads, time, head_dim) = q.dims4()?;
    let past = k.dim(2)?;
    let group = n_heads / k.dim(1)?;
    let (k, v) = (repeat(k, group)?, repeat(v, group)?); // [batch, heads, past, head_dim]
    let scores = (q.contiguous()?.matmul(&k.transpose(2, 3)?.contiguous()?)? * (head_dim as f64).powf(-0.5))?;
    let places = (0..batch).flat_map(|b| (0..time).flat_map(move |t| (0..past).map(move |s| (b, t, s))));
    let seen = places.map(|(b, t, s)| f64::from(u8::from(!hidden(b, t, s))));
    let seen = Tensor::from_iter(seen, q.device())?.to_dtype(q.dtype())?.reshape((batch, 1, time, past))?;
    let far_below = ((seen.ones_like()? - &seen)? * if q.dtype() == DType::F16 { -6e4 } else { FAR_BELOW })?;
    let p = ln_softmax(&scores.broadcast_add(&far_below)?)?.exp()?.broadcast_mul(&seen)?;
    let out = p.matmul(&v)?; // [batch, heads, time, head_dim]
    Ok(out.transpose(1, 2)?.contiguous()?.reshape((batch, time, n_heads * head_dim))?)
}

/// Each head `group` times: `[batch, kv_heads, past, head_dim]` to `[batch, kv_heads·group, past, head_dim]`.
fn repeat(x: &Tensor, group: usize) -> Result<Tensor> {
    let (batch, n_kv, past, head_dim) = x.dims4()?;
    if group == 1 {
        return Ok(x.contiguous()?);
    }
    let wide = x.unsqueeze(2)?.broadcast_as((batch, n_kv, group, past, head_dim))?;
    Ok(wide.contiguous()?.reshape((batch, n_kv * group, past, head_dim))?)
}
