//! What the user chooses about a classifier.

use crate::HeadError;
use sememe_text::PipelineSettings;
use sememe_vocab::VectorizerSettings;
use serde::{Deserialize, Serialize};

/// A classifier of texts: how they are split, what becomes of them, and the model over that.
///
/// ```
/// use sememe_heads::HeadSettings;
///
/// let settings: HeadSettings = serde_json::from_str(
///     r#"{
///         "text": {"clean": ["lowercase"], "segment": "words"},
///         "features": {"tfidf": {"words": [1, 2], "sublinear_tf": true}},
///         "model": {"kind": "svm", "cost": 1.0}
///     }"#,
/// )?;
/// assert_eq!(settings.model.tolerance, 1e-4);
/// # Ok::<_, serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HeadSettings {
    /// How texts are cleaned and split. Where features are word vectors, best as for training them.
    pub text: PipelineSettings,
    /// What texts become.
    pub features: FeatureSettings,
    /// The model over the features.
    pub model: ModelSettings,
}

impl HeadSettings {
    /// Refuses what cannot be trained, before texts are read.
    ///
    /// # Errors
    /// If a setting makes no sense.
    pub fn check(&self) -> Result<(), HeadError> {
        match &self.features {
            FeatureSettings::Tfidf(settings) => settings.check()?,
            FeatureSettings::Vectors(VectorFeatures { sif: Some(a), .. }) => check_positive("sif", *a)?,
            FeatureSettings::Vectors(_) => {}
        }
        self.model.check()
    }
}

/// What the model sees of a text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum FeatureSettings {
    /// Weighted n-grams.
    Tfidf(VectorizerSettings),
    /// The mean of the vectors of its words.
    Vectors(VectorFeatures),
}

impl Default for FeatureSettings {
    /// N-grams with the defaults of [`VectorizerSettings`].
    fn default() -> Self {
        Self::Tfidf(VectorizerSettings::default())
    }
}

/// How word vectors become the vector of a text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct VectorFeatures {
    /// The a of smooth inverse frequency: a word w weighs a / (a + p(w)) (Arora, Liang and Ma 2017). `None`: all
    /// words weigh the same.
    pub sif: Option<f64>,
    /// Whether the direction that the training texts have in common is taken out of every text, as that paper does.
    pub remove_common: bool,
    /// Whether each column is brought to mean 0 and variance 1 over the training texts before training, so that the
    /// penalty is fair to all of them. Default true.
    pub standardize: bool,
}

impl Default for VectorFeatures {
    fn default() -> Self {
        Self { sif: None, remove_common: false, standardize: true }
    }
}

/// The kind of a linear model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ModelKind {
    /// Linear support vector machines with the squared hinge loss, one class against the rest (one machine for two
    /// classes): ½·(‖w‖² + b²) + C·Σ max(0, 1 − y·(w·x + b))², by dual coordinate descent.
    #[default]
    Svm,
    /// Multinomial logistic regression: ½·‖W‖² − C·Σ ln p(class), by L-BFGS. Two classes share one weight
    /// vector: p = σ(w·x + b).
    Logistic,
    /// As `logistic`, but two classes have a weight vector each, as a softmax layer of a network has.
    Softmax,
}

/// How much the rows of a class count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClassWeights {
    /// Every row counts the same.
    #[default]
    Uniform,
    /// Every class counts the same: a row counts rows / (classes · rows of its class). Of a support vector machine
    /// of one class against the rest this weighs the rows of the one class only, as liblinear does.
    Balanced,
}

/// A linear model and its training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ModelSettings {
    /// The kind of model.
    pub kind: ModelKind,
    /// C: how much the loss counts beside the penalty.
    pub cost: f64,
    /// When to stop. `svm`: the span of the projected gradients, as liblinear; the others: the largest partial
    /// derivative of the mean loss with its penalty, as scikit-learn.
    pub tolerance: f64,
    /// The most passes over the rows (`svm`) or steps of L-BFGS.
    pub max_iterations: u32,
    /// How much the rows of a class count.
    pub class_weights: ClassWeights,
    /// The order in which an `svm` visits the rows; the others make no random choice.
    pub seed: u64,
}

impl Default for ModelSettings {
    fn default() -> Self {
        Self {
            kind: ModelKind::default(),
            cost: 1.0,
            tolerance: 1e-4,
            max_iterations: 1000,
            class_weights: ClassWeights::default(),
            seed: 1,
        }
    }
}

impl ModelSettings {
    /// Refuses what cannot be trained.
    pub(crate) fn check(&self) -> Result<(), HeadError> {
        check_positive("cost", self.cost)?;
        check_positive("tolerance", self.tolerance)?;
        if self.max_iterations == 0 {
            return Err(HeadError::Setting { name: "max_iterations", want: "at least 1", found: "0".into() });
        }
        Ok(())
    }
}

fn check_positive(name: &'static str, value: f64) -> Result<(), HeadError> {
    if value > 0.0 && value.is_finite() {
        return Ok(());
    }
    Err(HeadError::Setting { name, want: "a number above 0", found: value.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(json: &str, want: &str) {
        let settings = serde_json::from_str::<HeadSettings>(json).map_err(|error| error.to_string());
        let checked = settings.and_then(|settings| settings.check().map_err(|error| error.to_string()));
        assert_eq!(checked.err().as_deref().unwrap_or_default().split(" at line").next(), Some(want));
    }

    #[test]
    fn everything_has_a_default() {
        check("{}", "");
        check(r#"{"features": {"vectors": {}}, "model": {"kind": "softmax"}}"#, "");
    }

    #[test]
    fn misspelt_settings_are_refused() {
        let message = "unknown field `costs`, expected one of `kind`, `cost`, `tolerance`, `max_iterations`, \
                       `class_weights`, `seed`";
        check(r#"{"model": {"costs": 1}}"#, message);
        check(r#"{"features": {"vector": {}}}"#, "unknown variant `vector`, expected `tfidf` or `vectors`");
    }

    #[test]
    fn senseless_settings_are_refused() {
        check(r#"{"model": {"cost": 0}}"#, "`cost` must be a number above 0, found 0");
        check(r#"{"model": {"tolerance": -1e-3}}"#, "`tolerance` must be a number above 0, found -0.001");
        check(r#"{"features": {"vectors": {"sif": 0}}}"#, "`sif` must be a number above 0, found 0");
        check(r#"{"features": {"tfidf": {"words": [2, 1]}}}"#, "cannot make features of n-grams");
        check(r#"{"model": {"max_iterations": 0}}"#, "`max_iterations` must be at least 1, found 0");
    }
}
