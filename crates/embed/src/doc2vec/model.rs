//! A trained model of documents.

use super::Doc2VecSettings;
use crate::EmbedError;
use sememe_kernels::Matrix;
use sememe_text::Pipeline;
use sememe_vectors::Embeddings;
use sememe_vocab::Vocab;

/// Vectors of documents, and what finds those of new ones.
///
/// A model is one file ([`Doc2VecModel::save`]), which any reader of vectors can open: it finds those of the documents.
#[derive(Clone)]
pub struct Doc2VecModel {
    pub(super) settings: Doc2VecSettings,
    /// The words that are predicted.
    pub(super) vocab: Vocab,
    /// Vectors of words as contexts, where words have them: `f32[n_words, dim]`.
    pub(super) words: Option<Matrix>,
    /// Vectors of words as predictions: `f32[n_words, dim]`.
    pub(super) outputs: Matrix,
    pub(super) documents: Embeddings,
    pub(super) pipeline: Option<Pipeline>,
}

impl Doc2VecModel {
    /// Puts a model together.
    ///
    /// # Errors
    /// If the matrices are not of one row a word and the dimension of the settings.
    pub(super) fn new(
        settings: Doc2VecSettings,
        vocab: Vocab,
        words: Option<Matrix>,
        outputs: Matrix,
        documents: Embeddings,
    ) -> Result<Self, EmbedError> {
        settings.check()?;
        let want = (vocab.len(), settings.dim);
        let shape = |matrix: &Matrix| (matrix.n_rows(), matrix.n_cols());
        let fits = shape(&outputs) == want
            && words.as_ref().is_none_or(|words| shape(words) == want)
            && words.is_some() == settings.has_words()
            && documents.dim() == settings.dim;
        if !fits {
            let found =
                format!("{:?}, {:?}, {}", shape(&outputs), words.as_ref().map(shape), documents.dim());
            return Err(EmbedError::Setting { name: "dim", expected: "that of all vectors", found });
        }
        Ok(Self { settings, vocab, words, outputs, documents, pipeline: None })
    }

    /// The same, with the pipeline that made words of the texts that it was trained on.
    pub fn with_pipeline(self, pipeline: Pipeline) -> Self {
        Self { pipeline: Some(pipeline), ..self }
    }

    /// How it was trained.
    pub fn settings(&self) -> &Doc2VecSettings {
        &self.settings
    }

    /// What makes words of texts, if that is known.
    pub fn pipeline(&self) -> Option<&Pipeline> {
        self.pipeline.as_ref()
    }

    /// The vectors of the documents by their tags, in the order in which these came first.
    pub fn documents(&self) -> &Embeddings {
        &self.documents
    }

    /// The words that are predicted.
    pub fn vocab(&self) -> &Vocab {
        &self.vocab
    }

    /// The vectors of the words as contexts: those of PV-DM, and of PV-DBOW with words.
    ///
    /// # Errors
    /// If there are no words.
    pub fn words(&self) -> Result<Option<Embeddings>, EmbedError> {
        let Some(words) = &self.words else { return Ok(None) };
        Ok(Some(Embeddings::new(self.vocab.clone(), words.clone())?))
    }
}
