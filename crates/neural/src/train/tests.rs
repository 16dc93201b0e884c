//! Whole runs of tiny models.

use super::batches::{MARKERS, sentences};
use super::gradients::values_of;
use super::*;
use crate::models::{RnnLm, RnnSettings, TransformerLm, TransformerSettings};
use crate::{NeuralError, Param, Params};
use candle_core::Device;
use sememe_kernels::{Observer, Progress, Rng, Silent, Snapshot};
use sememe_vocab::Vocab;
use std::cell::RefCell;
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::rc::Rc;

const N_WORDS: usize = 12;

fn vocab() -> Vocab {
    Vocab::from_words((0..N_WORDS).map(|i| (format!("w{i}"), 1)), 0).unwrap()
}

/// Sentences in which a word mostly follows the one before it in the vocabulary.
fn corpus(n: usize, seed: u64) -> Sentences {
    let mut rng = Rng::new(seed, 0);
    let mut all = Vec::new();
    for _ in 0..n {
        let mut word = 2 + rng.below(N_WORDS as u64 - 2) as u32;
        let sentence: Vec<u32> = (0..2 + rng.below(6))
            .map(|_| {
                let jump = rng.below(8) == 0;
                word = if jump { 2 + rng.below(10) as u32 } else { 2 + (word - 1) % 10 };
                word
            })
            .collect();
        all.push(sentence);
    }
    let corpus = sentences(&all.iter().map(Vec::as_slice).collect::<Vec<_>>());
    assert_eq!(MARKERS, Markers { begin: 0, end: 1 });
    corpus
}

fn rnn() -> (RnnLm, RnnSettings) {
    let settings = RnnSettings { dim: 8, hidden: 8, n_layers: 2, dropout: 0.1, ..RnnSettings::default() };
    (RnnLm::new(&Params::new(3, &Device::Cpu), N_WORDS, settings.clone()).unwrap(), settings)
}

fn transformer() -> (TransformerLm, TransformerSettings) {
    let settings = TransformerSettings {
        dim: 8,
        n_layers: 1,
        n_heads: 2,
        n_kv_heads: 2,
        hidden: 16,
        max_time: 8,
        dropout: 0.1,
        ..Default::default()
    };
    (TransformerLm::new(&Params::new(3, &Device::Cpu), N_WORDS, settings.clone()).unwrap(), settings)
}

fn settings() -> TrainingSettings {
    TrainingSettings {
        batches: BatchSettings::Stream { rows: 4, time: 6, shuffle: true },
        schedule: ScheduleSettings { rate: 0.02, warm_up: 5, decay: Decay::Constant },
        epochs: 4,
        max_steps: Some(20),
        evaluate_every: Some(6),
        ..TrainingSettings::default()
    }
}

/// Collects the losses of steps, bit by bit.
#[derive(Clone, Default)]
struct Losses(Rc<RefCell<Vec<(u64, u64)>>>);

impl TrainingLog for Losses {
    fn step(&mut self, record: &StepRecord) -> io::Result<()> {
        self.0.borrow_mut().push((record.step, record.loss.to_bits()));
        Ok(())
    }

    fn evaluation(&mut self, _: &EvaluationRecord) -> io::Result<()> {
        Ok(())
    }
}

/// Keeps the state after some reports, and ends the run there.
struct Kill {
    after: usize,
    path: PathBuf,
}

