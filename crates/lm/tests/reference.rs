//! The estimator against its definition: counts in maps, probabilities by recursion, on random texts.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use sememe_kernels::Silent;
use sememe_lm::{Boundaries, DiscountPolicy, LanguageModel, NgramModel, NgramSettings};
use sememe_vocab::{MemoryCorpus, Vocab, WordId};
use std::collections::{BTreeMap, BTreeSet};

const WORDS: [&str; 8] = ["<unk>", "<s>", "</s>", "a", "b", "c", "d", "never"];
const DISCOUNTS: [f64; 4] = [0.0, 0.5, 1.0, 1.5];

/// Modified Kneser-Ney as the papers write it, with the same discounts in every order.
struct Reference {
    settings: NgramSettings,
    raw: BTreeMap<Vec<u32>, u64>,
    adjusted: BTreeMap<Vec<u32>, u64>,
}

impl Reference {
    fn new(sentences: &[Vec<u32>], settings: &NgramSettings) -> Self {
        let (mut raw, mut left) = (BTreeMap::new(), BTreeMap::<Vec<u32>, BTreeSet<u32>>::new());
        for sentence in sentences {
            let padded = [&[1], &sentence[..], &[2]].concat();
            for end in 1..=padded.len() {
                for start in end.saturating_sub(settings.order)..end {
                    *raw.entry(padded[start..end].to_vec()).or_insert(0) += 1;
                    if start > 0 {
                        left.entry(padded[start..end].to_vec()).or_default().insert(padded[start - 1]);
                    }
                }
            }
        }
        let adjust = |(ngram, &count): (&Vec<u32>, &u64)| {
            let whole = ngram.len() == settings.order || ngram[0] == 1;
            (ngram.clone(), if whole { count } else { left[ngram].len() as u64 })
        };
        let mut adjusted: BTreeMap<_, _> = raw.iter().map(adjust).collect();
        adjusted.insert(vec![1], 0);
        Self { settings: settings.clone(), raw, adjusted }
    }

    fn is_kept(&self, ngram: &[u32]) -> bool {
        let prune = &self.settings.prune;
        let threshold = prune.get(ngram.len() - 1).or(prune.last()).copied().unwrap_or(0);
        let limit = self.settings.limit_vocab.as_deref();
        let listed = |&id: &u32| id < 3 || limit.is_none_or(|l| l.iter().any(|w| w == WORDS[id as usize]));
        let special = ngram.len() == 1 && ngram[0] < 3;
        ngram.iter().all(listed) && (special || self.raw.get(ngram).is_some_and(|&count| count > threshold))
    }

    /// What is left of the count of an n-gram, and what is taken.
    fn split(&self, ngram: &[u32]) -> (f64, f64) {
        let count = self.adjusted.get(ngram).copied().unwrap_or(0);
        let taken = if self.is_kept(ngram) { DISCOUNTS[count.min(3) as usize] } else { count as f64 };
        (count as f64 - taken, taken)
    }

    fn p(&self, context: &[u32], word: u32) -> f64 {
        let with = |word: u32| [context, &[word]].concat();
        let parts: Vec<(f64, f64)> = (0..WORDS.len() as u32).map(|word| self.split(&with(word))).collect();
        let total: f64 = parts.iter().map(|(left, taken)| left + taken).sum();
        let free: f64 = parts.iter().map(|(_, taken)| taken).sum();
        let lower = || match context {
            [] => self.base(word),
            [_, rest @ ..] => self.p(rest, word),
        };
        if total == 0.0 {
            return lower();
        }
        parts[word as usize].0 / total + free / total * lower()
    }

    fn base(&self, word: u32) -> f64 {
        if !self.settings.interpolate_unigrams {
            return f64::from(u8::from(word == 0));
        }
        1.0 / (WORDS.len() - 1).max(self.settings.vocab_pad as usize) as f64
    }
}

fn vocab() -> Vocab {
    Vocab::from_words(WORDS.map(|word| (word, 0)), 3).unwrap()
}

fn train(sentences: &[Vec<u32>], settings: &NgramSettings) -> NgramModel {
    let ids = |sentence: &Vec<u32>| sentence.iter().copied().map(WordId).collect();
    let corpus = MemoryCorpus::new(sentences.iter().map(ids).collect(), 3);
    NgramModel::train(&corpus, &vocab(), settings, &mut Silent).unwrap()
}

