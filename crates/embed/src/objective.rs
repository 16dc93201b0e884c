//! What a word is told apart from: negative words, or the branches of a tree.

use crate::huffman::Huffman;
use crate::negatives::Negatives;
use sememe_kernels::{Rng, Targets};

/// The output layer: which rows a prediction of a word touches, and what their scores should be.
#[derive(Debug)]
pub(crate) enum Objective {
    /// The word against negatives: one draw for `kept` words in a row, or one for each pair of words if that is 0.
    Negative { negatives: Negatives, kept: usize },
    /// The branches on the way to the word in a Huffman tree (Morin and Bengio 2005; Mikolov et al. 2013, section
    /// 2.1).
    Tree(Huffman),
}

/// Draws the outputs of one word after the other.
pub(crate) struct Draw<'a> {
    objective: &'a Objective,
    /// The negatives that are kept, and for how many words more.
    kept: Vec<u32>,
    left: usize,
}

impl Objective {
    pub(crate) fn draw(&self) -> Draw<'_> {
        Draw { objective: self, kept: Vec::new(), left: 0 }
    }

    /// Where negatives come from, if there are any.
    pub(crate) fn negatives(&self) -> Option<&Negatives> {
        if let Self::Negative { negatives, .. } = self { Some(negatives) } else { None }
    }

    /// Whether every pair of words has outputs of its own.
    pub(crate) fn is_by_pair(&self) -> bool {
        matches!(self, Self::Negative { kept: 0, .. })
    }
}

impl Draw<'_> {
    /// Appends the output rows for predictions of `word` from `n_contexts` words.
    pub(crate) fn outputs(&mut self, word: u32, n_contexts: usize, into: &mut Vec<u32>, rng: &mut Rng) {
        match self.objective {
            Objective::Tree(tree) => into.extend_from_slice(tree.path(word).0),
            Objective::Negative { negatives, kept: 0 } => {
                (0..n_contexts).for_each(|_| negatives.draw(word, into, rng));
            }
            Objective::Negative { negatives, kept: 1 } => negatives.draw(word, into, rng),
            Objective::Negative { negatives, kept } => {
                if self.left == 0 {
                    self.left = *kept;
                    self.kept.clear();
                    negatives.draw(word, &mut self.kept, rng);
                }
                self.left -= 1;
                into.push(word);
                into.extend(self.kept[1..].iter().filter(|&&row| row != word));
            }
        }
    }
}

/// Labels and learning rates of all pairs of a window, kept from one window to the next: with negatives they are
/// nearly always the same.
#[derive(Debug, Default)]
pub(crate) struct Pattern {
    labels: Vec<f32>,
    rates: Vec<f32>,
    /// How many outputs the labels were made for, the first of which is the word; 0 if they are others.
    n_outputs: usize,
}

impl Pattern {
    /// The first of `n_outputs` is the word, the others are negatives, for each of `n_inputs`.
    #[inline]
    pub(crate) fn negative(&mut self, n_inputs: usize, n_outputs: usize, rate: f32) -> Targets<'_> {
        let n_pairs = n_inputs * n_outputs;
        if n_pairs == 0 {
            return Targets { labels: &[], rates: &[] };
        }
        if n_outputs != self.n_outputs || n_pairs > self.labels.len() {
            self.n_outputs = n_outputs;
            self.labels.clear();
            self.labels.extend((0..n_pairs).map(|i| f32::from(u8::from(i % n_outputs == 0))));
        }
        self.targets(n_pairs, rate)
    }

    /// The same `labels` for each of `n_inputs`.
    #[inline]
    pub(crate) fn path(&mut self, n_inputs: usize, labels: &[f32], rate: f32) -> Targets<'_> {
        self.n_outputs = 0;
        self.labels.clear();
        (0..n_inputs).for_each(|_| self.labels.extend_from_slice(labels));
        self.targets(n_inputs * labels.len(), rate)
    }

    fn targets(&mut self, n_pairs: usize, rate: f32) -> Targets<'_> {
        if self.rates.first() != Some(&rate) {
            self.rates.clear();
        }
        self.rates.resize(n_pairs.max(self.rates.len()), rate);
        Targets { labels: &self.labels[..n_pairs], rates: &self.rates[..n_pairs] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outputs(kept: usize, words: &[u32]) -> Vec<Vec<u32>> {
        let objective = Objective::Negative { negatives: Negatives::new(&[9; 40], 0.75, 3).unwrap(), kept };
        let (mut draw, mut rng) = (objective.draw(), Rng::new(1, 0));
        let outputs = |&word: &u32| {
            let mut rows = Vec::new();
            draw.outputs(word, 2, &mut rows, &mut rng);
            rows
        };
        words.iter().map(outputs).collect()
    }

    #[test]
    fn negatives_are_drawn_by_pair_or_window_or_kept_for_a_while() {
        let lengths = |kept| outputs(kept, &[3, 4]).iter().map(Vec::len).collect::<Vec<_>>();
        assert_eq!((lengths(0), lengths(1), lengths(2)), (vec![8, 8], vec![4, 4], vec![4, 4]));
        let kept = outputs(2, &[3, 4, 5]);
        assert_eq!((kept[0][0], kept[1][0], kept[2][0]), (3, 4, 5));
        assert_eq!(kept[0][1..], kept[1][1..]);
        assert_ne!(kept[1][1..], kept[2][1..]);
    }

    #[test]
    fn a_word_is_never_its_own_negative() {
        let first = outputs(2, &[3])[0].clone();
        let second = outputs(2, &[3, first[1]])[1].clone();
        assert_eq!(second, [first[1], first[2], first[3]]);
    }

    #[test]
    fn patterns_fit_every_shape() {
        let mut pattern = Pattern::default();
        for (n_inputs, n_outputs, rate) in [(2, 3, 0.5), (1, 3, 0.5), (3, 3, 0.25), (2, 2, 0.25)] {
            let targets = pattern.negative(n_inputs, n_outputs, rate);
            let want: Vec<f32> =
                (0..n_inputs).flat_map(|_| (0..n_outputs).map(|o| if o == 0 { 1.0 } else { 0.0 })).collect();
            assert_eq!((targets.labels, targets.rates), (&want[..], &vec![rate; want.len()][..]));
        }
        assert_eq!(pattern.path(2, &[0.0, 1.0], 0.1).labels, [0.0, 1.0, 0.0, 1.0]);
        assert_eq!(pattern.negative(1, 2, 0.1).labels, [1.0, 0.0]);
    }
}
