//! Whole runs of tiny models.

mod learning;
mod resuming;

use super::batches::{MARKERS, sentences};
use super::gradients::values_of;
use super::*;
use crate::Params;
use crate::models::{RnnLm, RnnSettings, TransformerLm, TransformerSettings};
use candle_core::Device;
use sememe_kernels::Rng;
use sememe_vocab::Vocab;
use std::cell::RefCell;
use std::io;
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

fn weights<M: TrainableLm>(model: &M) -> Vec<u32> {
    model.params().all().iter().flat_map(|p| values_of(p.var()).unwrap()).map(f32::to_bits).collect()
}
