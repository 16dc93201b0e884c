//! From texts to features.

use crate::tensors::Tensors;
use crate::{FeatureSettings, Features, HeadError, VectorFeatures};
use sememe_kernels::{Kernels, Matrix};
use sememe_text::{Pipeline, PipelineSettings};
use sememe_vectors::{Embeddings, Encoder, MeanEncoder, VectorFormat};
use sememe_vocab::Vectorizer;
use std::path::Path;

const NGRAMS: &str = "ngrams.bin";
const VECTORS: &str = "vectors.safetensors";
const COMPONENT: &str = "component";

/// What makes features of texts, once it has seen those of the training.
pub(crate) enum Extractor {
    Ngrams(Box<Vectorizer>),
    Vectors { encoder: Box<MeanEncoder>, embeddings: Embeddings },
}

impl Extractor {
    /// Learns what `settings` ask for of the training texts.
    pub(crate) fn fit(
        texts: &[&str],
        pipeline: Pipeline,
        settings: &FeatureSettings,
        vectors: Option<&Embeddings>,
        threads: usize,
    ) -> Result<Self, HeadError> {
        match settings {
            FeatureSettings::Tfidf(settings) => {
                Ok(Self::Ngrams(Box::new(Vectorizer::fit(texts, &pipeline, settings, threads)?)))
            }
            FeatureSettings::Vectors(settings) => {
                let embeddings = vectors.ok_or(HeadError::NoVectors)?;
                let mut encoder = mean_encoder(embeddings, pipeline, settings)?.with_threads(threads);
                if settings.remove_common {
                    encoder = encoder.without_common_component(texts)?;
                }
                Ok(Self::Vectors { encoder: Box::new(encoder), embeddings: embeddings.clone() })
            }
        }
    }

    /// One row a text.
    pub(crate) fn features(&self, texts: &[&str], threads: usize) -> Result<Features, HeadError> {
        match self {
            Self::Ngrams(vectorizer) => Ok(Features::Sparse(vectorizer.transform(texts, threads))),
            Self::Vectors { encoder, .. } => {
                let mut rows = Matrix::zeros(texts.len(), encoder.dim());
                encoder.encode(texts, &mut rows)?;
                Ok(Features::Dense(rows))
            }
        }
    }

    /// The number of features of a row.
    pub(crate) fn n_features(&self) -> usize {
        match self {
            Self::Ngrams(vectorizer) => vectorizer.n_features(),
            Self::Vectors { encoder, .. } => encoder.dim(),
        }
    }

    /// What a feature stands for, where that can be said.
    pub(crate) fn name(&self, feature: usize) -> Option<&str> {
        match self {
            Self::Ngrams(vectorizer) => vectorizer.feature(feature),
            Self::Vectors { .. } => None,
        }
    }

    /// Encodes vectors with this many threads from now on.
    pub(crate) fn with_threads(self, threads: usize) -> Self {
        match self {
            Self::Vectors { encoder, embeddings } => {
                Self::Vectors { encoder: Box::new(encoder.with_threads(threads)), embeddings }
            }
            ngrams => ngrams,
        }
    }

    /// Writes its files into `dir`, and what is small into `tensors`.
    pub(crate) fn save(&self, dir: &Path, tensors: &mut Tensors) -> Result<(), HeadError> {
        match self {
            Self::Ngrams(vectorizer) => vectorizer.save(&dir.join(NGRAMS))?,
            Self::Vectors { encoder, embeddings } => {
                sememe_vectors::save(embeddings, &dir.join(VECTORS), VectorFormat::Safetensors)?;
                if let Some(component) = encoder.component() {
                    tensors.insert_row(COMPONENT, component);
                }
            }
        }
        Ok(())
    }

    /// Reads what [`Extractor::save`] wrote.
    pub(crate) fn load(
        dir: &Path,
        text: &PipelineSettings,
        settings: &FeatureSettings,
        tensors: &mut Tensors,
    ) -> Result<Self, HeadError> {
        match settings {
            FeatureSettings::Tfidf(_) => Ok(Self::Ngrams(Box::new(Vectorizer::load(&dir.join(NGRAMS))?))),
            FeatureSettings::Vectors(settings) => {
                let embeddings = Embeddings::map(&dir.join(VECTORS))?;
                let mut encoder = mean_encoder(&embeddings, Pipeline::new(text)?, settings)?;
                if settings.remove_common {
                    encoder = encoder.with_component(tensors.take(COMPONENT)?.into_vec())?;
                }
                Ok(Self::Vectors { encoder: Box::new(encoder), embeddings })
            }
        }
    }
}

fn mean_encoder(
    embeddings: &Embeddings,
    pipeline: Pipeline,
    settings: &VectorFeatures,
) -> Result<MeanEncoder, HeadError> {
    let encoder = MeanEncoder::new(embeddings, pipeline, Kernels::detect());
    Ok(match settings.sif {
        Some(a) => encoder.with_sif(a)?,
        None => encoder,
    })
}
