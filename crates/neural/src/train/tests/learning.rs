//! What runs learn, and when they end.

use super::*;
use sememe_kernels::Silent;

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
fn held_out_text_scores_the_same_in_any_batches() {
    let ((model, _), text) = (transformer(), corpus(30, 2));
    let loss = |rows| {
        let batches = BatchSettings::Sentences { rows, time: 8 };
        held_out(&model, &text, &batches).unwrap()
    };
    assert!((loss(1).loss - loss(7).loss).abs() < 1e-6);
    assert_eq!(loss(7).n_targets, text.n_targets());
}
