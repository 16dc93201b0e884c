//! Perplexities of Penn Treebank, as KenLM has them. The text is not ours to ship: the test reads it from the
//! folder `ptb` of `$SEMEME_DATA`, and says that it skipped where there is none.

#![allow(clippy::unwrap_used, clippy::print_stderr)]

use sememe_kernels::Silent;
use sememe_lm::{LanguageModel, NgramModel, NgramSettings, perplexity, train_text};
use sememe_vocab::MemoryCorpus;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

/// The unpacked text of `ptb.PART.txt`.
fn text(folder: &Path, part: &str) -> String {
    let mut text = String::new();
    let plain = folder.join(format!("ptb.{part}.txt"));
    if let Ok(mut file) = File::open(&plain) {
        file.read_to_string(&mut text).unwrap();
        return text;
    }
    let packed = File::open(plain.with_extension("txt.gz")).unwrap();
    flate2::read::GzDecoder::new(BufReader::new(packed)).read_to_string(&mut text).unwrap();
    text
}

fn corpus(model: &NgramModel, text: &str) -> MemoryCorpus {
    let sentence = |line: &str| line.split_whitespace().map(|word| model.id(word)).collect();
    MemoryCorpus::new(text.lines().map(sentence).collect(), 2)
}

#[track_caller]
fn check(folder: &Path, order: usize, valid: f64, test: f64) {
    let settings = NgramSettings { order, threads: 2, ..NgramSettings::default() };
    let model = train_text(text(folder, "train").as_bytes(), &settings, &mut Silent).unwrap();
    assert_eq!(model.vocab().len(), 10_001);
    for (part, want, n_tokens) in [("valid", valid, 73_760), ("test", test, 82_430)] {
        let report = perplexity(&model, &corpus(&model, &text(folder, part)), 2, &mut Silent).unwrap();
        assert_eq!(report.n_tokens, n_tokens);
        let got = report.perplexity();
        eprintln!("order {order}, {part}: perplexity {got:.4}, KenLM {want}");
        assert!((got - want).abs() < 0.005, "order {order}, {part}: {got} instead of {want}");
    }
}

#[test]
fn perplexities_agree_with_kenlm() {
    let folder = std::env::var_os("SEMEME_DATA").map(|data| PathBuf::from(data).join("ptb"));
    let Some(folder) = folder.filter(|folder| folder.is_dir()) else {
        eprintln!("skipped: there is no folder `ptb` in $SEMEME_DATA");
        return;
    };
    check(&folder, 2, 199.018, 185.705);
    check(&folder, 3, 157.765, 148.281);
    check(&folder, 4, 149.896, 142.716);
    check(&folder, 5, 148.007, 141.186);
}
