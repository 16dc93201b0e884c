//! Runs that are cut off, and the states that they leave.

use super::*;
use crate::{NeuralError, Param};
use sememe_kernels::{Observer, Progress, Silent, Snapshot};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

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
