//! Neural models as what the rest of the workspace asks: [`LanguageModel`].

mod folder;
mod memory;
mod scoring;
#[cfg(test)]
mod tests;

pub use folder::AnyNeuralLm;
pub use memory::{NextWord, Words};

use crate::models::{RnnSettings, TransformerSettings};
use crate::{NeuralError, Result};
use candle_core::{DType, Device, Tensor};
use sememe_lm::{Boundaries, LanguageModel};
use sememe_vocab::{Vocab, WordId};
use serde::{Deserialize, Serialize};
use std::sync::{Arc, OnceLock};

/// The kind and shape of a model, as it stands in the settings of its folder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum NeuralLmSettings {
    /// A recurrent model.
    Rnn(RnnSettings),
    /// A transformer.
    Transformer(TransformerSettings),
}

/// A model with the vocabulary of its ids: what perplexity, sampling and every search take.
///
/// `<s>` is never predicted: what the model gives to it is shared out among the other words, so that their
/// probabilities sum to 1. A sentence begins with nothing before it but `<s>`, whereas training on a stream carries the
/// state on: sentences score a little worse here than in the evaluations of such a run.
///
/// The trait has no room for errors: should candle fail, as for an id that is no word, ln p is NaN.
#[derive(Clone, Debug)]
pub struct NeuralLm<M> {
    model: M,
    vocab: Vocab,
    first: WordId,
}

/// What a model remembers of the words so far, and ln p of the next one once somebody has asked.
#[derive(Clone, Debug)]
pub struct NeuralState<S> {
    memory: Option<S>,
    /// What the head makes probabilities of: `[1, dim]`.
    known: Option<Tensor>,
    ln_p: Arc<OnceLock<Vec<f32>>>,
}

impl<M: NextWord> NeuralLm<M> {
    /// `first` is the word that stands before each sentence: `<s>`, or `</s>` where sentences follow each other, as
    /// [`Markers`](crate::train::Markers) has it.
    ///
    /// # Errors
    /// If there are more or fewer words than the model has, or `first` is none.
    pub fn new(model: M, vocab: Vocab, first: WordId) -> Result<Self> {
        let n_words = model.head().ln_p_of_all(&model.unread()?)?.dim(1)?;
        if vocab.len() != n_words {
            return Err(NeuralError::setting("vocab", format!("of {n_words} words"), vocab.len()));
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

    /// The word that stands before each sentence.
    pub fn first(&self) -> WordId {
        self.first
    }

    /// ln p of all words in each row of `known`, `[rows, dim]`: `f32[rows · words]`.
    fn ln_p_of_all(&self, known: &Tensor) -> Result<Vec<f32>> {
        let ln_p = self.model.head().ln_p_of_all(known)?.to_dtype(DType::F32)?.to_device(&Device::Cpu)?;
        let mut ln_p: Vec<f32> = ln_p.flatten_all()?.to_vec1()?;
        if self.vocab.end() != Some(self.first) {
            let never = self.first.index();
            ln_p.chunks_exact_mut(self.vocab.len()).for_each(|row| leave_out(row, never));
        }
        Ok(ln_p)
    }

    fn state_of(&self, memory: Result<(M::Memory, Tensor)>) -> NeuralState<M::Memory> {
        let (memory, known) = memory.ok().unzip();
        NeuralState { memory, known, ln_p: Arc::default() }
    }

    /// The state after `word`.
    fn after(&self, memory: Option<&M::Memory>, word: u32) -> NeuralState<M::Memory> {
        match memory {
            Some(memory) => self.state_of(self.model.read(memory, word)),
            None => NeuralState { memory: None, known: None, ln_p: Arc::default() },
        }
    }

    fn ln_p_of<'s>(&self, state: &'s NeuralState<M::Memory>) -> &'s [f32] {
        state.ln_p.get_or_init(|| {
            let known = state.known.as_ref();
            let ln_p = known.and_then(|known| self.ln_p_of_all(known).ok());
            ln_p.unwrap_or_else(|| vec![f32::NAN; self.vocab.len()])
        })
    }
}

/// Makes word `i` impossible and shares its probability out: ln p ← ln p − ln(1 − pᵢ).
fn leave_out(ln_p: &mut [f32], i: usize) {
    let Some(own) = ln_p.get_mut(i) else { return };
    let rest = (-f64::from(*own).exp()).ln_1p() as f32;
    *own = f32::NEG_INFINITY;
    ln_p.iter_mut().for_each(|x| *x -= rest);
}

impl<M: NextWord> LanguageModel for NeuralLm<M> {
    type State = NeuralState<M::Memory>;

    fn vocab(&self) -> &Vocab {
        &self.vocab
    }

    fn start(&self) -> Self::State {
        self.after(self.model.nothing().ok().as_ref(), self.first.0)
    }

    fn empty(&self) -> Self::State {
        self.state_of(self.model.nothing().and_then(|memory| Ok((memory, self.model.unread()?))))
    }

    fn score(&self, state: &mut Self::State, word: WordId) -> f32 {
        let ln_p = self.ln_p_of(state).get(word.index()).copied().unwrap_or(f32::NAN);
        *state = self.after(state.memory.as_ref(), word.0);
        ln_p
    }

    fn next(&self, state: &Self::State, ln_p: &mut [f32]) {
        let found = self.ln_p_of(state);
        ln_p.iter_mut().zip(found).for_each(|(x, found)| *x = *found);
    }

    fn score_batch(&self, sentences: &[&[WordId]], boundaries: Boundaries, ln_p: &mut Vec<f32>) {
        let end = self.end().filter(|_| boundaries.end).map(|end| end.0);
        let before = ln_p.len();
        if !boundaries.begin || !matches!(self.score_together(sentences, end, ln_p), Ok(true)) {
            ln_p.truncate(before);
            sentences.iter().for_each(|sentence| self.score_sentence(sentence, boundaries, ln_p));
        }
    }
}
