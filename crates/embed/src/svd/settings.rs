//! Settings of the decomposition.

use crate::settings::{holds, within};
use crate::{DistanceWeight, EmbedError};
use serde::{Deserialize, Serialize};

/// Settings of [`Svd`](crate::Svd).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SvdSettings {
    /// Numbers in a vector.
    pub dim: usize,
    /// Words on either side that count as context.
    pub window: usize,
    /// Whether words behind a word are its context too, or only those before it.
    pub symmetric: bool,
    /// How the weight of a context falls with its distance.
    pub distance_weight: DistanceWeight,
    /// Words above this share of the text are thinned out before pairs are counted; 0 keeps all.
    pub sample: f64,
    /// Contexts are taken to be as frequent as their count to this power: α in equation 3 of Levy, Goldberg and Dagan
    /// (2015). Below 1 it takes something from rare contexts.
    pub smoothing: f64,
    /// The k of the shift log k that is taken from every cell, as if skip-gram had so many negatives (section 3.2.1
    /// there); 1 takes nothing.
    pub shift: f64,
    /// Left singular vectors are multiplied with their singular values to this power: p in section 3.3 there.
    pub exponent: f64,
    /// Whether the vectors of words as contexts are added to those of words.
    pub add_contexts: bool,
    /// The basis in which singular vectors are looked for has so many vectors for each that is kept: more are more
    /// exact, and take more time and memory.
    pub basis: usize,
    /// About how many bytes counting may take in memory; the rest goes to temporary files. The matrix is held in
    /// memory whatever this is, at 8 bytes for each pair of words that meet more often than by chance.
    pub memory: u64,
    /// Threads. Any number of them gives the same bits.
    pub threads: usize,
    /// The seed of all random choices.
    pub seed: u64,
}

impl Default for SvdSettings {
    fn default() -> Self {
        Self {
            dim: 100,
            window: 5,
            symmetric: true,
            distance_weight: DistanceWeight::Linear,
            sample: 0.0,
            smoothing: 0.75,
            shift: 1.0,
            exponent: 0.5,
            add_contexts: false,
            basis: 3,
            memory: 2 << 30,
            threads: 1,
            seed: 1,
        }
    }
}

impl SvdSettings {
    /// Refuses settings with which nothing can be decomposed.
    pub(crate) fn check(&self) -> Result<(), EmbedError> {
        within("dim", self.dim, 1..=65_536, "from 1 to 65536")?;
        within("window", self.window, 1..=1_000, "from 1 to 1000")?;
        holds((0.0..=1.0).contains(&self.sample), "sample", self.sample, "from 0 to 1")?;
        holds((0.0..=1.0).contains(&self.smoothing), "smoothing", self.smoothing, "from 0 to 1")?;
        holds((1e-6..=1e6).contains(&self.shift), "shift", self.shift, "from 1e-6 to 1e6")?;
        holds((-1.0..=2.0).contains(&self.exponent), "exponent", self.exponent, "from -1 to 2")?;
        within("basis", self.basis, 1..=100, "from 1 to 100")?;
        within("threads", self.threads, 1..=4_096, "from 1 to 4096")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(settings: SvdSettings, want: &str) {
        let message = settings.check().map_or_else(|error| error.to_string(), |()| "fine".to_owned());
        assert_eq!(message, want);
    }

    #[test]
    fn settings_outside_their_range_are_named() {
        let good = SvdSettings::default;
        check(good(), "fine");
        check(SvdSettings { dim: 0, ..good() }, "`dim` is 0, expected from 1 to 65536");
        check(SvdSettings { smoothing: 1.5, ..good() }, "`smoothing` is 1.5, expected from 0 to 1");
        check(SvdSettings { shift: 0.0, ..good() }, "`shift` is 0, expected from 1e-6 to 1e6");
        check(SvdSettings { exponent: f64::NAN, ..good() }, "`exponent` is NaN, expected from -1 to 2");
        check(SvdSettings { basis: 0, ..good() }, "`basis` is 0, expected from 1 to 100");
    }
}
