use super::*;
use crate::{ModelKind, ModelSettings, VectorFeatures};
use sememe_kernels::{Progress, Silent};
use sememe_vocab::{VectorizerSettings, Vocab};
use std::fs;
use std::ops::ControlFlow;
use std::path::PathBuf;

const ROWS: [(&str, &str); 9] = [
    ("a fine bright day", "good"),
    ("what a bright view", "good"),
    ("fine wine and fine bread", "good"),
    ("rain and wind again", "bad"),
    ("a dull grey day", "bad"),
    ("wind and grey rain", "bad"),
    ("the train leaves at nine", "neutral"),
    ("the shop opens at ten", "neutral"),
    ("", "neutral"),
];

const UNSEEN: [&str; 4] = ["bright bread", "grey wind", "the shop", ""];

fn texts() -> Dataset {
    Dataset::from_rows(ROWS)
}

fn ngrams(kind: ModelKind) -> HeadSettings {
    let vectorizer = VectorizerSettings { words: Some((1, 2)), chars: Some((2, 3)), ..Default::default() };
    let model = ModelSettings { kind, ..ModelSettings::default() };
    HeadSettings { features: FeatureSettings::Tfidf(vectorizer), model, ..HeadSettings::default() }
}

fn averaged(features: VectorFeatures) -> HeadSettings {
    let model = ModelSettings { kind: ModelKind::Softmax, cost: 10.0, ..ModelSettings::default() };
    HeadSettings { features: FeatureSettings::Vectors(features), model, ..HeadSettings::default() }
}

/// Vectors in which the words of each label point about the same way.
fn embeddings() -> Embeddings {
    let words = [
        ("fine", [1.0, 0.1]),
        ("bright", [0.9, -0.1]),
        ("rain", [-1.0, 0.2]),
        ("wind", [-0.8, 0.0]),
        ("grey", [-0.9, 0.1]),
        ("the", [0.1, 1.0]),
        ("at", [0.0, 0.8]),
    ];
    let vocab = Vocab::from_words(words.map(|(word, _)| (word, 5)), 0).unwrap();
    let rows = Matrix::from_vec(words.len(), 2, words.iter().flat_map(|(_, row)| *row).collect()).unwrap();
    Embeddings::new(vocab, rows).unwrap()
}

fn fit(settings: &HeadSettings, threads: usize) -> TextClassifier {
    TextClassifier::fit(&texts(), settings, Some(&embeddings()), threads, &mut Silent).unwrap()
}

fn message(result: Result<TextClassifier, HeadError>) -> String {
    result.err().unwrap().to_string()
}

fn said(classifier: &TextClassifier, texts: &[&str]) -> Vec<String> {
    let targets = classifier.predict(texts).unwrap().targets;
    targets.iter().map(|&target| classifier.labels()[target as usize].clone()).collect()
}

/// Trains on one and on three threads, saves, loads, and compares everything.
#[track_caller]
fn check(settings: &HeadSettings, want: &[&str]) {
    let classifier = fit(settings, 1);
    assert_eq!(said(&classifier, &UNSEEN[..want.len()]), want);
    let predictions = classifier.predict(&UNSEEN).unwrap();
    for row in predictions.probabilities.rows() {
        assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-5 && row.iter().all(|&p| p >= 0.0), "{row:?}");
    }
    assert_eq!(fit(settings, 3).predict(&UNSEEN).unwrap(), predictions);
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("classifier");
    classifier.save(&folder, Existing::Refuse).unwrap();
    let loaded = TextClassifier::load(&folder).unwrap().with_threads(2);
    assert_eq!(loaded.predict(&UNSEEN).unwrap(), predictions);
    assert_eq!((loaded.labels(), loaded.report()), (classifier.labels(), classifier.report()));
    assert_eq!(loaded.settings(), settings);
}

#[test]
fn ngrams_tell_the_labels_apart() {
    for kind in [ModelKind::Svm, ModelKind::Logistic, ModelKind::Softmax] {
        check(&ngrams(kind), &["good", "bad", "neutral"]);
    }
}

