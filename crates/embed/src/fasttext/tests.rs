use super::*;
use crate::testing::{self, bits, check_diverges, cosine};
use sememe_kernels::Silent;
use sememe_vocab::{MemoryCorpus, WordId};

/// Words of two topics that never meet: numbers that begin with `teh` and with `quo`.
const WORDS: [&str; 8] = ["teha", "tehbo", "tehci", "tehdo", "quoe", "quofa", "quogi", "quohu"];

fn topics() -> (MemoryCorpus, Vocab) {
    let mut rng = Rng::new(4, 0);
    let mut word = |topic: u64| WordId((1 + topic * 4 + rng.below(4)) as u32);
    let sentences = (0..600).map(|i| (0..10).map(|_| word(i % 2)).collect()).collect();
    let words = [("<unk>", 0)].into_iter().chain(WORDS.map(|word| (word, 750)));
    (MemoryCorpus::new(sentences, 4), Vocab::from_words(words, 1).unwrap())
}

fn settings() -> FastTextSettings {
    FastTextSettings { dim: 12, epochs: 4, sample: 0.0, n_buckets: 5_000, ..FastTextSettings::default() }
}

fn train(settings: FastTextSettings) -> Embeddings {
    let (corpus, vocab) = topics();
    FastText::new(settings).unwrap().train(&corpus, &vocab, &mut Silent).unwrap()
}

#[track_caller]
fn check(settings: FastTextSettings) {
    check_by(settings, 0.4);
}

#[track_caller]
fn check_by(settings: FastTextSettings, margin: f32) {
    let vectors = train(settings);
    let near = cosine(&vectors, "tehbo", "tehdo");
    let far = cosine(&vectors, "tehbo", "quofa");
    assert!(near > far + margin, "{near} within the topic, {far} outside");
    let (near, far) = (cosine(&vectors, "tehxyz", "tehdo"), cosine(&vectors, "tehxyz", "quofa"));
    assert!(near > far + 0.2, "an unseen word: {near} within the topic, {far} outside");
}

#[test]
fn words_of_a_topic_come_together_and_unseen_words_to_those_they_look_like() {
    check(settings());
    check(FastTextSettings { architecture: Architecture::Cbow, ..settings() });
    check(FastTextSettings { threads: 2, negatives: 2, ..settings() });
}

#[test]
fn deterministic_training_learns_as_well() {
    // What eight words settle on depends a little on how many windows are computed from one state.
    check_by(FastTextSettings { deterministic: true, threads: 2, ..settings() }, 0.3);
    check(FastTextSettings { architecture: Architecture::Cbow, deterministic: true, ..settings() });
}

#[test]
fn deterministic_threads_give_the_same_bits() {
    for architecture in [Architecture::SkipGram, Architecture::Cbow] {
        let settings = FastTextSettings { architecture, deterministic: true, epochs: 1, ..settings() };
        let [one, two, five] =
            [1, 2, 5].map(|threads| train(FastTextSettings { threads, ..settings.clone() }));
        assert!(bits(&one) == bits(&two) && bits(&one) == bits(&five));
        let unseen = |vectors: &Embeddings| vectors.vector("tehxyz").unwrap().to_vec();
        assert_eq!(unseen(&one), unseen(&five), "the n-grams as well");
    }
}

#[test]
fn a_run_that_was_cut_off_ends_with_the_same_bits() {
    let check = |settings| {
        let trainer = FastText::new(settings).unwrap();
        testing::check_resume(trainer, &topics(), ("words", 9_000), FastText::resume_from);
    };
    check(settings());
    check(FastTextSettings { architecture: Architecture::Cbow, ..settings() });
    check(FastTextSettings { deterministic: true, threads: 2, ..settings() });
}