impl Observer for Kill {
    fn progress(&mut self, _: &Progress) -> ControlFlow<()> {
        if self.after == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn wants_snapshot(&mut self) -> bool {
        self.after -= 1;
        self.after == 0
    }

    fn keep(&mut self, state: &dyn Snapshot) -> io::Result<()> {
        state.write_to(&mut std::fs::File::create(&self.path)?)
    }
}

fn weights<M: TrainableLm>(model: &M) -> Vec<u32> {
    model.params().all().iter().flat_map(|p| values_of(p.var()).unwrap()).map(f32::to_bits).collect()
}

fn killed_after(n: usize, path: &Path) -> Kill {
    Kill { after: n, path: path.to_owned() }
}

/// Twenty steps at once, and ten and ten, must be the same.
#[track_caller]
fn check_resume<M: TrainableLm, S: serde::Serialize>(
    model: impl Fn() -> (M, S),
    settings: &TrainingSettings,
    kill_after: usize,
) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state");
    let (train, held_out) = (corpus(60, 1), corpus(10, 2));
    let run = |kill: Option<usize>, resume: bool| {
        let ((model, shape), losses) = (model(), Losses::default());
        let mut trainer =
            Trainer::new(&model, &shape, &vocab(), settings.clone()).unwrap().log(losses.clone());
        if resume {
            trainer = trainer.resume(&path);
        }
        let report = match kill {
            Some(n) => trainer.run(&train, Some(&held_out), &mut killed_after(n, &path)),
            None => trainer.run(&train, Some(&held_out), &mut Silent),
        };
        let losses = losses.0.borrow().clone();
        (report, weights(&model), losses)
    };
    let (whole, whole_weights, whole_losses) = run(None, false);
    let (cut, _, first_losses) = run(Some(kill_after), false);
    assert!(matches!(cut, Err(NeuralError::Interrupted { steps }) if steps == kill_after as u64));
    let (resumed, resumed_weights, last_losses) = run(None, true);
    assert_eq!(whole_losses, [first_losses, last_losses].concat());
    assert_eq!(resumed.unwrap(), whole.unwrap());
    assert!(whole_weights == resumed_weights, "weights differ");
}

#[test]
fn a_run_that_was_cut_off_is_the_same_bit_by_bit() {
    check_resume(rnn, &settings(), 10);
    check_resume(transformer, &settings(), 10);
}

#[test]
fn so_is_one_with_accumulation_and_other_batches() {
    let batches = BatchSettings::Sentences { rows: 4, time: 6 };
    let accumulated = TrainingSettings { batches, accumulate: 3, ..settings() };
    check_resume(rnn, &accumulated, 7);
    check_resume(transformer, &accumulated, 7);
}

#[test]
fn so_is_one_with_averages_and_a_plateau() {
    let averaging = Averaging::FromStep(8);
    let sgd = SgdSettings { momentum: 0.9, averaging, ..SgdSettings::default() };
    let decay = Decay::Plateau { patience: 1, factor: 0.5, floor: 0.01 };
    let settings = TrainingSettings {
        optimiser: OptimiserSettings::Sgd(sgd),
        schedule: ScheduleSettings { rate: 0.5, warm_up: 0, decay },
        evaluate_every: Some(2),
        ..settings()
    };
    check_resume(rnn, &settings, 10);
}

#[test]
fn training_learns_what_follows_what() {
    let settings = TrainingSettings { max_steps: None, epochs: 40, evaluate_every: None, ..settings() };
    let (train, held_out) = (corpus(60, 1), corpus(20, 2));
    let check = |report: TrainingReport| {
        // All words alike cost ln 12 = 2.48 nats.
        assert!(report.best.unwrap() < 1.5, "{report:?}");
        assert_eq!((report.evaluations.len(), report.outcome), (40, Outcome::Finished));
        assert_eq!(report.n_targets, 40 * train.n_targets());
    };
    let (model, shape) = rnn();
    let trainer = Trainer::new(&model, &shape, &vocab(), settings.clone()).unwrap();
    check(trainer.run(&train, Some(&held_out), &mut Silent).unwrap());
    let (model, shape) = transformer();
    let trainer = Trainer::new(&model, &shape, &vocab(), settings).unwrap();
    check(trainer.run(&train, Some(&held_out), &mut Silent).unwrap());
}

