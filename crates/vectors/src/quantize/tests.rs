use super::*;
use crate::Subwords;
use sememe_kernels::{Progress, Rng, Silent};
use sememe_vocab::Vocab;
use std::ops::ControlFlow;

/// Vectors whose numbers hang together: mixtures of a few directions.
fn embeddings(n_words: usize, dim: usize) -> Embeddings {
    let mut rng = Rng::new(5, 0);
    let mut draw = move || rng.unit_f32() - 0.5;
    let directions: Vec<Vec<f32>> = (0..dim).map(|_| (0..dim).map(|_| draw()).collect()).collect();
    let mut rows = Matrix::zeros(n_words, dim);
    for i in 0..n_words {
        for (k, direction) in directions.iter().enumerate() {
            let weight = draw() * 3.0 / (1 + k) as f32;
            rows.row_mut(i).iter_mut().zip(direction).for_each(|(x, d)| *x += weight * d);
        }
    }
    rows.row_mut(n_words - 1).fill(0.0);
    let names: Vec<String> = (0..n_words).map(|i| format!("w{i}")).collect();
    let vocab = Vocab::from_words(names.iter().map(|name| (name.as_str(), 1)), 0).unwrap();
    Embeddings::new(vocab, rows).unwrap()
}

fn quantized(embeddings: &Embeddings, settings: QuantizerSettings, threads: usize) -> Embeddings {
    let quantizer = Quantizer::new(settings).unwrap().with_threads(threads);
    quantizer.run(embeddings, Kernels::detect(), &mut Silent).unwrap()
}

fn settings(storage: StorageKind) -> QuantizerSettings {
    QuantizerSettings { storage, ..QuantizerSettings::default() }
}

/// The mean of the squared distances of unit vectors from what they became.
fn distortion(before: &Embeddings, after: &Embeddings) -> f64 {
    let mut sum = 0.0;
    for i in (0..before.len() as u32).map(WordId) {
        let (x, y) = (before.row(i), after.row(i));
        let norm = x.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>();
        let square: f64 = x.iter().zip(y.iter()).map(|(x, y)| f64::from(x - y).powi(2)).sum();
        sum += if norm > 0.0 { square / norm } else { square };
    }
    sum / before.len() as f64
}

#[test]
fn every_form_is_close_to_the_vectors() {
    let before = embeddings(2_000, 12);
    for (storage, limit) in [
        (StorageKind::F32, 1e-20),
        (StorageKind::F16, 1e-6),
        (StorageKind::Bf16, 1e-4),
        (StorageKind::Int8, 1e-4),
        (StorageKind::Pq, 0.02),
        (StorageKind::Opq, 0.02),
    ] {
        let after = quantized(&before, settings(storage), 1);
        assert_eq!(after.storage().kind(), storage);
        let found = distortion(&before, &after);
        assert!(found < limit, "{storage}: {found}");
        assert!(after.row(WordId(1_999)).iter().all(|x| *x == 0.0), "{storage}: a zero vector stays");
    }
}

#[test]
fn a_rotation_lessens_the_distortion_of_numbers_that_hang_together() {
    let before = embeddings(3_000, 12);
    let wide = |storage| QuantizerSettings { part_width: 4, ..settings(storage) };
    let pq = distortion(&before, &quantized(&before, wide(StorageKind::Pq), 1));
    let opq = distortion(&before, &quantized(&before, wide(StorageKind::Opq), 1));
    assert!(opq < 0.9 * pq, "{opq} against {pq}");
}

#[test]
fn threads_change_nothing_and_seeds_do() {
    let before = embeddings(1_500, 7);
    let rows = |seed, threads| {
        let settings = QuantizerSettings { seed, part_width: 3, ..settings(StorageKind::Opq) };
        let after = quantized(&before, settings, threads);
        (0..1_500).flat_map(|i| after.row(WordId(i)).into_owned()).collect::<Vec<f32>>()
    };
    assert_eq!(rows(1, 1), rows(1, 3));
    assert_ne!(rows(1, 1), rows(2, 1));
}

