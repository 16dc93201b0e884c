//! A count, ready to be trained.

use super::GloveSettings;
use crate::cooccurrence::Pair;

/// A pair of words and what its training needs: logarithm and power are taken once, not in every epoch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Record {
    pub(super) row: u32,
    pub(super) column: u32,
    /// ln x of the count x.
    pub(super) log: f32,
    /// f(x).
    pub(super) weight: f32,
}

impl Record {
    /// Bytes of a record in a file.
    pub(super) const BYTES: usize = 16;

    pub(super) fn to_bytes(self) -> [u8; Self::BYTES] {
        let parts = [self.row, self.column, self.log.to_bits(), self.weight.to_bits()];
        let mut bytes = [0; Self::BYTES];
        bytes.chunks_exact_mut(4).zip(parts).for_each(|(to, part)| to.copy_from_slice(&part.to_le_bytes()));
        bytes
    }

    pub(super) fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        let part = |i: usize| u32::from_le_bytes([bytes[i], bytes[i + 1], bytes[i + 2], bytes[i + 3]]);
        let (log, weight) = (f32::from_bits(part(8)), f32::from_bits(part(12)));
        Self { row: part(0), column: part(4), log, weight }
    }
}

/// How much a count weighs: f(x) = min(1, (x / x_max)^α) (Pennington et al. 2014, equation 9).
#[derive(Clone, Copy, Debug)]
pub(super) struct Weighting {
    x_max: f64,
    alpha: f64,
}

impl Weighting {
    pub(super) fn new(settings: &GloveSettings) -> Self {
        Self { x_max: settings.x_max, alpha: settings.alpha }
    }

    pub(super) fn record(self, pair: Pair) -> Record {
        let Pair { row, column, count } = pair;
        let weight = (count / self.x_max).min(1.0).powf(self.alpha);
        Record { row, column, log: count.ln() as f32, weight: weight as f32 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(count: f64, log: f32, weight: f32) {
        let weighting = Weighting { x_max: 16.0, alpha: 0.75 };
        let record = weighting.record(Pair { row: 3, column: 1 << 30, count });
        assert_eq!(record, Record { row: 3, column: 1 << 30, log, weight });
        assert_eq!(Record::from_bytes(record.to_bytes()), record);
    }

    #[test]
    fn counts_weigh_by_a_power_up_to_one() {
        check(1.0, 0.0, 0.125);
        check(16.0, 16f32.ln(), 1.0);
        check(1e9, 1e9f32.ln(), 1.0);
        check(0.0625, 0.0625f32.ln(), 0.015_625);
    }
}
