//! Drawing from a fixed discrete distribution in constant time.

use crate::Rng;

/// The alias method (Walker 1977, with Vose's construction): one draw is one random number and one lookup.
///
/// 8 bytes an outcome, so the table of a vocabulary of 70,000 words stays in the second-level cache, where
/// word2vec's 400 MB table misses memory on every draw.
#[derive(Clone, Debug)]
pub struct AliasTable {
    cells: Vec<Cell>,
}

#[derive(Clone, Copy, Debug)]
struct Cell {
    /// Share of this cell, out of 2³², that belongs to its own outcome.
    keep: u32,
    /// Outcome of the rest.
    alias: u32,
}

impl AliasTable {
    /// A table that draws outcome `i` with probability `weights[i] / Σ weights`.
    ///
    /// `None` if there are no weights, more than 2³² of them, a negative or non-finite one, or only zeros.
    pub fn new(weights: &[f64]) -> Option<Self> {
        let total: f64 = weights.iter().sum();
        let valid = weights.iter().all(|w| *w >= 0.0 && w.is_finite());
        if !valid || total <= 0.0 || !total.is_finite() || u32::try_from(weights.len()).is_err() {
            return None;
        }
        let mut share: Vec<f64> = weights.iter().map(|w| w / total * weights.len() as f64).collect();
        let mut cells: Vec<Cell> =
            (0..weights.len() as u32).map(|i| Cell { keep: u32::MAX, alias: i }).collect();
        let (mut small, mut large): (Vec<u32>, Vec<u32>) =
            (0..weights.len() as u32).partition(|&i| share[i as usize] < 1.0);
        while let (Some(poor), Some(&rich)) = (small.pop(), large.last()) {
            cells[poor as usize] =
                Cell { keep: (share[poor as usize] * 4_294_967_296.0) as u32, alias: rich };
            share[rich as usize] -= 1.0 - share[poor as usize];
            if share[rich as usize] < 1.0 {
                small.extend(large.pop());
            }
        }
        Some(Self { cells })
    }

    /// Draws one outcome.
    #[inline]
    pub fn sample(&self, rng: &mut Rng) -> u32 {
        let bits = rng.next_u64();
        let i = ((bits >> 32) * self.cells.len() as u64) >> 32;
        let cell = self.cells[i as usize];
        // Either is as likely: a branch would be mispredicted half of the time.
        std::hint::select_unpredictable((bits as u32) <= cell.keep, i as u32, cell.alias)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(weights: &[f64]) {
        let (table, mut rng) = (AliasTable::new(weights).unwrap(), Rng::new(5, 0));
        let mut seen = vec![0u32; weights.len()];
        let n = 200_000;
        for _ in 0..n {
            seen[table.sample(&mut rng) as usize] += 1;
        }
        let total: f64 = weights.iter().sum();
        for (i, weight) in weights.iter().enumerate() {
            let (want, got) = (weight / total, f64::from(seen[i]) / f64::from(n));
            assert!((want - got).abs() < 0.005, "outcome {i}: {got} instead of {want}");
        }
    }

    #[test]
    fn draws_follow_the_weights() {
        check(&[1.0]);
        check(&[1.0, 1.0, 2.0]);
        check(&[0.0, 3.0, 0.5, 0.0, 100.0]);
    }

    #[test]
    fn impossible_weights_are_refused() {
        for weights in [&[][..], &[0.0], &[1.0, -1.0], &[f64::NAN], &[f64::INFINITY]] {
            assert!(AliasTable::new(weights).is_none(), "{weights:?}");
        }
    }
}
