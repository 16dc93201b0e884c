use super::record::Record;
use super::*;
use crate::DistanceWeight;
use crate::testing::{self, check_diverges, cosine};
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
    testing::bits(&train(settings))
}

#[test]
fn a_seed_gives_the_same_bits_whatever_the_threads_and_the_memory() {
    let want = bits(settings());
    for threads in [2, 3, 7] {
        assert!(bits(GloveSettings { threads, ..settings() }) == want, "{threads} threads");
    }
    assert!(bits(GloveSettings { memory: 0, ..settings() }) == want);
    assert!(bits(GloveSettings { seed: 2, ..settings() }) != want);
    let left = GloveSettings { symmetric: false, ..settings() };
    assert!(bits(GloveSettings { threads: 3, ..left.clone() }) == bits(left));
}

#[test]
fn a_run_that_was_cut_off_ends_with_the_same_bits() {
    for threads in [1, 2] {
        let trainer = Glove::new(GloveSettings { threads, ..settings() }).unwrap();
        testing::check_resume(trainer, &topics(4), ("records", 30_000), Glove::resume_from);
    }
}

#[test]
fn states_of_other_runs_are_refused() {
    let (dir, text) = (tempfile::tempdir().unwrap(), topics(4));
    let state = testing::cut_off(&Glove::new(settings()).unwrap(), &text, ("records", 1), dir.path());
    let resume = |settings| {
        let trainer = Glove::new(settings).unwrap().resume_from(state.clone());
        trainer.train(&text.0, &text.1, &mut Silent)
    };
    let error = resume(GloveSettings { x_max: 11.0, ..settings() }).unwrap_err().to_string();
    assert!(error.ends_with("it is of another run: the settings differs"), "{error}");
    assert!(resume(GloveSettings { threads: 3, memory: 0, ..settings() }).is_ok(), "the result is the same");
}

fn start() -> Embeddings {
    let vocab = Vocab::from_words([("a0", 1), ("elsewhere", 1)], 0).unwrap();
    Embeddings::new(vocab, sememe_kernels::Matrix::from_vec(2, 10, vec![0.25; 20]).unwrap()).unwrap()
}

#[track_caller]
fn check_start(settings: GloveSettings) {
    let (corpus, vocab) = topics(2);
    let run = |frozen| {
        let trainer = Glove::new(settings.clone()).unwrap().start_from(start(), frozen).unwrap();
        trainer.train(&corpus, &vocab, &mut Silent).unwrap()
    };
    let (free, frozen) = (run(false), run(true));
    assert_eq!(frozen.vector("a0").unwrap(), [0.25; 10].as_slice());
    assert_ne!(free.vector("a0").unwrap(), [0.25; 10].as_slice());
    assert_eq!((frozen.len(), frozen.vector("elsewhere").unwrap()), (81, [0.25; 10].as_slice().into()));
    assert!(cosine(&frozen, "a0", "a1") > cosine(&frozen, "a0", "b1") + 0.2, "the others come to it");
}

#[test]
fn words_begin_where_they_are_told_to_and_stay_there_if_frozen() {
    check_start(settings());
    check_start(GloveSettings { add_contexts: false, ..settings() });
    let error = Glove::new(GloveSettings { dim: 11, ..settings() }).unwrap().start_from(start(), false);
    assert_eq!(error.unwrap_err().to_string(), "the vectors to start from have 10 numbers, expected 11");
}

#[test]
fn a_start_is_kept_by_a_state() {
    let trainer = Glove::new(settings()).unwrap().start_from(start(), true).unwrap();
    testing::check_resume(trainer, &topics(4), ("records", 30_000), Glove::resume_from);
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
    let blocks = Blocks::of(&[record], true, 0, 1 << 20);
    let kernels = Kernels::detect();
    Worker { settings: &settings, model: &model, blocks: &blocks, meter: &meter, kernels }
        .train_cell(0, 0)
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
    check_diverges(
        &Glove::new(GloveSettings { learning_rate: 1e6, clip: 1e30, ..settings() }).unwrap(),
        &topics(4),
    );
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
        let record = |i: usize| Record { row: i as u32, column: (i * i % 77) as u32, log: i as f32, weight: 1.0 };
        let records: Vec<Record> = (0..n).map(record).collect();
        let blocks = Blocks::of(&records, false, 8 << 10, memory);
        let n_cells = blocks.schedule().n_cells();
        for epoch in 0..2 {
            let cells = (0..n_cells).map(|cell| blocks.read(epoch, cell).unwrap());
            let mut read: Vec<Record> = Vec::new();
            for (i, cell) in cells.enumerate() {
                prop_assert!(cell.iter().all(|&record| blocks.schedule().cell_of(record) == i));
                prop_assert!(cell.len() < 9 || !cell.is_sorted_by_key(|record| record.row));
                read.extend(cell);
            }
            read.sort_by_key(|record| record.row);
            prop_assert_eq!(&read, &records);
        }
    }
}
