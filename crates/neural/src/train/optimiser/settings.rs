//! What kind of optimiser, and how it is set.

use crate::{NeuralError, Result};
use serde::{Deserialize, Serialize};

/// An optimiser and its settings; the learning rate comes from the schedule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum OptimiserSettings {
    /// Stochastic gradient descent, with or without momentum and averaging.
    Sgd(SgdSettings),
    /// Adam (Kingma and Ba 2015, algorithm 1); weight decay is part of the gradient.
    Adam(AdamSettings),
    /// Adam with decoupled weight decay (Loshchilov and Hutter 2019, algorithm 2, with the decay times the learning rate,
    /// as PyTorch has it).
    #[serde(rename = "adamw")]
    AdamW(AdamSettings),
    /// Signs of an average of gradients (Chen et al. 2023, algorithm 2); weight decay is decoupled.
    Lion(LionSettings),
}

impl Default for OptimiserSettings {
    fn default() -> Self {
        Self::AdamW(AdamSettings::default())
    }
}

/// Settings of stochastic gradient descent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SgdSettings {
    /// The share of the last direction that is kept.
    pub momentum: f64,
    /// Whether the gradient is taken ahead (Sutskever et al. 2013).
    pub nesterov: bool,
    /// Times the weights, added to the gradients of those that decay.
    pub weight_decay: f64,
    /// Since when weights are averaged; the averages are what is evaluated and kept.
    pub averaging: Averaging,
}

/// Since when weights are averaged (Polyak and Juditsky 1992).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Averaging {
    /// Never.
    #[default]
    Never,
    /// From the step with this number on, counted from 1.
    FromStep(u64),
    /// From the epoch with this number on, counted from 0.
    FromEpoch(u64),
    /// Once an evaluation is worse than the best of all but the last so many (Merity et al. 2018, algorithm 1).
    NonMonotone(usize),
}

/// Settings of Adam and AdamW.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AdamSettings {
    /// The share of the mean of gradients that is kept.
    pub beta1: f64,
    /// The share of the mean of their squares that is kept.
    pub beta2: f64,
    /// Added to the root of the mean square.
    pub epsilon: f64,
    /// Times the weights that decay.
    pub weight_decay: f64,
}

impl Default for AdamSettings {
    fn default() -> Self {
        Self { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0.01 }
    }
}

/// Settings of Lion.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LionSettings {
    /// The share of the average in a step's direction.
    pub beta1: f64,
    /// The share of the average that is kept.
    pub beta2: f64,
    /// Times the weights that decay.
    pub weight_decay: f64,
}

impl Default for LionSettings {
    fn default() -> Self {
        Self { beta1: 0.9, beta2: 0.99, weight_decay: 0.1 }
    }
}

impl OptimiserSettings {
    /// # Errors
    /// If a setting is out of its range.
    pub(crate) fn check(&self) -> Result<()> {
        match self {
            Self::Sgd(sgd) => sgd.check(),
            Self::Adam(adam) | Self::AdamW(adam) => {
                share("beta1", adam.beta1)?;
                share("beta2", adam.beta2)?;
                positive("epsilon", adam.epsilon)?;
                not_negative("weight_decay", adam.weight_decay)
            }
            Self::Lion(lion) => {
                share("beta1", lion.beta1)?;
                share("beta2", lion.beta2)?;
                not_negative("weight_decay", lion.weight_decay)
            }
        }
    }

    /// Since when weights are averaged.
    pub(crate) fn averaging(&self) -> Averaging {
        match self {
            Self::Sgd(sgd) => sgd.averaging,
            _ => Averaging::Never,
        }
    }
}

impl SgdSettings {
    fn check(&self) -> Result<()> {
        share("momentum", self.momentum)?;
        if self.nesterov && self.momentum == 0.0 {
            return Err(NeuralError::setting("nesterov", "false without momentum", true));
        }
        not_negative("weight_decay", self.weight_decay)
    }
}

fn share(name: &'static str, x: f64) -> Result<()> {
    if (0.0..1.0).contains(&x) { Ok(()) } else { Err(NeuralError::setting(name, "in [0, 1)", x)) }
}

/// Refuses what is not above 0.
pub(crate) fn positive(name: &'static str, x: f64) -> Result<()> {
    if x > 0.0 && x.is_finite() { Ok(()) } else { Err(NeuralError::setting(name, "above 0", x)) }
}

/// Refuses what is below 0.
pub(crate) fn not_negative(name: &'static str, x: f64) -> Result<()> {
    if x >= 0.0 && x.is_finite() { Ok(()) } else { Err(NeuralError::setting(name, "0 or more", x)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(json: &str, want: Result<OptimiserSettings, &str>) {
        let found = serde_json::from_str::<OptimiserSettings>(json).map_err(|error| error.to_string());
        let found = found.and_then(|s| s.check().map(|()| s).map_err(|error| error.to_string()));
        match want {
            Ok(want) => assert_eq!(found.unwrap(), want),
            Err(want) => {
                let error = found.unwrap_err();
                assert!(error.starts_with(want), "{error}");
            }
        }
    }

    #[test]
    fn settings_are_read_and_checked() {
        check(r#"{"kind": "adamw"}"#, Ok(OptimiserSettings::default()));
        let averaging = Averaging::NonMonotone(5);
        let sgd = OptimiserSettings::Sgd(SgdSettings { averaging, ..SgdSettings::default() });
        check(r#"{"kind": "sgd", "averaging": {"non_monotone": 5}}"#, Ok(sgd));
        check(r#"{"kind": "lion", "beta3": 1}"#, Err("unknown field `beta3`"));
        check(r#"{"kind": "sdg"}"#, Err("unknown variant `sdg`"));
        check(r#"{"kind": "adam", "beta1": 1.0}"#, Err("setting `beta1` is 1, expected in [0, 1)"));
        check(r#"{"kind": "sgd", "nesterov": true}"#, Err("setting `nesterov` is true"));
        check(r#"{"kind": "adam", "epsilon": 0.0}"#, Err("setting `epsilon` is 0, expected above 0"));
    }
}
