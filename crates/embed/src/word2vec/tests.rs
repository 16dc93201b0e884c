use super::*;
use crate::CbowUpdate;
use crate::testing::{self, bits, check_diverges, cosine};
use sememe_kernels::{Progress, Rng, Silent};
use sememe_vocab::{MemoryCorpus, WordId};
use std::ops::ControlFlow;

/// Words of a topic.
const TOPIC: u64 = 20;

/// Sentences of two topics whose words, `a0` to `a19` and `b0` to `b19`, never meet; id 0 is special.
fn topics(n_shards: usize) -> (MemoryCorpus, Vocab) {
    let mut rng = Rng::new(9, 0);
    let mut word = |topic: u64| WordId((1 + topic * TOPIC + rng.below(TOPIC)) as u32);
    let sentences: Vec<Vec<WordId>> =
        (0..N_SENTENCES).map(|i| (0..12).map(|_| word(i % 2)).collect()).collect();
    let words = ["a", "b"].into_iter().flat_map(|topic| (0..TOPIC).map(move |i| format!("{topic}{i}")));
    let vocab = Vocab::from_words([("<unk>".to_owned(), 0)].into_iter().chain(words.map(|w| (w, 240))), 1);
    (MemoryCorpus::new(sentences, n_shards), vocab.unwrap())
}

const N_SENTENCES: u64 = 800;

fn settings() -> Word2VecSettings {
    Word2VecSettings { dim: 10, epochs: 8, sample: 0.0, learning_rate: Some(0.05), ..Default::default() }
}

fn train(settings: Word2VecSettings, n_shards: usize) -> Embeddings {
    let (corpus, vocab) = topics(n_shards);
    Word2Vec::new(settings).unwrap().train(&corpus, &vocab, &mut Silent).unwrap()
}

#[track_caller]
fn check(settings: Word2VecSettings) {
    let vectors = train(settings, 4);
    assert_eq!((vectors.len(), vectors.dim()), (40, 10));
    assert!(vectors.vector("<unk>").is_none());
    for (word, near, far) in
        [("a0", "a1", "b0"), ("a7", "a19", "b3"), ("b5", "b6", "a5"), ("b19", "b0", "a1")]
    {
        let (near, far) = (cosine(&vectors, word, near), cosine(&vectors, word, far));
        assert!(near > far + 0.4, "{word}: {near} within its topic, {far} outside");
    }
}

#[test]
fn words_of_a_topic_come_together() {
    check(settings());
    check(Word2VecSettings { sharing: NegativeSharing::Pair, ..settings() });
    check(Word2VecSettings { architecture: Architecture::Cbow, ..settings() });
    check(Word2VecSettings { loss: Loss::Tree, ..settings() });
    check(Word2VecSettings { keep_negatives: 4, ..settings() });
    let cbow = Word2VecSettings { architecture: Architecture::Cbow, ..settings() };
    check(Word2VecSettings { loss: Loss::Tree, ..cbow.clone() });
    check(Word2VecSettings { cbow_update: CbowUpdate::Corrected, learning_rate: Some(1.0), ..cbow });
    check(Word2VecSettings { threads: 3, ..settings() });
    check(Word2VecSettings { negatives: 7, window: 11, ..settings() });
}

#[test]
fn one_thread_gives_the_same_bits_for_the_same_seed() {
    let bits = |seed| -> Vec<u32> {
        let vectors = train(Word2VecSettings { seed, ..settings() }, 4);
        ["a0", "b9"].iter().flat_map(|w| vectors.vector(w).unwrap().to_vec()).map(f32::to_bits).collect()
    };
    assert_eq!(bits(1), bits(1));
    assert_ne!(bits(1), bits(2));
}

#[track_caller]
fn check_deterministic(settings: Word2VecSettings) {
    let bits = |threads| {
        let quick = Word2VecSettings { threads, deterministic: true, epochs: 1, ..settings.clone() };
        bits(&train(quick, 5))
    };
    let one = bits(1);
    assert!(bits(2) == one && bits(4) == one);
}

#[test]
fn deterministic_threads_give_the_same_bits() {
    check_deterministic(settings());
    check_deterministic(Word2VecSettings { sharing: NegativeSharing::Pair, ..settings() });
    check_deterministic(Word2VecSettings { loss: Loss::Tree, sample: 1e-2, ..settings() });
    check_deterministic(Word2VecSettings { architecture: Architecture::Cbow, dim: 20, ..settings() });
}

#[test]
fn deterministic_training_learns_as_well() {
    check(Word2VecSettings { deterministic: true, threads: 2, epochs: 12, ..settings() });
    let cbow = Word2VecSettings { architecture: Architecture::Cbow, ..settings() };
    check(Word2VecSettings { deterministic: true, epochs: 12, ..cbow });
}

struct Watch {
    losses: Vec<f64>,
    done: u64,
    stop_at: u64,
}

