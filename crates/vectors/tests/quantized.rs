//! Quantised vectors through files.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use sememe_kernels::{Kernels, Matrix, Rng, Silent};
use sememe_vectors::{
    Buckets, Embeddings, Quantizer, QuantizerSettings, StorageKind, Subwords, VectorFormat, load, save,
};
use sememe_vocab::{Vocab, WordId};

fn random(n_rows: usize, dim: usize, seed: u64) -> Matrix {
    let mut rng = Rng::new(seed, 0);
    Matrix::from_vec(n_rows, dim, (0..n_rows * dim).map(|_| rng.unit_f32() - 0.5).collect()).unwrap()
}

fn embeddings(with_ngrams: bool) -> Embeddings {
    let names: Vec<String> = (0..400).map(|i| format!("word{i}")).collect();
    let vocab = Vocab::from_words(names.iter().map(|name| (name.as_str(), 1)), 0).unwrap();
    let embeddings = Embeddings::new(vocab, random(400, 10, 1)).unwrap();
    if !with_ngrams {
        return embeddings;
    }
    let buckets = Buckets::new(Subwords::new(3, 5, 300).unwrap(), random(300, 10, 2)).unwrap();
    embeddings.with_buckets(buckets).unwrap()
}

fn bits(embeddings: &Embeddings) -> Vec<u32> {
    let rows = (0..embeddings.len() as u32).map(|i| embeddings.row(WordId(i)).into_owned());
    rows.chain(embeddings.vector("words").map(|row| row.to_vec())).flatten().map(f32::to_bits).collect()
}

/// Vectors of this form come back from a file of this format as they were.
#[track_caller]
fn check(storage: StorageKind, format: VectorFormat, with_ngrams: bool) {
    assert!(format.holds(storage));
    let settings = QuantizerSettings { storage, ..QuantizerSettings::default() };
    let quantizer = Quantizer::new(settings).unwrap();
    let small = quantizer.run(&embeddings(with_ngrams), Kernels::detect(), &mut Silent).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("vectors");
    save(&small, &path, format).unwrap();
    let (read, _) = load(&path, Some(format)).unwrap();
    let mapped = Embeddings::map(&path).unwrap();
    assert_eq!(mapped.storage().kind(), storage, "{format}");
    for other in [read, mapped] {
        let differ = |(a, b): (&u32, &u32)| (f32::from_bits(*a) - f32::from_bits(*b)).abs() > 1e-5;
        let (before, after) = (bits(&small), bits(&other));
        assert_eq!(before.len(), after.len());
        assert!(!before.iter().zip(&after).any(differ), "{storage} in {format}");
    }
}

#[test]
fn every_form_is_kept() {
    use StorageKind::{Bf16, F16, F32, Int8, Opq, Pq};
    for with_ngrams in [false, true] {
        for storage in [F32, F16, Bf16, Int8, Pq, Opq] {
            check(storage, VectorFormat::Safetensors, with_ngrams);
        }
        check(Pq, VectorFormat::Finalfusion, with_ngrams);
        check(Opq, VectorFormat::Finalfusion, with_ngrams);
    }
    check(F16, VectorFormat::Npy, false);
}

#[test]
fn a_model_of_fasttext_is_quantised_with_its_n_grams() {
    for with_ngrams in [false, true] {
        let before = embeddings(with_ngrams);
        let settings = QuantizerSettings { storage: StorageKind::Pq, ..QuantizerSettings::default() };
        let quantizer = Quantizer::new(settings).unwrap();
        let small = quantizer.run_for_fasttext(&before, Kernels::detect(), &mut Silent).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("model.ftz");
        save(&small, &path, VectorFormat::Fasttext).unwrap();
        let read = load(&path, None).unwrap().0;
        let difference = |(a, b): (&u32, &u32)| (f32::from_bits(*a) - f32::from_bits(*b)).abs();
        let (kept, found) = (bits(&small), bits(&read));
        assert_eq!(kept.len(), found.len());
        let largest = kept.iter().zip(&found).map(difference).fold(0.0, f32::max);
        assert!(largest < 0.05, "norms are one of 256 numbers: {largest}, with n-grams: {with_ngrams}");
        assert_eq!(Embeddings::map(&path).unwrap().storage().kind(), StorageKind::Pq);
    }
}
