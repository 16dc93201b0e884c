use super::*;
use crate::testing::{bits, cut_off_run};
use sememe_kernels::{Kernels, Matrix, Progress, Rng, Silent};
use sememe_text::{Pipeline, PipelineSettings};
use sememe_vectors::Encoder;
use sememe_vocab::{MemoryCorpus, WordId};
use std::ops::ControlFlow;
use std::sync::Arc;

/// Words of a topic.
const TOPIC: u64 = 30;
const N_DOCUMENTS: u64 = 60;

/// Documents of two topics by turns, whose words, `a0` to `a29` and `b0` to `b29`, never meet; some words are common
/// to both. Id 0 is special. The last document has none but a special word.
fn topics(n_shards: usize) -> (MemoryCorpus, Vocab, Vec<String>) {
    let mut rng = Rng::new(9, 0);
    let mut word = |topic: u64| match rng.below(4) {
        0 => WordId((1 + 2 * TOPIC + rng.below(5)) as u32),
        _ => WordId((1 + topic * TOPIC + rng.below(TOPIC)) as u32),
    };
    let mut documents: Vec<Vec<WordId>> =
        (0..N_DOCUMENTS).map(|i| (0..40).map(|_| word(i % 2)).collect()).collect();
    documents.push(vec![WordId(0)]);
    let topic = |name| (0..TOPIC).map(move |i| format!("{name}{i}"));
    let words = topic("a").chain(topic("b")).chain((0..5).map(|i| format!("c{i}")));
    let counted = [("<unk>".to_owned(), 0)].into_iter().chain(words.map(|word| (word, 30)));
    let vocab = Vocab::from_words(counted, 1).unwrap();
    let tags = (0..=N_DOCUMENTS).map(|i| format!("{}-{i}", ["a", "b"][i as usize % 2])).collect();
    (MemoryCorpus::new(documents, n_shards), vocab, tags)
}

fn settings() -> Doc2VecSettings {
    Doc2VecSettings { dim: 12, epochs: 20, sample: 0.0, learning_rate: 0.05, ..Doc2VecSettings::default() }
}

fn dm() -> Doc2VecSettings {
    Doc2VecSettings { algorithm: DocumentAlgorithm::Dm, epochs: 40, ..settings() }
}

