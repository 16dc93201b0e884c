//! A corpus as sequences that a model learns.

use crate::{NeuralError, Result};
use sememe_vocab::{Corpus, Vocab, WordId};
use std::ops::ControlFlow;

/// The ids at the borders of sentences. What begins a sentence is only ever an input, what ends it only a target, so
/// that the border between two sentences takes one place: the model reads `begin` and predicts the first word, reads the
/// last word and predicts `end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Markers {
    /// Stands before the first word, as an input.
    pub begin: u32,
    /// Stands after the last word, as a target.
    pub end: u32,
}

impl Markers {
    /// `<s>` and `</s>` of `vocab`; `</s>` for both where there is no `<s>`.
    ///
    /// # Errors
    /// If there is no `</s>`.
    pub fn of(vocab: &Vocab) -> Result<Self> {
        let Some(WordId(end)) = vocab.end() else {
            return Err(NeuralError::setting("vocabulary", "with a special word `</s>`", "without"));
        };
        Ok(Self { begin: vocab.begin().map_or(end, |begin| begin.0), end })
    }
}

/// Sentences in memory: 4 bytes a word and 8 a sentence.
#[derive(Clone, Debug)]
pub struct Sentences {
    ids: Vec<u32>,
    /// Sentence i is `ids[ends[i − 1]..ends[i]]`.
    ends: Vec<usize>,
    markers: Markers,
}

impl Sentences {
    /// All sentences of `corpus`, shard after shard; those without words are left out.
    ///
    /// # Errors
    /// If the corpus is damaged, holds ids that are not below `n_words`, or no word at all.
    pub fn read(corpus: &dyn Corpus, n_words: usize, markers: Markers) -> Result<Self> {
        let mut sentences = Self { ids: Vec::new(), ends: Vec::new(), markers };
        for shard in 0..corpus.n_shards() {
            corpus.for_each_sentence(shard, &mut |sentence| {
                if !sentence.is_empty() {
                    sentences.ids.extend(sentence.iter().map(|word| word.0));
                    sentences.ends.push(sentences.ids.len());
                }
                ControlFlow::Continue(())
            })?;
        }
        let known = |&id: &u32| (id as usize) < n_words;
        let marks = [markers.begin, markers.end];
        if let Some(at) = sentences.ids.iter().position(|id| !known(id)) {
            return Err(NeuralError::Id { what: "words", id: sentences.ids[at], at, limit: n_words });
        }
        if let Some(at) = marks.iter().position(|id| !known(id)) {
            return Err(NeuralError::Id { what: "words", id: marks[at], at, limit: n_words });
        }
        if sentences.ids.is_empty() {
            return Err(NeuralError::setting("corpus", "with at least one word", "empty"));
        }
        Ok(sentences)
    }

    /// How many sentences there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none; never so.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// How many words and ends of sentences there are to predict.
    pub fn n_targets(&self) -> u64 {
        (self.ids.len() + self.ends.len()) as u64
    }

    /// Targets of sentence `i`: its words and its end.
    pub(super) fn n_targets_of(&self, i: usize) -> usize {
        self.words(i).len() + 1
    }

    fn words(&self, i: usize) -> &[u32] {
        let start = if i == 0 { 0 } else { self.ends[i - 1] };
        &self.ids[start..self.ends[i]]
    }

    /// Appends the inputs and targets of sentence `i`.
    pub(super) fn append(&self, i: usize, inputs: &mut Vec<u32>, targets: &mut Vec<u32>) {
        let words = self.words(i);
        inputs.push(self.markers.begin);
        inputs.extend_from_slice(words);
        targets.extend_from_slice(words);
        targets.push(self.markers.end);
    }

    /// Two numbers that other data would hardly share: the count of targets, and FNV-1a over all ids.
    pub(in crate::train) fn fingerprint(&self) -> (u64, u64) {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        let mut add = |x: u64| hash = (hash ^ x).wrapping_mul(0x0100_0000_01b3);
        self.ids.iter().for_each(|&id| add(u64::from(id)));
        self.ends.iter().for_each(|&end| add(end as u64));
        (self.n_targets(), hash)
    }
}

#[cfg(test)]
pub(in crate::train) mod tests {
    use super::*;
    use sememe_vocab::MemoryCorpus;

    pub(in crate::train) const MARKERS: Markers = Markers { begin: 0, end: 1 };

    pub(in crate::train) fn sentences(all: &[&[u32]]) -> Sentences {
        let words = all.iter().map(|ids| ids.iter().map(|&id| WordId(id)).collect()).collect();
        Sentences::read(&MemoryCorpus::new(words, 2), 1000, MARKERS).unwrap()
    }

    #[test]
    fn a_border_takes_one_place() {
        let sentences = sentences(&[&[5, 6], &[], &[7]]);
        let (mut inputs, mut targets) = (Vec::new(), Vec::new());
        (0..sentences.len()).for_each(|i| sentences.append(i, &mut inputs, &mut targets));
        assert_eq!((inputs, targets), (vec![0, 5, 6, 0, 7], vec![5, 6, 1, 7, 1]));
        assert_eq!(sentences.n_targets(), 5);
    }

    #[test]
    fn foreign_and_empty_corpora_are_refused() {
        let corpus = |ids: &[u32]| MemoryCorpus::new(vec![ids.iter().map(|&id| WordId(id)).collect()], 1);
        let error = |ids: &[u32], n| Sentences::read(&corpus(ids), n, MARKERS).unwrap_err().to_string();
        assert_eq!(error(&[1, 9], 9), "id 9 at place 1, but there are only 9 of `words`");
        assert_eq!(error(&[0], 1), "id 1 at place 1, but there are only 1 of `words`");
        assert_eq!(error(&[], 9), "setting `corpus` is empty, expected with at least one word");
    }

    #[test]
    fn other_sentences_have_another_fingerprint() {
        let prints = [sentences(&[&[5, 6], &[7]]), sentences(&[&[5], &[6, 7]]), sentences(&[&[6, 5], &[7]])];
        let prints = prints.map(|sentences| sentences.fingerprint());
        assert!(prints[0] != prints[1] && prints[0] != prints[2] && prints[1] != prints[2]);
    }
}
