use super::record::Record;
use super::*;
use crate::DistanceWeight;
use proptest::prelude::*;
use sememe_kernels::{Progress, Rng, Silent};
use sememe_vocab::{MemoryCorpus, WordId};
use std::ops::ControlFlow;

/// Words of a topic.
const TOPIC: u64 = 40;

/// Sentences of one topic each, `a0` to `a39` or `b0` to `b39`, in which one word in eight is of the other; id 0 is
/// special.
fn topics(n_shards: usize) -> (MemoryCorpus, Vocab) {
    let mut rng = Rng::new(9, 0);
    let mut word = |topic: u64| {
        let strays = rng.below(8) == 0;
        WordId((1 + (topic ^ u64::from(strays)) * TOPIC + rng.below(TOPIC)) as u32)
    };
    let sentences: Vec<Vec<WordId>> = (0..1500).map(|i| (0..12).map(|_| word(i % 2)).collect()).collect();
    let words = ["a", "b"].into_iter().flat_map(|topic| (0..TOPIC).map(move |i| format!("{topic}{i}")));
    let vocab = Vocab::from_words([("<unk>".to_owned(), 0)].into_iter().chain(words.map(|w| (w, 225))), 1);
    (MemoryCorpus::new(sentences, n_shards), vocab.unwrap())
}

fn settings() -> GloveSettings {
    GloveSettings { dim: 10, window: 5, epochs: 20, ..Default::default() }
}

fn train(settings: GloveSettings) -> Embeddings {
    let (corpus, vocab) = topics(4);
    Glove::new(settings).unwrap().train(&corpus, &vocab, &mut Silent).unwrap()
}

fn cosine(vectors: &Embeddings, a: &str, b: &str) -> f32 {
    let (a, b) = (vectors.vector(a).unwrap(), vectors.vector(b).unwrap());
    let dot = |x: &[f32], y: &[f32]| Kernels::detect().dot(x, y);
    dot(&a, &b) / (dot(&a, &a) * dot(&b, &b)).sqrt()
}

#[track_caller]
fn check(settings: GloveSettings) {
    let vectors = train(settings);
    assert_eq!((vectors.len(), vectors.dim()), (80, 10));
    assert!(vectors.vector("<unk>").is_none());
    for (word, near, far) in
        [("a0", "a1", "b0"), ("a7", "a19", "b3"), ("b5", "b6", "a5"), ("b39", "b0", "a1")]
    {
        let (near, far) = (cosine(&vectors, word, near), cosine(&vectors, word, far));
        assert!(near > far + 0.4, "{word}: {near} within its topic, {far} outside");
    }
}

#[test]
fn words_of_a_topic_come_together() {
    check(settings());
    check(GloveSettings { add_contexts: false, ..settings() });
    check(GloveSettings { symmetric: false, ..settings() });
    check(GloveSettings { threads: 3, ..settings() });
    check(GloveSettings { distance_weight: DistanceWeight::Flat, x_max: 50.0, ..settings() });
}

fn bits(settings: GloveSettings) -> Vec<u32> {
    let vectors = train(settings);
    let numbers: Vec<f32> = ["a0", "b9"].iter().flat_map(|w| vectors.vector(w).unwrap().to_vec()).collect();
    numbers.into_iter().map(f32::to_bits).collect()
}

#[test]
fn one_thread_gives_the_same_bits_for_the_same_seed_whatever_the_memory() {
    let want = bits(settings());
    assert_eq!(bits(settings()), want);
    assert_eq!(bits(GloveSettings { memory: 0, ..settings() }), want);
    assert_ne!(bits(GloveSettings { seed: 2, ..settings() }), want);
}

/// The cost of a model in f64, with each cell of the matrix as often as it is trained.
fn cost(model: &mut Model, records: &[Record], n_orders: impl Fn(Record) -> usize) -> f64 {
    let mut cost = 0.0;
    for &record in records {
        for (word, context) in
            [(record.row, record.column), (record.column, record.row)].into_iter().take(n_orders(record))
        {
            let dot = model.score(word, context);
            cost += 0.5 * f64::from(record.weight) * (dot - f64::from(record.log)).powi(2);
        }
    }
    cost
}

#[test]
fn a_step_follows_the_gradient_of_the_cost() {
    let (_, vocab) = topics(1);
    let settings = settings();
    let mut model = Model::new(&vocab, &settings).unwrap();
    let record = Record { row: 3, column: 17, log: 2.0, weight: 0.5 };
    let before: Vec<Vec<f32>> = (0..4).map(|i| model.trained(TOUCHED[i].0, TOUCHED[i].1)).collect();
    let mut gradients = Vec::new();
    for &(word, is_context) in &TOUCHED {
        let n = settings.dim + 1;
        let gradient: Vec<f64> = (0..n)
            .map(|k| {
                let mut at = |by: f32| {
                    model.nudge(word, is_context, k, by);
                    let cost = cost(&mut model, &[record], |_| 2);
                    model.nudge(word, is_context, k, -by);
                    cost
                };
                (at(1.0 / 1024.0) - at(-1.0 / 1024.0)) * 512.0
            })
            .collect();
        gradients.push(gradient);
    }
    let mut silent = Silent;
    let meter = Meter::new("records", None, &mut silent);
    let blocks = Blocks::of(vec![record], true);
    let kernels = Kernels::detect();
    Worker { settings: &settings, model: &model, blocks: &blocks, meter: &meter, kernels }
        .train_block(0)
        .unwrap();
    for ((&(word, is_context), before), gradient) in TOUCHED.iter().zip(before).zip(gradients) {
        let after = model.trained(word, is_context);
        for (k, gradient) in gradient.into_iter().enumerate() {
            // The bias, in the last place, learns at rate 1.
            let rate = if k == settings.dim { 1.0 } else { f64::from(settings.learning_rate) };
            let moved = f64::from(before[k] - after[k]);
            assert!((moved - rate * gradient).abs() < 1e-5, "{moved} instead of {}", rate * gradient);
        }
    }
}

