//! Files that gensim wrote, and what it finds in them.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use sememe_kernels::{Kernels, Silent};
use sememe_vectors::evaluate::{AnalogyQuestions, Case, WordPairs};
use sememe_vectors::{Analogy, Embeddings, Neighbour, Neighbours, VectorFormat, load, save};
use serde::Deserialize;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// What gensim 4.4.0 finds; `golden/make_golden.py` says how.
#[derive(Deserialize)]
struct Golden {
    words: Vec<String>,
    bits: Vec<Vec<u32>>,
    neighbours: HashMap<String, Vec<Scored>>,
    add: Vec<([String; 3], Vec<Scored>)>,
    mul: Vec<([String; 3], Vec<Scored>)>,
    /// Words that may be answers, whether case is ignored, and hits and questions covered by section.
    evaluation: Vec<(usize, bool, Hits)>,
    cosines: Vec<(String, String, f32)>,
}

type Scored = (String, f32);
type Hits = HashMap<String, (u64, u64)>;

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

fn golden() -> Golden {
    serde_json::from_str(&std::fs::read_to_string(file("golden.json")).unwrap()).unwrap()
}

/// Ours are the same words in the same order, with the same scores to five digits.
#[track_caller]
fn check(ours: &[Neighbour<'_>], gensims: &[Scored]) {
    let words: Vec<&str> = ours.iter().map(|found| found.word).collect();
    assert_eq!(words, gensims.iter().map(|(word, _)| word).collect::<Vec<_>>());
    for (found, (word, score)) in ours.iter().zip(gensims) {
        assert!((found.score - score).abs() < 2e-6, "{word}: {}, not {score}", found.score);
    }
}

fn open(name: &str) -> Embeddings {
    load(&file(name), None).unwrap().0
}

#[test]
fn text_and_binary_are_read_bit_for_bit() {
    let golden = golden();
    for (name, format) in
        [("gensim.txt", VectorFormat::Word2vecText), ("gensim.bin", VectorFormat::Word2vecBinary)]
    {
        let (embeddings, report) = load(&file(name), None).unwrap();
        assert_eq!((report.format, report.duplicates), (format, 0));
        assert!(embeddings.vocab().words().eq(&golden.words), "words of {name}");
        let bits: Vec<Vec<u32>> =
            embeddings.rows().map(|r| r.iter().map(|x| x.to_bits()).collect()).collect();
        assert_eq!(bits, golden.bits, "vectors of {name}");
    }
}

#[test]
fn our_text_is_gensims_but_for_the_spelling_of_numbers() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ours.txt");
    save(&open("gensim.bin"), &path, VectorFormat::Word2vecText).unwrap();
    let (ours, theirs) =
        (std::fs::read_to_string(&path).unwrap(), std::fs::read_to_string(file("gensim.txt")).unwrap());
    for (ours, theirs) in ours.lines().zip(theirs.lines()) {
        assert_eq!(ours.split(' ').count(), theirs.split(' ').count());
        assert_eq!(ours.split(' ').next(), theirs.split(' ').next());
    }
    assert_eq!(ours.lines().count(), theirs.lines().count());
}

#[test]
fn every_word_has_the_same_ten_neighbours() {
    for kernels in Kernels::all() {
        let space = Neighbours::new(&open("gensim.bin"), kernels);
        for (word, want) in golden().neighbours {
            check(&space.nearest(&word, 10).unwrap(), &want);
        }
    }
}

#[test]
fn analogies_have_the_same_answers() {
    let (space, golden) = (Neighbours::new(&open("gensim.txt"), Kernels::detect()), golden());
    for (analogy, questions) in [(Analogy::Add, golden.add), (Analogy::Mul, golden.mul)] {
        for (words, want) in questions {
            check(&space.analogy(words.each_ref().map(String::as_str), 5, analogy).unwrap(), &want);
        }
    }
}

#[test]
fn questions_have_the_same_hits() {
    let questions = AnalogyQuestions::read(&file("questions.txt")).unwrap();
    for (n_words, fold, want) in golden().evaluation {
        let case = if fold { Case::Ignore } else { Case::Exact };
        let space = Neighbours::among(&open("gensim.bin"), n_words, Kernels::detect());
        let report = space.evaluate_analogies(&questions, Analogy::Add, case, &mut Silent).unwrap();
        for section in &report.sections {
            let counts = (section.correct, section.covered);
            assert_eq!(counts, want[&section.name], "{} among {n_words}, {case:?}", section.name);
        }
        assert_eq!((report.total().correct, report.total().covered), want["Total accuracy"]);
        assert_eq!(report.total().asked, questions.len() as u64);
    }
}

#[test]
fn judged_pairs_have_the_same_cosines() {
    let space = Neighbours::new(&open("gensim.bin"), Kernels::detect());
    let report = space.evaluate_similarity(&WordPairs::read(&file("pairs.tsv")).unwrap(), Case::Exact);
    assert_eq!((report.asked, report.pairs.len()), (11, golden().cosines.len()));
    for (pair, (first, second, cosine)) in report.pairs.iter().zip(golden().cosines) {
        assert_eq!((&pair.first, &pair.second), (&first, &second));
        assert!((pair.cosine as f32 - cosine).abs() < 2e-6, "{first} {second}");
    }
}
