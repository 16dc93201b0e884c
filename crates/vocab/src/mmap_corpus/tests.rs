use super::*;
use crate::fixtures::lines;
use crate::{CorpusPlan, DocumentCorpus, encode};
use proptest::prelude::*;
use sememe_kernels::Silent;
use sememe_text::MemoryDocuments;

/// A corpus of three words in two sentences, in the folder `corpus`.
fn write() -> (tempfile::TempDir, PathBuf) {
    let outer = tempfile::tempdir().unwrap();
    let dir = outer.path().join("corpus");
    let vocab = Vocab::from_words([("a", 2), ("b", 1)], 0).unwrap();
    let plan = CorpusPlan { dir: dir.clone(), n_shards: 2, holdout: None, threads: 1 };
    let documents = MemoryDocuments::from_texts(["a b", "a"]);
    encode(&documents, &lines(), &vocab, &plan, &mut Silent).unwrap();
    (outer, dir)
}

fn read(dir: &Path) -> Result<Vec<Vec<WordId>>, VocabError> {
    let corpus = MmapCorpus::open(dir)?;
    let mut sentences = Vec::new();
    for shard in 0..corpus.n_shards().min(100) {
        corpus.for_each_sentence(shard, &mut |ids| {
            assert!(ids.iter().all(|id| id.index() < corpus.n_words()));
            sentences.push(ids.to_vec());
            ControlFlow::Continue(())
        })?;
    }
    for shard in 0..corpus.n_shards().min(100) {
        corpus.for_each_document(shard, &mut |_, ids| {
            assert!(ids.iter().all(|id| id.index() < corpus.n_words()));
            ControlFlow::Continue(())
        })?;
    }
    Ok(sentences)
}

#[track_caller]
fn check(file: &str, change: impl FnOnce(Vec<u8>) -> Vec<u8>, want: &str) {
    let (_outer, dir) = write();
    let path = dir.join(file);
    fs::write(&path, change(fs::read(&path).unwrap())).unwrap();
    let error = read(&dir).unwrap_err().to_string();
    assert!(error.ends_with(want), "{error}");
}

#[track_caller]
fn check_header(from: &str, to: &str, want: &str) {
    let change = |bytes: Vec<u8>| {
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.contains(from), "{text}");
        text.replace(from, to).into_bytes()
    };
    check("corpus.json", change, want);
}

#[test]
fn damaged_headers_are_refused() {
    check_header("sememe-corpus", "other", "its format is `other`, expected `sememe-corpus`");
    check_header("\"version\": 2", "\"version\": 3", "is a corpus of version 3, expected version 2");
    check_header("\"n_shards\": 2", "\"n_shards\": 0", "it has 0 shards, expected 1 to 1048576");
    check_header("\"n_unknown\": 0,\n", "", "missing field `n_unknown` at line 12 column 3");
    check_header(
        "\"n_tokens\": 3,\n    \"n_unknown\"",
        "\"n_tokens\": 4,\n    \"n_unknown\"",
        "length of the whole",
    );
}

#[test]
fn an_id_beyond_the_vocabulary_is_never_lent() {
    check(
        "00000.ids",
        |mut ids| {
            ids[8] = 2;
            ids
        },
        "piece 0: an id of 2, expected less than 2",
    );
}

#[test]
fn a_missing_file_is_named() {
    let (_outer, dir) = write();
    fs::remove_file(dir.join("00000.ends")).unwrap();
    assert!(MmapCorpus::open(&dir).unwrap_err().to_string().ends_with("00000.ends"));
    assert!(MmapCorpus::open(&dir.join("nothing")).unwrap_err().to_string().ends_with("corpus.json"));
    assert!(MmapCorpus::open_held_out(&dir).unwrap().is_none());
}

#[test]
fn the_vocabulary_is_compared() {
    let (_outer, dir) = write();
    let other = Vocab::from_words([("a", 2), ("c", 1)], 0).unwrap();
    let corpus = MmapCorpus::open(&dir).unwrap();
    assert!(matches!(corpus.check_vocab(&other), Err(VocabError::OtherVocab { .. })));
    assert!(matches!(corpus.with_shards(0), Err(VocabError::Setting { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]
    #[test]
    fn damage_is_an_error_or_harmless(file in 0..4usize, at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let (_outer, dir) = write();
        let path = dir.join(["corpus.json", "00000.ids", "00000.ends", "00000.documents"][file]);
        let mut bytes = fs::read(&path).unwrap();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        fs::write(&path, bytes).unwrap();
        let _ = read(&dir);
    }
}
