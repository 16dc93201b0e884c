//! Neural models as what the rest of the workspace asks: [`LanguageModel`].

use super::{Batch, KeyValueCache, RnnLm, TransformerLm};
use crate::blocks::RecurrentState;
use crate::ops::IGNORED;
use crate::{NeuralError, Result};
use sememe_lm::{Boundaries, LanguageModel};
use sememe_vocab::{Vocab, WordId};
use std::sync::Arc;

/// Sentences that are scored side by side.
const SIDE_BY_SIDE: usize = 32;

/// What a model has to give to be a language model; [`RnnLm`] and [`TransformerLm`] do.
pub trait NextWord: Sync {
    /// What it remembers of the words so far.
    type Memory: Clone;

    /// What it remembers of nothing.
    ///
    /// # Errors
    /// If candle fails.
    fn nothing(&self) -> Result<Self::Memory>;

    /// ln p of all words after `word`, and what is then remembered.
    ///
    /// # Errors
    /// If `word` is none.
    fn after(&self, memory: &Self::Memory, word: u32) -> Result<(Vec<f32>, Self::Memory)>;

    /// ln p of each target of sequences that nothing precedes: `f32[n_batch, time]`.
    ///
    /// # Errors
    /// If an id is no word, or the sequences are too long.
    fn ln_p_of(&self, batch: &Batch<'_>) -> Result<Vec<f32>>;

    /// The longest sequence that can be scored at once.
    fn max_time(&self) -> usize;

    /// The number of words.
    fn n_words(&self) -> usize;
}

impl NextWord for RnnLm {
    type Memory = RecurrentState;

    fn nothing(&self) -> Result<RecurrentState> {
        self.zero_state(1)
    }

    fn after(&self, memory: &RecurrentState, word: u32) -> Result<(Vec<f32>, RecurrentState)> {
        let (ln_p, memory) = self.next(&[word], 1, memory)?;
        Ok((ln_p.flatten_all()?.to_dtype(candle_core::DType::F32)?.to_vec1()?, memory))
    }

    fn ln_p_of(&self, batch: &Batch<'_>) -> Result<Vec<f32>> {
        Ok(self.ln_p(batch, &self.zero_state(batch.n_batch())?)?.0)
    }

    fn max_time(&self) -> usize {
        usize::MAX
    }

    fn n_words(&self) -> usize {
        self.embedding().table().var().dims()[0]
    }
}

impl NextWord for TransformerLm {
    /// The words so far, and their keys and values.
    type Memory = (Vec<u32>, KeyValueCache);

    fn nothing(&self) -> Result<Self::Memory> {
        Ok(Default::default())
    }

    /// When all places are taken, the later half of the words begins anew.
    fn after(&self, (words, cache): &Self::Memory, word: u32) -> Result<(Vec<f32>, Self::Memory)> {
        let (mut words, mut cache) = (words.clone(), cache.clone());
        let mut next = vec![word];
        if words.len() == self.settings().max_time {
            words.drain(..words.len().div_ceil(2));
            next.splice(..0, std::mem::take(&mut words));
            cache = KeyValueCache::default();
        }
        let ln_p = TransformerLm::next(self, &next, 1, &mut cache)?;
        words.extend(next);
        Ok((ln_p.flatten_all()?.to_dtype(candle_core::DType::F32)?.to_vec1()?, (words, cache)))
    }

    fn ln_p_of(&self, batch: &Batch<'_>) -> Result<Vec<f32>> {
        self.ln_p(batch)
    }

    fn max_time(&self) -> usize {
        self.settings().max_time
    }

    fn n_words(&self) -> usize {
        self.embedding().table().var().dims()[0]
    }
}

/// A model with the vocabulary of its ids.
///
/// The trait has no room for errors: should candle fail, as for an id that is no word, ln p is NaN.
#[derive(Clone, Debug)]
pub struct NeuralLm<M> {
    model: M,
    vocab: Vocab,
    first: WordId,
}

/// What a [`NeuralLm`] remembers: ln p of all words that may come next, and the words so far; nothing after a failure.
#[derive(Clone, Debug)]
pub struct NeuralState<S>(Option<(Arc<[f32]>, S)>);

impl<M: NextWord> NeuralLm<M> {
    /// `first` is the word that stands before each sentence: `<s>`, or `</s>` where sentences follow each other.
    ///
    /// # Errors
    /// If there are more or fewer words than the model has, or `first` is none.
    pub fn new(model: M, vocab: Vocab, first: WordId) -> Result<Self> {
        if vocab.len() != model.n_words() {
            return Err(NeuralError::setting("vocab", format!("of {} words", model.n_words()), vocab.len()));
        }
        if first.index() >= vocab.len() {
            return Err(NeuralError::Id { what: "words", id: first.0, at: 0, limit: vocab.len() });
        }
        Ok(Self { model, vocab, first })
    }

