//! What is saved is what is loaded, bit for bit; what is damaged is refused or still valid, without a panic.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use proptest::prelude::*;
use sememe_kernels::Matrix;
use sememe_vectors::{Embeddings, VectorFormat, load, save};
use sememe_vocab::Vocab;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

fn embeddings() -> impl Strategy<Value = Embeddings> {
    let finite = any::<u32>().prop_map(f32::from_bits).prop_filter("finite", |x| x.is_finite());
    let words = prop::collection::btree_set("[^ \t\n\u{c}\r\u{0}]{1,6}", 1..8);
    (words, 1usize..5).prop_flat_map(move |(words, dim)| {
        let n_values = words.len() * dim;
        let values = prop::collection::vec(finite.clone(), n_values);
        values.prop_map(move |values| build(&words, dim, values))
    })
}

fn build(words: &BTreeSet<String>, dim: usize, values: Vec<f32>) -> Embeddings {
    let vocab = Vocab::from_words(words.iter().map(|word| (word, 0)), 0).unwrap();
    Embeddings::new(vocab, Matrix::from_vec(words.len(), dim, values).unwrap()).unwrap()
}

fn saved(embeddings: &Embeddings, format: VectorFormat) -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("vectors");
    save(embeddings, &path, format).unwrap();
    (dir, path)
}

fn bits(embeddings: &Embeddings) -> Vec<(String, Vec<u32>)> {
    let row_bits = |row: &[f32]| row.iter().map(|x| x.to_bits()).collect();
    embeddings.iter().map(|(word, row)| (word.to_owned(), row_bits(&row))).collect()
}

/// What happens to the bytes of a file.
#[derive(Clone, Debug)]
enum Damage {
    Set(prop::sample::Index, u8),
    Cut(prop::sample::Index),
    Insert(prop::sample::Index, Vec<u8>),
    Remove(prop::sample::Index),
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        (any::<prop::sample::Index>(), any::<u8>()).prop_map(|(at, byte)| Damage::Set(at, byte)),
        any::<prop::sample::Index>().prop_map(Damage::Cut),
        (any::<prop::sample::Index>(), "[0-9 \n.]{1,8}|nan|\u{0}{1,4}")
            .prop_map(|(at, text)| Damage::Insert(at, text.into_bytes())),
        any::<prop::sample::Index>().prop_map(Damage::Remove),
    ]
}

fn apply(damage: &Damage, bytes: &mut Vec<u8>) {
    if bytes.is_empty() {
        return;
    }
    let n_bytes = bytes.len();
    match damage {
        Damage::Set(at, byte) => bytes[at.index(n_bytes)] = *byte,
        Damage::Cut(at) => bytes.truncate(at.index(n_bytes)),
        Damage::Insert(at, new) => {
            drop(bytes.splice(at.index(n_bytes)..at.index(n_bytes), new.iter().copied()))
        }
        Damage::Remove(at) => drop(bytes.remove(at.index(n_bytes))),
    }
}

/// Whatever the bytes are: an error, or embeddings that keep their promises.
fn check_any(bytes: &[u8], path: &Path, format: VectorFormat) {
    std::fs::write(path, bytes).unwrap();
    for format in [Some(format), None] {
        if let Ok((loaded, report)) = load(path, format) {
            loaded.check_finite().unwrap();
            assert_eq!((loaded.len(), loaded.dim()), (report.words, report.dim));
        }
    }
    if let Ok(mapped) = Embeddings::map(path) {
        assert_eq!(mapped.rows().count(), mapped.vocab().len());
    }
}

proptest! {
    // Each case syncs files to the disk, which takes longer than all else.
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn every_format_keeps_words_and_bits(embeddings in embeddings()) {
        for format in VectorFormat::ALL {
            let (_dir, path) = saved(&embeddings, format);
            let (loaded, report) = load(&path, Some(format)).unwrap();
            if format == VectorFormat::Finalfusion {
                // Words are unit vectors there, and norms.
                for ((_, row), (word, want)) in loaded.iter().zip(embeddings.iter()) {
                    let norm = want.iter().fold(1e-36, |norm: f32, x| norm.max(x.abs()));
                    let close = row.iter().zip(&*want).all(|(x, y)| (x / norm - y / norm).abs() < 1e-5);
                    prop_assert!(close, "{}: {:?}, not {:?}", word, row, want);
                }
                continue;
            }
            prop_assert_eq!(bits(&loaded), bits(&embeddings), "{}", format);
            prop_assert_eq!(report.duplicates, 0);
        }
        let (_dir, path) = saved(&embeddings, VectorFormat::Safetensors);
        prop_assert_eq!(bits(&Embeddings::map(&path).unwrap()), bits(&embeddings));
    }

    #[test]
    fn damaged_files_never_panic(
        embeddings in embeddings(),
        damages in prop::collection::vec(prop::collection::vec(damage(), 1..4), 48),
    ) {
        for format in VectorFormat::ALL {
            let (_dir, path) = saved(&embeddings, format);
            let whole = std::fs::read(&path).unwrap();
            for (i, damages) in damages.iter().enumerate() {
                let mut bytes = whole.clone();
                damages.iter().for_each(|damage| apply(damage, &mut bytes));
                // A new file each time: replacing the content of an old one waits for the disk.
                check_any(&bytes, &path.with_extension(i.to_string()), format);
            }
        }
    }
}
