//! The best k of a stream.

use std::cmp::Ordering;

/// Keeps the `k` highest-scoring ids of a stream.
///
/// Ties go to the lower id, so the result does not depend on the order of arrival. NaN scores are ignored.
#[derive(Clone, Debug)]
pub struct TopK {
    k: usize,
    /// Binary heap with the worst kept entry at the root.
    heap: Vec<(f32, u32)>,
}

impl TopK {
    /// Will keep `k` entries.
    pub fn new(k: usize) -> Self {
        Self { k, heap: Vec::with_capacity(k.min(1 << 16)) }
    }

    /// Offers an entry.
    #[inline]
    pub fn push(&mut self, id: u32, score: f32) {
        if self.heap.len() == self.k {
            match self.heap.first() {
                Some(&worst) if better((score, id), worst) => self.replace_worst((score, id)),
                _ => {}
            }
        } else if !score.is_nan() {
            self.heap.push((score, id));
            self.sift_up(self.heap.len() - 1);
        }
    }

    /// The score below which no entry is kept any more: −∞ until `k` are kept.
    #[inline]
    pub fn threshold(&self) -> f32 {
        match self.heap.first() {
            Some(worst) if self.heap.len() == self.k => worst.0,
            None if self.k == 0 => f32::INFINITY,
            _ => f32::NEG_INFINITY,
        }
    }

    /// The kept `(id, score)`, best first.
    pub fn into_sorted(mut self) -> Vec<(u32, f32)> {
        self.heap.sort_unstable_by(|a, b| if better(*a, *b) { Ordering::Less } else { Ordering::Greater });
        self.heap.into_iter().map(|(score, id)| (id, score)).collect()
    }

    fn replace_worst(&mut self, entry: (f32, u32)) {
        self.heap[0] = entry;
        let mut i = 0;
        loop {
            let worst = (2 * i + 1..2 * i + 3)
                .filter(|&child| child < self.heap.len())
                .reduce(|a, b| if better(self.heap[a], self.heap[b]) { b } else { a });
            match worst {
                Some(child) if better(self.heap[i], self.heap[child]) => {
                    self.heap.swap(i, child);
                    i = child;
                }
                _ => return,
            }
        }
    }

    fn sift_up(&mut self, mut i: usize) {
        while i > 0 && better(self.heap[(i - 1) / 2], self.heap[i]) {
            self.heap.swap(i, (i - 1) / 2);
            i = (i - 1) / 2;
        }
    }
}

/// Whether `a` ranks before `b`; false for NaN.
fn better(a: (f32, u32), b: (f32, u32)) -> bool {
    a.0 > b.0 || (a.0 == b.0 && a.1 < b.1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn top(k: usize, scores: &[f32]) -> Vec<(u32, f32)> {
        let mut top = TopK::new(k);
        scores.iter().enumerate().for_each(|(i, &score)| top.push(i as u32, score));
        top.into_sorted()
    }

    #[test]
    fn ties_go_to_the_lower_id() {
        assert_eq!(top(2, &[1., 3., 3., 3.]), [(1, 3.), (2, 3.)]);
    }

    #[test]
    fn nan_is_never_kept() {
        assert_eq!(top(3, &[f32::NAN, 1., f32::NAN]), [(1, 1.)]);
        assert_eq!(top(0, &[1.]), []);
    }

    #[test]
    fn the_threshold_is_the_worst_of_k() {
        let mut top = TopK::new(2);
        let mut push = |score| {
            top.push(0, score);
            top.threshold()
        };
        assert_eq!([push(3.), push(1.), push(2.)], [f32::NEG_INFINITY, 1., 2.]);
        assert_eq!(TopK::new(0).threshold(), f32::INFINITY);
    }

    proptest! {
        #[test]
        fn agrees_with_sorting(scores in prop::collection::vec(-5i8..5, 0..60), k in 0usize..12) {
            let scores: Vec<f32> = scores.into_iter().map(f32::from).collect();
            let mut want: Vec<(u32, f32)> = scores.iter().enumerate().map(|(i, &s)| (i as u32, s)).collect();
            want.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            want.truncate(k);
            prop_assert_eq!(top(k, &scores), want);
        }
    }
}