#[test]
fn few_vectors_are_kept_as_they_are() {
    let before = embeddings(40, 5);
    let found = distortion(&before, &quantized(&before, settings(StorageKind::Pq), 1));
    assert!(found < 1e-9, "{found}");
}

/// As [`embeddings`], with n-grams of which only some buckets have rows.
fn with_ngrams() -> Embeddings {
    let before = embeddings(600, 6);
    let subwords = Subwords::new(3, 4, 1_000).unwrap();
    let rows = embeddings(500, 6).storage().n_rows();
    let mut matrix = Matrix::zeros(rows, 6);
    let source = embeddings(500, 6);
    (0..rows).for_each(|i| source.read_row(WordId(i as u32), matrix.row_mut(i)));
    before
        .with_buckets(Buckets::sparse(subwords, (0..500).map(|i| 2 * i).collect(), matrix).unwrap())
        .unwrap()
}

#[test]
fn n_grams_share_the_codebook() {
    let before = with_ngrams();
    let after = quantized(&before, settings(StorageKind::Pq), 1);
    let (words, buckets) = (after.storage().product().unwrap(), after.buckets().unwrap());
    assert_eq!(buckets.rows().product().unwrap().codebook(), words.codebook());
    assert_eq!(buckets.ids(), before.buckets().unwrap().ids());
    let (old, new) = (before.vector("unseen").unwrap(), after.vector("unseen").unwrap());
    let square: f32 = old.iter().zip(new.iter()).map(|(x, y)| (x - y).powi(2)).sum();
    assert!(square < 0.01 * old.iter().map(|x| x * x).sum::<f32>(), "{square}");
}

#[test]
fn words_of_fasttext_keep_rows_of_their_own() {
    let before = with_ngrams();
    let quantizer = Quantizer::new(settings(StorageKind::Pq)).unwrap();
    let after = quantizer.run_for_fasttext(&before, Kernels::detect(), &mut Silent).unwrap();
    assert!(after.storage().own_rows().unwrap().product().is_some());
    assert!(after.buckets().unwrap().ids().is_none());
    let found = distortion(&before, &after);
    assert!(found < 0.1, "{found}");
}

#[test]
fn what_makes_no_sense_is_refused() {
    let message = |settings| Quantizer::new(settings).unwrap_err().to_string();
    let wrong = QuantizerSettings { part_width: 0, ..QuantizerSettings::default() };
    assert_eq!(message(wrong), "`part_width`: expected at least 1, found 0");
    let wrong = QuantizerSettings { sample: 255, ..QuantizerSettings::default() };
    assert_eq!(message(wrong), "`sample`: expected at least 256, found 255");
    assert_eq!(message(settings(StorageKind::F64)), "`storage`: expected at most 32 bits, found 64");
    let run = |embeddings: &Embeddings, settings| {
        let quantizer = Quantizer::new(settings).unwrap();
        quantizer.run(embeddings, Kernels::detect(), &mut Silent).unwrap_err().to_string()
    };
    let wide = QuantizerSettings { part_width: 4, ..settings(StorageKind::Pq) };
    assert_eq!(
        run(&embeddings(9, 3), wide),
        "`part_width`: expected at most the dimension of the vectors, found 4"
    );
    let vocab = Vocab::from_words([("a", 1)], 0).unwrap();
    let large = Embeddings::new(vocab, Matrix::from_vec(1, 2, vec![0.0, 7e4]).unwrap()).unwrap();
    assert!(run(&large, settings(StorageKind::F16)).contains("`a`"));
}

#[test]
fn learning_can_be_interrupted() {
    struct Stop;
    impl Observer for Stop {
        fn progress(&mut self, _: &Progress) -> ControlFlow<()> {
            ControlFlow::Break(())
        }
    }
    let quantizer = Quantizer::new(settings(StorageKind::Pq)).unwrap();
    let stopped = quantizer.run(&embeddings(300, 4), Kernels::detect(), &mut Stop);
    assert!(matches!(stopped, Err(VectorsError::Interrupted)));
}
