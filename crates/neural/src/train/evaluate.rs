//! How well a model predicts what it has not seen.

use super::batches::{BatchSettings, Batches, Sentences};
use super::lm::TrainableLm;
use crate::Result;
use std::ops::ControlFlow;

/// The mean over all words and ends of sentences.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HeldOut {
    /// Mean −ln p of a target, in nats.
    pub loss: f64,
    /// Targets.
    pub n_targets: u64,
}

impl HeldOut {
    /// exp of the loss.
    pub fn perplexity(&self) -> f64 {
        self.loss.exp()
    }
}

/// Scores `sentences` in their order, cut in batches as in training. Of a stream, the state goes on from window to window.
///
/// # Errors
/// If settings are out of range or candle fails.
pub fn held_out<M: TrainableLm>(
    model: &M,
    sentences: &Sentences,
    settings: &BatchSettings,
) -> Result<HeldOut> {
    let report = held_out_until(model, sentences, settings, &mut || ControlFlow::Continue(()))?;
    Ok(report.unwrap_or(HeldOut { loss: f64::NAN, n_targets: 0 }))
}

/// [`held_out`] that `proceed` can end before each batch; there is no result then.
pub(super) fn held_out_until<M: TrainableLm>(
    model: &M,
    sentences: &Sentences,
    settings: &BatchSettings,
    proceed: &mut dyn FnMut() -> ControlFlow<()>,
) -> Result<Option<HeldOut>> {
    let batches = Batches::in_order(sentences, settings)?;
    let (mut nats, mut n_targets, mut carried) = (0.0, 0, None);
    for batch in (0..batches.len()).filter_map(|i| batches.get(i)) {
        if proceed().is_break() {
            return Ok(None);
        }
        if batch.is_first() {
            carried = None;
        }
        let mut state = carried.take().map_or_else(|| model.zero_state(batch.n_rows()), Ok)?;
        let ln_p = model.ln_p(&batch.lend()?, &mut state)?;
        nats -= ln_p.iter().map(|&x| f64::from(x)).sum::<f64>();
        n_targets += batch.n_targets() as u64;
        carried = Some(state);
    }
    Ok(Some(HeldOut { loss: nats / n_targets as f64, n_targets }))
}
