//! Stage 3: how much is taken from the counts of each order.

use super::settings::DiscountPolicy;
use crate::LmError;

/// What is subtracted from the adjusted counts 0, 1, 2, and 3 or more.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Discounts([f64; 4]);

impl Discounts {
    /// What is subtracted from `count`.
    #[inline]
    pub(crate) fn of(&self, count: u32) -> f64 {
        self.0[count.min(3) as usize]
    }

    /// What is subtracted from the counts 1, 2, and 3 or more.
    pub(crate) fn values(&self) -> [f64; 3] {
        [self.0[1], self.0[2], self.0[3]]
    }

    /// The discounts of the n-grams of `order`, whose adjusted counts are given.
    pub(crate) fn estimate(counts: &[u32], order: usize, policy: DiscountPolicy) -> Result<Self, LmError> {
        let n = counts_of_counts(counts);
        match (closed_form(n), policy) {
            (Ok(discounts), _) => Ok(discounts),
            (Err(_), DiscountPolicy::Fallback([one, two, more])) => Ok(Self([0.0, one, two, more])),
            (Err(reason), DiscountPolicy::Refuse) => Err(LmError::Discounts { order, counts: n, reason }),
        }
    }
}

/// How many n-grams have the adjusted counts 1, 2, 3 and 4.
fn counts_of_counts(counts: &[u32]) -> [u64; 4] {
    let mut n = [0; 5];
    for &count in counts.iter().filter(|&&count| count < 5) {
        n[count as usize] += 1;
    }
    [n[1], n[2], n[3], n[4]]
}

/// D_j = j − (j + 1) Y n_{j+1} / n_j with Y = n_1 / (n_1 + 2 n_2) (Chen and Goodman 1998, eq. 26).
fn closed_form(counts: [u64; 4]) -> Result<Discounts, String> {
    if let Some(zero) = counts[..3].iter().position(|&n| n == 0) {
        return Err(format!("no n-gram has the adjusted count {}", zero + 1));
    }
    let n = counts.map(|n| n as f64);
    let y = n[0] / (n[0] + 2.0 * n[1]);
    let mut discounts = [0.0; 4];
    for j in 1..4 {
        let d = j as f64 - (j + 1) as f64 * y * n[j] / n[j - 1];
        if !(0.0..=j as f64).contains(&d) {
            return Err(format!("the discount of the count {j} would be {d:.4}, outside 0 to {j}"));
        }
        discounts[j] = d;
    }
    Ok(Discounts(discounts))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(n: [usize; 4], want: Result<[f64; 3], &str>) {
        let counts: Vec<u32> = (1u32..).zip(n).flat_map(|(count, n)| vec![count; n]).collect();
        match (Discounts::estimate(&counts, 2, DiscountPolicy::Refuse), want) {
            (Ok(got), Ok(want)) => {
                assert!(got.values().iter().zip(want).all(|(g, w)| (g - w).abs() < 1e-12), "{got:?}");
            }
            (Err(error), Err(part)) => assert!(error.to_string().contains(part), "{error}"),
            (got, want) => panic!("{got:?} instead of {want:?}"),
        }
    }

    #[test]
    fn discounts_follow_equation_26() {
        check([100, 40, 20, 10], Ok([1.0 - 4.0 / 9.0, 2.0 - 3.0 * 0.5 * 5.0 / 9.0, 3.0 - 2.0 * 5.0 / 9.0]));
    }

    #[test]
    fn a_missing_count_is_named() {
        check([5, 3, 0, 1], Err("discounts of the 2-grams: no n-gram has the adjusted count 3;"));
        check([5, 3, 0, 1], Err("adjusted counts 1 to 4 are [5, 3, 0, 1]"));
    }

    #[test]
    fn a_discount_out_of_range_is_named() {
        check([10, 10, 10, 90], Err("the discount of the count 3 would be -9.0000, outside 0 to 3"));
    }

    #[test]
    fn the_fallback_replaces_what_cannot_be_estimated() {
        let policy = DiscountPolicy::FALLBACK;
        assert_eq!(Discounts::estimate(&[1, 1], 1, policy).unwrap().values(), [0.5, 1.0, 1.5]);
    }
}
