//! Recurrent layers one above the other.

use super::dropout::{Pass, check_probability};
use super::norm::{Norm, NormKind};
use super::{Gru, Lstm};
use crate::{NeuralError, Params, Result};
use candle_core::Tensor;
use serde::{Deserialize, Serialize};

/// The kind of a recurrent layer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CellKind {
    /// Long short-term memory.
    #[default]
    Lstm,
    /// Gated recurrent units.
    Gru,
}

/// The shape of a stack of recurrent layers.
#[derive(Clone, Debug)]
pub struct RecurrentSettings {
    /// The kind of all layers.
    pub cell: CellKind,
    /// The widths of the input and of what each layer gives, so at least two.
    pub widths: Vec<usize>,
    /// Whether what goes into each layer but the first is normalised.
    pub layer_norm: bool,
    /// The probability that a number between two layers is dropped.
    pub dropout: f64,
    /// Whether the same numbers are dropped at all steps.
    pub variational: bool,
    /// The probability that a recurrent weight is dropped.
    pub weight_drop: f64,
}

/// What a stack remembers: for each layer h and, for an LSTM, c, `[batch, hidden]` each.
#[derive(Clone, Debug)]
pub struct RecurrentState(Vec<[Tensor; 2]>);

impl RecurrentState {
    /// The same numbers, past which no gradient goes: for truncated back-propagation through time.
    pub fn detach(&self) -> Self {
        Self(self.0.iter().map(|pair| [pair[0].detach(), pair[1].detach()]).collect())
    }

    /// h and c of each layer, `[batch, hidden]`.
    pub(crate) fn tensors(&self) -> impl Iterator<Item = &Tensor> {
        self.0.iter().flatten()
    }

    /// The state with other numbers of the same shapes.
    pub(crate) fn with_tensors(&self, tensors: Vec<Tensor>) -> Result<Self> {
        let fits = tensors.len() == 2 * self.0.len()
            && tensors.iter().zip(self.tensors()).all(|(new, old)| new.dims() == old.dims());
        if !fits {
            let found: Vec<usize> = tensors.iter().flat_map(|x| x.dims().to_vec()).collect();
            return Err(NeuralError::shape("state", "h and c of each layer, [batch, hidden]", &found));
        }
        Ok(Self(tensors.as_chunks::<2>().0.to_vec()))
    }
}

/// A stack of recurrent layers.
#[derive(Clone, Debug)]
pub struct Recurrent {
    settings: RecurrentSettings,
    layers: Vec<Layer>,
}

#[derive(Clone, Debug)]
struct Layer {
    norm: Option<Norm>,
    cell: Cell,
    hidden: usize,
}

#[derive(Clone, Debug)]
enum Cell {
    Lstm(Lstm),
    Gru(Gru),
}

impl Recurrent {
    /// Layers 0, 1 and so on of `params`.
    ///
    /// # Errors
    /// If settings are out of range or names are taken.
    pub fn new(params: &Params, settings: RecurrentSettings) -> Result<Self> {
        check_probability("dropout", settings.dropout)?;
        check_probability("weight_drop", settings.weight_drop)?;
        if settings.widths.len() < 2 || settings.widths.contains(&0) {
            return Err(NeuralError::setting(
                "widths",
                "two or more, all above 0",
                format!("{:?}", settings.widths),
            ));
        }
        let layer = |(i, widths): (usize, &[usize])| {
            let part = params.part(i);
            let norm = (settings.layer_norm && i > 0)
                .then(|| Norm::new(&part.part("norm"), widths[0], NormKind::Layer));
            let cell = match settings.cell {
                CellKind::Lstm => Cell::Lstm(Lstm::new(&part, widths[0], widths[1])?),
                CellKind::Gru => Cell::Gru(Gru::new(&part, widths[0], widths[1])?),
            };
            Ok(Layer { norm: norm.transpose()?, cell, hidden: widths[1] })
        };
        let layers = settings.widths.windows(2).enumerate().map(layer).collect::<Result<_>>()?;
        Ok(Self { settings, layers })
    }

    /// The state that remembers nothing: zeros.
    ///
    /// # Errors
    /// If candle fails.
    pub fn zero_state(&self, n_batch: usize, params: &Params) -> Result<RecurrentState> {
        let zeros = |layer: &Layer| Tensor::zeros((n_batch, layer.hidden), params.dtype(), params.device());
        let pair = |layer| Ok([zeros(layer)?, zeros(layer)?]);
        Ok(RecurrentState(self.layers.iter().map(pair).collect::<Result<_>>()?))
    }

    /// Runs all layers over `x`, `[time, batch, in]`: what the last one gives, `[time, batch, hidden]`, and the state
    /// after it.
    ///
    /// # Errors
    /// If shapes do not fit.
    pub fn forward(
        &self,
        x: &Tensor,
        state: &RecurrentState,
        pass: &Pass,
    ) -> Result<(Tensor, RecurrentState)> {
        let (mut x, mut after) = (x.clone(), Vec::with_capacity(self.layers.len()));
        if state.0.len() != self.layers.len() {
            return Err(NeuralError::shape(
                "state",
                format!("{} layers", self.layers.len()),
                &[state.0.len()],
            ));
        }
        for (i, (layer, state)) in self.layers.iter().zip(&state.0).enumerate() {
            if i > 0 {
                x = self.drop(&x, pass)?;
            }
            let (out, last) = layer.forward(&x, state, pass, self.settings.weight_drop)?;
            x = out; // [time, batch, hidden]
            after.push(last);
        }
        Ok((x, RecurrentState(after)))
    }

    fn drop(&self, x: &Tensor, pass: &Pass) -> Result<Tensor> {
        match self.settings.variational {
            true => pass.dropout_alike(x, self.settings.dropout),
            false => pass.dropout(x, self.settings.dropout),
        }
    }
}

impl Layer {
    fn forward(
        &self,
        x: &Tensor,
        [h, c]: &[Tensor; 2],
        pass: &Pass,
        weight_drop: f64,
    ) -> Result<(Tensor, [Tensor; 2])> {
        let x = self.norm.as_ref().map_or(Ok(x.clone()), |norm| norm.forward(x))?;
        match &self.cell {
            Cell::Lstm(lstm) => {
                let out = lstm.forward(&x, [h, c], pass, weight_drop)?;
                Ok((out.outputs, [out.h, out.c]))
            }
            Cell::Gru(gru) => {
                let out = gru.forward(&x, h, pass, weight_drop)?;
                let last = out.get(out.dim(0)? - 1)?;
                Ok((out, [last, c.clone()]))
            }
        }
    }
}
