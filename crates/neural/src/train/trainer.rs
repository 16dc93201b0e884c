//! Training as who trains sees it.

use super::batches::{Batches, Sentences};
use super::checkpoint::{Identity, Restored};
use super::lm::TrainableLm;
use super::log::TrainingLog;
use super::optimiser::Optimiser;
use super::progress::Progress;
use super::run::{Data, Run};
use super::schedule::Schedule;
use super::settings::TrainingSettings;
use crate::{NeuralError, Result};
use sememe_kernels::{Meter, Observer};
use sememe_vocab::Vocab;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Why training ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// All epochs or steps are done.
    Finished,
    /// Evaluations have not been better for as long as the patience lasted.
    StoppedEarly,
}

/// What came of training.
#[derive(Clone, Debug, PartialEq)]
pub struct TrainingReport {
    /// Why it ended.
    pub outcome: Outcome,
    /// Steps, those before the run was cut off among them.
    pub steps: u64,
    /// Words and ends of sentences that were learned, each as often as it was.
    pub n_targets: u64,
    /// The losses of all evaluations, in nats a target.
    pub evaluations: Vec<f64>,
    /// The lowest of them.
    pub best: Option<f64>,
}

/// Trains a model.
///
/// With a folder, it keeps two files there: `best.safetensors`, the weights at the best evaluation (the averages, where
/// weights are averaged), and `last.safetensors`, the state of the run after the last evaluation or where it was stopped,
/// from which it can be [resumed](Trainer::resume). Neither is ever replaced by something that is not finite.
pub struct Trainer<'a, M: TrainableLm> {
    pub(super) model: &'a M,
    pub(super) settings: TrainingSettings,
    shape: serde_json::Value,
    vocabulary: String,
    pub(super) folder: Option<PathBuf>,
    resume: Option<PathBuf>,
    pub(super) logs: Vec<Box<dyn TrainingLog + 'a>>,
}

impl<'a, M: TrainableLm> Trainer<'a, M> {
    /// A trainer of `model`, whose shape is `shape` and whose words are those of `vocab`: by them, the state of a run is
    /// known again.
    ///
    /// # Errors
    /// If a setting is out of its range.
    pub fn new(
        model: &'a M,
        shape: &impl Serialize,
        vocab: &Vocab,
        settings: TrainingSettings,
    ) -> Result<Self> {
        settings.check(model.max_time())?;
        let shape = serde_json::to_value(shape).map_err(|error| NeuralError::Keep(error.into()))?;
        let vocabulary = vocab.digest();
        Ok(Self { model, settings, shape, vocabulary, folder: None, resume: None, logs: Vec::new() })
    }

    /// Keeps the best weights and the last state in `folder`, which exists.
    #[must_use]
    pub fn keep_in(self, folder: &Path) -> Self {
        Self { folder: Some(folder.to_owned()), ..self }
    }

    /// Goes on from the state in the file at `path`.
    #[must_use]
    pub fn resume(self, path: &Path) -> Self {
        Self { resume: Some(path.to_owned()), ..self }
    }

    /// Tells `log` of steps and evaluations.
    #[must_use]
    pub fn log(mut self, log: impl TrainingLog + 'a) -> Self {
        self.logs.push(Box::new(log));
        self
    }

    /// Trains on `train` and evaluates on `held_out`. In the end, the model has the weights of the last step, or the
    /// averages where weights are averaged.
    ///
    /// # Errors
    /// If the loss or a gradient is not finite, the observer stops it, the state to resume from is of another run, or
    /// files cannot be written.
    pub fn run(
        self,
        train: &Sentences,
        held_out: Option<&Sentences>,
        observer: &mut dyn Observer,
    ) -> Result<TrainingReport> {
        let settings = serde_json::to_value(self.settings.identity());
        let identity = Identity {
            model: self.shape.clone(),
            settings: settings.map_err(|error| NeuralError::Keep(error.into()))?,
            vocabulary: self.vocabulary.clone(),
            data: train.fingerprint(),
        };
        let params = self.model.params().all();
        let mut optimiser = Optimiser::new(self.settings.optimiser.clone())?;
        let mut schedule = Schedule::new(self.settings.schedule.clone())?;
        let (mut progress, mut carried) = (Progress::default(), None);
        if let Some(path) = &self.resume {
            let mut restored = Restored::read(path, &identity, &params)?;
            progress = restored.progress.clone();
            carried = self.carried(train, &progress, std::mem::take(&mut restored.carried))?;
            restored.install(&params, &mut optimiser)?;
            progress.evaluations().into_iter().for_each(|loss| schedule.note_evaluation(loss));
        }
        let total = self.settings.max_steps.is_none().then(|| train.n_targets() * self.settings.epochs);
        let meter = Meter::new("words", total, observer).resumed_at(progress.n_targets);
        let data = Data { train, held_out };
        Run { trainer: self, identity, params, data, meter, optimiser, schedule, progress, carried }.go()
    }

    /// The state that goes on to the next batch, if that is not the first of its epoch.
    fn carried(
        &self,
        train: &Sentences,
        progress: &Progress,
        tensors: Vec<candle_core::Tensor>,
    ) -> Result<Option<M::State>> {
        let (settings, position) = (&self.settings, progress.position);
        if tensors.is_empty() || position.batch == 0 {
            return Ok(None);
        }
        let batches = Batches::of_epoch(train, &settings.batches, settings.seed, position.epoch)?;
        let n_rows = batches.get(position.batch as usize).map_or(0, |batch| batch.n_rows());
        self.model.restore_state(n_rows, tensors).map(Some)
    }
}
