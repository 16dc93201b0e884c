//! A vector for each word.

use crate::ops::{self, RowGradients};
use crate::{Init, NeuralError, Param, Params, Result};
use candle_core::Tensor;
use sememe_kernels::Matrix;
use sememe_vectors::Embeddings;
use sememe_vocab::Vocab;

/// A table of vectors: `[words, dim]`.
#[derive(Clone, Debug)]
pub struct Embedding {
    table: Param, // [words, dim]
    by_rows: Option<RowGradients>,
}

impl Embedding {
    /// A table started at random.
    ///
    /// # Errors
    /// If the name is taken.
    pub fn new(params: &Params, [n_words, dim]: [usize; 2], init: Init) -> Result<Self> {
        Ok(Self { table: params.free("weight", &[n_words, dim], init)?, by_rows: None })
    }

    /// The same table, whose gradients come row by row ([`Embedding::row_gradients`]) rather than in candle's store.
    ///
    /// Pays for large tables that nothing else is tied to: a dense gradient is made, filled and added in every step.
    pub fn with_row_gradients(self) -> Self {
        Self { by_rows: Some(RowGradients::default()), ..self }
    }

    /// The table.
    pub fn table(&self) -> &Param {
        &self.table
    }

    /// Where the gradients of single rows are, if they are apart.
    pub fn row_gradients(&self) -> Option<&RowGradients> {
        self.by_rows.as_ref()
    }

    /// The vectors of `ids`, which stand in the shape `dims`: `[dims.., dim]`.
    ///
    /// # Errors
    /// If an id is beyond the table.
    pub fn forward(&self, ids: &[u32], dims: &[usize]) -> Result<Tensor> {
        match &self.by_rows {
            Some(gradients) => ops::embedding_by_rows(&self.table.tensor(), ids, dims, gradients),
            None => ops::embedding(&self.table.tensor(), ids, dims),
        }
    }

    /// Takes the vectors of the words of `vocab` from `vectors`: their own, or those of their n-grams where `vectors`
    /// has such. Other words stay as they were started. The number of words that were found.
    ///
    /// # Errors
    /// If the dimensions differ, or there are not as many words as rows.
    pub fn start_from(&self, vectors: &Embeddings, vocab: &Vocab) -> Result<usize> {
        let (n_words, dim) = self.table.var().dims2()?;
        if vectors.dim() != dim {
            return Err(NeuralError::setting("dim", format!("that of the vectors, {}", vectors.dim()), dim));
        }
        if vocab.len() != n_words {
            return Err(NeuralError::shape(
                "table",
                format!("a row for each of {} words", vocab.len()),
                &[n_words, dim],
            ));
        }
        let var = self.table.var();
        let rows = var.as_detached_tensor().to_dtype(candle_core::DType::F32)?.flatten_all()?.to_vec1()?;
        let mut rows = Matrix::from_vec(n_words, dim, rows)
            .map_err(|error| NeuralError::parameter(self.table.name(), error.to_string()))?;
        let mut n_found = 0;
        for (i, word) in vocab.words().enumerate() {
            if let Some(vector) = vectors.vector(word) {
                rows.row_mut(i).copy_from_slice(&vector);
                n_found += 1;
            }
        }
        let table = Tensor::from_vec(rows.into_vec(), (n_words, dim), var.device())?;
        var.set(&table.to_dtype(var.dtype())?)?;
        Ok(n_found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    fn vocab(words: &[&str]) -> Vocab {
        Vocab::from_words(words.iter().map(|word| (*word, 1)), 0).unwrap()
    }

    #[test]
    fn known_words_take_their_vectors_and_others_stay() {
        let rows = Matrix::from_vec(2, 2, vec![1.0, 2.0, 3.0, 4.0]).unwrap();
        let vectors = Embeddings::new(vocab(&["rose", "red"]), rows).unwrap();
        let block = Embedding::new(&Params::new(1, &Device::Cpu), [3, 2], Init::Constant(0.5)).unwrap();
        assert_eq!(block.start_from(&vectors, &vocab(&["red", "odd", "rose"])).unwrap(), 2);
        let out: Vec<Vec<f32>> = block.forward(&[0, 1, 2], &[3]).unwrap().to_vec2().unwrap();
        assert_eq!(out, [[3.0, 4.0], [0.5, 0.5], [1.0, 2.0]]);
        let error = block.start_from(&vectors, &vocab(&["red"])).unwrap_err().to_string();
        assert_eq!(error, "`table` has shape [3, 2], expected a row for each of 1 words");
    }
}
