//! Transformer language models.

use super::batch::Batch;
use crate::blocks::{
    AttentionCache, Embedding, Head, HeadKind, Norm, NormKind, Pass, TransformerLayer,
    TransformerLayerSettings,
};
use crate::ops::{Activation, AttentionShape, Rotary};
use crate::{Init, NeuralError, Params, Result};
use candle_core::Tensor;
use serde::{Deserialize, Serialize};

/// How a model knows where a word stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Positions {
    /// Queries and keys are turned by their place.
    #[default]
    Rotary,
    /// A vector for each place.
    Learned,
}

/// The shape of a transformer language model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TransformerSettings {
    /// Numbers in the vector of a word, and between layers.
    pub dim: usize,
    /// Layers one above the other.
    pub n_layers: usize,
    /// Heads of queries; `dim` is a multiple of it.
    pub n_heads: usize,
    /// Heads of keys and values, a divisor of `n_heads`.
    pub n_kv_heads: usize,
    /// Numbers between the two products of a feed-forward half.
    pub hidden: usize,
    /// Words in a sequence at most.
    pub max_time: usize,
    /// How places are known.
    pub positions: Positions,
    /// The normalisation.
    pub norm: NormKind,
    /// The activation of the feed-forward halves.
    pub activation: Activation,
    /// The probability of dropping a number of the first layer's input and of what each half adds.
    pub dropout: f64,
    /// The share of a target's probability that goes to all words when training.
    pub label_smoothing: f64,
    /// Whether the output shares the vectors of words.
    pub tied: bool,
    /// The output.
    pub head: HeadKind,
    /// The vectors of words stay as they are for so many steps.
    pub frozen_steps: u64,
}

impl Default for TransformerSettings {
    fn default() -> Self {
        Self {
            dim: 256,
            n_layers: 4,
            n_heads: 4,
            n_kv_heads: 4,
            hidden: 1024,
            max_time: 128,
            positions: Positions::Rotary,
            norm: NormKind::Layer,
            activation: Activation::Gelu,
            dropout: 0.0,
            label_smoothing: 0.0,
            tied: true,
            head: HeadKind::Full,
            frozen_steps: 0,
        }
    }
}

impl TransformerSettings {
    fn layer(&self) -> Result<TransformerLayerSettings> {
        let sizes = [self.dim, self.n_layers, self.n_heads, self.n_kv_heads, self.hidden, self.max_time];
        if sizes.contains(&0) {
            let name = "dim, n_layers, n_heads, n_kv_heads, hidden, max_time";
            return Err(NeuralError::setting(name, "all above 0", format!("{sizes:?}")));
        }
        if !self.dim.is_multiple_of(self.n_heads) || !self.n_heads.is_multiple_of(self.n_kv_heads) {
            let found = format!("{} and {} for dim {}", self.n_heads, self.n_kv_heads, self.dim);
            return Err(NeuralError::setting(
                "n_heads, n_kv_heads",
                "divisors of `dim` and of `n_heads`",
                found,
            ));
        }
        let (n_heads, n_kv_heads) = (self.n_heads, self.n_kv_heads);
        Ok(TransformerLayerSettings {
            dim: self.dim,
            attention: AttentionShape { n_heads, n_kv_heads, head_dim: self.dim / n_heads },
            rotary: (self.positions == Positions::Rotary).then(Rotary::default),
            hidden: self.hidden,
            activation: self.activation,
            norm: self.norm,
            dropout: self.dropout,
            // So that the sum of all halves does not grow with their number (Radford et al. 2019, section 2.3).
            output_spread: 0.02 / (2.0 * self.n_layers as f64).sqrt(),
        })
    }
}

/// A causal transformer language model: vectors of words, layers, a normalisation, a head.
#[derive(Clone, Debug)]
pub struct TransformerLm {
    settings: TransformerSettings,
    params: Params,
    embedding: Embedding,
    positions: Option<Embedding>,
    layers: Vec<TransformerLayer>,
    norm: Norm,
    head: Head,
}

/// Keys and values of all layers, of the words so far.
#[derive(Clone, Debug, Default)]
pub struct KeyValueCache(Vec<AttentionCache>);

