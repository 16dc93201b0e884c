//! Trained models as language models of sentences.

mod folder;
mod memory;
mod scoring;
#[cfg(test)]
mod tests;

pub use folder::AnyNeuralLm;
pub use memory::{Remembers, Words};

use crate::models::{RnnSettings, TransformerSettings};
use crate::train::Markers;
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

/// A model with its vocabulary: what perplexity, sampling and every search take.
///
/// `<s>` is never predicted: what the model gives to it is shared out among the other words, so that their
/// probabilities sum to 1. A sentence begins after `<s>` (`</s>` where the vocabulary has no `<s>`) with nothing before
/// it, whereas training on a stream carries the state on: sentences score a little worse here than in the evaluations of
/// such a run.
///
/// [`LanguageModel`] leaves no room for errors: where candle fails, as on a GPU without memory, ln p is NaN. A word that
/// the vocabulary lacks has ln p −∞ and is not remembered.
#[derive(Clone, Debug)]
pub struct NeuralLm<M> {
    model: M,
    vocab: Vocab,
    /// Stands before the first word of a sentence.
    begin: Option<u32>,
    /// Is never predicted.
    never: Option<u32>,
}

/// What a model remembers of the words so far, and ln p of the next one once somebody has asked.
#[derive(Clone, Debug)]
pub struct NeuralState<S> {
    memory: Option<S>,
    /// What the head makes probabilities of: `[1, dim]`.
    known: Option<Tensor>,
    ln_p: Arc<OnceLock<Vec<f32>>>,
}

impl<M: Remembers> NeuralLm<M> {
    /// A model whose ids are those of `vocab`.
    ///
    /// # Errors
    /// If the model has another number of words.
    pub fn new(model: M, vocab: Vocab) -> Result<Self> {
        let zeros = model.nothing()?;
        let n_words = model.head().ln_p_of_all(&zeros)?.dim(1)?;
        if n_words != vocab.len() {
            let want = format!("as many words as the model, {n_words}");
            return Err(NeuralError::setting("vocabulary", want, vocab.len()));
        }
        let begin = Markers::of(&vocab).ok().map(|markers| markers.begin);
        let never = vocab.begin().map(|word| word.0);
        Ok(Self { model, vocab, begin, never })
    }

    /// The model.
    pub fn model(&self) -> &M {
        &self.model
    }

    /// ln p of all words in each row of `known`, `[rows, dim]`: `f32[rows · words]`.
    fn ln_p_of_all(&self, known: &Tensor) -> Result<Vec<f32>> {
        let ln_p = self.model.head().ln_p_of_all(known)?.to_dtype(DType::F32)?.to_device(&Device::Cpu)?;
        let mut ln_p: Vec<f32> = ln_p.flatten_all()?.to_vec1()?;
        if let Some(never) = self.never {
            ln_p.chunks_exact_mut(self.vocab.len()).for_each(|row| leave_out(row, never as usize));
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

impl<M: Remembers> LanguageModel for NeuralLm<M> {
    type State = NeuralState<M::Memory>;

    fn vocab(&self) -> &Vocab {
        &self.vocab
    }

    fn start(&self) -> Self::State {
        let empty = self.model.blank();
        match (self.begin, empty) {
            (Some(begin), Ok(memory)) => self.after(Some(&memory), begin),
            _ => self.empty(),
        }
    }

    fn empty(&self) -> Self::State {
        let memory = self.model.blank().and_then(|memory| Ok((memory, self.model.nothing()?)));
        self.state_of(memory)
    }

    fn score(&self, state: &mut Self::State, word: WordId) -> f32 {
        let Some(&ln_p) = self.ln_p_of(state).get(word.index()) else { return f32::NEG_INFINITY };
        *state = self.after(state.memory.as_ref(), word.0);
        ln_p
    }

    fn next(&self, state: &Self::State, ln_p: &mut [f32]) {
        let found = self.ln_p_of(state);
        ln_p.iter_mut().zip(found).for_each(|(x, found)| *x = *found);
    }

    fn score_batch(&self, sentences: &[&[WordId]], boundaries: Boundaries, ln_p: &mut Vec<f32>) {
        let before = ln_p.len();
        let scored = match (boundaries.begin, self.begin) {
            (true, Some(begin)) => self.score_together(sentences, [Some(begin), self.end_if(boundaries)], ln_p),
            _ => Ok(false),
        };
        if !matches!(scored, Ok(true)) {
            ln_p.truncate(before);
            sentences.iter().for_each(|sentence| self.score_sentence(sentence, boundaries, ln_p));
        }
    }
}
