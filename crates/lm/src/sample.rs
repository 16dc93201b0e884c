//! Drawing words from a model.

use crate::{LanguageModel, LmError};
use sememe_kernels::{Rng, TopK};
use sememe_vocab::WordId;
use serde::{Deserialize, Serialize};

/// How words are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SamplerSettings {
    /// Probabilities are raised to the power of 1 / `temperature`; 0 takes the likeliest word.
    pub temperature: f32,
    /// Only so many of the likeliest words are drawn from.
    pub top_k: Option<usize>,
    /// Only the likeliest words that together reach this probability are drawn from, after `temperature` and
    /// `top_k` (Holtzman et al. 2020).
    pub top_p: f32,
    /// A text ends after so many words, if the model does not end it before.
    pub max_words: usize,
    /// Whether `<unk>` may be drawn.
    pub allow_unknown: bool,
    /// The same seed gives the same texts.
    pub seed: u64,
}

impl Default for SamplerSettings {
    fn default() -> Self {
        Self { temperature: 1.0, top_k: None, top_p: 1.0, max_words: 100, allow_unknown: false, seed: 1 }
    }
}

/// Draws words and texts.
#[derive(Clone, Debug)]
pub struct Sampler {
    settings: SamplerSettings,
    rng: Rng,
    /// Texts drawn so far; each has a random stream of its own.
    n_texts: u64,
}

impl Sampler {
    /// A sampler that begins its random stream.
    ///
    /// # Errors
    /// If a setting is out of range.
    pub fn new(settings: SamplerSettings) -> Result<Self, LmError> {
        let fail = |name, want, found| Err(LmError::Setting { name, want, found });
        if !(settings.temperature >= 0.0 && settings.temperature.is_finite()) {
            return fail("temperature", "at least 0", settings.temperature.to_string());
        }
        if settings.top_k == Some(0) {
            return fail("top_k", "at least 1", "0".to_owned());
        }
        if !(settings.top_p > 0.0 && settings.top_p <= 1.0) {
            return fail("top_p", "above 0, at most 1", settings.top_p.to_string());
        }
        Ok(Self { settings, rng: Rng::new(settings.seed, 0), n_texts: 0 })
    }

    /// Draws the words that follow `prefix` at the beginning of a sentence, up to the end of the sentence,
    /// which is left out. The n-th text depends on the model, the settings, the prefix and n only.
    pub fn generate<M: LanguageModel>(&mut self, model: &M, prefix: &[WordId]) -> Vec<WordId> {
        self.rng = Rng::new(self.settings.seed, self.n_texts);
        self.n_texts += 1;
        let mut state = model.start();
        for &word in prefix {
            model.score(&mut state, word);
        }
        let mut ln_p = vec![0.0; model.vocab().len()];
        let mut text = Vec::new();
        while text.len() < self.settings.max_words {
            model.next(&state, &mut ln_p);
            if let Some(unknown) = model.unknown().filter(|_| !self.settings.allow_unknown) {
                ln_p[unknown.index()] = f32::NEG_INFINITY;
            }
            match self.sample(&ln_p).filter(|&word| Some(word) != model.end()) {
                None => break,
                Some(word) => {
                    model.score(&mut state, word);
                    text.push(word);
                }
            }
        }
        text
    }

    /// Draws a word, given ln p of all, which need not sum to 1; nothing if no word can be drawn.
    pub fn sample(&mut self, ln_p: &[f32]) -> Option<WordId> {
        let Candidates { words, weights } = self.candidates(ln_p);
        let total: f64 = weights.iter().sum();
        let mut left = self.rng.unit_f64() * total;
        let drawn = weights.iter().position(|weight| {
            left -= weight;
            left < 0.0
        });
        // Rounding may leave a rest after the last word.
        drawn.or(weights.len().checked_sub(1)).map(|i| words[i])
    }

    /// The words to draw from, and their weights relative to the likeliest one.
    fn candidates(&self, ln_p: &[f32]) -> Candidates {
        let Some((likeliest, max)) = likeliest(ln_p) else { return Candidates::default() };
        if self.settings.temperature == 0.0 {
            return Candidates { words: vec![likeliest], weights: vec![1.0] };
        }
        let temperature = f64::from(self.settings.temperature);
        let weight = |ln_p: f32| (f64::from(ln_p - max) / temperature).exp();
        let mut candidates = Candidates::default();
        for (id, ln_p) in self.offered(ln_p) {
            candidates.words.push(WordId(id));
            candidates.weights.push(weight(ln_p));
        }
        if self.settings.top_p < 1.0 {
            candidates.keep_nucleus(f64::from(self.settings.top_p));
        }
        candidates
    }

    /// Ids and ln p of the words that `top_k` allows; best first if they have to be cut.
    fn offered(&self, ln_p: &[f32]) -> Vec<(u32, f32)> {
        let possible = (0..).zip(ln_p.iter().copied()).filter(|(_, ln_p)| *ln_p > f32::NEG_INFINITY);
        if self.settings.top_k.is_none() && self.settings.top_p == 1.0 {
            return possible.collect();
        }
        let mut top = TopK::new(self.settings.top_k.unwrap_or(usize::MAX).min(ln_p.len()));
        possible.for_each(|(id, ln_p)| top.push(id, ln_p));
        top.into_sorted()
    }
}

