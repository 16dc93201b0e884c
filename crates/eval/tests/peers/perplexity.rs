use std::collections::HashMap;

use sememe_eval::{Metric, Perplexity, WordScore, cross_entropy, entropy};
use serde_json::Value;

use crate::{cases, close, float, floats};

const FILE: &str = include_str!("../golden/perplexity.json");

/// KenLM computes in 32 bits.
const SINGLE: f64 = 1e-5;

/// What the words of a sentence add up to; KenLM gives (log10 p, matched length, out of vocabulary) of each.
fn measured(case: &Value) -> Perplexity {
    let mut perplexity = Perplexity::new();
    for score in case["expected"]["full_scores"].as_array().unwrap() {
        let ln_p = float(&score[0]) * std::f64::consts::LN_10;
        perplexity.update(WordScore { ln_p, known: score[2] == false }).unwrap();
    }
    perplexity
}

#[test]
fn the_perplexities_of_kenlm_agree_sentence_by_sentence() {
    let cases = cases(FILE, "arpa");
    for case in &cases {
        let (got, expected) = (measured(case), &case["expected"]);
        let id = case["id"].as_str().unwrap();
        close(id, got.perplexity(), float(&expected["perplexity"]), SINGLE);
        close(id, got.ln_p() / std::f64::consts::LN_10, float(&expected["score_bos1_eos1"]), SINGLE);
    }
    assert_eq!(cases.len(), 41);
}

#[test]
fn the_perplexity_of_a_corpus_is_that_of_its_sentences_merged() {
    let sentences: HashMap<String, Perplexity> = cases(FILE, "arpa")
        .iter()
        .map(|case| (case["input"]["sentence"].to_string(), measured(case)))
        .collect();
    let corpora = cases(FILE, "arpa_corpus");
    for case in &corpora {
        let mut all = Perplexity::new();
        for sentence in case["input"]["sentences"].as_array().unwrap() {
            all.merge(&sentences[&sentence.to_string()]);
        }
        let expected = &case["expected"];
        assert_eq!(all.n_words(), expected["tokens"]);
        assert_eq!(all.n_unknown(), expected["oovs"]);
        close("with unknown words", all.perplexity(), float(&expected["ppl_including_oov"]), SINGLE);
        close("known words", all.perplexity_known(), float(&expected["ppl_excluding_oov"]), SINGLE);
    }
    assert_eq!(corpora.len(), 1);
}

#[test]
fn the_cross_entropies_of_scipy_agree() {
    let cases = cases(FILE, "logits");
    cases.iter().for_each(check_logits);
    assert_eq!(cases.len(), 8);
}

fn check_logits(case: &Value) {
    let (id, expected) = (case["id"].as_str().unwrap(), &case["expected"]);
    let logits: Vec<Vec<f64>> = case["input"]["logits"].as_array().unwrap().iter().map(floats).collect();
    for (row, want) in logits.iter().zip(floats(&expected["entropy_nats"])) {
        close(id, entropy(row), want, 1e-9);
    }
    let (mut all, mut smoothed, mut losses) = (Perplexity::new(), 0.0, Vec::new());
    for (row, target) in logits.iter().zip(case["input"]["targets"].as_array().unwrap()) {
        // Negative targets are to be left out.
        let Some(target) = target.as_u64() else { continue };
        losses.push(cross_entropy(row, target as u32, 0.0).unwrap());
        smoothed += cross_entropy(row, target as u32, 0.1).unwrap();
        all.add(-losses[losses.len() - 1], true).unwrap();
    }
    losses.iter().zip(floats(&expected["per_token_nll"])).for_each(|(got, want)| close(id, *got, want, 1e-9));
    assert_eq!(all.n_words(), expected["tokens"]);
    close(id, all.cross_entropy(), float(&expected["cross_entropy_nats"]), 1e-9);
    close(id, all.bits(), float(&expected["bits_per_token"]), 1e-9);
    close(id, all.perplexity(), float(&expected["perplexity"]), 1e-9);
    close(id, smoothed / losses.len() as f64, float(&expected["label_smoothed_0_1"]), 1e-9);
}