fn train(settings: Doc2VecSettings, n_shards: usize) -> Doc2VecModel {
    let (corpus, vocab, tags) = topics(n_shards);
    Doc2Vec::new(settings).unwrap().train(&corpus, &vocab, &tags, &mut Silent).unwrap()
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let dot = |x: &[f32], y: &[f32]| Kernels::detect().dot(x, y);
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

/// Texts of the two topics, and their vectors.
fn infer(model: &Doc2VecModel, settings: &InferenceSettings, threads: usize) -> Matrix {
    let pipeline = Pipeline::new(&PipelineSettings::default()).unwrap();
    let model = Arc::new(model.clone().with_pipeline(pipeline));
    let encoder = DocumentEncoder::new(model, settings).unwrap().with_threads(threads);
    let text = |topic: &str, first: usize| -> String {
        let word = |i: usize| format!("{topic}{} {topic}{} c{} unheard ", i % 30, 7 * i % 30, i % 5);
        (first..first + 25).map(word).collect()
    };
    let texts = [text("a", 0), text("b", 3), text("a", 7), text("b", 11), "unheard".to_owned()];
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let mut rows = Matrix::zeros(texts.len(), encoder.dim());
    encoder.encode(&texts, &mut rows).unwrap();
    rows
}

#[track_caller]
fn check(settings: Doc2VecSettings) {
    let model = train(settings, 4);
    let vector = |tag: &str| model.documents().vector(tag).unwrap().to_vec();
    for (tag, near, far) in [("a-0", "a-2", "b-1"), ("b-7", "b-31", "a-30"), ("a-58", "a-4", "b-59")] {
        let (near, far) = (cosine(&vector(tag), &vector(near)), cosine(&vector(tag), &vector(far)));
        assert!(near > far + 0.2, "{tag}: {near} within its topic, {far} outside");
    }
    assert_eq!(vector("a-60"), [0.0; 12]);
    let rows = infer(&model, &InferenceSettings::default(), 1);
    for i in 0..4 {
        // The mean over all documents of a topic.
        let known = |topic: u64| {
            let tags = (topic..N_DOCUMENTS).step_by(2).map(|i| format!("{}-{i}", ["a", "b"][topic as usize]));
            tags.map(|tag| cosine(rows.row(i), &vector(&tag))).sum::<f32>() / (N_DOCUMENTS / 2) as f32
        };
        let (near, far) = (known(i as u64 % 2), known(1 - i as u64 % 2));
        assert!(near > far + 0.1, "new text {i}: {near} to its topic, {far} to the other");
    }
    assert_eq!(rows.row(4), [0.0; 12], "a text without known words");
}

#[test]
fn documents_of_a_topic_come_together() {
    check(settings());
    check(Doc2VecSettings { block: 1, ..settings() });
    check(Doc2VecSettings { words: true, ..settings() });
    check(Doc2VecSettings { threads: 3, ..settings() });
    // In so small a text the words around tell the topic: once they are learned, little is left for the document.
    let dm = || Doc2VecSettings { relearn: false, ..dm() };
    check(dm());
    check(Doc2VecSettings { sample: 2e-3, ..dm() });
}

#[test]
fn words_of_a_topic_come_together_where_they_have_vectors() {
    for settings in [dm(), Doc2VecSettings { words: true, ..settings() }] {
        let words = train(settings, 4).words().unwrap().unwrap();
        let vector = |word: &str| words.vector(word).unwrap().to_vec();
        let (near, far) = (cosine(&vector("a1"), &vector("a2")), cosine(&vector("a1"), &vector("b2")));
        assert!(near > far + 0.2, "{near} within the topic, {far} outside");
    }
    assert!(train(settings(), 4).words().unwrap().is_none());
}

#[test]
fn one_thread_gives_the_same_bits_for_the_same_seed() {
    for settings in [settings(), dm()] {
        let bits = |seed| {
            let model = train(Doc2VecSettings { seed, epochs: 3, ..settings.clone() }, 4);
            (model.documents().to_matrix(99), model.outputs)
        };
        assert!(bits(1) == bits(1));
        assert!(bits(1) != bits(2));
    }
}

/// The mean length of the vectors of some rows.
fn length(matrix: &Matrix, rows: std::ops::Range<usize>) -> f32 {
    let n = rows.len() as f32;
    rows.map(|i| Kernels::detect().dot(matrix.row(i), matrix.row(i)).sqrt()).sum::<f32>() / n
}

#[test]
fn documents_are_learned_anew_as_new_ones_are_while_words_stay() {
    for settings in [settings(), Doc2VecSettings { words: true, ..settings() }, dm()] {
        let once = train(Doc2VecSettings { relearn: false, ..settings.clone() }, 4);
        let anew = train(settings, 4);
        assert!(once.outputs == anew.outputs && once.words == anew.words, "words do not move");
        // The texts to infer have as many known words as some 1.9 documents.
        let longer = |model: &Doc2VecModel| {
            let inferred = length(&infer(model, &InferenceSettings::default(), 1), 0..4);
            inferred / length(&model.documents().to_matrix(99), 0..N_DOCUMENTS as usize)
        };
        assert!(longer(&anew) < longer(&once), "{} and {}", longer(&anew), longer(&once));
    }
}

#[test]
fn inference_depends_on_seed_and_text_alone() {
    for settings in [settings(), dm()] {
        let model = train(settings, 4);
        let seeded = |seed| InferenceSettings { seed, ..InferenceSettings::default() };
        assert_eq!(infer(&model, &seeded(1), 1), infer(&model, &seeded(1), 3));
        assert_ne!(infer(&model, &seeded(1), 1), infer(&model, &seeded(2), 1));
    }
}

#[test]
fn documents_with_the_same_tag_share_a_vector() {
    let (corpus, vocab, _) = topics(2);
    let tags: Vec<&str> = (0..=N_DOCUMENTS).map(|i| ["a", "b"][i as usize % 2]).collect();
    let trainer = Doc2Vec::new(settings()).unwrap();
    let model = trainer.train(&corpus, &vocab, &tags, &mut Silent).unwrap();
    assert_eq!(model.documents().vocab().words().collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(model.documents().vocab().counts(), [31, 30]);
    let error = trainer.train(&corpus, &vocab, &tags[1..], &mut Silent).err().unwrap().to_string();
    assert_eq!(error, "there are 60 tags for 61 documents");
}

struct Watch {
    losses: Vec<f64>,
    stop_at: u64,
}

impl Observer for Watch {
    fn progress(&mut self, progress: &Progress) -> ControlFlow<()> {
        self.losses.extend(progress.loss);
        if progress.done < self.stop_at { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }
}

#[test]
fn loss_falls_from_that_of_a_blind_guess() {
    for settings in [settings(), Doc2VecSettings { block: 1, ..settings() }, dm()] {
        let (corpus, vocab, tags) = topics(1);
        let mut watch = Watch { losses: Vec::new(), stop_at: u64::MAX };
        let blind = Doc2VecSettings { learning_rate: 1e-9, ..settings.clone() };
        Doc2Vec::new(blind).unwrap().train(&corpus, &vocab, &tags, &mut watch).unwrap();
        let guess = 6.0 * 2f64.ln();
        // A word that was drawn as its own negative does not count.
        assert!(
            watch.losses.iter().all(|loss| (guess - loss) < 0.15 && *loss < guess + 0.02),
            "{:?}",
            watch.losses
        );
        let mut watch = Watch { losses: Vec::new(), stop_at: u64::MAX };
        Doc2Vec::new(settings).unwrap().train(&corpus, &vocab, &tags, &mut watch).unwrap();
        assert!(*watch.losses.last().unwrap() < guess - 0.5, "{:?}", watch.losses);
    }
}

#[test]
fn what_goes_wrong_is_an_error() {
    let (corpus, vocab, tags) = topics(4);
    let train = |settings: Doc2VecSettings, vocab: &Vocab, observer: &mut dyn Observer| {
        Doc2Vec::new(settings).unwrap().train(&corpus, vocab, &tags, observer).err().unwrap()
    };
    let error = train(settings(), &vocab, &mut Watch { losses: Vec::new(), stop_at: 1 });
    assert!(matches!(error, EmbedError::Interrupted { .. }));
    let diverges = Doc2VecSettings { learning_rate: 1e30, ..settings() };
    assert!(matches!(train(diverges, &vocab, &mut Silent), EmbedError::Diverged { .. }));
    let small = Vocab::from_words([("a", 1)], 0).unwrap();
    assert!(matches!(train(settings(), &small, &mut Silent), EmbedError::ForeignCorpus { .. }));
    let empty = Vocab::from_words([("<unk>", 1)], 1).unwrap();
    assert!(matches!(train(settings(), &empty, &mut Silent), EmbedError::EmptyVocabulary));
    let model = self::train(Doc2VecSettings { epochs: 1, ..settings() }, 1);
    let result = DocumentEncoder::new(Arc::new(model), &InferenceSettings::default());
    assert!(matches!(result, Err(EmbedError::NoPipeline)));
}

/// −Σ weight·(label·ln σ(input·output) + (1 − label)·ln σ(−input·output)), where the input is the mean of some rows.
fn objective(inputs: &[Vec<f64>], outputs: &[Vec<f64>], labels: &[f32], weights: &[f32]) -> f64 {
    let n = inputs.len() as f64;
    let mean: Vec<f64> =
        (0..inputs[0].len()).map(|k| inputs.iter().map(|row| row[k]).sum::<f64>() / n).collect();
    let ln_sigmoid = |x: f64| -(-x).exp().ln_1p();
    let terms = outputs.iter().zip(labels).zip(weights).map(|((output, &label), &weight)| {
        let score: f64 = mean.iter().zip(output).map(|(x, y)| x * y).sum();
        let (label, weight) = (f64::from(label), f64::from(weight));
        weight * (label * ln_sigmoid(score) + (1.0 - label) * ln_sigmoid(-score))
    });
    -terms.sum::<f64>()
}

/// A net of random numbers, and those numbers.
fn random_net(settings: &Doc2VecSettings) -> Net {
    let vocab = Vocab::from_words((0..9).map(|i| (format!("w{i}"), 9 - i)), 0).unwrap();
    let mut net = Net::new(settings, &vocab, 1).unwrap();
    let mut rng = Rng::new(5, 0);
    for matrix in [&mut net.words, &mut net.outputs, &mut net.documents] {
        for i in 0..matrix.n_rows() {
            matrix.row_mut(i).iter_mut().for_each(|x| *x = rng.unit_f32() - 0.5);
        }
    }
    net
}

fn rows(matrix: &mut SharedMatrix, ids: &[u32]) -> Vec<Vec<f64>> {
    ids.iter().map(|&i| matrix.row_mut(i as usize).iter().map(|&x| f64::from(x)).collect()).collect()
}

/// The change of `row` is `rate` times what the objective falls by along each number of it.
fn check_gradient(row: &[f64], moved: &[f64], rate: f64, objective: impl Fn(&[f64]) -> f64) {
    const H: f64 = 1e-5;
    for k in 0..row.len() {
        let at = |h: f64| {
            let mut row = row.to_vec();
            row[k] += h;
            objective(&row)
        };
        let (want, found) = (-(at(H) - at(-H)) / (2.0 * H), (moved[k] - row[k]) / rate);
        assert!((found - want).abs() < 1e-4, "column {k}: {found} instead of {want}");
    }
}

/// Calls `step` on a worker over `net` with learning rate 0.1 and the words `words` planned.
fn step<T>(
    settings: &Doc2VecSettings,
    net: &Net,
    words: &[u32],
    step: impl FnOnce(&mut Worker<'_>) -> T,
) -> T {
    let (corpus, mut silent) = (MemoryCorpus::default(), Silent);
    let scratch = SharedMatrix::zeros(1, settings.dim);
    let meter = Meter::new("words", None, &mut silent);
    let pace = Pace { meter: &meter, first_rate: 0.1, start: 0, total: 1 };
    let mut worker = Worker::new(
        Run { settings, net, rows: &[0], scratch: &scratch, corpus: &corpus, pace, stage: Stage::All },
        0,
        0,
    );
    worker.plan.words = words.to_vec();
    step(&mut worker)
}

#[test]
fn a_step_of_pv_dbow_follows_its_gradient() {
    let settings = Doc2VecSettings { dim: 5, block: 6, negatives: 4, ..settings() };
    let mut net = random_net(&settings);
    let (before, outputs_before) =
        (rows(&mut net.documents, &[0]), rows(&mut net.outputs, &[0, 1, 2, 3, 4, 5, 6, 7, 8]));
    // A word that stands twice, and, of nine words, some that are drawn as negatives as well.
    let (ids, labels, weights) = step(&settings, &net, &[3, 0, 3, 1, 0, 7], |worker| {
        worker.train_bag(worker.run.net.documents.row(0));
        (worker.blocks.rows.clone(), worker.blocks.labels.clone(), worker.blocks.weights.clone())
    });
    assert!(labels.iter().any(|&label| label > 0.0 && label < 1.0), "{labels:?}");
    let outputs: Vec<Vec<f64>> = ids.iter().map(|&id| outputs_before[id as usize].clone()).collect();
    let (after, outputs_after) = (rows(&mut net.documents, &[0]), rows(&mut net.outputs, &ids));
    check_gradient(&before[0], &after[0], 0.1, |row| objective(&[row.to_vec()], &outputs, &labels, &weights));
    for (o, output) in outputs.iter().enumerate() {
        check_gradient(output, &outputs_after[o], 0.1, |row| {
            let mut outputs = outputs.clone();
            outputs[o] = row.to_vec();
            objective(&before, &outputs, &labels, &weights)
        });
    }
}

#[test]
fn a_step_of_pv_dm_follows_its_gradient() {
    let settings = Doc2VecSettings { dim: 5, window: 2, negatives: 3, ..dm() };
    let mut net = random_net(&settings);
    let (document, words, outputs) = (
        rows(&mut net.documents, &[0]),
        rows(&mut net.words, &[4, 6]),
        rows(&mut net.outputs, &[0, 1, 2, 3, 4, 5, 6, 7, 8]),
    );
    let ids = step(&settings, &net, &[4, 2, 6], |worker| {
        worker.plan.draw_windows(1, &mut Rng::new(1, 0));
        worker.plan.draw_outputs(&worker.run.net.objective, &mut Rng::new(1, 0));
        worker.step_memory(1, worker.run.net.documents.row(0), 0.1);
        worker.plan.outputs(1).to_vec()
    });
    assert_eq!((ids[0], ids.len()), (2, 4));
    let inputs = [words, document].concat();
    let outputs: Vec<Vec<f64>> = ids.iter().map(|&id| outputs[id as usize].clone()).collect();
    let (labels, weights) = ([1.0, 0.0, 0.0, 0.0], [1.0; 4]);
    let after = [rows(&mut net.words, &[4, 6]), rows(&mut net.documents, &[0])].concat();
    for i in 0..3 {
        // Every row takes the whole change of the mean: three times its share.
        check_gradient(&inputs[i], &after[i], 0.3, |row| {
            let mut inputs = inputs.clone();
            inputs[i] = row.to_vec();
            objective(&inputs, &outputs, &labels, &weights)
        });
    }
    let outputs_after = rows(&mut net.outputs, &ids);
    for (o, output) in outputs.iter().enumerate() {
        check_gradient(output, &outputs_after[o], 0.1, |row| {
            let mut outputs = outputs.clone();
            outputs[o] = row.to_vec();
            objective(&inputs, &outputs, &labels, &weights)
        });
    }
}

#[track_caller]
fn check_resume(settings: Doc2VecSettings, after: u64) {
    let (dir, (corpus, vocab, tags)) = (tempfile::tempdir().unwrap(), topics(3));
    let trainer = Doc2Vec::new(settings).unwrap();
    let run = |observer: &mut dyn Observer| trainer.train(&corpus, &vocab, &tags, observer).map(drop);
    let path = cut_off_run(run, ("words", after), dir.path());
    let train =
        |trainer: Doc2Vec| bits(trainer.train(&corpus, &vocab, &tags, &mut Silent).unwrap().documents());
    assert!(train(trainer.clone().resume_from(&path)) == train(trainer.clone()), "after {after} words");
    let error = trainer.resume_from(&path).train(&corpus, &vocab, &tags[1..], &mut Silent).err().unwrap();
    assert!(matches!(error, EmbedError::Tags { .. }), "{error}");
}

#[test]
fn what_was_cut_off_goes_on_to_the_same_bits() {
    // 2,401 words in 20 passes over all vectors, and in as many over those of documents.
    for after in [10_000, 48_020, 70_000] {
        check_resume(settings(), after);
        check_resume(Doc2VecSettings { epochs: 20, ..dm() }, after);
    }
    check_resume(Doc2VecSettings { words: true, relearn: false, ..settings() }, 20_000);
}

#[test]
fn the_state_of_other_documents_is_refused() {
    let (dir, (corpus, vocab, tags)) = (tempfile::tempdir().unwrap(), topics(3));
    let trainer = Doc2Vec::new(settings()).unwrap();
    let run = |observer: &mut dyn Observer| trainer.train(&corpus, &vocab, &tags, observer).map(drop);
    let path = cut_off_run(run, ("words", 10_000), dir.path());
    let mut others = tags.clone();
    others[0] = "other".to_owned();
    let error = trainer.resume_from(&path).train(&corpus, &vocab, &others, &mut Silent).err().unwrap();
    assert!(matches!(error, EmbedError::Checkpoint { .. }), "{error}");
}
