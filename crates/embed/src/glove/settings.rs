//! Settings of GloVe.

use crate::settings::{holds, within};
use crate::{DistanceWeight, EmbedError};
use serde::{Deserialize, Serialize};

/// Settings of [`Glove`](crate::Glove).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GloveSettings {
    /// Numbers in a vector.
    pub dim: usize,
    /// Words on either side that count as context.
    pub window: usize,
    /// Whether words behind a word are its context too, or only those before it.
    pub symmetric: bool,
    /// How the weight of a context falls with its distance.
    pub distance_weight: DistanceWeight,
    /// Counts from this on weigh the same in training: x_max in equation 9 of the paper. It has 100 there, for
    /// billions of words; 10, as in the demonstration of the authors' program, is for millions.
    pub x_max: f64,
    /// Smaller counts x weigh (x / x_max) to this power: α in equation 9.
    pub alpha: f64,
    /// Passes over the counts.
    pub epochs: usize,
    /// The first learning rate of AdaGrad.
    pub learning_rate: f32,
    /// No component of a gradient counts for more than this.
    pub clip: f32,
    /// Whether a word's vectors as a word and as a context are added up, as the paper recommends, or only the first
    /// is kept.
    pub add_contexts: bool,
    /// About how many bytes the counts may take in memory; the rest goes to temporary files.
    pub memory: u64,
    /// Threads. Any number of them gives the same bits; more than 32 are no faster.
    pub threads: usize,
    /// The seed of all random choices.
    pub seed: u64,
}

impl Default for GloveSettings {
    fn default() -> Self {
        Self {
            dim: 100,
            window: 10,
            symmetric: true,
            distance_weight: DistanceWeight::default(),
            x_max: 10.0,
            alpha: 0.75,
            epochs: 15,
            learning_rate: 0.05,
            clip: 100.0,
            add_contexts: true,
            memory: 2 << 30,
            threads: 1,
            seed: 1,
        }
    }
}

impl GloveSettings {
    /// Refuses settings with which nothing can be trained.
    pub(crate) fn check(&self) -> Result<(), EmbedError> {
        within("dim", self.dim, 1..=65_536, "from 1 to 65536")?;
        within("window", self.window, 1..=1_000, "from 1 to 1000")?;
        within("epochs", self.epochs, 1..=1_000_000, "from 1 to 1000000")?;
        within("threads", self.threads, 1..=4_096, "from 1 to 4096")?;
        let positive = |x: f64| x > 0.0 && x.is_finite();
        holds(positive(self.x_max), "x_max", self.x_max, "a positive number")?;
        holds((0.0..=10.0).contains(&self.alpha), "alpha", self.alpha, "from 0 to 10")?;
        let rates = 1e-6..=1e6;
        holds(rates.contains(&self.learning_rate), "learning_rate", self.learning_rate, "from 1e-6 to 1e6")?;
        holds(positive(f64::from(self.clip)), "clip", self.clip, "a positive number")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(settings: GloveSettings, want: &str) {
        let message = settings.check().map_or_else(|error| error.to_string(), |()| "fine".to_owned());
        assert_eq!(message, want);
    }

    #[test]
    fn settings_outside_their_range_are_named() {
        let good = GloveSettings::default;
        check(good(), "fine");
        check(GloveSettings { window: 1001, ..good() }, "`window` is 1001, expected from 1 to 1000");
        check(GloveSettings { x_max: 0.0, ..good() }, "`x_max` is 0, expected a positive number");
        check(GloveSettings { x_max: f64::INFINITY, ..good() }, "`x_max` is inf, expected a positive number");
        check(GloveSettings { alpha: -0.5, ..good() }, "`alpha` is -0.5, expected from 0 to 10");
        let learning_rate = f32::NAN;
        check(GloveSettings { learning_rate, ..good() }, "`learning_rate` is NaN, expected from 1e-6 to 1e6");
        check(GloveSettings { clip: 0.0, ..good() }, "`clip` is 0, expected a positive number");
    }
}