/// The words that a record of words 3 and 17 moves, as words and as contexts.
const TOUCHED: [(u32, bool); 4] = [(3, false), (17, true), (17, false), (3, true)];

struct Watch {
    losses: Vec<f64>,
    units: Vec<&'static str>,
    done: u64,
    total: Option<u64>,
    stop_at: (&'static str, u64),
}

impl Observer for Watch {
    fn progress(&mut self, progress: &Progress) -> ControlFlow<()> {
        self.losses.extend(progress.loss);
        if self.units.last() != Some(&progress.unit) {
            self.units.push(progress.unit);
        }
        (self.done, self.total) = (progress.done, progress.total);
        let stops = progress.unit == self.stop_at.0 && progress.done >= self.stop_at.1;
        if stops { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

fn watch(settings: GloveSettings, stop_at: (&'static str, u64)) -> (Watch, Result<Embeddings, EmbedError>) {
    let (corpus, vocab) = topics(8);
    let mut watch = Watch { losses: Vec::new(), units: Vec::new(), done: 0, total: None, stop_at };
    let result = Glove::new(settings).unwrap().train(&corpus, &vocab, &mut watch);
    (watch, result)
}

#[test]
fn the_cost_falls_and_is_that_of_all_records() {
    let (watch, result) = watch(settings(), ("never", 0));
    assert!(result.is_ok());
    assert_eq!(watch.units, ["words", "pairs", "records"]);
    assert_eq!(Some(watch.done), watch.total);
    let (first, last) = (watch.losses[0], *watch.losses.last().unwrap());
    assert!(last < first / 4.0, "{last} at the end, {first} at the start");
}

#[test]
fn counts_of_a_small_text_are_fitted() {
    let ids = [1, 2, 3, 1, 2, 4, 1, 3, 3, 2].map(WordId).to_vec();
    let vocab = Vocab::from_words([("<unk>", 0), ("a", 3), ("b", 3), ("c", 3), ("d", 1)], 1).unwrap();
    let corpus = MemoryCorpus::new(vec![ids], 1);
    let settings = GloveSettings { dim: 6, window: 2, epochs: 2000, x_max: 1.0, ..Default::default() };
    let mut watch =
        Watch { losses: Vec::new(), units: Vec::new(), done: 0, total: None, stop_at: ("never", 0) };
    Glove::new(settings).unwrap().train(&corpus, &vocab, &mut watch).unwrap();
    assert!(watch.losses.last().unwrap() < &1e-4, "{:?}", watch.losses.last());
}

#[test]
fn the_observer_stops_counting_shuffling_and_training() {
    for unit in ["words", "pairs", "records"] {
        let (_, result) = watch(settings(), (unit, 1));
        let error = result.unwrap_err();
        assert!(error.to_string().ends_with(unit), "{error}");
        assert!(matches!(error, EmbedError::Interrupted { .. }));
    }
}

#[test]
fn a_learning_rate_that_diverges_is_reported() {
    let (_, result) = watch(GloveSettings { learning_rate: 1e6, clip: 1e30, ..settings() }, ("never", 0));
    assert!(matches!(result, Err(EmbedError::Diverged { unit: "records", .. })), "{result:?}");
}

#[test]
fn foreign_ids_and_empty_vocabularies_are_refused() {
    let (_, vocab) = topics(1);
    let corpus = MemoryCorpus::new(vec![vec![WordId(99)]], 1);
    let fail = |vocab| Glove::new(settings()).unwrap().train(&corpus, vocab, &mut Silent).unwrap_err();
    assert!(matches!(fail(&vocab), EmbedError::ForeignCorpus { found: 99, n_words: 81 }));
    let empty = Vocab::from_words([("<unk>", 5)], 1).unwrap();
    assert!(matches!(fail(&empty), EmbedError::EmptyVocabulary));
}

#[test]
fn an_empty_corpus_leaves_the_first_vectors() {
    let (_, vocab) = topics(1);
    let corpus = MemoryCorpus::default();
    let vectors = Glove::new(settings()).unwrap().train(&corpus, &vocab, &mut Silent).unwrap();
    assert_eq!(vectors.len(), 80);
}

proptest! {
    #[test]
    fn every_record_is_read_once_an_epoch(n in 0usize..5000, memory in prop_oneof![Just(0), Just(1 << 20)]) {
        let record = |i: usize| Record { row: i as u32, column: 2 * i as u32, log: i as f32, weight: 1.0 };
        let blocks = Blocks::scattered((0..n).map(record), 3, memory);
        for epoch in 0..2 {
            let mut read: Vec<Record> =
                (0..3).flat_map(|i| blocks.read(3 * epoch + i).unwrap()).collect();
            prop_assert!(n < 9 || !read.is_sorted_by_key(|record| record.row));
            read.sort_by_key(|record| record.row);
            prop_assert_eq!(read, (0..n).map(record).collect::<Vec<_>>());
        }
    }
}
