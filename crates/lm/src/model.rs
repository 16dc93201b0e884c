//! What every language model can do.

use sememe_vocab::{Vocab, WordId};

/// Which sentence boundaries a score includes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Boundaries {
    /// Whether the first word follows the beginning of a sentence; else it follows nothing.
    pub begin: bool,
    /// Whether the end of the sentence is predicted after the last word.
    pub end: bool,
}

impl Boundaries {
    /// A whole sentence: what perplexity is made of.
    pub const BOTH: Self = Self { begin: true, end: true };
    /// Words out of the middle of a sentence.
    pub const NONE: Self = Self { begin: false, end: false };
    /// The first words of a sentence that goes on.
    pub const BEGIN: Self = Self { begin: true, end: false };
    /// The last words of a sentence.
    pub const END: Self = Self { begin: false, end: true };
}

/// A distribution over the next word, given the words before it.
///
/// The caller owns the state, so that a search can keep many of them: for an n-gram model it is a few
/// bytes, for a recurrent network its hidden vectors. Perplexity, sampling and every search are written
/// once against this trait. Ids are those of [`LanguageModel::vocab`].
pub trait LanguageModel: Sync {
    /// What the model remembers of the words so far.
    type State: Clone;

    /// The vocabulary that the ids belong to.
    fn vocab(&self) -> &Vocab;

    /// The state at the beginning of a sentence.
    fn start(&self) -> Self::State;

    /// The state that follows nothing, not even the beginning of a sentence.
    fn empty(&self) -> Self::State;

    /// ln p of `word` after `state`; `state` then includes `word`.
    ///
    /// The word that begins sentences is never predicted: its ln p is −∞.
    fn score(&self, state: &mut Self::State, word: WordId) -> f32;

    /// ln p of every word after `state`; `ln_p` is as long as the vocabulary.
    fn next(&self, state: &Self::State, ln_p: &mut [f32]);

    /// The word that ends sentences, if the vocabulary has one.
    fn end(&self) -> Option<WordId> {
        self.vocab().end()
    }

    /// The word that stands for all others, if the vocabulary has one.
    fn unknown(&self) -> Option<WordId> {
        self.vocab().unknown()
    }

    /// Appends to `ln_p` the ln p of each word of `sentence`, then that of its end if `boundaries` ask for
    /// it and the vocabulary has one.
    fn score_sentence(&self, sentence: &[WordId], boundaries: Boundaries, ln_p: &mut Vec<f32>) {
        let mut state = if boundaries.begin { self.start() } else { self.empty() };
        ln_p.extend(sentence.iter().map(|&word| self.score(&mut state, word)));
        let end = self.end().filter(|_| boundaries.end);
        ln_p.extend(end.map(|end| self.score(&mut state, end)));
    }

    /// [`LanguageModel::score_sentence`] for each of `sentences`, one after the other.
    ///
    /// Callers with many sentences use this one, so that a neural model can score them side by side.
    fn score_batch(&self, sentences: &[&[WordId]], boundaries: Boundaries, ln_p: &mut Vec<f32>) {
        for sentence in sentences {
            self.score_sentence(sentence, boundaries, ln_p);
        }
    }
}
