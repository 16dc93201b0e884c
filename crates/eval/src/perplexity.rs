//! How well probabilities foresee what comes.

use crate::EvalError;

/// One predicted word.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WordScore {
    /// The natural logarithm of the probability that the model gave the word, at most 0.
    pub ln_p: f64,
    /// Whether the word is in the model's vocabulary.
    pub known: bool,
}

/// Cross-entropy and perplexity over a text, with and without the words that the model does not know.
///
/// The perplexity is e^H with the cross-entropy H = −(1/n) Σ ln p(wᵢ | w₁ … wᵢ₋₁), over all words and ends of
/// sentences (Jelinek et al. 1977). Leaving out unknown words drops their own terms, not their effect on the
/// words after them.
///
/// ```
/// let mut perplexity = sememe_eval::Perplexity::new();
/// perplexity.add(0.5f64.ln(), true)?;
/// perplexity.add(0.001f64.ln(), false)?;
/// assert!((perplexity.perplexity_known() - 2.0).abs() < 1e-12);
/// assert!((perplexity.perplexity() - 2000f64.sqrt()).abs() < 1e-9);
/// # Ok::<_, sememe_eval::EvalError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Perplexity {
    known: Sum,
    unknown: Sum,
}

/// A number of words and the sum of their ln p.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Sum {
    n: u64,
    ln_p: f64,
}

impl Sum {
    fn plus(self, other: Self) -> Self {
        Self { n: self.n + other.n, ln_p: self.ln_p + other.ln_p }
    }

    fn cross_entropy(self) -> f64 {
        -self.ln_p / self.n as f64
    }
}

impl Perplexity {
    /// Of no words yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// From sums taken elsewhere: number of words and sum of their ln p, for known and for unknown words.
    ///
    /// # Errors
    /// [`EvalError::Probability`] when a sum is positive (by more than rounding) or NaN.
    pub fn from_sums(known: (u64, f64), unknown: (u64, f64)) -> Result<Self, EvalError> {
        let [known, unknown] =
            [known, unknown].map(|(n, ln_p)| not_positive(ln_p).map(|ln_p| Sum { n, ln_p }));
        Ok(Self { known: known?, unknown: unknown? })
    }

    /// Counts a word, whose probability has the natural logarithm `ln_p`.
    ///
    /// # Errors
    /// [`EvalError::Probability`] when `ln_p` is positive (by more than rounding) or NaN; minus infinity, the logarithm of 0, is fine
    /// and makes the perplexity infinite.
    pub fn add(&mut self, ln_p: f64, known: bool) -> Result<(), EvalError> {
        let sum = if known { &mut self.known } else { &mut self.unknown };
        *sum = sum.plus(Sum { n: 1, ln_p: not_positive(ln_p)? });
        Ok(())
    }

    /// Adds the words of another part of the text.
    pub fn merge(&mut self, other: &Self) {
        self.known = self.known.plus(other.known);
        self.unknown = self.unknown.plus(other.unknown);
    }

    /// Words counted, known or not.
    pub fn n_words(&self) -> u64 {
        self.known.n + self.unknown.n
    }

    /// Words counted that the model does not know.
    pub fn n_unknown(&self) -> u64 {
        self.unknown.n
    }

    /// The sum of ln p of all words.
    pub fn ln_p(&self) -> f64 {
        self.all().ln_p
    }

    /// Nats a word. NaN without words, like the figures below.
    pub fn cross_entropy(&self) -> f64 {
        self.all().cross_entropy()
    }

    /// Bits a word.
    pub fn bits(&self) -> f64 {
        self.cross_entropy() / std::f64::consts::LN_2
    }

    /// Over all words.
    pub fn perplexity(&self) -> f64 {
        self.cross_entropy().exp()
    }

    /// Over the known words only.
    pub fn perplexity_known(&self) -> f64 {
        self.known.cross_entropy().exp()
    }

    fn all(&self) -> Sum {
        self.known.plus(self.unknown)
    }
}

/// Refuses what cannot be ln p, or a sum of such. Models that normalise in 32 bits may exceed 0 by rounding.
fn not_positive(ln_p: f64) -> Result<f64, EvalError> {
    const ROUNDING: f64 = 1e-4;
    if ln_p <= ROUNDING { Ok(ln_p) } else { Err(EvalError::Probability { found: ln_p }) }
}

/// The cross-entropy of one prediction in nats: −ln softmax(logits)\[target\].
///
/// With `smoothing` ε > 0 the target is softened: 1 − ε of it on the class, ε spread over all classes
/// (Szegedy et al. 2016, sec. 7). Needs no care about large logits.
///
/// # Errors
/// [`EvalError::Class`] when the target is beyond the logits.
pub fn cross_entropy(logits: &[f64], target: u32, smoothing: f64) -> Result<f64, EvalError> {
    let class = || EvalError::Class { found: target, n_classes: logits.len() };
    let logit = *logits.get(target as usize).ok_or_else(class)?;
    let total = log_sum_exp(logits);
    let mean = logits.iter().map(|logit| total - logit).sum::<f64>() / logits.len() as f64;
    Ok((1.0 - smoothing) * (total - logit) + if smoothing == 0.0 { 0.0 } else { smoothing * mean })
}

/// The entropy in nats of softmax(logits): how unsure a prediction is. 0 without logits.
pub fn entropy(logits: &[f64]) -> f64 {
    let total = log_sum_exp(logits);
    let terms = logits.iter().map(|logit| (logit - total).exp() * (total - logit));
    terms.filter(|term| !term.is_nan()).sum()
}

/// ln Σ eˣ, from the largest x down so that nothing overflows.
fn log_sum_exp(values: &[f64]) -> f64 {
    let largest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if largest.is_infinite() {
        return largest;
    }
    let rest: f64 = values.iter().map(|value| (value - largest).exp()).sum();
    largest + rest.ln()
}
