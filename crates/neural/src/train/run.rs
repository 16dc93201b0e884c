//! The loop.

use super::batches::{Batches, Sentences};
use super::checkpoint::{Identity, State, write_whole};
use super::clip::Clipped;
use super::evaluate::held_out_until;
use super::gradients::{Gradients, not_finite, values_of};
use super::lm::{TrainableLm, scalar};
use super::log::{EvaluationRecord, StepRecord};
use super::optimiser::Optimiser;
use super::progress::Progress;
use super::schedule::Schedule;
use super::trainer::{Outcome, Trainer, TrainingReport};
use crate::blocks::Pass;
use crate::{NeuralError, Param, Result};
use sememe_kernels::Meter;

/// What is learned, and what is only looked at.
#[derive(Clone, Copy)]
pub(super) struct Data<'a> {
    pub(super) train: &'a Sentences,
    pub(super) held_out: Option<&'a Sentences>,
}

/// A run as it goes on.
pub(super) struct Run<'a, M: TrainableLm> {
    pub(super) trainer: Trainer<'a, M>,
    pub(super) identity: Identity,
    pub(super) params: Vec<Param>,
    pub(super) data: Data<'a>,
    pub(super) meter: Meter<'a>,
    pub(super) optimiser: Optimiser,
    pub(super) schedule: Schedule,
    pub(super) progress: Progress,
    pub(super) carried: Option<M::State>,
}

