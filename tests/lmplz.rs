//! The command line beside KenLM's: the same flags give the same models, or the same refusal.

use crate::support::Desk;
use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::PathBuf;

/// Files beside the tests of the language models: texts, and what KenLM made of them.
pub(crate) fn golden(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "../crates/lm/tests/golden", name].iter().collect()
}

/// A model of `lmplz`; the large ones are packed.
fn golden_arpa(name: &str) -> String {
    let plain = golden(&format!("{name}.arpa"));
    if plain.exists() {
        return fs::read_to_string(plain).unwrap();
    }
    let mut text = String::new();
    let packed = sememe_text::open_text(&golden(&format!("{name}.arpa.gz")));
    packed.unwrap().read_to_string(&mut text).unwrap();
    text
}

/// Our command line for the one of `lmplz`, which reads `text`.
fn command(lmplz: &str, text: &str) -> String {
    let flag = |word: &str| match word {
        // Memory is bounded elsewhere; short flags have a long name.
        "-o" => "--order".to_owned(),
        "limit.vocab" => golden(word).display().to_string(),
        other => other.to_owned(),
    };
    let flags: Vec<String> = lmplz.split(' ').map(flag).collect();
    format!("lm train ngram -i {} --arpa out.arpa {}", golden(text).display(), flags.join(" "))
}

/// What stands in an ARPA file: the number of n-grams of each order as it says, and log10 p and back-off of each.
struct Arpa<'a> {
    counts: Vec<&'a str>,
    entries: BTreeMap<&'a str, Vec<f64>>,
}

fn parse(arpa: &str) -> Arpa<'_> {
    let mut entries = BTreeMap::new();
    for line in arpa.lines().filter(|line| line.contains('\t')) {
        let mut fields = line.split('\t');
        let (p, ngram) = (fields.next(), fields.next().unwrap());
        let numbers = [p, fields.next()].into_iter().flatten().map(|x| x.parse().unwrap());
        assert!(entries.insert(ngram, numbers.collect()).is_none(), "`{ngram}` stands twice");
    }
    Arpa { counts: arpa.lines().filter(|line| line.starts_with("ngram ")).collect(), entries }
}

#[track_caller]
fn check(name: &str, lmplz: &str, text: &str) {
    let desk = Desk::new();
    desk.run(&command(lmplz, text)).done();
    let (got, want) = (desk.read("out.arpa"), golden_arpa(name));
    let (got, want) = (parse(&got), parse(&want));
    assert_eq!(got.counts, want.counts, "{name}");
    assert!(got.entries.keys().eq(want.entries.keys()), "{name}: other n-grams");
    for (ngram, want) in &want.entries {
        let got = &got.entries[ngram];
        let same = got.iter().zip(want).all(|(got, want)| (got - want).abs() < 1e-5);
        assert!(same && got.len() == want.len(), "{name}: `{ngram}` {got:?} instead of {want:?}");
    }
}

#[test]
fn every_order() {
    check("o1", "-o 1", "train.txt");
    check("o2", "-o 2", "train.txt");
    check("o3", "-o 3", "train.txt");
    check("o4", "-o 4", "train.txt");
    check("o5", "-o 5", "train.txt");
}

#[test]
fn pruning() {
    check("o3-prune001", "-o 3 --prune 0 0 1", "train.txt");
    check("o5-prune00112", "-o 5 --prune 0 0 1 1 2", "train.txt");
    check("o3-prune1", "-o 3 --prune 1", "train.txt");
    check("o3-prune2", "-o 3 --prune 0 2", "train.txt");
}

#[test]
fn vocabulary_and_base() {
    check("o3-sri-unk", "-o 3 --interpolate_unigrams 0", "train.txt");
    check("o3-vocabpad", "-o 3 --vocab_pad 5000", "train.txt");
    check("o3-limitvocab", "-o 3 --limit_vocab_file limit.vocab", "train.txt");
}

#[test]
fn fallback_and_special_words() {
    check("tiny-o3-fallback", "-o 3 --discount_fallback", "tiny.txt");
    check("tiny-o2-fallback2", "-o 2 --discount_fallback 0.4 0.7 1.2", "tiny.txt");
    check("edge-o3-fallback", "-o 3 --discount_fallback", "edge.txt");
    check("special-o2-skip", "-o 2 --discount_fallback --skip_symbols", "special.txt");
}

#[test]
fn what_lmplz_refuses() {
    let refused = |lmplz: &str, text: &str, message: &str| {
        let desk = Desk::new();
        desk.run(&command(lmplz, text)).failed(1, message);
        assert!(desk.names().is_empty(), "{:?}", desk.names());
    };
    refused(
        "-o 3",
        "tiny.txt",
        "the Kneser-Ney discounts of the 2-grams: no n-gram has the adjusted count 3; the numbers of 2-grams with \
         adjusted counts 1 to 4 are [99, 5, 0, 0]",
    );
    refused("-o 2 --discount_fallback", "special.txt", "sentence 1: the special word `<unk>` is in the text");
}
