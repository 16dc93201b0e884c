//! Optimisers: how gradients change parameters.

mod average;
mod rule;
mod settings;
mod slots;
#[cfg(test)]
mod tests;

pub use settings::{AdamSettings, Averaging, LionSettings, OptimiserSettings, SgdSettings};
pub(crate) use settings::{not_negative, positive};

use super::gradients::Gradients;
use crate::{NeuralError, Param, Result};
use average::Averages;
use candle_core::Tensor;
use rule::Rule;
use slots::Slots;
use std::collections::{BTreeMap, HashMap};

/// Changes parameters, step by step, and remembers what it needs to for the next one.
///
/// The result has the same bits on any number of threads. On a CPU, `f32` parameters are changed where they are, in one
/// pass; others by candle's operations.
#[derive(Clone, Debug)]
pub struct Optimiser {
    settings: OptimiserSettings,
    steps: u64,
    slots: BTreeMap<String, Slots>,
    averages: Averages,
}

/// What an optimiser remembers, by names such as `NAME.0`, `NAME.1` and `NAME.average`.
pub type SlotTensors = BTreeMap<String, Tensor>;

impl Optimiser {
    /// An optimiser before its first step.
    ///
    /// # Errors
    /// If a setting is out of its range.
    pub fn new(settings: OptimiserSettings) -> Result<Self> {
        settings.check()?;
        Ok(Self { settings, steps: 0, slots: BTreeMap::new(), averages: Averages::default() })
    }

    /// Steps so far.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// One step at learning rate `rate`, with gradients times `scale`; parameters without a gradient, and those that are
    /// frozen, stay as they are.
    ///
    /// # Errors
    /// If a gradient has another shape than its parameter.
    pub fn step(&mut self, gradients: &Gradients, rate: f64, scale: f64) -> Result<()> {
        self.steps += 1;
        if self.settings.averaging() == Averaging::FromStep(self.steps) {
            self.averages.begin();
        }
        for (param, gradient) in gradients.iter().filter(|(param, _)| !param.is_frozen()) {
            let rule = Rule::new(&self.settings, self.steps, [rate, scale], param.decays());
            let slots = match self.slots.get_mut(param.name()) {
                Some(slots) => slots,
                None => {
                    let slots = Slots::zeros(param, Rule::n_slots(&self.settings))?;
                    self.slots.entry(param.name().to_owned()).or_insert(slots)
                }
            };
            slots.update(rule, param, gradient)?;
        }
        Ok(())
    }

    /// Takes `params`, as a step has left them, into the averages, if weights are averaged by now.
    ///
    /// # Errors
    /// If candle fails.
    pub fn average(&mut self, params: &[Param]) -> Result<()> {
        self.averages.add(params)
    }

    /// Begins averaging if the settings say so for epoch number `epoch`, from 0.
    pub fn begin_epoch(&mut self, epoch: u64) {
        if matches!(self.settings.averaging(), Averaging::FromEpoch(first) if epoch >= first) {
            self.averages.begin();
        }
    }

    /// Begins averaging if `losses` of all evaluations so far, in their order, say so.
    pub fn note_evaluations(&mut self, losses: &[f64]) {
        let Averaging::NonMonotone(n) = self.settings.averaging() else { return };
        let Some((&last, before)) = losses.split_last() else { return };
        let old = &before[..before.len().saturating_sub(n)];
        if old.iter().copied().reduce(f64::min).is_some_and(|best| last > best) {
            self.averages.begin();
        }
    }

    /// Whether there are averages.
    pub fn has_averages(&self) -> bool {
        self.averages.n() > 0
    }

    /// Puts the averages in the place of `params`, and those in the place of the averages: once before an evaluation, and
    /// once after it. Nothing happens where there are no averages.
    ///
    /// # Errors
    /// If candle fails.
    pub fn swap_averages(&mut self, params: &[Param]) -> Result<()> {
        self.averages.swap(params)
    }

    /// How often parameters went into the averages, once they are begun.
    pub fn n_averaged(&self) -> Option<u64> {
        self.averages.is_begun().then(|| self.averages.n())
    }

    /// All that is remembered of `params`, on the CPU.
    ///
    /// # Errors
    /// If candle fails.
    pub fn export(&self, params: &[Param]) -> Result<SlotTensors> {
        let mut tensors = SlotTensors::new();
        for param in params {
            if let Some(slots) = self.slots.get(param.name()) {
                for (i, tensor) in slots.export(param)?.into_iter().enumerate() {
                    tensors.insert(format!("{}.{i}", param.name()), tensor);
                }
            }
            if let Some(average) = self.averages.export(param)? {
                tensors.insert(format!("{}.average", param.name()), average);
            }
        }
        Ok(tensors)
    }

    /// Takes up what an optimiser with these settings has exported after `steps` steps. Nothing has changed if it fails.
    ///
    /// # Errors
    /// If tensors have other shapes than parameters, are no part of this optimiser, or do not belong together.
    pub fn import(
        &mut self,
        params: &[Param],
        mut tensors: HashMap<String, Tensor>,
        steps: u64,
        n_averaged: Option<u64>,
    ) -> Result<()> {
        let n_slots = Rule::n_slots(&self.settings);
        let (mut slots, mut averages) = (BTreeMap::new(), Averages::restored(n_averaged));
        for param in params {
            let name = |i: usize| format!("{}.{i}", param.name());
            let own: Vec<_> = (0..n_slots).filter_map(|i| tensors.remove(&name(i))).collect();
            if own.len() == n_slots {
                slots.insert(param.name().to_owned(), Slots::import(param, &own)?);
            } else if !own.is_empty() {
                let reason = format!("the optimiser remembers {} things, expected {n_slots}", own.len());
                return Err(NeuralError::parameter(param.name(), reason));
            }
            if let Some(average) = tensors.remove(&format!("{}.average", param.name())) {
                averages.import(param, &average)?;
            }
        }
        if let Some(name) = tensors.keys().min() {
            return Err(NeuralError::parameter(name, "no optimiser with these settings remembers it"));
        }
        averages.check(params)?;
        (self.steps, self.slots, self.averages) = (steps, slots, averages);
        Ok(())
    }
}