    /// The model.
    pub fn model(&self) -> &M {
        &self.model
    }

    fn feed(&self, memory: &M::Memory, word: WordId) -> NeuralState<M::Memory> {
        let after = self.model.after(memory, word.0).ok();
        NeuralState(after.map(|(ln_p, memory)| (self.allowed(ln_p).into(), memory)))
    }

    /// `<s>` is never predicted.
    fn allowed(&self, mut ln_p: Vec<f32>) -> Vec<f32> {
        if self.vocab.end() != Some(self.first) {
            ln_p[self.first.index()] = f32::NEG_INFINITY;
        }
        ln_p
    }

    /// Sentences of which none is too long: ln p of each word, the end among them where there is one.
    fn score_side_by_side(&self, sentences: &[&[WordId]], end: Option<WordId>) -> Result<Vec<f32>> {
        let length = |sentence: &&[WordId]| sentence.len() + usize::from(end.is_some());
        let time = sentences.iter().map(length).max().unwrap_or_default();
        if time == 0 {
            return Ok(Vec::new());
        }
        let (mut inputs, mut targets) = (Vec::new(), Vec::new());
        for sentence in sentences {
            let words = sentence.iter().copied().chain(end).map(|word| word.0);
            let padding = std::iter::repeat_n(IGNORED, time - length(sentence));
            targets.extend(words.clone().chain(padding));
            inputs.extend(
                [self.first.0].into_iter().chain(words).chain(std::iter::repeat(self.first.0)).take(time),
            );
        }
        let ln_p = self.model.ln_p_of(&Batch::new(&inputs, &targets, sentences.len())?)?;
        let rows = ln_p.chunks(time).zip(targets.chunks(time)).zip(sentences);
        let never = |id: u32| id == self.first.0 && self.vocab.end() != Some(self.first);
        Ok(rows
            .flat_map(|((ln_p, targets), sentence)| {
                let words = ln_p.iter().zip(targets).take(length(sentence));
                words.map(|(&ln_p, &id)| if never(id) { f32::NEG_INFINITY } else { ln_p })
            })
            .collect())
    }
}

impl<M: NextWord> LanguageModel for NeuralLm<M> {
    type State = NeuralState<M::Memory>;

    fn vocab(&self) -> &Vocab {
        &self.vocab
    }

    fn start(&self) -> Self::State {
        self.model.nothing().map_or(NeuralState(None), |nothing| self.feed(&nothing, self.first))
    }

    /// A neural model has to follow something: the word that stands before each sentence.
    fn empty(&self) -> Self::State {
        self.start()
    }

    fn score(&self, state: &mut Self::State, word: WordId) -> f32 {
        let Some((ln_p, memory)) = &state.0 else { return f32::NAN };
        let ln_p = ln_p.get(word.index()).copied().unwrap_or(f32::NAN);
        *state = self.feed(memory, word);
        ln_p
    }

    fn next(&self, state: &Self::State, ln_p: &mut [f32]) {
        match &state.0 {
            Some((known, _)) if known.len() == ln_p.len() => ln_p.copy_from_slice(known),
            _ => ln_p.fill(f32::NAN),
        }
    }

    fn score_sentence(&self, sentence: &[WordId], boundaries: Boundaries, ln_p: &mut Vec<f32>) {
        self.score_batch(&[sentence], boundaries, ln_p);
    }

    fn score_batch(&self, sentences: &[&[WordId]], boundaries: Boundaries, ln_p: &mut Vec<f32>) {
        let end = self.end().filter(|_| boundaries.end);
        for sentences in sentences.chunks(SIDE_BY_SIDE) {
            let fits = |sentence: &&[WordId]| sentence.len() < self.model.max_time();
            match sentences.iter().all(fits).then(|| self.score_side_by_side(sentences, end)) {
                Some(Ok(scores)) => ln_p.extend(scores),
                // A word that is none, or a sentence that is too long: one word after the other.
                _ => sentences.iter().for_each(|sentence| self.score_words(sentence, end, ln_p)),
            }
        }
    }
}

impl<M: NextWord> NeuralLm<M> {
    fn score_words(&self, sentence: &[WordId], end: Option<WordId>, ln_p: &mut Vec<f32>) {
        let mut state = self.start();
        ln_p.extend(sentence.iter().copied().chain(end).map(|word| self.score(&mut state, word)));
    }
}
