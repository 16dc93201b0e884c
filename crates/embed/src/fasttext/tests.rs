use super::*;
use sememe_kernels::{Rng, Silent};
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

fn cosine(vectors: &Embeddings, a: &str, b: &str) -> f32 {
    let (a, b) = (vectors.vector(a).unwrap(), vectors.vector(b).unwrap());
    let dot = |x: &[f32], y: &[f32]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f32>();
    dot(&a, &b) / (dot(&a, &a) * dot(&b, &b)).sqrt()
}

#[track_caller]
fn check(settings: FastTextSettings) {
    let vectors = train(settings);
    let near = cosine(&vectors, "tehbo", "tehdo");
    let far = cosine(&vectors, "tehbo", "quofa");
    assert!(near > far + 0.4, "{near} within the topic, {far} outside");
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
fn one_thread_gives_the_same_bits_for_the_same_seed() {
    let bits = |seed| -> Vec<u32> {
        let vectors = train(FastTextSettings { seed, epochs: 1, ..settings() });
        ["teha", "quorum"]
            .iter()
            .flat_map(|w| vectors.vector(w).unwrap().to_vec())
            .map(f32::to_bits)
            .collect()
    };
    assert_eq!(bits(1), bits(1));
    assert_ne!(bits(1), bits(2));
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
