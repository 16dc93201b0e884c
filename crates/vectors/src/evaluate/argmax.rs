//! The best answer to each of many questions, kept while blocks of words pass by.

use crate::Analogy;
use crate::scan::Block;

/// Floats compared at once.
const LANES: usize = 16;

/// A question in numbers.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    /// Where a, b and c stand among the queries.
    pub(crate) queries: [usize; 3],
    /// Ids that are no answers.
    pub(crate) excluded: Vec<u32>,
}

/// The highest score so far, and the lowest id that has it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Best {
    pub(crate) score: f32,
    pub(crate) id: Option<u32>,
}

impl Best {
    /// Nothing seen yet.
    pub(crate) const NONE: Self = Self { score: f32::NEG_INFINITY, id: None };

    /// The better of two, where ids in `self` are lower.
    pub(crate) fn or(self, later: Self) -> Self {
        if later.score > self.score { later } else { self }
    }
}

impl Question {
    /// The best answer in a block; `scores` is room to work in.
    pub(crate) fn best(&self, block: &Block<'_>, analogy: Analogy, scores: &mut Vec<f32>) -> Best {
        scores.resize(block.n_words, 0.0);
        analogy.scores(self.queries.map(|query| block.row(query)), scores);
        self.exclude(block.first, scores);
        let score = max(scores);
        let position = scores.iter().position(|&x| x == score && score > f32::NEG_INFINITY);
        Best { score, id: position.map(|i| (block.first + i) as u32) }
    }

    /// Takes the words of the question, which would win otherwise, out of the scores of the words from `first`.
    fn exclude(&self, first: usize, scores: &mut [f32]) {
        for &id in &self.excluded {
            if let Some(score) = (id as usize).checked_sub(first).and_then(|i| scores.get_mut(i)) {
                *score = f32::NEG_INFINITY;
            }
        }
    }
}

/// The largest value, ignoring NaN: without branches, so that it becomes vector code.
fn max(values: &[f32]) -> f32 {
    let larger = |x: f32, y: f32| if y > x { y } else { x };
    let (chunks, rest) = values.as_chunks::<LANES>();
    let mut lanes = [f32::NEG_INFINITY; LANES];
    for chunk in chunks {
        lanes.iter_mut().zip(chunk).for_each(|(lane, &x)| *lane = larger(*lane, x));
    }
    lanes.iter().chain(rest).copied().fold(f32::NEG_INFINITY, larger)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_is_found_anywhere() {
        for n in [1, LANES, 2 * LANES + 3] {
            for at in 0..n {
                let mut values = vec![f32::NAN; n];
                values[at] = -3.0;
                assert_eq!(max(&values), -3.0, "at {at} of {n}");
            }
        }
        assert_eq!(max(&[]), f32::NEG_INFINITY);
    }

    #[test]
    fn the_earlier_of_equals_stays() {
        let best = |score, id| Best { score, id: Some(id) };
        assert_eq!(best(1.0, 0).or(best(1.0, 5)), best(1.0, 0));
        assert_eq!(best(1.0, 0).or(best(2.0, 5)), best(2.0, 5));
        assert_eq!(Best::NONE.or(Best::NONE), Best::NONE);
    }
}
