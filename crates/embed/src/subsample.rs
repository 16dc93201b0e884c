//! Thinning out of frequent words.

use sememe_kernels::Rng;

/// Keeps a word of relative frequency f with probability √(t/f) + t/f, as the code of word2vec does (the
/// paper, Mikolov et al. 2013, eq. 5, has only the root).
#[derive(Debug)]
pub(crate) struct Subsampler {
    /// Probability of keeping each row, out of 2³² − 1, which means always.
    keep: Vec<u32>,
}

impl Subsampler {
    /// For rows with these counts and threshold t = `sample`; 0 keeps all words.
    pub(crate) fn new(counts: &[u64], sample: f64) -> Self {
        let total: f64 = counts.iter().map(|&count| count as f64).sum();
        let keep = counts.iter().map(|&count| threshold(sample * total / count as f64, sample)).collect();
        Self { keep }
    }

    /// The share of each row in the text that is left.
    pub(crate) fn shares(&self, counts: &[u64]) -> Vec<f64> {
        let left = |(&count, &keep): (&u64, &u32)| count as f64 * f64::from(keep) / f64::from(u32::MAX);
        let mut shares: Vec<f64> = counts.iter().zip(&self.keep).map(left).collect();
        let total: f64 = shares.iter().sum();
        shares.iter_mut().for_each(|share| *share /= total.max(f64::MIN_POSITIVE));
        shares
    }

    /// Whether this occurrence of `row` is used.
    #[inline]
    pub(crate) fn keeps(&self, row: u32, rng: &mut Rng) -> bool {
        let keep = self.keep[row as usize];
        keep == u32::MAX || rng.next_u32() < keep
    }
}

fn threshold(ratio: f64, sample: f64) -> u32 {
    let keep = if sample == 0.0 { 1.0 } else { ratio.sqrt() + ratio };
    (keep * f64::from(u32::MAX)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(count: u64, rest: u64, sample: f64, want: f64) {
        let (sampler, mut rng) = (Subsampler::new(&[count, rest], sample), Rng::new(1, 0));
        let kept = (0..100_000).filter(|_| sampler.keeps(0, &mut rng)).count();
        assert!((kept as f64 / 1e5 - want).abs() < 0.01, "kept {kept} of 100000 instead of {want}");
    }

    #[test]
    fn frequent_words_are_thinned_out() {
        check(10, 90, 1e-3, 0.1 + 0.01);
        check(1, 99, 1e-2, 1.0);
        check(50, 50, 0.0, 1.0);
    }
}
