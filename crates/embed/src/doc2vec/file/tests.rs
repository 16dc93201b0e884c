use super::*;
use crate::DocumentAlgorithm;
use proptest::prelude::*;
use sememe_text::{CleanStep, Phrase};
use sememe_vectors::{LoadOptions, VectorFormat};
use std::fs;

fn model(algorithm: DocumentAlgorithm) -> Doc2VecModel {
    let settings = Doc2VecSettings { algorithm, dim: 3, negatives: 2, ..Doc2VecSettings::default() };
    let matrix =
        |n: usize| Matrix::from_vec(n, 3, (0..3 * n).map(|i| i as f32 / 4.0 - 1.0).collect()).unwrap();
    let words = settings.has_words().then(|| matrix(2));
    let tags = Vocab::from_words([("first one", 1), ("我", 2), ("c", 1)], 0).unwrap();
    let vocab = Vocab::from_words([("rose", 9), ("玫瑰", 4)], 0).unwrap();
    let documents = Embeddings::new(tags, matrix(3)).unwrap();
    Doc2VecModel::new(settings, vocab, words, matrix(2), documents).unwrap()
}

fn pipeline() -> Pipeline {
    let clean = vec![CleanStep::Lowercase];
    let phrase = Phrase { words: vec!["red".to_owned(), "rose".to_owned()], score: 2.5, count: 3 };
    let phrases = Phrases::new("_", &[], vec![vec![phrase]]).unwrap();
    Pipeline::new(&PipelineSettings { clean, ..PipelineSettings::default() }).unwrap().with_phrases(phrases)
}

fn save(model: &Doc2VecModel) -> (tempfile::TempDir, std::path::PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("model.safetensors");
    model.save(&path).unwrap();
    (dir, path)
}

#[test]
fn models_come_back() {
    for algorithm in [DocumentAlgorithm::Dbow, DocumentAlgorithm::Dm] {
        let model = model(algorithm).with_pipeline(pipeline());
        let (_dir, path) = save(&model);
        let back = Doc2VecModel::load(&path).unwrap();
        assert_eq!((&back.settings, &back.vocab), (&model.settings, &model.vocab));
        assert_eq!((&back.words, &back.outputs), (&model.words, &model.outputs));
        assert!(back.documents.iter().eq(model.documents.iter()));
        let pipeline = back.pipeline.unwrap();
        assert_eq!(pipeline.settings(), self::pipeline().settings());
        assert_eq!(pipeline.phrases(), self::pipeline().phrases());
        assert_eq!(back.documents.vocab().counts(), [1, 2, 1]);
    }
    let (_dir, path) = save(&model(DocumentAlgorithm::Dm));
    assert!(Doc2VecModel::load(&path).unwrap().pipeline.is_none());
}

#[test]
fn a_model_is_a_file_of_vectors() {
    let model = model(DocumentAlgorithm::Dm);
    let (_dir, path) = save(&model);
    let (vectors, report) = LoadOptions::default().load(&path, &mut sememe_kernels::Silent).unwrap();
    assert_eq!((report.format, report.words), (VectorFormat::Safetensors, 3));
    assert_eq!(vectors.vector("我"), model.documents.vector("我"));
    assert_eq!(Embeddings::map(&path).unwrap().vector("first one"), model.documents.vector("first one"));
}

#[track_caller]
fn check_header(from: &str, to: &str, want: &str) {
    let (_dir, path) = save(&model(DocumentAlgorithm::Dm));
    let bytes = fs::read(&path).unwrap();
    let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let header = std::str::from_utf8(&bytes[8..8 + length]).unwrap();
    assert!(header.contains(from), "{header}");
    let header = header.replacen(from, to, 1);
    let bytes = [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &bytes[8 + length..]].concat();
    fs::write(&path, bytes).unwrap();
    let error = Doc2VecModel::load(&path).err().unwrap().to_string();
    let place = format!("{} is no sound doc2vec model: ", path.display());
    assert!(error.starts_with(&place) && error.contains(want), "{error}");
}

#[test]
fn damaged_models_are_refused() {
    check_header("doc2vec", "doc3vec", "its metadata has no `doc2vec`");
    check_header(r#"\"version\":1"#, r#"\"version\":2"#, "it is of version 2, expected 1");
    check_header(r#"\"dim\":3"#, r#"\"dim\":4"#, "`dim` is");
    check_header("outputs", "outpots", "outputs");
    check_header("[2,3]", "[3,2]", "`dim` is");
    let nan = Matrix::from_vec(2, 3, vec![f32::NAN; 6]).unwrap();
    let model = Doc2VecModel { outputs: nan, ..model(DocumentAlgorithm::Dbow) };
    let dir = tempfile::tempdir().unwrap();
    let error = model.save(&dir.path().join("m")).unwrap_err().to_string();
    assert!(error.ends_with("a word has NaN in its vector"), "{error}");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn damage_is_an_error_or_harmless(at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<bool>()) {
        let (_dir, path) = save(&model(DocumentAlgorithm::Dm).with_pipeline(pipeline()));
        let mut bytes = fs::read(&path).unwrap();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        bytes.truncate(if cut { at } else { bytes.len() });
        fs::write(&path, bytes).unwrap();
        let _ = Doc2VecModel::load(&path);
    }
}
