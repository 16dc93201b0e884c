//! How to train.

use super::batches::BatchSettings;
use super::optimiser::{OptimiserSettings, positive};
use super::schedule::ScheduleSettings;
use crate::{NeuralError, Result};
use serde::{Deserialize, Serialize};

/// How to train.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrainingSettings {
    /// The seed of dropout and of the order of sentences.
    pub seed: u64,
    /// How data are cut in batches.
    pub batches: BatchSettings,
    /// Batches whose gradients make one step; each counts by its targets. A step does not reach into the next epoch.
    pub accumulate: usize,
    /// The norm of all gradients together at most; none for no bound.
    pub clip: Option<f64>,
    /// How gradients change parameters.
    pub optimiser: OptimiserSettings,
    /// The learning rate.
    pub schedule: ScheduleSettings,
    /// Passes over the data.
    pub epochs: u64,
    /// Steps at most; none for no bound.
    pub max_steps: Option<u64>,
    /// Steps between evaluations; none for one after each epoch alone.
    pub evaluate_every: Option<u64>,
    /// Training ends after so many evaluations in a row without a new best one; none for never.
    pub patience: Option<u64>,
}

impl Default for TrainingSettings {
    fn default() -> Self {
        Self {
            seed: 1,
            batches: BatchSettings::default(),
            accumulate: 1,
            clip: Some(1.0),
            optimiser: OptimiserSettings::default(),
            schedule: ScheduleSettings::default(),
            epochs: 10,
            max_steps: None,
            evaluate_every: None,
            patience: None,
        }
    }
}

impl TrainingSettings {
    /// # Errors
    /// If a setting is out of its range.
    pub(super) fn check(&self, max_time: Option<usize>) -> Result<()> {
        self.batches.check()?;
        self.optimiser.check()?;
        self.schedule.check()?;
        self.clip.map_or(Ok(()), |clip| positive("clip", clip))?;
        if self.accumulate == 0 {
            return Err(NeuralError::setting("accumulate", "above 0", 0));
        }
        let bounds = [
            ("max_steps", self.max_steps),
            ("evaluate_every", self.evaluate_every),
            ("patience", self.patience),
        ];
        if let Some((name, _)) = bounds.into_iter().find(|(_, bound)| *bound == Some(0)) {
            return Err(NeuralError::setting(name, "above 0", 0));
        }
        match max_time {
            Some(max) if self.batches.time() > max => Err(NeuralError::setting(
                "time",
                format!("at most the model's `max_time`, {max}"),
                self.batches.time(),
            )),
            _ => Ok(()),
        }
    }

    /// What makes one run another: all but how long it goes on.
    pub(super) fn identity(&self) -> Self {
        let defaults = Self::default();
        Self {
            epochs: defaults.epochs,
            max_steps: defaults.max_steps,
            patience: defaults.patience,
            ..self.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(json: &str, want: &str) {
        let settings = serde_json::from_str::<TrainingSettings>(json).map_err(|error| error.to_string());
        let checked = settings.and_then(|s| s.check(Some(40)).map_err(|error| error.to_string()));
        let error = checked.err().unwrap_or_default();
        assert!(error.starts_with(want) && (want.is_empty() == error.is_empty()), "{error}");
    }

    #[test]
    fn settings_are_read_and_checked() {
        check("{}", "");
        check(r#"{"clip": null, "optimiser": {"kind": "sgd"}, "schedule": {"rate": 1.0}}"#, "");
        check(r#"{"clip": 0.0}"#, "setting `clip` is 0, expected above 0");
        check(r#"{"accumulate": 0}"#, "setting `accumulate` is 0, expected above 0");
        check(r#"{"patience": 0}"#, "setting `patience` is 0, expected above 0");
        check(r#"{"epoch": 1}"#, "unknown field `epoch`");
        let long = r#"{"batches": {"kind": "sentences", "rows": 2, "time": 41}}"#;
        check(long, "setting `time` is 41, expected at most the model's `max_time`, 40");
    }

    #[test]
    fn a_longer_run_is_the_same_run() {
        let settings = TrainingSettings::default();
        let longer = TrainingSettings { epochs: 99, max_steps: Some(7), ..settings.clone() };
        assert_eq!(longer.identity(), settings.identity());
        assert_ne!(TrainingSettings { seed: 9, ..settings.clone() }.identity(), settings.identity());
    }
}