fn texts() -> impl Strategy<Value = Vec<Vec<u32>>> {
    let word = prop_oneof![Just(0u32), 3u32..7, 3u32..5];
    prop::collection::vec(prop::collection::vec(word, 0..7), 1..25)
}

prop_compose! {
    fn settings()(
        order in 1usize..5,
        first in 0u64..2,
        more in 0u64..3,
        interpolate_unigrams: bool,
        vocab_pad in prop_oneof![Just(0u64), 6u64..20],
        limit in prop::option::of(Just(vec!["a".to_owned(), "b".to_owned()])),
        threads in 1usize..4,
    ) -> NgramSettings {
        let prune = [first, first + more][..order.min(2)].to_vec();
        let discount_fallback = DiscountPolicy::Fallback([DISCOUNTS[1], DISCOUNTS[2], DISCOUNTS[3]]);
        let limit_vocab = limit;
        NgramSettings {
            order, prune, interpolate_unigrams, vocab_pad, limit_vocab, threads, discount_fallback,
            ..NgramSettings::default()
        }
    }
}

/// Texts whose own discounts would replace the fixed ones prove nothing here.
fn uses_fallback(model: &NgramModel) -> bool {
    model.discounts().iter().all(|discounts| discounts[..] == DISCOUNTS[1..])
}

proptest! {
    #[test]
    fn probabilities_agree_with_their_definition(sentences in texts(), settings in settings()) {
        let model = train(&sentences, &settings);
        prop_assume!(uses_fallback(&model));
        let reference = Reference::new(&sentences, &settings);
        for sentence in &sentences {
            let (mut state, mut context) = (model.start(), vec![1]);
            for &word in sentence.iter().chain(&[7, 3, 2]) {
                let got = f64::from(model.score(&mut state, WordId(word))).exp();
                let seen = &context[(context.len() + 1).saturating_sub(settings.order)..];
                let want = reference.p(seen, word);
                prop_assert!((got - want).abs() < 1e-5, "{got} instead of {want} for {word} after {seen:?}");
                context.push(word);
            }
        }
    }

    #[test]
    fn next_agrees_with_score_and_sums_to_one(sentences in texts(), settings in settings()) {
        let model = train(&sentences, &NgramSettings { vocab_pad: 0, ..settings });
        let mut ln_p = vec![0.0; WORDS.len()];
        let mut state = model.empty();
        for &word in sentences.iter().flatten() {
            model.next(&state, &mut ln_p);
            let sum: f64 = ln_p.iter().map(|&ln_p| f64::from(ln_p).exp()).sum();
            prop_assert!((sum - 1.0).abs() < 1e-5, "the probabilities sum to {sum}");
            for (id, &want) in (0..).zip(&ln_p) {
                let got = model.score(&mut state.clone(), WordId(id));
                prop_assert_eq!(got, want, "word {} among all, and alone", id);
            }
            model.score(&mut state, WordId(word));
        }
    }

    #[test]
    fn threads_change_no_bit(sentences in texts(), settings in settings()) {
        let bytes = |threads| {
            let mut bytes = Vec::new();
            train(&sentences, &NgramSettings { threads, ..settings.clone() }).write_arpa(&mut bytes).unwrap();
            bytes
        };
        prop_assert_eq!(bytes(1), bytes(3));
    }

    #[test]
    fn arpa_text_keeps_the_model(sentences in texts(), settings in settings()) {
        let model = train(&sentences, &settings);
        let mut arpa = Vec::new();
        model.write_arpa(&mut arpa).unwrap();
        let back = NgramModel::read_arpa(&arpa[..]).unwrap();
        let mut again = Vec::new();
        back.write_arpa(&mut again).unwrap();
        prop_assert_eq!(model.n_ngrams(), back.n_ngrams());
        for sentence in &sentences {
            let ids: Vec<WordId> = sentence.iter().copied().map(WordId).collect();
            let [mut want, mut got] = [Vec::new(), Vec::new()];
            model.score_sentence(&ids, Boundaries::BOTH, &mut want);
            back.score_sentence(&ids, Boundaries::BOTH, &mut got);
            let same = |(a, b): (&f32, &f32)| (a - b).abs() <= 1e-5 * a.abs().max(1.0) || *a < -99.0;
            prop_assert!(want.iter().zip(&got).all(same), "{:?} instead of {:?}", got, want);
        }
    }
}
