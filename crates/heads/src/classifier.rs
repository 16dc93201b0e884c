//! Features and a linear model over them.

use crate::extract::Extractor;
use crate::folder::{Existing, Manifest, PartialFolder};
use crate::scaling::Scaling;
use crate::tensors::Tensors;
use crate::{
    Dataset, FeatureSettings, Features, FitReport, Head, HeadError, HeadSettings, LabelledRows, Linear,
    Predictions,
};
use sememe_kernels::{Matrix, Observer, TopK};
use sememe_text::Pipeline;
use sememe_vectors::Embeddings;
use std::path::Path;

const WEIGHTS: &str = "weights";
const BIAS: &str = "bias";

/// Texts whose features are in memory at a time.
const BATCH: usize = 8192;

/// A classifier of texts by n-grams or averaged word vectors.
pub struct TextClassifier {
    labels: Vec<String>,
    settings: HeadSettings,
    extractor: Extractor,
    model: Linear,
    report: FitReport,
    threads: usize,
}

impl TextClassifier {
    /// Learns features and model of `dataset`. `vectors` are needed for features of word vectors only. The result does
    /// not depend on `threads` (at least 1), with which the classifier predicts as well.
    ///
    /// # Errors
    /// If a setting makes no sense, a label has no texts, the texts have no features, word vectors are missing or not
    /// finite, or the observer stops it.
    pub fn fit(
        dataset: &Dataset,
        settings: &HeadSettings,
        vectors: Option<&Embeddings>,
        threads: usize,
        observer: &mut dyn Observer,
    ) -> Result<Self, HeadError> {
        settings.check()?;
        dataset.check_trainable()?;
        let (threads, texts) = (threads.max(1), dataset.borrowed_texts());
        let pipeline = Pipeline::new(&settings.text)?;
        let extractor = Extractor::fit(&texts, pipeline, &settings.features, vectors, threads)?;
        let mut features = extractor.features(&texts, threads)?;
        let scaling = scale(&mut features, &settings.features);
        let rows = LabelledRows {
            features: &features,
            targets: dataset.targets(),
            n_classes: dataset.labels().len(),
        };
        let (mut model, report) = Linear::fit(rows, &settings.model, threads, observer)?;
        if let Some(scaling) = scaling {
            model = scaling.unscaled(&model)?;
        }
        let (labels, settings) = (dataset.labels().to_vec(), settings.clone());
        Ok(Self { labels, settings, extractor, model, report, threads })
    }

    /// Predicts with this many threads from now on.
    pub fn with_threads(self, threads: usize) -> Self {
        let threads = threads.max(1);
        Self { extractor: self.extractor.with_threads(threads), threads, ..self }
    }

    /// What it was made with.
    pub fn settings(&self) -> &HeadSettings {
        &self.settings
    }

    /// How its training went.
    pub fn report(&self) -> &FitReport {
        &self.report
    }

    /// The model over the features.
    pub fn model(&self) -> &Linear {
        &self.model
    }

    /// The `k` features that speak most for `label`, with their weights, largest first. Features without a name,
    /// hashed n-grams and numbers of vectors, are left out.
    ///
    /// # Errors
    /// If there is no such label.
    pub fn top_features(&self, label: &str, k: usize) -> Result<Vec<(&str, f32)>, HeadError> {
        let class = self.labels.iter().position(|known| known == label);
        let class = class.ok_or_else(|| HeadError::NoSuchLabel { label: label.to_owned() })?;
        let mut top = TopK::new(k.min(self.model.n_features()));
        for feature in 0..self.model.n_features() {
            top.push(feature as u32, self.model.weight_for(class, feature));
        }
        let name = |(feature, weight)| Some((self.extractor.name(feature as usize)?, weight));
        Ok(top.into_sorted().into_iter().filter_map(name).collect())
    }

    /// Writes everything that predictions need into the folder `dir`: features, weights and settings, with the word
    /// vectors if there are any.
    ///
    /// # Errors
    /// If `dir` is there against `existing`, or cannot be written; then it is as it was.
    pub fn save(&self, dir: &Path, existing: Existing) -> Result<(), HeadError> {
        let folder = PartialFolder::create(dir, existing)?;
        let mut tensors = Tensors::new(dir);
        tensors.insert(WEIGHTS, self.model.weights().clone());
        tensors.insert_row(BIAS, self.model.bias());
        self.extractor.save(folder.path(), &mut tensors)?;
        let manifest = Manifest::new(self.labels.clone(), self.settings.clone(), self.report.clone());
        manifest.write(folder.path(), &tensors)?;
        folder.finish()
    }

    /// Reads what [`TextClassifier::save`] wrote. Word vectors stay on disk until they are used.
    ///
    /// # Errors
    /// If a file is missing, damaged, of another version, or does not fit the others.
    pub fn load(dir: &Path) -> Result<Self, HeadError> {
        let (manifest, mut tensors) = Manifest::read(dir)?;
        let Manifest { labels, settings, report, .. } = manifest;
        let extractor = Extractor::load(dir, &settings.text, &settings.features, &mut tensors)?;
        let (weights, bias) = (tensors.take(WEIGHTS)?, tensors.take(BIAS)?.into_vec());
        let (want, found) = (extractor.n_features(), weights.n_rows());
        if want != found {
            return Err(HeadError::corrupt(
                dir,
                format!("expected weights of {want} features, found {found}"),
            ));
        }
        let model = Linear::from_weights(settings.model.kind, labels.len(), weights, bias)
            .map_err(|error| HeadError::corrupt(dir, error))?;
        Ok(Self { labels, settings, extractor, model, report, threads: 1 })
    }
}

impl Head for TextClassifier {
    fn labels(&self) -> &[String] {
        &self.labels
    }

    fn predict(&self, texts: &[&str]) -> Result<Predictions, HeadError> {
        let mut parts = Vec::with_capacity(texts.len().div_ceil(BATCH));
        for batch in texts.chunks(BATCH) {
            let features = self.extractor.features(batch, self.threads)?;
            parts.push(self.model.predict(&features, self.threads)?);
        }
        Ok(joined(&parts, self.labels.len()))
    }
}

impl std::fmt::Debug for TextClassifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TextClassifier")
            .field("labels", &self.labels)
            .field("settings", &self.settings)
            .field("n_features", &self.model.n_features())
            .finish_non_exhaustive()
    }
}

/// Scales dense rows where the settings ask for it.
fn scale(features: &mut Features, settings: &FeatureSettings) -> Option<Scaling> {
    let wanted = matches!(settings, FeatureSettings::Vectors(vectors) if vectors.standardize);
    match features {
        Features::Dense(rows) if wanted => {
            let scaling = Scaling::of(rows);
            scaling.apply(rows);
            Some(scaling)
        }
        _ => None,
    }
}

fn joined(parts: &[Predictions], n_classes: usize) -> Predictions {
    let join = |matrix: fn(&Predictions) -> &Matrix| {
        let values: Vec<f32> = parts.iter().flat_map(|part| matrix(part).as_slice()).copied().collect();
        Matrix::from_vec(values.len() / n_classes, n_classes, values).expect("whole rows")
    };
    Predictions {
        targets: parts.iter().flat_map(|part| &part.targets).copied().collect(),
        probabilities: join(|part| &part.probabilities),
        scores: join(|part| &part.scores),
    }
}

#[cfg(test)]
mod tests;
