use super::*;
use crate::fixtures::{Sharded, Stop, lines};
use crate::{Corpus, DocumentCorpus, HoldoutUnit, MmapCorpus, OutOfVocabulary, VocabSettings, WordId, count};
use sememe_kernels::Silent;
use sememe_text::MemoryDocuments;
use std::ops::ControlFlow;

fn plan(dir: &Path, n_shards: usize) -> CorpusPlan {
    CorpusPlan { dir: dir.to_owned(), n_shards, holdout: None, threads: 2 }
}

fn vocab_of(documents: &dyn Documents, settings: &VocabSettings) -> Vocab {
    count(documents, &lines(), settings, 2, &mut Silent).unwrap().0
}

/// The sentences of each shard, as words.
fn read(corpus: &MmapCorpus, vocab: &Vocab) -> Vec<Vec<String>> {
    let shard = |shard| {
        let mut sentences = Vec::new();
        let mut sink = |ids: &[WordId]| {
            sentences.push(ids.iter().map(|&id| vocab.word(id)).collect::<Vec<_>>().join(" "));
            ControlFlow::Continue(())
        };
        corpus.for_each_sentence(shard, &mut sink).unwrap();
        sentences
    };
    (0..corpus.n_shards()).map(shard).collect()
}

#[track_caller]
fn check(texts: &[&str], settings: &VocabSettings, n_shards: usize, want: &[&[&str]]) -> EncodeStats {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path().join("corpus");
    let documents = MemoryDocuments::from_texts(texts.iter().copied());
    let vocab = vocab_of(&documents, settings);
    let stats = encode(&documents, &lines(), &vocab, &plan(&dir, n_shards), &mut Silent).unwrap();
    let corpus = MmapCorpus::open(&dir).unwrap();
    corpus.check_vocab(&vocab).unwrap();
    assert_eq!(read(&corpus, &vocab), want);
    assert_eq!(corpus.stats(), stats.train);
    stats
}

#[test]
fn sentences_come_back() {
    let stats =
        check(&["a b\nc", "", "我 爱 你"], &VocabSettings::default(), 1, &[&["a b", "c", "我 爱 你"]]);
    let train = CorpusStats { n_documents: 2, n_sentences: 3, n_tokens: 6, ..CorpusStats::default() };
    assert_eq!(stats, EncodeStats { train, held_out: None });
}

#[test]
fn shards_are_cut_at_sentences() {
    let texts = ["a a a a", "b b", "c c", "d d", "e e"];
    let settings = VocabSettings::default();
    check(&texts, &settings, 2, &[&["a a a a", "b b"], &["c c", "d d", "e e"]]);
    check(&texts, &settings, 4, &[&["a a a a"], &["b b"], &["c c", "d d"], &["e e"]]);
    check(&["a a a a a a"], &settings, 3, &[&["a a a a a a"], &[], &[]]);
    check(&[], &settings, 2, &[&[], &[]]);
}

#[test]
fn documents_keep_their_numbers() {
    let texts: Vec<String> = (0..40).map(|i| "a\n".repeat(if i % 3 == 0 { 0 } else { i })).collect();
    let documents = Sharded::new(&texts, 7);
    let vocab = vocab_of(&documents, &VocabSettings::default());
    for n_shards in [1, 2, 9, 100] {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path().join("corpus");
        encode(&documents, &lines(), &vocab, &plan(&dir, n_shards), &mut Silent).unwrap();
        let (corpus, mut found) = (MmapCorpus::open(&dir).unwrap(), Vec::new());
        for shard in 0..n_shards {
            let mut sink = |number, ids: &[WordId]| {
                found.push((number, ids.len()));
                ControlFlow::Continue(())
            };
            corpus.for_each_document(shard, &mut sink).unwrap();
        }
        let want: Vec<(u64, usize)> = (0..).zip(texts.iter().map(|text| text.lines().count())).collect();
        assert_eq!((corpus.n_documents(), found), (40, want), "{n_shards} shards");
    }
}