#[test]
fn averaged_vectors_tell_the_labels_apart() {
    check(&averaged(VectorFeatures::default()), &["good", "bad", "neutral"]);
    check(
        &averaged(VectorFeatures { standardize: false, ..Default::default() }),
        &["good", "bad", "neutral"],
    );
    check(&averaged(VectorFeatures { sif: Some(1e-3), ..Default::default() }), &["good", "bad", "neutral"]);
    check(&averaged(VectorFeatures { remove_common: true, ..Default::default() }), &[]);
}

#[test]
fn texts_of_nothing_get_what_the_bias_says() {
    let classifier = fit(&ngrams(ModelKind::Svm), 1);
    let bias = classifier.model().bias();
    let best = (0..3).max_by(|&a, &b| bias[a].total_cmp(&bias[b])).unwrap();
    assert_eq!(classifier.predict(&["", " \u{3000}"]).unwrap().targets, [best as u32; 2]);
    assert!(classifier.predict(&[]).unwrap().targets.is_empty());
}

#[test]
fn batches_are_joined_in_order() {
    let classifier = fit(&ngrams(ModelKind::Logistic), 2);
    let texts: Vec<&str> = UNSEEN.iter().copied().cycle().take(2 * BATCH + 3).collect();
    let (all, few) = (classifier.predict(&texts).unwrap(), classifier.predict(&UNSEEN).unwrap());
    assert!(all.targets.iter().zip(few.targets.iter().cycle()).all(|(a, b)| a == b));
    assert_eq!(all.probabilities.row(2 * BATCH + 2), few.probabilities.row(2));
}

#[test]
fn top_features_explain_a_label() {
    let classifier = fit(&ngrams(ModelKind::Svm), 1);
    let top = classifier.top_features("bad", 3).unwrap();
    assert!(top.iter().any(|&(feature, weight)| feature == "grey" && weight > 0.0), "{top:?}");
    assert!(top.windows(2).all(|pair| pair[0].1 >= pair[1].1));
    assert_eq!(classifier.top_features("bad", usize::MAX).unwrap().len(), classifier.model().n_features());
    assert_eq!(classifier.top_features("ugly", 3).unwrap_err().to_string(), "no class is labelled `ugly`");
    assert_eq!(fit(&averaged(VectorFeatures::default()), 1).top_features("bad", 3).unwrap(), []);
}

#[test]
fn of_two_labels_each_has_its_own_features() {
    let two = Dataset::from_rows(ROWS.into_iter().take(6));
    let classifier = TextClassifier::fit(&two, &ngrams(ModelKind::Svm), None, 1, &mut Silent).unwrap();
    let top = |label| classifier.top_features(label, 8).unwrap().into_iter().map(|(name, _)| name);
    assert!(top("good").any(|name| name == "fine") && top("bad").any(|name| name == "rain"));
    assert_eq!(classifier.model().weights().n_cols(), 1);
}

#[test]
fn what_cannot_be_trained_is_refused() {
    let fit = |rows: &[(&str, &str)], settings: &HeadSettings| {
        let dataset = Dataset::from_rows(rows.iter().copied());
        message(TextClassifier::fit(&dataset, settings, None, 1, &mut Silent))
    };
    let ngrams = ngrams(ModelKind::Svm);
    assert_eq!(fit(&ROWS[..3], &ngrams), "a classifier needs rows of at least two classes, found 1");
    assert_eq!(fit(&[("", "a"), (" ", "b")], &ngrams), "cannot make features of n-grams");
    let message = fit(&ROWS, &averaged(VectorFeatures::default()));
    assert_eq!(message, "features of word vectors need word vectors, and none were given");
}

#[test]
fn vectors_that_are_no_numbers_are_found() {
    let vocab = Vocab::from_words([("grey", 1)], 0).unwrap();
    let embeddings = Embeddings::new(vocab, Matrix::from_vec(1, 1, vec![f32::NAN]).unwrap()).unwrap();
    let features = VectorFeatures { standardize: false, ..Default::default() };
    let result = TextClassifier::fit(&texts(), &averaged(features), Some(&embeddings), 1, &mut Silent);
    assert_eq!(message(result), "row 4, column 0: the feature is not a finite number");
}

struct StopAt(u64);

