//! Learning rates over time.

use super::optimiser::{not_negative, positive};
use crate::{NeuralError, Result};
use serde::{Deserialize, Serialize};

/// A learning rate, how it warms up, and what becomes of it then.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ScheduleSettings {
    /// The highest learning rate.
    pub rate: f64,
    /// Steps in which the rate rises evenly to its highest: in step s, from 1, it is `rate`·s / `warm_up`.
    pub warm_up: u64,
    /// What becomes of it then.
    pub decay: Decay,
}

impl Default for ScheduleSettings {
    fn default() -> Self {
        Self { rate: 1e-3, warm_up: 0, decay: Decay::Constant }
    }
}

/// What becomes of a learning rate after the warm-up. Rates are shares of the highest.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Decay {
    /// Nothing.
    #[default]
    Constant,
    /// It falls evenly and reaches `floor` at step `steps`.
    Linear {
        /// The step at which it has fallen, counted with the warm-up.
        steps: u64,
        /// Where it stays.
        floor: f64,
    },
    /// It falls along half a cosine and reaches `floor` at step `steps` (Loshchilov and Hutter 2017, without restarts).
    Cosine {
        /// The step at which it has fallen, counted with the warm-up.
        steps: u64,
        /// Where it stays.
        floor: f64,
    },
    /// √(`warm_up` / step) (Vaswani et al. 2017, section 5.3).
    InverseSquareRoot,
    /// It is multiplied again and again, as in the models of Zaremba et al. (2014).
    Step {
        /// What is counted.
        every: Every,
        /// So many steps or epochs pass at the full rate.
        first: u64,
        /// It is multiplied then, and again after each so many.
        interval: u64,
        /// With this.
        factor: f64,
    },
    /// It is multiplied with `factor` when `patience` evaluations in a row have not been better than the best.
    Plateau {
        /// How many evaluations may fail to be better.
        patience: u64,
        /// With this.
        factor: f64,
        /// It does not fall below.
        floor: f64,
    },
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Every {
    /// Steps of the optimiser.
    Step,
    /// Passes over the data.
    Epoch,
}

impl ScheduleSettings {
    /// # Errors
    /// If a setting is out of its range.
    pub(crate) fn check(&self) -> Result<()> {
        positive("rate", self.rate)?;
        match self.decay {
            Decay::Constant => Ok(()),
            Decay::Linear { steps, floor } | Decay::Cosine { steps, floor } => {
                share("floor", floor)?;
                let want = || format!("above `warm_up`, {}", self.warm_up);
                if steps > self.warm_up { Ok(()) } else { Err(NeuralError::setting("steps", want(), steps)) }
            }
            Decay::InverseSquareRoot if self.warm_up == 0 => {
                Err(NeuralError::setting("warm_up", "above 0 with `inverse_square_root`", 0))
            }
            Decay::InverseSquareRoot => Ok(()),
            Decay::Step { interval: 0, .. } => Err(NeuralError::setting("interval", "above 0", 0)),
            Decay::Step { factor, .. } => share("factor", factor).and(positive("factor", factor)),
            Decay::Plateau { factor, floor, .. } => {
                share("floor", floor)?;
                share("factor", factor).and(positive("factor", factor))
            }
        }
    }
}

fn share(name: &'static str, x: f64) -> Result<()> {
    not_negative(name, x)?;
    if x <= 1.0 { Ok(()) } else { Err(NeuralError::setting(name, "at most 1", x)) }
}

/// A schedule as it goes on.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    settings: ScheduleSettings,
    plateau: Plateau,
}

/// How often evaluations have failed to be better.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Plateau {
    best: Option<f64>,
    failures: u64,
    scale: f64,
}

impl Schedule {
    /// A schedule before its first step.
    ///
    /// # Errors
    /// If a setting is out of its range.
    pub fn new(settings: ScheduleSettings) -> Result<Self> {
        settings.check()?;
        Ok(Self { settings, plateau: Plateau { best: None, failures: 0, scale: 1.0 } })
    }

    /// The learning rate of step `step`, from 1, in epoch `epoch`, from 0.
    pub fn rate(&self, step: u64, epoch: u64) -> f64 {
        let ScheduleSettings { rate, warm_up, .. } = self.settings;
        if step <= warm_up { rate * step as f64 / warm_up as f64 } else { rate * self.share(step, epoch) }
    }

