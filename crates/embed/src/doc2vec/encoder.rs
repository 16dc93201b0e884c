//! Vectors of documents that were not there in training.

use super::blocks::{Blocks, Sharing};
use super::{Doc2VecModel, DocumentAlgorithm, InferenceSettings};
use crate::EmbedError;
use crate::negatives::Negatives;
use crate::objective::Objective;
use crate::plan::Plan;
use crate::subsample::Subsampler;
use sememe_kernels::{Kernels, Matrix, Rng, ShapeError};
use sememe_text::Pipeline;
use sememe_vectors::{Encoder, VectorsError};
use std::sync::Arc;

/// Finds the vectors of new documents: they are trained as those of the model were, while its words stay as they are.
///
/// The vector of a text depends on the text, the model and the settings, and on nothing else: not on the other texts,
/// the threads, or what was encoded before. A text without known words is a zero vector.
#[derive(Clone)]
pub struct DocumentEncoder {
    model: Arc<Doc2VecModel>,
    pipeline: Pipeline,
    tables: Arc<Tables>,
    epochs: usize,
    learning_rate: f32,
    seed: u64,
    threads: usize,
}

/// What is drawn from.
struct Tables {
    subsampler: Subsampler,
    objective: Objective,
    sharing: Sharing,
    kernels: Kernels,
}

impl DocumentEncoder {
    /// An encoder on one thread.
    ///
    /// # Errors
    /// If a setting is outside its range, or the model has no pipeline.
    pub fn new(model: Arc<Doc2VecModel>, settings: &InferenceSettings) -> Result<Self, EmbedError> {
        let trained = &model.settings;
        let (epochs, learning_rate) = settings.resolve(trained)?;
        let counts = model.vocab.counts();
        let negatives = Negatives::new(counts, trained.exponent, trained.negatives)?;
        let tables = Tables {
            subsampler: Subsampler::new(counts, trained.sample),
            objective: Objective::Negative { negatives, kept: 1 },
            sharing: Sharing::of(trained),
            kernels: Kernels::detect(),
        };
        let pipeline = model.pipeline.clone().ok_or(EmbedError::NoPipeline)?;
        let (tables, seed) = (Arc::new(tables), settings.seed);
        Ok(Self { model, pipeline, tables, epochs, learning_rate, seed, threads: 1 })
    }

    /// Encodes with `threads` threads (at least one); the result does not depend on it.
    pub fn with_threads(self, threads: usize) -> Self {
        Self { threads: threads.max(1), ..self }
    }

    /// The learning rate of pass number `epoch`: that of its middle, where documents of the training stand on average. The
    /// rate at its start would pull new documents further than those, and their vectors would be longer.
    fn rate(&self, epoch: usize) -> f32 {
        self.learning_rate * (1.0 - (epoch as f32 + 0.5) / self.epochs as f32)
    }

    fn encode_part(&self, texts: &[&str], rows: &mut [f32]) {
        let mut inference = Inference::new(self);
        for (text, row) in texts.iter().zip(rows.chunks_mut(self.dim())) {
            inference.words.clear();
            self.pipeline.tokens(text, &mut |word| {
                inference.words.extend(self.model.vocab.id(word).map(|id| id.0));
            });
            inference.infer(row);
        }
    }
}

impl Encoder for DocumentEncoder {
    fn dim(&self) -> usize {
        self.model.settings.dim
    }

    fn encode(&self, texts: &[&str], out: &mut Matrix) -> Result<(), VectorsError> {
        let (n_rows, n_cols) = (texts.len(), self.dim());
        if (out.n_rows(), out.n_cols()) != (n_rows, n_cols) {
            return Err(ShapeError { n_rows, n_cols, found: out.as_slice().len() }.into());
        }
        let per_thread = n_rows.div_ceil(self.threads).max(1);
        std::thread::scope(|scope| {
            let parts = out.as_mut_slice().chunks_mut(per_thread * n_cols);
            for (texts, rows) in texts.chunks(per_thread).zip(parts) {
                scope.spawn(move || self.encode_part(texts, rows));
            }
        });
        Ok(())
    }
}

/// All that a thread owns while it encodes.
struct Inference<'a> {
    encoder: &'a DocumentEncoder,
    /// The words of the document.
    words: Vec<u32>,
    plan: Plan,
    blocks: Blocks,
    mean: Vec<f32>,
    change: Vec<f32>,
}

impl<'a> Inference<'a> {
    fn new(encoder: &'a DocumentEncoder) -> Self {
        let (mean, change) = (vec![0.0; encoder.dim()], vec![0.0; encoder.dim()]);
        let (words, plan, blocks) = (Vec::new(), Plan::default(), Blocks::default());
        Self { encoder, words, plan, blocks, mean, change }
    }

