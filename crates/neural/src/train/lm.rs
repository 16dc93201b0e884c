//! What a trainer asks of a language model.

use crate::blocks::{Pass, RecurrentState};
use crate::models::{Batch, RnnLm, TransformerLm};
use crate::{Params, Result};
use candle_core::{DType, Tensor};

/// A language model that can be trained.
pub trait TrainableLm {
    /// What a batch leaves to the next one.
    type State: Clone;

    /// All that training changes.
    fn params(&self) -> &Params;

    /// Freezes parameters, or lets them go, as step number `step`, from 0, wants it.
    fn at_step(&self, step: u64);

    /// Words of a sequence at most, where there is a bound.
    fn max_time(&self) -> Option<usize>;

    /// The state of `n_rows` sequences before their first word.
    ///
    /// # Errors
    /// If candle fails.
    fn zero_state(&self, n_rows: usize) -> Result<Self::State>;

    /// The mean of −ln p of the targets that count, in nats: a scalar with its graph. `state` becomes that after the
    /// batch, without one.
    ///
    /// # Errors
    /// If an id is no word, or the state is of other sequences.
    fn loss(&self, batch: &Batch<'_>, state: &mut Self::State, pass: &Pass) -> Result<Tensor>;

    /// ln p of each target, `f32[n_rows, time]`, 0 where it does not count; `state` becomes that after the batch.
    ///
    /// # Errors
    /// As [`TrainableLm::loss`].
    fn ln_p(&self, batch: &Batch<'_>, state: &mut Self::State) -> Result<Vec<f32>>;

    /// The numbers of a state, to be kept.
    fn state_tensors(&self, state: &Self::State) -> Vec<Tensor>;

    /// The state of `n_rows` sequences that has such numbers.
    ///
    /// # Errors
    /// If there are others in number or shape than such a state has.
    fn restore_state(&self, n_rows: usize, tensors: Vec<Tensor>) -> Result<Self::State>;

    /// Gradients that the last backward pass has put apart: the name of a parameter, rows without repetition, and their
    /// gradients `[rows, ..]`.
    fn row_gradients(&self) -> Vec<(String, Vec<u32>, Tensor)> {
        Vec::new()
    }
}

impl TrainableLm for RnnLm {
    type State = RecurrentState;

    fn params(&self) -> &Params {
        self.params()
    }

    fn at_step(&self, step: u64) {
        self.at_step(step);
    }

    fn max_time(&self) -> Option<usize> {
        None
    }

    fn zero_state(&self, n_rows: usize) -> Result<RecurrentState> {
        self.zero_state(n_rows)
    }

    fn loss(&self, batch: &Batch<'_>, state: &mut RecurrentState, pass: &Pass) -> Result<Tensor> {
        let (loss, after) = self.loss(batch, state, pass)?;
        *state = after.detach();
        Ok(loss)
    }

    fn ln_p(&self, batch: &Batch<'_>, state: &mut RecurrentState) -> Result<Vec<f32>> {
        let (ln_p, after) = self.ln_p(batch, state)?;
        *state = after;
        Ok(ln_p)
    }

    fn state_tensors(&self, state: &RecurrentState) -> Vec<Tensor> {
        state.tensors().cloned().collect()
    }

    fn restore_state(&self, n_rows: usize, tensors: Vec<Tensor>) -> Result<RecurrentState> {
        let (dtype, device) = (self.params().dtype(), self.params().device());
        let place = |x: Tensor| Ok(x.to_dtype(dtype)?.to_device(device)?);
        self.zero_state(n_rows)?.with_tensors(tensors.into_iter().map(place).collect::<Result<_>>()?)
    }

    fn row_gradients(&self) -> Vec<(String, Vec<u32>, Tensor)> {
        let table = self.embedding().table().name();
        let rows = self.embedding().row_gradients().map(crate::ops::RowGradients::take);
        rows.into_iter().flatten().map(|(ids, rows)| (table.to_owned(), ids, rows)).collect()
    }
}

impl TrainableLm for TransformerLm {
    type State = ();

    fn params(&self) -> &Params {
        self.params()
    }

    fn at_step(&self, step: u64) {
        self.at_step(step);
    }

    fn max_time(&self) -> Option<usize> {
        Some(self.settings().max_time)
    }

    fn zero_state(&self, _n_rows: usize) -> Result<()> {
        Ok(())
    }

    fn loss(&self, batch: &Batch<'_>, _state: &mut (), pass: &Pass) -> Result<Tensor> {
        self.loss(batch, pass)
    }

    fn ln_p(&self, batch: &Batch<'_>, _state: &mut ()) -> Result<Vec<f32>> {
        self.ln_p(batch)
    }

    fn state_tensors(&self, _state: &()) -> Vec<Tensor> {
        Vec::new()
    }

    fn restore_state(&self, _n_rows: usize, tensors: Vec<Tensor>) -> Result<()> {
        match tensors.as_slice() {
            [] => Ok(()),
            [first, ..] => Err(crate::NeuralError::shape("state", "nothing", first.dims())),
        }
    }
}

/// The value of a scalar.
pub(super) fn scalar(x: &Tensor) -> Result<f64> {
    Ok(x.to_dtype(DType::F64)?.to_scalar()?)
}
