//! Recurrent language models.

use super::batch::{Batch, transposed};
use crate::blocks::{
    CellKind, Embedding, Head, HeadKind, Pass, Recurrent, RecurrentSettings, RecurrentState,
};
use crate::{Init, NeuralError, Params, Result};
use candle_core::Tensor;
use serde::{Deserialize, Serialize};

/// The shape of a recurrent language model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RnnSettings {
    /// LSTM or GRU.
    pub cell: CellKind,
    /// Numbers in the vector of a word.
    pub dim: usize,
    /// Numbers in the state of a layer; the last layer has `dim` where the output is tied.
    pub hidden: usize,
    /// Layers one above the other.
    pub n_layers: usize,
    /// Whether the output shares the vectors of words.
    pub tied: bool,
    /// Whether what goes into each layer but the first is normalised.
    pub layer_norm: bool,
    /// The probability of dropping a number of a word's vector, of what a layer gives, and of the last layer.
    pub dropout: f64,
    /// Whether the same numbers are dropped at all steps of a sequence.
    pub variational: bool,
    /// The probability of dropping a recurrent weight.
    pub weight_drop: f64,
    /// The share of a target's probability that goes to all words when training.
    pub label_smoothing: f64,
    /// The output.
    pub head: HeadKind,
    /// The vectors of words stay as they are for so many steps.
    pub frozen_steps: u64,
    /// Whether gradients of the vectors of words come row by row, where the output is not tied.
    pub row_gradients: bool,
}

impl Default for RnnSettings {
    /// The small model of Zaremba et al. (2014), without dropout.
    fn default() -> Self {
        Self {
            cell: CellKind::Lstm,
            dim: 200,
            hidden: 200,
            n_layers: 2,
            tied: false,
            layer_norm: false,
            dropout: 0.0,
            variational: false,
            weight_drop: 0.0,
            label_smoothing: 0.0,
            head: HeadKind::Full,
            frozen_steps: 0,
            row_gradients: false,
        }
    }
}

impl RnnSettings {
    fn recurrent(&self) -> Result<RecurrentSettings> {
        if self.n_layers == 0 || self.dim == 0 || self.hidden == 0 {
            let found = format!("{:?}", [self.n_layers, self.dim, self.hidden]);
            return Err(NeuralError::setting("n_layers, dim, hidden", "all above 0", found));
        }
        let mut widths = vec![self.hidden; self.n_layers + 1];
        widths[0] = self.dim;
        if self.tied {
            widths[self.n_layers] = self.dim;
        }
        Ok(RecurrentSettings {
            cell: self.cell,
            widths,
            layer_norm: self.layer_norm,
            dropout: self.dropout,
            variational: self.variational,
            weight_drop: self.weight_drop,
        })
    }
}

/// A recurrent language model: vectors of words, recurrent layers, a head.
#[derive(Clone, Debug)]
pub struct RnnLm {
    settings: RnnSettings,
    params: Params,
    embedding: Embedding,
    layers: Recurrent,
    head: Head,
}

impl RnnLm {
    /// A model of `n_words` words, started at random in `params`.
    ///
    /// # Errors
    /// If settings are out of range.
    pub fn new(params: &Params, n_words: usize, settings: RnnSettings) -> Result<Self> {
        let recurrent = settings.recurrent()?;
        let last = recurrent.widths.last().copied().unwrap_or(settings.dim);
        let embedding =
            Embedding::new(&params.part("embedding"), [n_words, settings.dim], Init::Uniform(0.1))?;
        let apart = settings.row_gradients && !settings.tied;
        let embedding = if apart { embedding.with_row_gradients() } else { embedding };
        let layers = Recurrent::new(&params.part("layers"), recurrent)?;
        let tied = settings.tied.then(|| embedding.table());
        let head =
            Head::new(&params.part("head"), [n_words, last], &settings.head, tied, settings.label_smoothing)?;
        let model = Self { params: params.clone(), embedding, layers, head, settings };
        model.at_step(0);
        Ok(model)
    }

    /// The shape of the model.
    pub fn settings(&self) -> &RnnSettings {
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

    /// The state of `n_batch` sequences before their first word.
    ///
    /// # Errors
    /// If candle fails.
    pub fn zero_state(&self, n_batch: usize) -> Result<RecurrentState> {
        self.layers.zero_state(n_batch, &self.params)
    }

    /// What the model knows after each word, rows by time and then by sequence, `[time·n_batch, hidden]`, and the state
    /// after the last: `inputs` is `[n_batch, time]`.
    ///
    /// # Errors
    /// If an id is no word or the state is of other sequences.
    pub fn forward(
        &self,
        inputs: &[u32],
        n_batch: usize,
        state: &RecurrentState,
        pass: &Pass,
    ) -> Result<(Tensor, RecurrentState)> {
        let time = inputs.len() / n_batch.max(1);
        let x = self.embedding.forward(&transposed(inputs, n_batch), &[time, n_batch])?; // [time, n_batch, dim]
        let (x, state) = self.layers.forward(&self.drop(&x, pass)?, state, pass)?;
        let x = self.drop(&x, pass)?; // [time, n_batch, hidden]
        let width = x.dim(2)?;
        Ok((x.reshape((time * n_batch, width))?, state))
    }

    fn drop(&self, x: &Tensor, pass: &Pass) -> Result<Tensor> {
        match self.settings.variational {
            true => pass.dropout_alike(x, self.settings.dropout),
            false => pass.dropout(x, self.settings.dropout),
        }
    }

    /// The mean of −ln p of the targets, in nats, and the state after the last word.
    ///
    /// # Errors
    /// As for [`RnnLm::forward`].
    pub fn loss(
        &self,
        batch: &Batch<'_>,
        state: &RecurrentState,
        pass: &Pass,
    ) -> Result<(Tensor, RecurrentState)> {
        let (x, state) = self.forward(batch.inputs(), batch.n_batch(), state, pass)?;
        Ok((self.head.loss(&x, &transposed(batch.targets(), batch.n_batch()), pass)?, state))
    }

    /// ln p of each target: `f32[n_batch, time]`, and the state after the last word.
    ///
    /// # Errors
    /// As for [`RnnLm::forward`].
    pub fn ln_p(&self, batch: &Batch<'_>, state: &RecurrentState) -> Result<(Vec<f32>, RecurrentState)> {
        let (x, state) = self.forward(batch.inputs(), batch.n_batch(), state, &Pass::evaluation())?;
        let ln_p = self.head.ln_p(&x.detach(), &transposed(batch.targets(), batch.n_batch()))?;
        Ok((transposed(&ln_p, batch.time()), state.detach()))
    }

    /// ln p of every word after the last of `inputs`, `[n_batch, time]`: `[n_batch, n_words]`, and the state there.
    ///
    /// # Errors
    /// As for [`RnnLm::forward`].
    pub fn next(
        &self,
        inputs: &[u32],
        n_batch: usize,
        state: &RecurrentState,
    ) -> Result<(Tensor, RecurrentState)> {
        let (x, state) = self.forward(inputs, n_batch, state, &Pass::evaluation())?;
        let last = x.narrow(0, x.dim(0)? - n_batch, n_batch)?;
        Ok((self.head.ln_p_of_all(&last)?, state.detach()))
    }
}