#[test]
fn gradients_of_single_rows_train_as_whole_ones() {
    let (train, settings) = (corpus(30, 1), TrainingSettings { max_steps: Some(5), ..settings() });
    let run = |row_gradients| {
        let shape = RnnSettings { row_gradients, dim: 8, hidden: 8, ..RnnSettings::default() };
        let model = RnnLm::new(&Params::new(3, &Device::Cpu), N_WORDS, shape).unwrap();
        Trainer::new(&model, &"", &vocab(), settings.clone())
            .unwrap()
            .run(&train, None, &mut Silent)
            .unwrap();
        weights(&model)
    };
    let close = |a: u32, b: u32| (f32::from_bits(a) - f32::from_bits(b)).abs() < 1e-4;
    assert!(run(false).into_iter().zip(run(true)).all(|(a, b)| close(a, b)));
}

#[test]
fn patience_ends_a_run() {
    // A rate of nearly nothing: no evaluation is better by chance for long.
    let schedule = ScheduleSettings { rate: 1e-30, ..ScheduleSettings::default() };
    let settings = TrainingSettings {
        schedule,
        patience: Some(3),
        evaluate_every: Some(1),
        max_steps: None,
        ..settings()
    };
    let ((model, shape), train) = (rnn(), corpus(30, 1));
    let trainer = Trainer::new(&model, &shape, &vocab(), settings).unwrap();
    let report = trainer.run(&train, Some(&corpus(5, 2)), &mut Silent).unwrap();
    assert_eq!((report.outcome, report.steps), (Outcome::StoppedEarly, 4));
}

/// Spoils a parameter after some reports.
struct Spoil {
    after: usize,
    param: Param,
}

impl Observer for Spoil {
    fn progress(&mut self, _: &Progress) -> ControlFlow<()> {
        self.after -= 1;
        if self.after == 0 {
            let var = self.param.var();
            var.set(&(var.as_detached_tensor() * f64::NAN).unwrap()).unwrap();
        }
        ControlFlow::Continue(())
    }
}

#[test]
fn a_loss_that_is_no_number_is_told_and_the_last_good_state_stays() {
    let folder = tempfile::tempdir().unwrap();
    let settings = TrainingSettings { evaluate_every: Some(2), ..settings() };
    let ((model, shape), train) = (rnn(), corpus(60, 1));
    let param = model.params().get("layers.1.bias").or(model.params().all().pop()).unwrap();
    let trainer = Trainer::new(&model, &shape, &vocab(), settings.clone()).unwrap().keep_in(folder.path());
    let error = trainer.run(&train, None, &mut Spoil { after: 3, param }).unwrap_err().to_string();
    assert_eq!(error, "training diverged: the loss is NaN at step 4, batch 3 of epoch 0");
    let ((model, shape), path) = (rnn(), folder.path().join("last.safetensors"));
    let trainer = Trainer::new(&model, &shape, &vocab(), settings).unwrap().resume(&path);
    assert_eq!(trainer.run(&train, None, &mut Silent).unwrap().steps, 20);
}

#[test]
fn states_of_other_runs_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let ((model, shape), train) = (rnn(), corpus(60, 1));
    let trainer = Trainer::new(&model, &shape, &vocab(), settings()).unwrap().keep_in(folder.path());
    trainer.run(&train, Some(&corpus(5, 2)), &mut Silent).unwrap();
    let path = folder.path().join("last.safetensors");
    let error = |settings: TrainingSettings, vocab: &Vocab, train: &Sentences, shape: &RnnSettings| {
        let trainer = Trainer::new(&model, shape, vocab, settings).unwrap().resume(&path);
        trainer.run(train, None, &mut Silent).unwrap_err().to_string()
    };
    let before = weights(&model);
    let ends = |error: String, want: &str| assert!(error.ends_with(want), "{error}");
    let other = TrainingSettings { seed: 2, ..settings() };
    ends(error(other, &vocab(), &train, &shape), "it is of another run: the settings differs");
    let words = Vocab::from_words([("a", 1)], 0).unwrap();
    ends(error(settings(), &words, &train, &shape), "it is of another run: the vocabulary differs");
    ends(
        error(settings(), &vocab(), &corpus(60, 3), &shape),
        "it is of another run: the training data differs",
    );
    let larger = RnnSettings { hidden: 9, ..shape.clone() };
    ends(error(settings(), &vocab(), &train, &larger), "it is of another run: the model differs");
    // Weights alone are no state; neither is half of one.
    let best = folder.path().join("best.safetensors");
    std::fs::copy(&best, &path).unwrap();
    ends(error(settings(), &vocab(), &train, &shape), "it is no state of a training run");
    let half = std::fs::read(&best).unwrap();
    std::fs::write(&path, &half[..half.len() / 2]).unwrap();
    assert!(error(settings(), &vocab(), &train, &shape).starts_with("cannot use "));
    assert_eq!(weights(&model), before);
}

