use super::*;
use crate::{MemoryCorpus, VocabBuilder, VocabSettings, WordId};
use sememe_kernels::{Progress, Rng, Silent};

fn corpus(sentences: &[String], min_count: u64) -> (MemoryCorpus, Vocab) {
    let mut builder = VocabBuilder::default();
    sentences.iter().flat_map(|text| text.split(' ')).for_each(|word| builder.add(word, 1).unwrap());
    let vocab = builder.build(&VocabSettings { min_count, ..VocabSettings::default() }).unwrap();
    let ids = |text: &String| text.split(' ').filter_map(|word| vocab.lookup(word)).collect();
    (MemoryCorpus::new(sentences.iter().map(ids).collect(), 5), vocab)
}

fn settings() -> PhraseSettings {
    PhraseSettings { min_count: 2, discount: Some(1), thresholds: vec![1.0], ..PhraseSettings::default() }
}

fn learn(sentences: &[String], settings: &PhraseSettings) -> Phrases {
    let (corpus, vocab) = corpus(sentences, 1);
    learn_phrases(&corpus, &vocab, settings, 1, &mut Silent).unwrap()
}

/// `want` has the phrases of all passes, with their counts.
#[track_caller]
fn check(sentences: &[&str], settings: &PhraseSettings, want: &[(&str, u64)]) {
    let sentences: Vec<String> = sentences.iter().map(|&text| text.to_owned()).collect();
    let phrases = learn(&sentences, settings);
    let found: Vec<(String, u64)> =
        phrases.passes().iter().flatten().map(|phrase| (phrase.words.join(" "), phrase.count)).collect();
    assert!(found.iter().map(|(text, count)| (text.as_str(), *count)).eq(want.iter().copied()), "{found:?}");
}

#[test]
fn pairs_end_with_the_sentence() {
    check(&["x y", "x y", "y x"], &PhraseSettings { thresholds: vec![0.1], ..settings() }, &[("x y", 2)]);
    check(&["x", "y", "x", "y"], &PhraseSettings { thresholds: vec![-9.0], ..settings() }, &[]);
}

#[test]
fn connectors_are_no_ends() {
    let twice = ["x cup of tea y", "of cup of tea the"];
    check(&twice, &settings(), &[("cup of tea", 2)]);
    let connectors = Vec::new();
    check(&twice, &PhraseSettings { connectors, ..settings() }, &[("cup of", 2), ("of tea", 2)]);
    check(&["x of of of of of y"; 4], &PhraseSettings { thresholds: vec![-9.0], ..settings() }, &[]);
}

#[test]
fn phrases_grow_with_the_passes() {
    let text = ["we saw new york times square", "new york times square", "x saw y new york", "we new x y"];
    let settings = PhraseSettings { thresholds: vec![2.0], passes: 9, ..settings() };
    let first = [("new york", 3), ("times square", 2), ("york times", 2)];
    check(&text, &settings, &[&first[..], &[("new_york times_square", 2)]].concat());
}

#[test]
fn unknown_words_stand_between() {
    let text = ["x rare y", "x seldom y", "x y"].map(str::to_owned);
    let (corpus, vocab) = corpus(&text, 2);
    let settings = PhraseSettings { min_count: 1, thresholds: vec![-9.0], ..settings() };
    let phrases = learn_phrases(&corpus, &vocab, &settings, 1, &mut Silent).unwrap();
    let [phrase] = &phrases.passes()[0][..] else { panic!("{phrases:?}") };
    assert_eq!((phrase.words.join(" ").as_str(), phrase.count), ("x y", 1));
    // The unknown words are running words: (1 − 1) · 8 / (3 · 3).
    assert_eq!(phrase.score, 0.0);
}

/// Sentences with more pairs than the least memory holds.
fn many_pairs() -> Vec<String> {
    let mut rng = Rng::new(3, 0);
    let mut word = |n: u64| format!("w{}", rng.below(n));
    (0..2000).map(|_| (0..12).map(|i| word(30 + 20 * i)).collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn threads_and_memory_change_nothing() {
    let text = many_pairs();
    let settings = PhraseSettings { thresholds: vec![6.0], passes: 2, ..settings() };
    let want = learn(&text, &settings);
    assert!(want.len() > 100, "{}", want.len());
    let (corpus, vocab) = corpus(&text, 1);
    for (threads, memory) in [(4, None), (1, Some(0)), (3, Some(0)), (2, Some(1 << 19))] {
        let settings = PhraseSettings { memory, ..settings.clone() };
        let found = learn_phrases(&corpus, &vocab, &settings, threads, &mut Silent).unwrap();
        assert!(found == want, "{threads} threads, {memory:?} bytes: {} phrases", found.len());
    }
}

struct Stop;

impl Observer for Stop {
    fn progress(&mut self, _: &Progress) -> ControlFlow<()> {
        ControlFlow::Break(())
    }
}

#[test]
fn a_stop_and_a_foreign_corpus_are_errors() {
    let (corpus, vocab) = corpus(&many_pairs(), 1);
    let result = learn_phrases(&corpus, &vocab, &settings(), 2, &mut Stop);
    assert!(matches!(result, Err(VocabError::Interrupted)));
    let foreign = MemoryCorpus::new(vec![vec![WordId(9)]], 1);
    let small = Vocab::from_words([("a", 1)], 0).unwrap();
    let error = learn_phrases(&foreign, &small, &settings(), 1, &mut Silent).unwrap_err().to_string();
    assert_eq!(
        error,
        "the corpus holds word id 9, but the vocabulary has 1 words: they do not belong together"
    );
}