/// Words and their weights.
#[derive(Debug, Default)]
struct Candidates {
    words: Vec<WordId>,
    weights: Vec<f64>,
}

impl Candidates {
    /// Keeps the first words that together have the share `top_p` of the weight.
    fn keep_nucleus(&mut self, top_p: f64) {
        let mut left = top_p * self.weights.iter().sum::<f64>();
        let inside = |weight: &&f64| {
            let inside = left > 0.0;
            left -= **weight;
            inside
        };
        let n_kept = self.weights.iter().take_while(inside).count();
        self.words.truncate(n_kept);
        self.weights.truncate(n_kept);
    }
}

/// The likeliest word, the lowest id of several, and its ln p; nothing if all are impossible.
fn likeliest(ln_p: &[f32]) -> Option<(WordId, f32)> {
    let mut best = TopK::new(1);
    (0..).zip(ln_p).for_each(|(id, &ln_p)| best.push(id, ln_p));
    let &(id, max) = best.into_sorted().first()?;
    (max > f32::NEG_INFINITY).then_some((WordId(id), max))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DiscountPolicy, NgramModel, NgramSettings, train_text};
    use sememe_kernels::Silent;

    /// Shares of the words drawn from the probabilities `p`.
    #[track_caller]
    fn check(settings: SamplerSettings, p: &[f32], want: &[f64]) {
        let ln_p: Vec<f32> = p.iter().map(|p| p.ln()).collect();
        let (mut sampler, mut drawn) = (Sampler::new(settings).unwrap(), vec![0; p.len()]);
        let n = 20_000;
        for _ in 0..n {
            drawn[sampler.sample(&ln_p).unwrap().index()] += 1;
        }
        for (drawn, want) in drawn.iter().zip(want) {
            assert!(
                (f64::from(*drawn) / f64::from(n) - want).abs() < 0.015,
                "{drawn} of {n} instead of {want}"
            );
        }
    }

    fn settings() -> SamplerSettings {
        SamplerSettings::default()
    }

    const P: [f32; 4] = [0.1, 0.0, 0.5, 0.4];

    #[test]
    fn words_come_as_often_as_the_model_says() {
        check(settings(), &P, &[0.1, 0.0, 0.5, 0.4]);
    }

    #[test]
    fn temperature_sharpens() {
        check(SamplerSettings { temperature: 0.5, ..settings() }, &P, &[0.0238, 0.0, 0.5952, 0.381]);
        check(SamplerSettings { temperature: 0.0, ..settings() }, &P, &[0.0, 0.0, 1.0, 0.0]);
    }

    #[test]
    fn cuts_keep_the_likeliest_words() {
        check(SamplerSettings { top_k: Some(2), ..settings() }, &P, &[0.0, 0.0, 0.5556, 0.4444]);
        check(SamplerSettings { top_p: 0.49, ..settings() }, &P, &[0.0, 0.0, 1.0, 0.0]);
        check(SamplerSettings { top_p: 0.51, ..settings() }, &P, &[0.0, 0.0, 0.5556, 0.4444]);
    }

    #[test]
    fn nothing_is_drawn_from_nothing() {
        assert_eq!(Sampler::new(settings()).unwrap().sample(&[f32::NEG_INFINITY; 3]), None);
        assert_eq!(Sampler::new(settings()).unwrap().sample(&[]), None);
    }

    #[test]
    fn impossible_settings_are_refused() {
        for wrong in [
            SamplerSettings { temperature: -1.0, ..settings() },
            SamplerSettings { temperature: f32::NAN, ..settings() },
            SamplerSettings { top_k: Some(0), ..settings() },
            SamplerSettings { top_p: 0.0, ..settings() },
        ] {
            assert!(matches!(Sampler::new(wrong), Err(LmError::Setting { .. })));
        }
    }

    fn model() -> NgramModel {
        let settings = NgramSettings {
            order: 3,
            discount_fallback: DiscountPolicy::FALLBACK,
            ..NgramSettings::default()
        };
        train_text("the cat sat\nthe dog sat\na cat ran\n".as_bytes(), &settings, &mut Silent).unwrap()
    }

    #[test]
    fn texts_follow_their_prefix_and_seed() {
        let model = model();
        let greedy = SamplerSettings { temperature: 0.0, ..settings() };
        let text = Sampler::new(greedy).unwrap().generate(&model, &[model.id("the"), model.id("dog")]);
        assert_eq!(text, [model.id("sat")]);
        let texts = |seed| -> Vec<_> {
            let mut sampler = Sampler::new(SamplerSettings { seed, ..settings() }).unwrap();
            (0..20).map(|_| sampler.generate(&model, &[])).collect()
        };
        assert_eq!(texts(1), texts(1));
        assert_ne!(texts(1), texts(2));
        assert!(texts(1).iter().flatten().all(|word| word.0 > 2), "special words are not text");
    }

    #[test]
    fn texts_are_bounded() {
        let model = model();
        let mut sampler = Sampler::new(SamplerSettings { max_words: 2, ..settings() }).unwrap();
        assert!((0..50).all(|_| sampler.generate(&model, &[]).len() <= 2));
    }
}
