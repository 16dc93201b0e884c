//! What a model has to give to be a language model.

use crate::blocks::{Head, Pass, RecurrentState};
use crate::models::{KeyValueCache, RnnLm, TransformerLm};
use crate::{Params, Result};
use candle_core::Tensor;

/// A model that reads one word after the other; [`RnnLm`] and [`TransformerLm`] do.
pub trait NextWord: Sync {
    /// What is remembered of one sequence.
    type Memory: Clone + Send + Sync;

    /// All numbers of the model.
    fn params(&self) -> &Params;

    /// From what the model knows to a distribution over words.
    fn head(&self) -> &Head;

    /// Words of a sentence that can be read side by side with others, where there is a bound.
    fn max_time(&self) -> Option<usize>;

    /// What is remembered of nothing.
    ///
    /// # Errors
    /// If candle fails.
    fn nothing(&self) -> Result<Self::Memory>;

    /// What the model knows before any word: zeros, `[1, dim]`.
    ///
    /// # Errors
    /// If candle fails.
    fn unread(&self) -> Result<Tensor>;

    /// The memory after `word`, and what the model then knows, `[1, dim]`.
    ///
    /// # Errors
    /// If `word` is none, or candle fails.
    fn read(&self, memory: &Self::Memory, word: u32) -> Result<(Self::Memory, Tensor)>;

    /// What the model knows after each word of sequences that nothing precedes: `inputs` is `[n_rows, time]`,
    /// the result `[n_rows · time, dim]`, row after row.
    ///
    /// # Errors
    /// If an id is no word, there are more words than places, or candle fails.
    fn know(&self, inputs: &[u32], n_rows: usize) -> Result<Tensor>;
}

impl NextWord for RnnLm {
    type Memory = RecurrentState;

    fn params(&self) -> &Params {
        self.params()
    }

    fn head(&self) -> &Head {
        self.head()
    }

    fn max_time(&self) -> Option<usize> {
        None
    }

    fn nothing(&self) -> Result<RecurrentState> {
        self.zero_state(1)
    }

    fn unread(&self) -> Result<Tensor> {
        let settings = self.settings();
        let width = if settings.tied { settings.dim } else { settings.hidden };
        Ok(Tensor::zeros((1, width), self.params().dtype(), self.params().device())?)
    }

    fn read(&self, memory: &RecurrentState, word: u32) -> Result<(RecurrentState, Tensor)> {
        let (known, after) = self.forward(&[word], 1, memory, &Pass::evaluation())?;
        Ok((after.detach(), known.detach()))
    }

    fn know(&self, inputs: &[u32], n_rows: usize) -> Result<Tensor> {
        let (known, _) = self.forward(inputs, n_rows, &self.zero_state(n_rows)?, &Pass::evaluation())?;
        let (rows, width) = known.dims2()?;
        // From time after time to sequence after sequence.
        let by_time = known.detach().reshape((rows / n_rows.max(1), n_rows, width))?;
        Ok(by_time.transpose(0, 1)?.contiguous()?.reshape((rows, width))?)
    }
}

/// What a transformer remembers of a sequence: keys and values, and the words they are of.
#[derive(Clone, Debug, Default)]
pub struct Words {
    cache: KeyValueCache,
    words: Vec<u32>,
}

impl NextWord for TransformerLm {
    type Memory = Words;

    fn params(&self) -> &Params {
        self.params()
    }

    fn head(&self) -> &Head {
        self.head()
    }

    fn max_time(&self) -> Option<usize> {
        Some(self.settings().max_time)
    }

    fn nothing(&self) -> Result<Words> {
        Ok(Words::default())
    }

    fn unread(&self) -> Result<Tensor> {
        Ok(Tensor::zeros((1, self.settings().dim), self.params().dtype(), self.params().device())?)
    }

    /// Where all places are taken, the older half of the words is forgotten.
    fn read(&self, memory: &Words, word: u32) -> Result<(Words, Tensor)> {
        let mut memory = memory.clone();
        let max = self.settings().max_time;
        if memory.words.len() < max {
            memory.words.push(word);
            let known = self.know_next(&[word], 1, &mut memory.cache)?;
            return Ok((memory, known));
        }
        let mut words = memory.words.split_off(max - max / 2);
        words.push(word);
        let mut cache = KeyValueCache::default();
        let known = self.know_next(&words, 1, &mut cache)?;
        Ok((Words { cache, words }, known))
    }

    fn know(&self, inputs: &[u32], n_rows: usize) -> Result<Tensor> {
        Ok(self.forward(inputs, n_rows, &Pass::evaluation())?.detach())
    }
}
