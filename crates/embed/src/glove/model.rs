//! What GloVe learns.

use super::GloveSettings;
use crate::EmbedError;
use crate::plan::Rows;
use crate::start::{Start, words_of};
use sememe_kernels::{Matrix, Rng, SharedMatrix, SharedRow};
use sememe_vectors::Embeddings;
use sememe_vocab::Vocab;

/// A stream of random numbers that no job uses.
const STREAM: u64 = 1 << 63;

/// A sum of squared gradients so large that its value never moves.
const FROZEN: f32 = 1e30;

/// Vectors and biases of words and contexts, and what AdaGrad divides their gradients by.
///
/// Word i has two rows, one after the other: 2i as a word and 2i + 1 as a context. Each holds values and then sums of
/// squared gradients, for the vector, two more columns, and padding. The two columns make the biases part of the dot
/// product: a word has its bias b and a 1 that never moves, a context a 1 that never moves and its bias b′, so that
/// the product is w·c + b·1 + 1·b′.
pub(super) struct Model {
    /// The words that get a vector, without the special ones.
    vocab: Vocab,
    n_special: u32,
    dim: usize,
    /// `f32[2·n_words, 2·width]`.
    rows: SharedMatrix,
}

impl Model {
    pub(super) fn new(vocab: &Vocab, settings: &GloveSettings) -> Result<Self, EmbedError> {
        let (words, _) = words_of(vocab)?;
        let (n_words, dim) = (words.len(), settings.dim);
        let width = (dim + 2).next_multiple_of(16);
        let mut rng = Rng::new(settings.seed, STREAM);
        let mut rows = SharedMatrix::zeros(2 * n_words, 2 * width);
        for i in 0..2 * n_words {
            let (values, squares) = rows.row_mut(i).split_at_mut(width);
            let (bias, one) = if i % 2 == 0 { (dim, dim + 1) } else { (dim + 1, dim) };
            values[..dim].iter_mut().for_each(|x| *x = first(dim, &mut rng));
            values[bias] = first(dim, &mut rng);
            values[one] = 1.0;
            squares.fill(1.0);
            // AdaGrad with rate r and squares that start at r² is AdaGrad with rate 1 and squares that start at 1:
            // the authors' program learns biases so.
            squares[bias] = settings.learning_rate.powi(2);
            squares[one] = FROZEN;
        }
        Ok(Self { vocab: words, n_special: vocab.n_special() as u32, dim, rows })
    }

    /// Moves the words that `start` has there: where vectors of contexts are added to those of words, each is half of
    /// the sum. Biases are always learned.
    pub(super) fn start_from(&mut self, start: &Start, add_contexts: bool) {
        let (width, n_parts) = (self.rows.n_cols() / 2, if add_contexts { 2 } else { 1 });
        let mut vector = vec![0.0; self.dim];
        for (i, id) in start.rows_of(&self.vocab) {
            start.vectors.read_row(id, &mut vector);
            for part in 0..n_parts {
                let (values, squares) = self.rows.row_mut(2 * i + part).split_at_mut(width);
                values.iter_mut().zip(&vector).for_each(|(x, first)| *x = first / n_parts as f32);
                if start.frozen {
                    squares[..vector.len()].fill(FROZEN);
                }
            }
        }
    }

    /// All that is learned: values and sums of squares.
    pub(super) fn matrices(&self) -> [(&'static str, &SharedMatrix); 1] {
        [("rows", &self.rows)]
    }

    pub(super) fn matrices_mut(&mut self) -> [(&'static str, &mut SharedMatrix); 1] {
        [("rows", &mut self.rows)]
    }

    pub(super) fn n_words(&self) -> usize {
        self.vocab.len()
    }

    pub(super) fn rows(&self) -> Rows {
        Rows { n_special: self.n_special, n_words: self.n_words() }
    }

    #[inline]
    pub(super) fn word(&self, i: u32) -> SharedRow<'_> {
        self.rows.row(2 * i as usize)
    }

    #[inline]
    pub(super) fn context(&self, i: u32) -> SharedRow<'_> {
        self.rows.row(2 * i as usize + 1)
    }

    /// The vectors of words, with those of contexts added to them or not; behind them those that only `start` has.
    pub(super) fn into_embeddings(
        self,
        add_contexts: bool,
        start: Option<&Start>,
    ) -> Result<Embeddings, EmbedError> {
        let Self { vocab, dim, rows, .. } = self;
        let mut row = vec![0.0; rows.n_cols()];
        let mut read = |i: usize, vector: &mut [f32]| {
            rows.read_row(2 * i, &mut row);
            vector.copy_from_slice(&row[..dim]);
            if add_contexts {
                rows.read_row(2 * i + 1, &mut row);
                vector.iter_mut().zip(&row).for_each(|(x, c)| *x += c);
            }
        };
        if let Some(start) = start {
            return start.with_others(vocab, read);
        }
        let mut matrix = Matrix::zeros(vocab.len(), dim);
        (0..vocab.len()).for_each(|i| read(i, matrix.row_mut(i)));
        Ok(Embeddings::new(vocab, matrix)?)
    }
}

/// Uniform in ±½ / dim.
fn first(dim: usize, rng: &mut Rng) -> f32 {
    (rng.unit_f32() - 0.5) / dim as f32
}

#[cfg(test)]
impl Model {
    fn row_of(&mut self, word: u32, is_context: bool) -> &mut [f32] {
        self.rows.row_mut(2 * word as usize + usize::from(is_context))
    }

    /// Where the bias is.
    fn bias(&self, is_context: bool) -> usize {
        self.dim + usize::from(is_context)
    }

    /// A vector and, behind it, its bias.
    pub(super) fn trained(&mut self, word: u32, is_context: bool) -> Vec<f32> {
        let (dim, bias) = (self.dim, self.bias(is_context));
        let row = self.row_of(word, is_context);
        row[..dim].iter().copied().chain([row[bias]]).collect()
    }

    /// Moves number `k` of [`Self::trained`].
    pub(super) fn nudge(&mut self, word: u32, is_context: bool, k: usize, by: f32) {
        let k = if k == self.dim { self.bias(is_context) } else { k };
        self.row_of(word, is_context)[k] += by;
    }

    /// w·c + b + b′.
    pub(super) fn score(&mut self, word: u32, context: u32) -> f64 {
        let (word, context) = (self.trained(word, false), self.trained(context, true));
        let products = word.iter().zip(&context).take(self.dim).map(|(w, c)| f64::from(*w) * f64::from(*c));
        products.sum::<f64>() + f64::from(word[self.dim]) + f64::from(context[self.dim])
    }
}