    /// Trains `vector` to predict the words.
    fn infer(&mut self, vector: &mut [f32]) {
        let encoder = self.encoder;
        if self.words.is_empty() {
            return vector.fill(0.0);
        }
        let mut rng = Rng::new(encoder.seed, stream(&self.words));
        let scale = 2.0 / vector.len() as f32;
        vector.iter_mut().for_each(|x| *x = (rng.unit_f32() - 0.5) * scale);
        for epoch in 0..encoder.epochs {
            let rate = encoder.rate(epoch);
            self.plan.subsample_rows(&self.words, &encoder.tables.subsampler, &mut rng);
            match encoder.model.settings.algorithm {
                DocumentAlgorithm::Dbow => self.epoch_of_bag(vector, rate, &mut rng),
                DocumentAlgorithm::Dm => self.epoch_of_memory(vector, rate, &mut rng),
            }
        }
    }

    fn epoch_of_bag(&mut self, vector: &mut [f32], rate: f32, rng: &mut Rng) {
        let Tables { objective, sharing, kernels, .. } = &*self.encoder.tables;
        let Some(negatives) = objective.negatives() else { return };
        self.blocks.plan(&self.plan.words, *sharing, negatives, rng);
        for block in 0..self.blocks.len() {
            self.change.fill(0.0);
            for at in self.blocks.range(block) {
                let rate = rate * self.blocks.weights[at];
                self.pull(vector, self.blocks.rows[at], (self.blocks.labels[at], rate));
            }
            kernels.axpy(1.0, &self.change, vector);
        }
    }

    fn epoch_of_memory(&mut self, vector: &mut [f32], rate: f32, rng: &mut Rng) {
        let (model, tables) = (&self.encoder.model, &self.encoder.tables);
        let Some(words) = &model.words else { return };
        self.plan.draw_windows(model.settings.window, rng);
        self.plan.draw_outputs(&tables.objective, rng);
        for centre in 0..self.plan.words.len() {
            let mut mean = std::mem::take(&mut self.mean);
            mean.copy_from_slice(vector);
            let contexts = self.plan.contexts(centre);
            let rows = contexts.iter().copied().flatten();
            rows.for_each(|&row| tables.kernels.axpy(1.0, words.row(row as usize), &mut mean));
            let scale = 1.0 / (1 + contexts[0].len() + contexts[1].len()) as f32;
            mean.iter_mut().for_each(|x| *x *= scale);
            self.change.fill(0.0);
            for (at, row) in self.plan.outputs(centre).to_vec().into_iter().enumerate() {
                self.pull(&mean, row, (if at == 0 { 1.0 } else { 0.0 }, rate));
            }
            tables.kernels.axpy(1.0, &self.change, vector);
            self.mean = mean;
        }
    }

    /// Adds rate·(label − σ(input·output))·output to the change.
    fn pull(&mut self, input: &[f32], row: u32, (label, rate): (f32, f32)) {
        let kernels = self.encoder.tables.kernels;
        let output = self.encoder.model.outputs.row(row as usize);
        let mut score = [kernels.dot(input, output)];
        kernels.sigmoid(&mut score);
        kernels.axpy(rate * (label - score[0]), output, &mut self.change);
    }
}

/// The random stream of a document, by its words (FNV-1a).
fn stream(words: &[u32]) -> u64 {
    words.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &word| {
        (hash ^ u64::from(word)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::super::Doc2VecSettings;
    use super::*;
    use crate::pace::Pace;
    use sememe_kernels::{Meter, Silent};
    use sememe_text::PipelineSettings;
    use sememe_vectors::Embeddings;
    use sememe_vocab::Vocab;

    /// An encoder with a model of one word that was trained for `epochs`.
    fn encoder(epochs: usize) -> DocumentEncoder {
        let settings = Doc2VecSettings { dim: 2, epochs, learning_rate: 0.5, ..Doc2VecSettings::default() };
        let vocab = |word| Vocab::from_words([(word, 1)], 0).unwrap();
        let documents = Embeddings::new(vocab("document"), Matrix::zeros(1, 2)).unwrap();
        let model = Doc2VecModel::new(settings, vocab("word"), None, Matrix::zeros(1, 2), documents).unwrap();
        let pipeline = Pipeline::new(&PipelineSettings::default()).unwrap();
        DocumentEncoder::new(Arc::new(model.with_pipeline(pipeline)), &InferenceSettings::default()).unwrap()
    }

    #[test]
    fn new_documents_learn_as_fast_as_those_of_the_training_do_on_average() {
        const DOCUMENTS: u64 = 1000;
        for epochs in [1, 2, 10] {
            let (encoder, mut silent) = (encoder(epochs), Silent);
            let meter = Meter::new("words", None, &mut silent);
            let pace = Pace { meter: &meter, first_rate: 0.5, start: 0, total: DOCUMENTS * epochs as u64 };
            for epoch in 0..epochs {
                let rate = |document| pace.rate_at(epoch as u64 * DOCUMENTS + document);
                let want = (0..DOCUMENTS).map(rate).sum::<f32>() / DOCUMENTS as f32;
                let found = encoder.rate(epoch);
                assert!((found - want).abs() < 1e-3, "epoch {epoch} of {epochs}: {found} instead of {want}");
            }
        }
    }
}