#[test]
fn batches_that_are_accumulated_are_one_batch() {
    let train = sentences(&[&[5, 6, 7], &[8], &[9, 10], &[2, 3, 4, 5]]);
    let run = |rows, accumulate| {
        let shape = RnnSettings { dim: 8, hidden: 8, ..RnnSettings::default() };
        let model = RnnLm::new(&Params::new(3, &Device::Cpu), N_WORDS, shape).unwrap();
        let batches = BatchSettings::Sentences { rows, time: 9 };
        let settings = TrainingSettings { batches, accumulate, epochs: 2, max_steps: None, ..settings() };
        let losses = Losses::default();
        let trainer = Trainer::new(&model, &"", &vocab(), settings).unwrap().log(losses.clone());
        let report = trainer.run(&train, None, &mut Silent).unwrap();
        assert_eq!((report.steps, report.n_targets), (2, 28));
        let losses: Vec<f64> = losses.0.borrow().iter().map(|&(_, bits)| f64::from_bits(bits)).collect();
        (losses, weights(&model))
    };
    let (whole, parts) = (run(4, 1), run(1, 4));
    assert!(whole.0.iter().zip(&parts.0).all(|(a, b)| (a - b).abs() < 1e-6), "{:?} {:?}", whole.0, parts.0);
    let close = |a: u32, b: u32| (f32::from_bits(a) - f32::from_bits(b)).abs() < 1e-4;
    assert!(whole.1.into_iter().zip(parts.1).all(|(a, b)| close(a, b)));
}

#[test]
fn a_run_that_is_stopped_keeps_its_state_and_the_best_weights_can_be_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let ((model, shape), train) = (rnn(), corpus(60, 1));
    let held_out_text = corpus(10, 2);
    let trainer = |model| Trainer::new(model, &shape, &vocab(), settings()).unwrap().keep_in(folder.path());
    let mut kill = killed_after(9, &folder.path().join("snapshot"));
    let error = trainer(&model).run(&train, Some(&held_out_text), &mut kill).unwrap_err().to_string();
    assert_eq!(error, "training was stopped after 9 steps");
    let read = |name| std::fs::read(folder.path().join(name)).unwrap();
    assert!(read("last.safetensors") == read("snapshot"));
    let (resumed, _) = rnn();
    let trainer = trainer(&resumed).resume(&folder.path().join("last.safetensors"));
    let report = trainer.run(&train, Some(&held_out_text), &mut Silent).unwrap();
    let (best, _) = rnn();
    best.params().load(&folder.path().join("best.safetensors")).unwrap();
    let found = held_out(&best, &held_out_text, &settings().batches).unwrap();
    assert_eq!(Some(found.loss), report.best);
    assert!((found.perplexity().ln() - found.loss).abs() < 1e-12);
}

#[test]
fn held_out_text_scores_the_same_in_any_batches() {
    let ((model, _), text) = (transformer(), corpus(30, 2));
    let loss = |rows| {
        let batches = BatchSettings::Sentences { rows, time: 8 };
        held_out(&model, &text, &batches).unwrap()
    };
    assert!((loss(1).loss - loss(7).loss).abs() < 1e-6);
    assert_eq!(loss(7).n_targets, text.n_targets());
}
