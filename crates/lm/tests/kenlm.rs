//! Agreement with KenLM on invented texts: `tests/golden` holds the models that its `lmplz` made of them, and
//! the scores that its Python module gives with those models.

#![allow(clippy::unwrap_used)]

use sememe_kernels::Silent;
use sememe_lm::{
    Boundaries, DiscountPolicy, LanguageModel, LmError, NgramModel, NgramSettings, NgramState, SpecialWords,
    train_text,
};
use sememe_vocab::WordId;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::PathBuf;

fn golden(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "golden", name].iter().collect()
}

/// The settings of a bare `lmplz -o ORDER`.
fn lmplz(order: usize) -> NgramSettings {
    NgramSettings { order, special_words: SpecialWords::Error, threads: 2, ..NgramSettings::default() }
}

fn train(text: &str, settings: &NgramSettings) -> Result<NgramModel, LmError> {
    train_text(&fs::read(golden(text)).unwrap()[..], settings, &mut Silent)
}

/// log10 p and back-off of every n-gram of an ARPA text.
fn entries(arpa: &[u8]) -> BTreeMap<String, (f64, Option<f64>)> {
    let text = std::str::from_utf8(arpa).unwrap();
    let lines = text.split('\n').filter(|line| line.contains('\t'));
    let entry = |line: &str| {
        let fields: Vec<&str> = line.split('\t').collect();
        let backoff = fields.get(2).map(|backoff| backoff.parse().unwrap());
        (fields[1].to_owned(), (fields[0].parse().unwrap(), backoff))
    };
    lines.map(entry).collect()
}

fn golden_arpa(name: &str) -> Vec<u8> {
    let plain = golden(&format!("{name}.arpa"));
    if plain.exists() {
        return fs::read(plain).unwrap();
    }
    let packed = fs::File::open(golden(&format!("{name}.arpa.gz"))).unwrap();
    let mut text = Vec::new();
    flate2::read::GzDecoder::new(packed).read_to_end(&mut text).unwrap();
    text
}

fn written(model: &NgramModel) -> Vec<u8> {
    let mut arpa = Vec::new();
    model.write_arpa(&mut arpa).unwrap();
    arpa
}

/// Whether two models have the same n-grams with the same figures.
#[track_caller]
fn check_entries(got: &[u8], want: &[u8]) {
    let (got, want) = (entries(got), entries(want));
    assert!(got.keys().eq(want.keys()), "{} n-grams instead of {}", got.len(), want.len());
    for (ngram, want) in &want {
        let got = got[ngram];
        assert!((got.0 - want.0).abs() < 1e-5, "p of `{ngram}`: {} instead of {}", got.0, want.0);
        assert_eq!(got.1.is_some(), want.1.is_some(), "back-off of `{ngram}`");
        let (got, want) = (got.1.unwrap_or(0.0), want.1.unwrap_or(0.0));
        assert!((got - want).abs() < 1e-5, "back-off of `{ngram}`: {got} instead of {want}");
    }
}

/// The model of `text` is the one that `lmplz` made, and scores like it, trained as well as read.
#[track_caller]
fn check(name: &str, text: &str, settings: &NgramSettings) {
    let (trained, arpa) = (train(text, settings).unwrap(), golden_arpa(name));
    check_entries(&written(&trained), &arpa);
    let read = NgramModel::read_arpa(&arpa[..]).unwrap();
    check_entries(&written(&read), &arpa);
    if let Ok(scores) = fs::read_to_string(golden(&format!("{name}.scores.json"))) {
        let scores: Value = serde_json::from_str(&scores).unwrap();
        check_scores(&trained, &scores);
        check_scores(&read, &scores);
    }
}

#[track_caller]
fn check_scores(model: &NgramModel, scores: &Value) {
    let mut total = Totals::default();
    for case in scores["cases"].as_array().unwrap() {
        check_case(model, case, &mut total);
    }
    let head = &scores["head"];
    assert_eq!((total.tokens, total.unknown), (count(&head["tokens_with_eos"]), count(&head["oovs"])));
    close(total.perplexity(total.sum, total.tokens), &head["ppl_including_oov"], 1e-4);
    let known = total.tokens - total.unknown;
    close(total.perplexity(total.sum - total.sum_unknown, known), &head["ppl_excluding_oov"], 1e-4);
}

#[derive(Default)]
struct Totals {
    tokens: u64,
    unknown: u64,
    sum: f64,
    sum_unknown: f64,
}

impl Totals {
    fn perplexity(&self, sum: f64, n: u64) -> f64 {
        (-sum / n as f64).exp()
    }
}