#[test]
fn states_of_other_runs_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let text = topics();
    let state = testing::cut_off(&FastText::new(settings()).unwrap(), &text, ("words", 9_000), dir.path());
    let other = FastText::new(FastTextSettings { max_n: 5, ..settings() }).unwrap().resume_from(state);
    let error = other.train(&text.0, &text.1, &mut Silent).unwrap_err().to_string();
    assert!(error.ends_with("it is of another run: the settings differs"), "{error}");
}

#[test]
fn a_learning_rate_that_diverges_is_reported() {
    for learning_rate in [1e30, 100.0] {
        check_diverges(&FastText::new(FastTextSettings { learning_rate, ..settings() }).unwrap(), &topics());
    }
}

#[test]
fn one_thread_gives_the_same_bits_for_the_same_seed() {
    let some = |seed| -> Vec<u32> {
        let vectors = train(FastTextSettings { seed, epochs: 1, ..settings() });
        ["teha", "quorum"]
            .iter()
            .flat_map(|w| vectors.vector(w).unwrap().to_vec())
            .map(f32::to_bits)
            .collect()
    };
    assert_eq!(some(1), some(1));
    assert_ne!(some(1), some(2));
}

#[test]
fn impossible_settings_are_refused() {
    for settings in [
        FastTextSettings { n_buckets: 0, ..settings() },
        FastTextSettings { min_n: 4, max_n: 3, ..settings() },
        FastTextSettings { dim: 0, ..settings() },
        FastTextSettings { window: 0, ..settings() },
    ] {
        assert!(FastText::new(settings).is_err());
    }
}

/// `vectors` as they are before anything is trained.
fn untrained(vectors: &Embeddings, settings: FastTextSettings) -> Embeddings {
    let (_, vocab) = topics();
    let trainer = FastText::new(settings).unwrap().start_from(vectors.clone()).unwrap();
    trainer.train(&MemoryCorpus::default(), &vocab, &mut Silent).unwrap()
}

#[track_caller]
fn check_near(a: &[f32], b: &[f32]) {
    assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-5), "{a:?} and {b:?}");
}

#[test]
fn words_and_ngrams_start_where_they_were() {
    let first = train(settings());
    let again = untrained(&first, settings());
    for word in ["teha", "quohu", "tehxyz", "quorum"] {
        check_near(&again.vector(word).unwrap(), &first.vector(word).unwrap());
    }
    let other = untrained(&first, FastTextSettings { n_buckets: 4_000, ..settings() });
    check_near(&other.vector("teha").unwrap(), &first.vector("teha").unwrap());
    let far = other.vector("tehxyz").unwrap().to_vec();
    assert_ne!(far, first.vector("tehxyz").unwrap().to_vec(), "n-grams in other buckets are other n-grams");
}

#[test]
fn words_and_ngrams_of_the_start_alone_are_kept() {
    let elsewhere = Vocab::from_words([("elsewhere", 3)], 0).unwrap();
    let corpus = MemoryCorpus::new(vec![vec![WordId(0); 9]], 1);
    let start = FastText::new(settings()).unwrap().train(&corpus, &elsewhere, &mut Silent).unwrap();
    let (corpus, vocab) = topics();
    let trainer = FastText::new(settings()).unwrap().start_from(start.clone()).unwrap();
    let grown = trainer.train(&corpus, &vocab, &mut Silent).unwrap();
    assert_eq!(grown.len(), 9);
    assert_eq!(grown.vector("elsewhere"), start.vector("elsewhere"));
    assert_eq!(grown.vector("<sewh"), start.vector("<sewh"), "no word of the text has `sewh`");
    let error = FastText::new(FastTextSettings { dim: 3, ..settings() }).unwrap().start_from(start);
    assert_eq!(error.unwrap_err().to_string(), "the vectors to start from have 12 numbers, expected 3");
}

#[test]
fn a_start_is_kept_by_a_state() {
    let trainer = FastText::new(settings()).unwrap().start_from(train(settings())).unwrap();
    testing::check_resume(trainer, &topics(), ("words", 9_000), FastText::resume_from);
}