impl KeyValueCache {
    /// How many words there are so far.
    pub fn len(&self) -> usize {
        self.0.first().map_or(0, AttentionCache::len)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl TransformerLm {
    /// A model of `n_words` words, started at random in `params`.
    ///
    /// # Errors
    /// If settings are out of range.
    pub fn new(params: &Params, n_words: usize, settings: TransformerSettings) -> Result<Self> {
        let (layer, dim) = (settings.layer()?, settings.dim);
        let init = || Init::Normal(0.02);
        let embedding = Embedding::new(&params.part("embedding"), [n_words, dim], init())?;
        let learned = settings.positions == Positions::Learned;
        let positions =
            learned.then(|| Embedding::new(&params.part("positions"), [settings.max_time, dim], init()));
        let layers =
            (0..settings.n_layers).map(|i| TransformerLayer::new(&params.part(format!("layers.{i}")), layer));
        let (layers, norm) =
            (layers.collect::<Result<_>>()?, Norm::new(&params.part("norm"), dim, settings.norm)?);
        let tied = settings.tied.then(|| embedding.table());
        let head =
            Head::new(&params.part("head"), [n_words, dim], &settings.head, tied, settings.label_smoothing)?;
        let positions = positions.transpose()?;
        let model = Self { params: params.clone(), embedding, positions, layers, norm, head, settings };
        model.at_step(0);
        Ok(model)
    }

    /// The shape of the model.
    pub fn settings(&self) -> &TransformerSettings {
        &self.settings
    }

    /// All that training changes.
    pub fn params(&self) -> &Params {
        &self.params
    }

    /// The vectors of words.
    pub fn embedding(&self) -> &Embedding {
        &self.embedding
    }

    /// From what the model knows to a distribution over words.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// Freezes the vectors of words, or lets them go, as step number `step` wants it.
    pub fn at_step(&self, step: u64) {
        self.embedding.table().freeze(step < self.settings.frozen_steps);
    }

    /// Vectors of words at places from `past` on: `[n_batch, time, dim]`.
    fn embed(&self, inputs: &[u32], n_batch: usize, past: usize) -> Result<Tensor> {
        let time = inputs.len() / n_batch.max(1);
        if past + time > self.settings.max_time {
            return Err(NeuralError::shape(
                "inputs",
                format!("at most {} words", self.settings.max_time),
                &[past + time],
            ));
        }
        let x = self.embedding.forward(inputs, &[n_batch, time])?;
        let Some(positions) = &self.positions else { return Ok(x) };
        let places: Vec<u32> = (0..inputs.len()).map(|at| (past + at % time.max(1)) as u32).collect();
        Ok((x + positions.forward(&places, &[n_batch, time])?)?)
    }

    /// What the model knows after each word: `inputs` is `[n_batch, time]`, the result `[n_batch·time, dim]`.
    ///
    /// # Errors
    /// If an id is no word, or there are more words than places.
    pub fn forward(&self, inputs: &[u32], n_batch: usize, pass: &Pass) -> Result<Tensor> {
        let mut x = pass.dropout(&self.embed(inputs, n_batch, 0)?, self.settings.dropout)?; // [n_batch, time, dim]
        for layer in &self.layers {
            x = layer.forward(&x, true, None, pass)?; // [n_batch, time, dim]
        }
        Ok(self.norm.forward(&x)?.reshape((inputs.len(), self.settings.dim))?)
    }

    /// The mean of −ln p of the targets, in nats.
    ///
    /// # Errors
    /// As for [`TransformerLm::forward`].
    pub fn loss(&self, batch: &Batch<'_>, pass: &Pass) -> Result<Tensor> {
        let x = self.forward(batch.inputs(), batch.n_batch(), pass)?;
        self.head.loss(&x, batch.targets(), pass)
    }

    /// ln p of each target: `f32[n_batch, time]`.
    ///
    /// # Errors
    /// As for [`TransformerLm::forward`].
    pub fn ln_p(&self, batch: &Batch<'_>) -> Result<Vec<f32>> {
        let x = self.forward(batch.inputs(), batch.n_batch(), &Pass::evaluation())?;
        self.head.ln_p(&x.detach(), batch.targets())
    }

    /// ln p of every word after the last of `inputs`, `[n_batch, time]`, which follow those in `cache`: `[n_batch,
    /// n_words]`. `cache` then includes them.
    ///
    /// # Errors
    /// As for [`TransformerLm::forward`].
    pub fn next(&self, inputs: &[u32], n_batch: usize, cache: &mut KeyValueCache) -> Result<Tensor> {
        self.head.ln_p_of_all(&self.know_next(inputs, n_batch, cache)?)
    }

    /// What the model knows after the last of `inputs`, as [`TransformerLm::next`]: `[n_batch, dim]`.
    pub(crate) fn know_next(
        &self,
        inputs: &[u32],
        n_batch: usize,
        cache: &mut KeyValueCache,
    ) -> Result<Tensor> {
        let mut x = self.embed(inputs, n_batch, cache.len())?.detach(); // [n_batch, time, dim]
        cache.0.resize_with(self.layers.len(), AttentionCache::default);
        for (layer, cache) in self.layers.iter().zip(&mut cache.0) {
            x = layer.forward_cached(&x, cache)?.detach();
        }
        let time = x.dim(1)?;
        Ok(self.norm.forward(&x.narrow(1, time - 1, 1)?.squeeze(1)?.contiguous()?)?.detach())
    }
}
