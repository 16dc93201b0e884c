//! Files of fastText, finalfusion and numpy, beside what these programs find in them: `golden/make_formats.py` wrote
//! it down.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use sememe_kernels::{Kernels, Silent};
use sememe_vectors::{
    Embeddings, LoadOptions, Neighbours, StorageKind, VectorFormat, convert, detect, load, save,
};
use serde_json::Value;
use std::path::{Path, PathBuf};

const FILES: [(&str, VectorFormat, StorageKind); 8] = [
    ("skipgram.bin", VectorFormat::Fasttext, StorageKind::F32),
    ("supervised.bin", VectorFormat::Fasttext, StorageKind::F32),
    ("pruned.ftz", VectorFormat::Fasttext, StorageKind::Pq),
    ("simple.fifu", VectorFormat::Finalfusion, StorageKind::F32),
    ("buckets.fifu", VectorFormat::Finalfusion, StorageKind::F32),
    ("fasttext.fifu", VectorFormat::Finalfusion, StorageKind::F32),
    ("quantized.fifu", VectorFormat::Finalfusion, StorageKind::Opq),
    ("half.npy", VectorFormat::Npy, StorageKind::F16),
];

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

fn answers() -> Value {
    serde_json::from_slice(&std::fs::read(golden("formats.json")).unwrap()).unwrap()
}

/// finalfusion gives unit vectors to words that it does not know.
fn unit(row: &[f32]) -> Vec<f32> {
    let norm = row.iter().map(|x| x * x).sum::<f32>().sqrt();
    row.iter().map(|x| x / norm).collect()
}

/// Compares all vectors with those that the other program gave; returns how many were compared.
#[track_caller]
fn check(embeddings: &Embeddings, name: &str, tolerance: f32) -> usize {
    let answers = answers();
    let answers = answers[name].as_object().unwrap();
    for (word, want) in answers {
        let want: Option<Vec<f32>> = serde_json::from_value(want.clone()).unwrap();
        let found = embeddings.vector(word).map(|row| row.to_vec());
        let unknown_to_finalfusion = name.ends_with("fifu") && embeddings.vocab().id(word).is_none();
        let found = if unknown_to_finalfusion { found.as_deref().map(unit) } else { found };
        // fastText gives zeros where there is nothing to take a mean of.
        let want = want.filter(|row| row.iter().any(|&x| x != 0.0));
        assert_eq!(found.is_some(), want.is_some(), "{name}: {word}");
        for (x, y) in found.iter().flatten().zip(want.iter().flatten()) {
            assert!((x - y).abs() <= tolerance, "{name}: {word}: {found:?}, not {want:?}");
        }
    }
    answers.len()
}

#[test]
fn vectors_are_those_of_the_programs_that_wrote_them() {
    for (name, format, kind) in FILES {
        let path = golden(name);
        assert_eq!(detect(&path).unwrap(), format);
        let (loaded, mapped) = (load(&path, None).unwrap().0, Embeddings::map(&path).unwrap());
        assert_eq!(mapped.storage().kind(), kind, "{name}");
        assert!(check(&loaded, name, 1e-6) >= 8 && check(&mapped, name, 1e-6) >= 8);
    }
}

#[test]
fn neighbours_are_those_of_fasttext() {
    let (embeddings, _) = load(&golden("skipgram.bin"), None).unwrap();
    let space = Neighbours::new(&embeddings, Kernels::detect());
    for (word, want) in answers()["neighbours"].as_object().unwrap() {
        let want: Vec<(f32, String)> = serde_json::from_value(want.clone()).unwrap();
        let found = space.nearest(word, 5).unwrap();
        for (near, (score, name)) in found.iter().zip(&want) {
            assert!(
                near.word == name && (near.score - score).abs() < 1e-5,
                "{word}: {found:?}, not {want:?}"
            );
        }
        assert_eq!(found.len(), 5);
    }
}

#[test]
fn what_is_written_again_is_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let formats = [VectorFormat::Fasttext, VectorFormat::Finalfusion, VectorFormat::Safetensors];
    for (name, from, _) in FILES {
        for format in formats {
            // Only safetensors knows of buckets without a row: elsewhere they get zeros, which count in the mean.
            let changed = format != VectorFormat::Safetensors && name == "pruned.ftz";
            let (saved, path) =
                (load(&golden(name), None).unwrap().0, dir.path().join(format!("{name}.{format}")));
            let result = save(&saved, &path, format);
            if format == VectorFormat::Fasttext && name == "buckets.fifu" {
                assert!(result.unwrap_err().to_string().contains("no place for n-grams hashed otherwise"));
                continue;
            }
            result.unwrap();
            let again = load(&path, None).unwrap().0;
            assert_eq!(again.vocab().words().collect::<Vec<_>>(), saved.vocab().words().collect::<Vec<_>>());
            for (word, row) in saved.iter() {
                let other = again.vector(word).unwrap();
                assert!(
                    row.iter().zip(&*other).all(|(x, y)| (x - y).abs() < 1e-5),
                    "{name} as {format}: {word}"
                );
            }
            if !changed {
                check(&again, name, 1e-5);
            }
            let copy = dir.path().join("copy");
            let options = LoadOptions::default();
            assert_eq!(convert(&golden(name), &copy, format, &options, &mut Silent).unwrap().0, from);
            let copied = load(&copy, None).unwrap().0;
            assert_eq!(copied.len(), again.len());
            if !changed {
                check(&copied, name, 1e-5);
            }
        }
    }
}

#[test]
fn a_model_is_written_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("model.bin");
    save(&Embeddings::map(&golden("skipgram.bin")).unwrap(), &path, VectorFormat::Fasttext).unwrap();
    let (ours, theirs) = (std::fs::read(&path).unwrap(), std::fs::read(golden("skipgram.bin")).unwrap());
    // All but the output matrix, which is not kept: rows of ten floats for each word.
    let n_words = load(&path, None).unwrap().1.words;
    let kept = theirs.len() - n_words * 10 * 4;
    assert_eq!(ours.len(), theirs.len());
    assert!(ours[..kept] == theirs[..kept], "{:?}", ours.iter().zip(&theirs).position(|(x, y)| x != y));
}

#[test]
fn settings_and_metadata_are_kept() {
    let metadata = |name: &str| Embeddings::map(&golden(name)).unwrap().metadata().clone();
    assert_eq!(metadata("skipgram.bin")["fasttext.model"], "skipgram");
    assert_eq!(metadata("pruned.ftz")["fasttext.loss"], "softmax");
    assert!(metadata("simple.fifu")["finalfusion.toml"].contains("about = \"invented\""));
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("copy");
    for format in [VectorFormat::Safetensors, VectorFormat::Finalfusion] {
        convert(&golden("simple.fifu"), &path, format, &LoadOptions::default(), &mut Silent).unwrap();
        assert_eq!(Embeddings::map(&path).unwrap().metadata(), &metadata("simple.fifu"));
    }
}

#[test]
fn counts_come_with_models_of_fasttext() {
    let embeddings = Embeddings::map(&golden("skipgram.bin")).unwrap();
    assert!(embeddings.vocab().counts().iter().all(|&count| count > 0));
    assert!(embeddings.vocab().counts().is_sorted_by(|x, y| x >= y));
}