#[test]
fn other_words_become_unknown_or_nothing() {
    let settings = VocabSettings { min_count: 2, ..VocabSettings::default() };
    let stats = check(&["a b a", "c"], &settings, 1, &[&["a <unk> a", "<unk>"]]);
    assert_eq!((stats.train.n_unknown, stats.train.n_skipped), (2, 0));
    let settings = VocabSettings { out_of_vocabulary: OutOfVocabulary::Skip, ..settings };
    let stats = check(&["a b a", "c"], &settings, 1, &[&["a a"]]);
    assert_eq!((stats.train.n_unknown, stats.train.n_skipped, stats.train.n_documents), (0, 2, 1));
}

#[test]
fn what_is_held_out_is_a_corpus_too() {
    let texts: Vec<String> = (0..400).map(|i| format!("text {i}\nof two lines {i}")).collect();
    let documents = MemoryDocuments::from_texts(texts);
    let vocab = vocab_of(&documents, &VocabSettings::default());
    for unit in [HoldoutUnit::Documents, HoldoutUnit::Sentences] {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path().join("corpus");
        let plan = CorpusPlan { holdout: Some(Holdout { every: 4, unit }), ..plan(&dir, 3) };
        encode(&documents, &lines(), &vocab, &plan, &mut Silent).unwrap();
        let train = MmapCorpus::open(&dir).unwrap();
        let held_out = MmapCorpus::open_held_out(&dir).unwrap().unwrap();
        assert_eq!(train.n_sentences() + held_out.n_sentences(), 800);
        assert!((140..260).contains(&held_out.n_sentences()), "{}", held_out.n_sentences());
        let (train, held_out) = (read(&train, &vocab).concat(), read(&held_out, &vocab).concat());
        assert!(held_out.iter().all(|sentence| !train.contains(sentence)));
    }
}

#[test]
fn threads_change_nothing() {
    let texts: Vec<String> = (0..250).map(|i| format!("{} {i} {}", i % 7, i * i)).collect();
    let documents = Sharded::new(&texts, 5);
    let vocab = vocab_of(&documents, &VocabSettings::default());
    let run = |threads| {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path().join("corpus");
        let plan = CorpusPlan { threads, ..plan(&dir, 3) };
        let stats = encode(&documents, &lines(), &vocab, &plan, &mut Silent).unwrap();
        let corpus = MmapCorpus::open(&dir).unwrap();
        let again = read(&MmapCorpus::open(&dir).unwrap().with_shards(2).unwrap(), &vocab);
        assert_eq!(read(&corpus, &vocab).concat(), again.concat());
        (stats, read(&corpus, &vocab))
    };
    assert_eq!(run(1), run(4));
}

#[test]
fn a_stopped_run_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let documents = MemoryDocuments::from_texts(["a", "b"]);
    let vocab = Vocab::from_words([("a", 1)], 0).unwrap();
    let plan = plan(&dir.path().join("corpus"), 1);
    let result = encode(&documents, &lines(), &vocab, &plan, &mut Stop);
    assert!(matches!(result, Err(VocabError::Interrupted)));
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn impossible_plans_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let run = |plan: CorpusPlan| {
        let documents = MemoryDocuments::default();
        let error = encode(&documents, &lines(), &Vocab::default(), &plan, &mut Silent);
        error.unwrap_err().to_string()
    };
    assert_eq!(run(plan(dir.path(), 1)), format!("{} exists already", dir.path().display()));
    let target = dir.path().join("corpus");
    assert_eq!(run(plan(&target, 0)), "setting `n_shards`: 0 is not within 1 to 1048576");
    let holdout = Some(Holdout { every: 1, unit: HoldoutUnit::Documents });
    assert_eq!(run(CorpusPlan { holdout, ..plan(&target, 1) }), "setting `holdout.every`: 1 is below 2");
}