    fn share(&self, step: u64, epoch: u64) -> f64 {
        let warm_up = self.settings.warm_up;
        // How much of the way down is behind us.
        let fallen = |steps: u64| (step - warm_up) as f64 / (steps.max(step) - warm_up) as f64;
        match self.settings.decay {
            Decay::Constant => 1.0,
            Decay::Linear { steps, floor } => floor + (1.0 - floor) * (1.0 - fallen(steps)),
            Decay::Cosine { steps, floor } => {
                let angle = std::f64::consts::PI * fallen(steps);
                floor + (1.0 - floor) * (0.5 + 0.5 * angle.cos())
            }
            Decay::InverseSquareRoot => (warm_up as f64 / step as f64).sqrt(),
            Decay::Step { every, first, interval, factor } => {
                let done = if every == Every::Step { step - 1 } else { epoch };
                let times = if done < first { 0 } else { 1 + (done - first) / interval.max(1) };
                factor.powf(times as f64)
            }
            Decay::Plateau { floor, .. } => self.plateau.scale.max(floor),
        }
    }

    /// Takes note of the loss of an evaluation. To resume a run, its evaluations are noted again.
    pub fn note_evaluation(&mut self, loss: f64) {
        let Decay::Plateau { patience, factor, .. } = self.settings.decay else { return };
        let plateau = &mut self.plateau;
        if plateau.best.is_none_or(|best| loss < best) {
            (plateau.best, plateau.failures) = (Some(loss), 0);
            return;
        }
        plateau.failures += 1;
        if plateau.failures >= patience.max(1) {
            plateau.failures = 0;
            plateau.scale *= factor;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule(warm_up: u64, decay: Decay) -> Schedule {
        Schedule::new(ScheduleSettings { rate: 2.0, warm_up, decay }).unwrap()
    }

    #[track_caller]
    fn check(warm_up: u64, decay: Decay, want: &[(u64, f64)]) {
        let schedule = schedule(warm_up, decay);
        for &(step, want) in want {
            let found = schedule.rate(step, 0);
            assert!((found - want).abs() < 1e-12, "{found} in step {step}, expected {want}");
        }
    }

    #[test]
    fn rates_rise_and_fall_as_said() {
        check(0, Decay::Constant, &[(1, 2.0), (1000, 2.0)]);
        check(4, Decay::Constant, &[(1, 0.5), (3, 1.5), (4, 2.0), (5, 2.0)]);
        let linear = Decay::Linear { steps: 14, floor: 0.1 };
        check(4, linear, &[(4, 2.0), (9, 1.1), (14, 0.2), (99, 0.2)]);
        let cosine = Decay::Cosine { steps: 14, floor: 0.0 };
        check(4, cosine, &[(2, 1.0), (4, 2.0), (9, 1.0), (14, 0.0), (99, 0.0)]);
        check(4, Decay::InverseSquareRoot, &[(2, 1.0), (4, 2.0), (16, 1.0), (64, 0.5)]);
        let step = Decay::Step { every: Every::Step, first: 4, interval: 2, factor: 0.5 };
        check(0, step, &[(1, 2.0), (4, 2.0), (5, 1.0), (6, 1.0), (7, 0.5), (9, 0.25)]);
    }

    #[test]
    fn epochs_count_from_nought() {
        let decay = Decay::Step { every: Every::Epoch, first: 4, interval: 1, factor: 0.5 };
        let schedule = schedule(0, decay);
        assert_eq!([0, 3, 4, 5].map(|epoch| schedule.rate(7, epoch)), [2.0, 2.0, 1.0, 0.5]);
    }

    #[test]
    fn a_plateau_lowers_the_rate() {
        let mut schedule = schedule(0, Decay::Plateau { patience: 2, factor: 0.5, floor: 0.3 });
        let rates = [5.0, 4.0, 4.0, 4.5, 3.0, 3.0, 3.0, 3.0, 3.0].map(|loss| {
            schedule.note_evaluation(loss);
            schedule.rate(1, 0)
        });
        assert_eq!(rates, [2.0, 2.0, 2.0, 1.0, 1.0, 1.0, 0.6, 0.6, 0.6]);
    }

    #[test]
    fn settings_out_of_range_are_refused() {
        let check = |json: &str, want: &str| {
            let settings = serde_json::from_str::<ScheduleSettings>(json).map_err(|error| error.to_string());
            let error =
                settings.and_then(|s| Schedule::new(s).map_err(|error| error.to_string())).unwrap_err();
            assert!(error.starts_with(want), "{error}");
        };
        check(r#"{"rate": 0.0}"#, "setting `rate` is 0, expected above 0");
        check(r#"{"rato": 0.0}"#, "unknown field `rato`");
        let linear = r#"{"warm_up": 5, "decay": {"kind": "linear", "steps": 5, "floor": 0}}"#;
        check(linear, "setting `steps` is 5, expected above `warm_up`, 5");
        check(r#"{"decay": {"kind": "inverse_square_root"}}"#, "setting `warm_up` is 0");
        check(
            r#"{"decay": {"kind": "plateau", "patience": 1, "factor": 2, "floor": 0}}"#,
            "setting `factor`",
        );
    }
}