impl<M: TrainableLm> Run<'_, M> {
    /// Until the settings end it.
    ///
    /// # Errors
    /// As [`Trainer::run`].
    pub(super) fn go(mut self) -> Result<TrainingReport> {
        let outcome = loop {
            if let Some(outcome) = self.ended() {
                break outcome;
            }
            self.epoch()?;
        };
        if self.progress.evaluated_at != Some(self.progress.steps) {
            self.evaluate()?;
        }
        self.optimiser.swap_averages(&self.params)?;
        let evaluations = self.progress.evaluations();
        let best = self.progress.best().map(|(loss, _)| loss);
        let (steps, n_targets) = (self.progress.steps, self.progress.n_targets);
        Ok(TrainingReport { outcome, steps, n_targets, evaluations, best })
    }

    fn ended(&self) -> Option<Outcome> {
        let (settings, progress) = (&self.trainer.settings, &self.progress);
        let failures = progress.best().map_or(0, |(_, failures)| failures);
        if settings.patience.is_some_and(|patience| failures >= patience) {
            return Some(Outcome::StoppedEarly);
        }
        let done = progress.position.epoch >= settings.epochs
            || settings.max_steps.is_some_and(|max| progress.steps >= max);
        done.then_some(Outcome::Finished)
    }

    /// What is left of an epoch, or less if the run ends within it.
    fn epoch(&mut self) -> Result<()> {
        let settings = &self.trainer.settings;
        let epoch = self.progress.position.epoch;
        let batches = Batches::of_epoch(self.data.train, &settings.batches, settings.seed, epoch)?;
        self.optimiser.begin_epoch(epoch);
        while self.progress.position.epoch == epoch && self.ended().is_none() {
            let step = self.step(&batches)?;
            if self.progress.position.batch as usize >= batches.len() {
                self.progress.position.epoch += 1;
                self.progress.position.batch = 0;
                self.carried = None;
            }
            let every = self.trainer.settings.evaluate_every;
            let is_due = every.is_some_and(|every| self.progress.steps.is_multiple_of(every));
            if is_due || self.progress.position.batch == 0 {
                self.evaluate()?;
            }
            self.report(&step)?;
        }
        Ok(())
    }

    /// One step of the optimiser.
    fn step(&mut self, batches: &Batches<'_>) -> Result<StepRecord> {
        let before = self.progress.clone();
        self.trainer.model.at_step(before.steps);
        let (loss, n_targets, gradients) = self.gradients(batches)?;
        let clipped = Clipped::of(&gradients, self.trainer.settings.clip)?;
        if !clipped.norm.is_finite() {
            return Err(self.gradients_diverged(&gradients, &before));
        }
        let rate = self.schedule.rate(before.steps + 1, before.position.epoch);
        self.optimiser.step(&gradients, rate, clipped.scale)?;
        self.optimiser.average(&self.params)?;
        self.progress.steps += 1;
        self.progress.n_targets += n_targets;
        let (step, epoch) = (self.progress.steps, before.position.epoch);
        Ok(StepRecord { step, epoch, n_targets, loss, rate, norm: clipped.norm })
    }

    /// The mean loss of the batches of one step, their targets, and the gradients of the mean.
    fn gradients(&mut self, batches: &Batches<'_>) -> Result<(f64, u64, Gradients)> {
        let (mut nats, mut n_targets, mut sum) = (0.0, 0, Gradients::default());
        let accumulate = self.trainer.settings.accumulate;
        for i in 0..accumulate {
            let Some(batch) = batches.get(self.progress.position.batch as usize) else { break };
            if batch.is_first() {
                self.carried = None;
            }
            let model = self.trainer.model;
            let mut state = self.carried.take().map_or_else(|| model.zero_state(batch.n_rows()), Ok)?;
            let pass = Pass::training(self.trainer.settings.seed, self.progress.batches);
            let loss = model.loss(&batch.lend()?, &mut state, &pass)?;
            let (value, n) = (scalar(&loss)?, batch.n_targets());
            if !value.is_finite() {
                return Err(self.diverged("loss".to_owned(), value, &self.progress));
            }
            let gradients = Gradients::of(model, &loss)?;
            nats += value * n as f64;
            n_targets += n as u64;
            match (i, accumulate) {
                (0, 1) => sum = gradients,
                _ => sum.add(gradients.scaled(n as f64)?)?,
            }
            self.carried = Some(state);
            self.progress.position.batch += 1;
            self.progress.batches += 1;
        }
        let sum = if accumulate > 1 { sum.scaled(1.0 / n_targets as f64)? } else { sum };
        Ok((nats / n_targets as f64, n_targets, sum))
    }

    fn diverged(&self, what: String, found: f64, at: &Progress) -> NeuralError {
        let (step, epoch, batch) = (self.progress.steps + 1, at.position.epoch, at.position.batch);
        NeuralError::Diverged { what, found, step, epoch, batch }
    }

    fn gradients_diverged(&self, gradients: &Gradients, at: &Progress) -> NeuralError {
        let found = gradients.iter().find_map(|(param, gradient)| {
            let found = not_finite(&values_of(gradient).ok()?)?;
            Some((format!("gradient of `{}`", param.name()), f64::from(found)))
        });
        // Finite numbers may have a norm that is not.
        let (what, found) = found.unwrap_or_else(|| ("norm of the gradients".to_owned(), f64::INFINITY));
        self.diverged(what, found, at)
    }

    /// Evaluates, with the averages if there are any, and keeps the best weights and the state.
    fn evaluate(&mut self) -> Result<()> {
        let Some(sentences) = self.data.held_out else {
            self.progress.evaluated_at = Some(self.progress.steps);
            return self.keep_last();
        };
        self.optimiser.swap_averages(&self.params)?;
        let found = self.evaluate_on(sentences);
        self.optimiser.swap_averages(&self.params)?;
        let loss = found?;
        self.schedule.note_evaluation(loss);
        self.optimiser.note_evaluations(&self.progress.evaluations());
        self.keep_last()
    }

    fn evaluate_on(&mut self, sentences: &Sentences) -> Result<f64> {
        let (trainer, meter) = (&mut self.trainer, &self.meter);
        let batches = &trainer.settings.batches;
        let found = held_out_until(trainer.model, sentences, batches, &mut || meter.advance(0, None))?;
        let Some(found) = found else { return Err(NeuralError::Interrupted { steps: self.progress.steps }) };
        if !found.loss.is_finite() {
            let at = self.progress.clone();
            return Err(self.diverged("loss on held-out text".to_owned(), found.loss, &at));
        }
        let is_best = self.progress.note(found.loss);
        if let Some(folder) = self.trainer.folder.as_ref().filter(|_| is_best) {
            self.trainer.model.params().save(&folder.join("best.safetensors"))?;
        }
        let record = EvaluationRecord {
            step: self.progress.steps,
            epoch: self.progress.position.epoch,
            loss: found.loss,
            perplexity: found.perplexity(),
            is_best,
        };
        let mut logs = self.trainer.logs.iter_mut();
        logs.try_for_each(|log| log.evaluation(&record)).map_err(NeuralError::Log)?;
        Ok(found.loss)
    }

    fn state(&self) -> State<'_> {
        let carried = self.carried.as_ref().map(|state| self.trainer.model.state_tensors(state));
        State {
            identity: &self.identity,
            progress: &self.progress,
            params: &self.params,
            optimiser: &self.optimiser,
            carried: carried.unwrap_or_default(),
        }
    }

    fn keep_last(&self) -> Result<()> {
        let Some(folder) = &self.trainer.folder else { return Ok(()) };
        write_whole(&folder.join("last.safetensors"), &self.state().bytes()?)
    }

    /// Logs a step, offers the state to the observer, and asks it whether to go on.
    fn report(&mut self, step: &StepRecord) -> Result<()> {
        let mut logs = self.trainer.logs.iter_mut();
        logs.try_for_each(|log| log.step(step)).map_err(NeuralError::Log)?;
        self.meter.offer(&self.state()).map_err(NeuralError::Keep)?;
        if self.meter.advance(step.n_targets, Some(step.loss)).is_continue() {
            return Ok(());
        }
        self.keep_last()?;
        Err(NeuralError::Interrupted { steps: self.progress.steps })
    }
}
