//! How much a meeting of two words counts.

use serde::{Deserialize, Serialize};

/// Whole numbers of this make up a count of one: 1/d is exact for every distance d up to 16, and off by less than a
/// thousandth for 1000.
pub(crate) const UNIT: u32 = 720_720;

/// How the weight of two words falls with their distance d in a window of w words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DistanceWeight {
    /// 1 / d, as in GloVe (Pennington et al. 2014, section 4.2).
    #[default]
    Harmonic,
    /// (w + 1 − d) / w, what word2vec's random windows amount to (Levy, Goldberg and Dagan 2015, section 3.1).
    Linear,
    /// All words of the window count the same.
    Flat,
}

/// The weight of each distance, in [`UNIT`]s.
pub(super) struct Weights {
    /// The first is that of distance 0 and never used.
    units: Vec<u32>,
}

impl Weights {
    pub(super) fn new(weight: DistanceWeight, window: usize) -> Self {
        let units = |distance: usize| match weight {
            DistanceWeight::Harmonic => f64::from(UNIT) / distance.max(1) as f64,
            DistanceWeight::Linear => f64::from(UNIT) * (window + 1 - distance) as f64 / window as f64,
            DistanceWeight::Flat => f64::from(UNIT),
        };
        Self { units: (0..=window).map(|distance| units(distance).round() as u32).collect() }
    }

    /// The furthest distance.
    pub(super) fn window(&self) -> usize {
        self.units.len() - 1
    }

    #[inline]
    pub(super) fn units(&self, distance: usize) -> u32 {
        self.units[distance]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(weight: DistanceWeight, window: usize, want: &[f64]) {
        let weights = Weights::new(weight, window);
        let got: Vec<f64> = (1..=window).map(|d| f64::from(weights.units(d)) / f64::from(UNIT)).collect();
        assert_eq!(got, want);
    }

    #[test]
    fn weights_fall_with_the_distance() {
        check(DistanceWeight::Harmonic, 4, &[1.0, 0.5, 1.0 / 3.0, 0.25]);
        check(DistanceWeight::Linear, 4, &[1.0, 0.75, 0.5, 0.25]);
        check(DistanceWeight::Flat, 2, &[1.0, 1.0]);
    }

    #[test]
    fn long_distances_are_a_thousandth_off_at_most() {
        let weights = Weights::new(DistanceWeight::Harmonic, 1000);
        for d in 1..=1000 {
            let off = f64::from(weights.units(d)) * d as f64 / f64::from(UNIT) - 1.0;
            assert!(off.abs() < 1e-3 && (d > 16 || off == 0.0), "{d}: {off}");
        }
    }
}
