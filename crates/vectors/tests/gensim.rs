//! Files that gensim wrote, and what it finds in them.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use sememe_vectors::{Embeddings, VectorFormat, load, save};
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// What gensim 4.4.0 finds; `golden/make_golden.py` says how.
#[derive(Deserialize)]
struct Golden {
    words: Vec<String>,
    bits: Vec<Vec<u32>>,
}

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

fn golden() -> Golden {
    serde_json::from_str(&std::fs::read_to_string(file("golden.json")).unwrap()).unwrap()
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