impl Observer for Watch {
    fn progress(&mut self, progress: &Progress) -> ControlFlow<()> {
        self.losses.extend(progress.loss);
        self.done = progress.done;
        if progress.done < self.stop_at { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }
}

fn watch(settings: Word2VecSettings, stop_at: u64) -> (Watch, Result<Embeddings, EmbedError>) {
    let (corpus, vocab) = topics(8);
    let mut watch = Watch { losses: Vec::new(), done: 0, stop_at };
    let result = Word2Vec::new(settings).unwrap().train(&corpus, &vocab, &mut watch);
    (watch, result)
}

#[test]
fn untrained_vectors_have_the_loss_of_a_blind_guess() {
    let (watch, _) = watch(Word2VecSettings { learning_rate: Some(1e-9), ..settings() }, u64::MAX);
    let blind = 6.0 * 2f64.ln();
    assert!(watch.losses.iter().all(|loss| (loss - blind).abs() < 0.02), "{blind}: {:?}", watch.losses);
}

#[test]
fn loss_falls() {
    let (watch, result) = watch(settings(), u64::MAX);
    assert!(result.is_ok());
    assert_eq!(watch.done, N_SENTENCES * 12 * 8);
    let (first, last) = (watch.losses[0], *watch.losses.last().unwrap());
    assert!(last < first - 0.5, "{last} at the end, {first} at the start");
}

#[test]
fn the_observer_stops_training() {
    let (watch, result) = watch(settings(), 5_000);
    assert!(matches!(result, Err(EmbedError::Interrupted { .. })));
    assert!(watch.done < 20_000);
}

fn failure(settings: Word2VecSettings, corpus: &MemoryCorpus, vocab: &Vocab) -> EmbedError {
    let result = Word2Vec::new(settings).unwrap().train(corpus, vocab, &mut Silent);
    result.expect_err("training fails")
}

#[test]
fn a_learning_rate_that_diverges_is_reported() {
    for learning_rate in [Some(1e30), Some(100.0)] {
        let settings = Word2VecSettings { learning_rate, ..settings() };
        check_diverges(&Word2Vec::new(settings).unwrap(), &topics(4));
    }
}

#[test]
fn foreign_ids_and_empty_vocabularies_are_refused() {
    let (_, vocab) = topics(1);
    let corpus = MemoryCorpus::new(vec![vec![WordId(99)]], 1);
    assert_eq!(
        failure(settings(), &corpus, &vocab).to_string(),
        "the corpus holds word id 99, but the vocabulary has 41 words: they do not belong together"
    );
    let empty = Vocab::from_words([("<unk>", 5)], 1).unwrap();
    assert!(matches!(failure(settings(), &corpus, &empty), EmbedError::EmptyVocabulary));
}

#[test]
fn an_empty_corpus_leaves_the_first_vectors() {
    let (_, vocab) = topics(1);
    let corpus = MemoryCorpus::default();
    let vectors = Word2Vec::new(settings()).unwrap().train(&corpus, &vocab, &mut Silent).unwrap();
    assert_eq!(vectors.len(), 40);
}

/// The state of a run that was cut off half way, in a file.
fn cut_off(settings: &Word2VecSettings, dir: &std::path::Path) -> PathBuf {
    testing::cut_off(&Word2Vec::new(settings.clone()).unwrap(), &topics(4), ("words", 30_000), dir)
}

#[track_caller]
fn check_resume(settings: Word2VecSettings) {
    let trainer = Word2Vec::new(settings).unwrap();
    testing::check_resume(trainer, &topics(4), ("words", 30_000), Word2Vec::resume_from);
}

#[test]
fn a_run_that_was_cut_off_ends_with_the_same_bits() {
    check_resume(settings());
    check_resume(Word2VecSettings { architecture: Architecture::Cbow, ..settings() });
    check_resume(Word2VecSettings { deterministic: true, threads: 2, epochs: 4, ..settings() });
}

#[test]
fn states_of_other_runs_and_damaged_ones_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = cut_off(&settings(), dir.path());
    let (corpus, vocab) = topics(4);
    let resume = |settings, path: &std::path::Path| {
        let trainer = Word2Vec::new(settings).unwrap().resume_from(path.to_owned());
        trainer.train(&corpus, &vocab, &mut Silent).unwrap_err().to_string()
    };
    let error = resume(Word2VecSettings { window: 4, ..settings() }, &path);
    assert!(error.ends_with("it is of another run: the settings differs"), "{error}");
    let bytes = std::fs::read(&path).unwrap();
    for length in [0, 7, 100, bytes.len() - 1] {
        std::fs::write(&path, &bytes[..length]).unwrap();
        assert!(resume(settings(), &path).starts_with("cannot resume from "));
    }
    assert!(resume(settings(), &dir.path().join("nothing")).starts_with("cannot resume from "));
}

fn start() -> Embeddings {
    let vocab = Vocab::from_words([("a0", 1), ("elsewhere", 1)], 0).unwrap();
    Embeddings::new(vocab, sememe_kernels::Matrix::from_vec(2, 10, vec![0.25; 20]).unwrap()).unwrap()
}

#[track_caller]
fn check_frozen(settings: Word2VecSettings) {
    let (corpus, vocab) = topics(2);
    let run = |frozen| {
        let trainer = Word2Vec::new(settings.clone()).unwrap().start_from(start(), frozen).unwrap();
        trainer.train(&corpus, &vocab, &mut Silent).unwrap()
    };
    assert_eq!(run(true).vector("a0").unwrap(), [0.25; 10].as_slice());
    assert_ne!(run(false).vector("a0").unwrap(), [0.25; 10].as_slice());
    let frozen = run(true);
    assert_eq!(frozen.len(), 41);
    assert_eq!(
        frozen.vector("elsewhere").unwrap(),
        [0.25; 10].as_slice(),
        "a word that is not in the text stays"
    );
    assert!(cosine(&frozen, "a0", "a1") > cosine(&frozen, "a0", "b1") + 0.2, "the others come to it");
}

#[test]
fn frozen_words_stay_where_they_started() {
    check_frozen(settings());
    check_frozen(Word2VecSettings { architecture: Architecture::Cbow, ..settings() });
    check_frozen(Word2VecSettings { deterministic: true, threads: 2, ..settings() });
}

#[test]
fn vectors_of_another_dimension_are_no_start() {
    let trainer = Word2Vec::new(Word2VecSettings { dim: 11, ..settings() }).unwrap();
    let error = trainer.start_from(start(), false).unwrap_err().to_string();
    assert_eq!(error, "the vectors to start from have 10 numbers, expected 11");
}