#[track_caller]
fn check_case(model: &NgramModel, case: &Value, total: &mut Totals) {
    let words = case["sentence"].as_str().unwrap().split([' ', '\t', '\r', '\0']);
    let ids: Vec<WordId> = words.filter(|word| !word.is_empty()).map(|word| model.id(word)).collect();
    let mut state: NgramState = model.start();
    let lists = ["words", "lengths"].map(|key| case[key].as_array().unwrap());
    for (i, id) in ids.iter().copied().chain([WordId(2)]).enumerate() {
        let scored = model.score_matched(&mut state, id);
        close(f64::from(scored.ln_p) / std::f64::consts::LN_10, &lists[0][i], 1e-5);
        assert_eq!(scored.matched as u64, count(&lists[1][i]), "{case}");
        let unknown = id == WordId(0);
        assert_eq!(unknown, case["oov"].as_array().unwrap().contains(&i.into()), "{case}");
        total.tokens += 1;
        total.unknown += u64::from(unknown);
        total.sum += f64::from(scored.ln_p);
        total.sum_unknown += if unknown { f64::from(scored.ln_p) } else { 0.0 };
    }
    let boundaries = [Boundaries::BOTH, Boundaries::BEGIN, Boundaries::END, Boundaries::NONE];
    for (boundaries, key) in boundaries.into_iter().zip(["bos_eos", "bos", "eos", "none"]) {
        let mut ln_p = Vec::new();
        model.score_sentence(&ids, boundaries, &mut ln_p);
        let sum: f64 = ln_p.iter().copied().map(f64::from).sum();
        close(sum / std::f64::consts::LN_10, &case[key], 1e-4);
    }
}

fn count(value: &Value) -> u64 {
    value.as_u64().unwrap()
}

#[track_caller]
fn close(got: f64, want: &Value, tolerance: f64) {
    let want = want.as_f64().unwrap();
    assert!((got - want).abs() <= tolerance * want.abs().max(1.0), "{got} instead of {want}");
}

#[test]
fn every_order_agrees() {
    for order in 1..=5 {
        check(&format!("o{order}"), "train.txt", &lmplz(order));
    }
}

#[test]
fn pruned_models_agree() {
    check("o3-prune001", "train.txt", &NgramSettings { prune: vec![0, 0, 1], ..lmplz(3) });
    check("o3-prune2", "train.txt", &NgramSettings { prune: vec![0, 2], ..lmplz(3) });
    check("o5-prune00112", "train.txt", &NgramSettings { prune: vec![0, 0, 1, 1, 2], ..lmplz(5) });
}

#[test]
fn models_with_pruned_words_agree() {
    check("o3-prune1", "train.txt", &NgramSettings { prune: vec![1], ..lmplz(3) });
    let limit = fs::read_to_string(golden("limit.vocab")).unwrap();
    let limit_vocab = Some(limit.split_whitespace().map(str::to_owned).collect());
    check("o3-limitvocab", "train.txt", &NgramSettings { limit_vocab, ..lmplz(3) });
}

#[test]
fn models_with_another_base_agree() {
    check("o3-sri-unk", "train.txt", &NgramSettings { interpolate_unigrams: false, ..lmplz(3) });
    check("o3-vocabpad", "train.txt", &NgramSettings { vocab_pad: 5000, ..lmplz(3) });
}

#[test]
fn models_with_fallback_discounts_agree() {
    let fallback = |order| NgramSettings { discount_fallback: DiscountPolicy::FALLBACK, ..lmplz(order) };
    check("tiny-o3-fallback", "tiny.txt", &fallback(3));
    check("edge-o3-fallback", "edge.txt", &fallback(3));
    let chosen = DiscountPolicy::Fallback([0.4, 0.7, 1.2]);
    check("tiny-o2-fallback2", "tiny.txt", &NgramSettings { discount_fallback: chosen, ..lmplz(2) });
    check(
        "special-o2-skip",
        "special.txt",
        &NgramSettings { special_words: SpecialWords::Skip, ..fallback(2) },
    );
}

#[track_caller]
fn check_failure(text: &str, settings: &NgramSettings, want: &[&str]) {
    let error = train(text, settings).err().expect("the text gives no model").to_string();
    assert!(want.iter().all(|part| error.contains(part)), "{error}");
}

#[test]
fn texts_without_discounts_are_refused() {
    let want =
        ["of the 2-grams", "no n-gram has the adjusted count 3", "[99, 5, 0, 0]", "Allow fallback discounts"];
    check_failure("tiny.txt", &lmplz(3), &want);
}

#[test]
fn special_words_in_the_text_are_refused() {
    let settings = NgramSettings { discount_fallback: DiscountPolicy::FALLBACK, ..lmplz(2) };
    check_failure("special.txt", &settings, &["sentence 1", "`<unk>`", "skip special words"]);
}
