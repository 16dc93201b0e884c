use super::*;
use crate::fixtures::{Sharded, Stop, lines};
use crate::{Holdout, HoldoutUnit};
use sememe_kernels::Silent;
use sememe_text::MemoryDocuments;

fn words(vocab: &Vocab) -> Vec<(&str, u64)> {
    vocab.words().zip(vocab.counts().iter().copied()).skip(vocab.n_special()).collect()
}

#[track_caller]
fn check(texts: &[&str], settings: &VocabSettings, want: &[(&str, u64)]) {
    let documents = MemoryDocuments::from_texts(texts.iter().copied());
    let (vocab, _) = count(&documents, &lines(), settings, 2, &mut Silent).unwrap();
    assert_eq!(words(&vocab), want);
}

/// Many different words, some of them frequent.
fn long_text() -> Vec<String> {
    let word = |i: usize| format!("word{}", i * i % 9973 % (1 + i % 6000));
    (0..300).map(|i| (i * 100..i * 100 + 100).map(word).collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn frequent_words_come_first() {
    check(&["b a b"], &VocabSettings::default(), &[("b", 2), ("a", 1)]);
    check(&["我 爱", "我"], &VocabSettings::default(), &[("我", 2), ("爱", 1)]);
}

#[test]
fn rare_words_are_left_out() {
    let settings = VocabSettings { min_count: 2, max_size: Some(1), ..VocabSettings::default() };
    check(&["b a b a c"], &settings, &[("a", 2)]);
}

#[test]
fn nothing_gives_the_special_words() {
    check(&[], &VocabSettings::default(), &[]);
    check(&["", " \n"], &VocabSettings::default(), &[]);
}

#[test]
fn threads_shards_and_memory_change_nothing() {
    let texts = long_text();
    let run = |n_shards, threads, memory, max_size| {
        let settings = VocabSettings { memory, max_size, ..VocabSettings::default() };
        let documents = Sharded::new(&texts, n_shards);
        let (vocab, stats) = count(&documents, &lines(), &settings, threads, &mut Silent).unwrap();
        assert_eq!(stats.spilled, memory.is_some());
        (vocab, CountStats { spilled: false, ..stats })
    };
    for max_size in [None, Some(100)] {
        let alone = run(1, 1, None, max_size);
        assert_eq!((alone.1.n_documents, alone.1.n_tokens), (300, 30_000));
        assert_eq!(run(7, 3, None, max_size), alone);
        assert_eq!(run(1, 1, Some(1), max_size), alone);
        assert_eq!(run(7, 3, Some(100_000), max_size), alone);
    }
}

#[test]
fn what_is_held_out_is_not_counted() {
    let texts = long_text();
    let documents = Sharded::new(&texts, 3);
    for unit in [HoldoutUnit::Documents, HoldoutUnit::Sentences] {
        let settings =
            VocabSettings { holdout: Some(Holdout { every: 4, unit }), ..VocabSettings::default() };
        let (vocab, stats) = count(&documents, &lines(), &settings, 2, &mut Silent).unwrap();
        assert!((180..270).contains(&stats.n_sentences), "{stats:?}");
        assert_eq!(vocab.n_tokens(), stats.n_tokens);
    }
}

#[test]
fn counting_can_be_stopped() {
    let documents = Sharded::new(&long_text(), 2);
    let result = count(&documents, &lines(), &VocabSettings::default(), 2, &mut Stop);
    assert!(matches!(result, Err(VocabError::Interrupted)));
}

#[test]
fn an_unusable_folder_for_temporary_files_is_an_error() {
    let temp_dir = Some("/no/such/folder".into());
    let settings = VocabSettings { memory: Some(1), temp_dir, ..VocabSettings::default() };
    let documents = Sharded::new(&long_text(), 2);
    let error = count(&documents, &lines(), &settings, 2, &mut Silent).unwrap_err();
    assert_eq!(error.to_string(), "cannot read or write /no/such/folder");
}