impl Observer for StopAt {
    fn progress(&mut self, progress: &Progress) -> ControlFlow<()> {
        if progress.done < self.0 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }
}

#[test]
fn training_can_be_stopped() {
    for kind in [ModelKind::Svm, ModelKind::Logistic] {
        let result = TextClassifier::fit(&texts(), &ngrams(kind), None, 2, &mut StopAt(2));
        assert!(matches!(result, Err(HeadError::Interrupted)), "{kind:?}");
    }
}

fn saved(settings: &HeadSettings) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("classifier");
    fit(settings, 1).save(&folder, Existing::Refuse).unwrap();
    (dir, folder)
}

#[test]
fn folders_are_not_overwritten() {
    let (dir, folder) = saved(&ngrams(ModelKind::Svm));
    let error = fit(&ngrams(ModelKind::Svm), 1).save(&folder, Existing::Refuse).unwrap_err();
    assert!(matches!(error, HeadError::Exists { .. }));
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn classifiers_are_replaced_and_other_folders_are_not() {
    let (dir, folder) = saved(&ngrams(ModelKind::Svm));
    fit(&ngrams(ModelKind::Softmax), 1).save(&folder, Existing::Replace).unwrap();
    assert_eq!(TextClassifier::load(&folder).unwrap().settings().model.kind, ModelKind::Softmax);
    let other = dir.path().join("other");
    fs::create_dir(&other).unwrap();
    fs::write(other.join("letter.txt"), "dear").unwrap();
    let error = fit(&ngrams(ModelKind::Svm), 1).save(&other, Existing::Replace).unwrap_err();
    assert!(matches!(error, HeadError::Foreign { .. }));
    assert_eq!(fs::read_to_string(other.join("letter.txt")).unwrap(), "dear");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2, "nothing is left beside them");
}

#[test]
fn leftovers_of_a_killed_run_are_removed() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join(".classifier.partial")).unwrap();
    fit(&ngrams(ModelKind::Svm), 1).save(&dir.path().join("classifier"), Existing::Refuse).unwrap();
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
}

/// Every file missing, cut short or with a byte changed is an error.
#[track_caller]
fn check_damage(settings: &HeadSettings) {
    let (_dir, folder) = saved(settings);
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        fs::remove_file(&path).unwrap();
        assert!(TextClassifier::load(&folder).is_err(), "without {path:?}");
        fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
        assert!(TextClassifier::load(&folder).is_err(), "half of {path:?}");
        let mut changed = bytes.clone();
        changed[0] ^= 0xff;
        fs::write(&path, &changed).unwrap();
        assert!(TextClassifier::load(&folder).is_err(), "another first byte in {path:?}");
        fs::write(&path, &bytes).unwrap();
    }
    TextClassifier::load(&folder).unwrap();
}

#[test]
fn damaged_folders_are_refused() {
    check_damage(&ngrams(ModelKind::Svm));
    check_damage(&averaged(VectorFeatures { remove_common: true, ..Default::default() }));
}

/// Replaces `from` by `to` in the manifest.
#[track_caller]
fn check_manifest(from: &str, to: &str, want: &str) {
    let (_dir, folder) = saved(&ngrams(ModelKind::Logistic));
    let path = folder.join("classifier.json");
    let json = fs::read_to_string(&path).unwrap();
    assert!(json.contains(from), "{json}");
    fs::write(&path, json.replacen(from, to, 1)).unwrap();
    let message = message(TextClassifier::load(&folder));
    assert!(message.contains(want), "{message}");
}

#[test]
fn manifests_are_checked() {
    check_manifest("sememe-classifier", "other", "expected the format `sememe-classifier`, found `other`");
    check_manifest(
        r#""version": 1"#,
        r#""version": 7"#,
        "expected a classifier of version 1, found version 7",
    );
    check_manifest(r#""weights_sha256": ""#, r#""weights_sha256": "0"#, "expected the SHA-256 0");
    check_manifest(r#""good","#, r#""good", "odd","#, "expected 4 columns of weights, found 3");
    check_manifest(r#""good""#, r#""bad""#, "label `bad` stands twice");
    check_manifest(r#""cost""#, r#""costs""#, "unknown field `costs`");
}
