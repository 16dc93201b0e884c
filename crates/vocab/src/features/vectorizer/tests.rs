use super::*;
use crate::fixtures::lines;
use crate::{Weight, hash::fnv};
use proptest::prelude::*;

fn words_and_chars() -> VectorizerSettings {
    VectorizerSettings { words: Some((1, 2)), chars: Some((1, 3)), ..VectorizerSettings::default() }
}

fn bytes_of(vectorizer: &Vectorizer) -> Vec<u8> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("vectorizer");
    vectorizer.save(&path).unwrap();
    binary::read(&path).unwrap()
}

fn texts() -> Vec<String> {
    (0..500).map(|i| format!("w{} 我爱 w{} {}", i % 37, i * i % 91, "x ".repeat(i % 5))).collect()
}

#[track_caller]
fn check(settings: &VectorizerSettings) {
    let texts = texts();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let one = Vectorizer::fit(&texts, &lines(), settings, 1).unwrap();
    let more = Vectorizer::fit(&texts, &lines(), settings, 3).unwrap();
    assert_eq!(one.transform(&texts, 1), more.transform(&texts, 4));
    let bytes = bytes_of(&one);
    assert_eq!(bytes, bytes_of(&more));
    let loaded = Vectorizer::from_binary(Path::new("v"), &bytes).unwrap();
    assert_eq!(loaded.transform(&texts, 2), one.transform(&texts, 2));
    assert_eq!((loaded.settings(), loaded.pipeline().settings()), (settings, lines().settings()));
}

#[test]
fn threads_and_files_change_nothing() {
    check(&words_and_chars());
    check(&VectorizerSettings { weight: Weight::Count, max_features: Some(20), ..words_and_chars() });
    check(&VectorizerSettings { hash_bits: Some(6), ..words_and_chars() });
    let weight = Weight::Count;
    check(&VectorizerSettings { hash_bits: Some(6), signed_hash: true, weight, ..words_and_chars() });
}

#[test]
fn blocks_have_length_one_each() {
    let vectorizer = Vectorizer::fit(&["a b", "a b c"], &lines(), &words_and_chars(), 1).unwrap();
    let rows = vectorizer.transform(&["a c", ""], 1);
    let squares: f32 = rows.row(0).values.iter().map(|value| value * value).sum();
    assert!((squares - 2.0).abs() < 1e-6, "{squares}");
    assert_eq!(rows.row(1).columns.len(), 0);
}

#[test]
fn no_features_is_an_error() {
    let fit = |texts: &[&str]| Vectorizer::fit(texts, &lines(), &VectorizerSettings::default(), 1);
    assert_eq!(fit(&["", " "]).unwrap_err().to_string(), "no features are left of 2 texts");
    assert!(matches!(fit(&[]), Err(VocabError::NoFeatures { n_texts: 0 })));
}

proptest! {
    #[test]
    fn damage_is_an_error(at in any::<prop::sample::Index>(), flip in 1u8.., reseal in any::<bool>()) {
        let vectorizer = Vectorizer::fit(&["a b", "b c d"], &lines(), &words_and_chars(), 1).unwrap();
        let mut bytes = bytes_of(&vectorizer);
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        if reseal {
            let body = bytes.len() - 8;
            let sum = fnv(&bytes[..body]);
            bytes[body..].copy_from_slice(&sum.to_le_bytes());
        }
        match Vectorizer::from_binary(Path::new("v"), &bytes) {
            // With a checksum that fits, another weight or letter is as good as the first.
            Ok(loaded) => prop_assert!(reseal && loaded.transform(&["a b c"], 1).n_rows() == 1),
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }
}
