//! Training: batches of a corpus, gradients, optimisers, schedules, evaluation, and runs that can be cut off.
//!
//! A [`Trainer`] takes a [`TrainableLm`] and two sets of [`Sentences`] and makes steps until its [`TrainingSettings`] or
//! an [`Observer`](sememe_kernels::Observer) end it. The same settings, data and number of steps give the same weights
//! bit by bit, on any number of threads, and whether or not the run was cut off and [resumed](Trainer::resume).
//!
//! ```
//! use candle_core::Device;
//! use sememe_kernels::Silent;
//! use sememe_neural::Params;
//! use sememe_neural::models::{RnnLm, RnnSettings};
//! use sememe_neural::train::{BatchSettings, Markers, Sentences, Trainer, TrainingSettings};
//! use sememe_vocab::{MemoryCorpus, Vocab, WordId};
//!
//! let vocab = Vocab::from_words(["</s>", "a", "rose", "is"].map(|word| (word, 1)), 1)?;
//! let corpus = MemoryCorpus::new(vec![[1, 2, 3, 1, 2].map(WordId).to_vec(); 20], 1); // a rose is a rose
//! let sentences = Sentences::read(&corpus, vocab.len(), Markers::of(&vocab)?)?;
//!
//! let shape = RnnSettings { dim: 8, hidden: 8, ..RnnSettings::default() };
//! let model = RnnLm::new(&Params::new(1, &Device::Cpu), vocab.len(), shape.clone())?;
//! let batches = BatchSettings::Stream { rows: 4, time: 6, shuffle: false };
//! let mut settings = TrainingSettings { batches, epochs: 20, ..TrainingSettings::default() };
//! settings.schedule.rate = 0.02;
//! let report = Trainer::new(&model, &shape, &vocab, settings)?.run(&sentences, Some(&sentences), &mut Silent)?;
//! assert!(report.best < Some(0.5), "nats a word; four words alike cost 1.39");
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```

mod batches;
mod checkpoint;
mod clip;
mod evaluate;
mod gradients;
mod lm;
mod log;
mod optimiser;
mod progress;
mod run;
mod schedule;
mod settings;
#[cfg(test)]
mod tests;
mod trainer;

pub use batches::{BatchSettings, Batches, Markers, Position, Sentences, TrainingBatch};
pub(crate) use checkpoint::write_whole;
pub use clip::Clipped;
pub use evaluate::{HeldOut, held_out};
pub use gradients::Gradients;
pub use lm::TrainableLm;
pub use log::{EvaluationRecord, JsonLines, StepRecord, TensorBoard, TrainingLog};
pub use optimiser::{
    AdamSettings, Averaging, LionSettings, Optimiser, OptimiserSettings, SgdSettings, SlotTensors,
};
pub use schedule::{Decay, Every, Schedule, ScheduleSettings};
pub use settings::TrainingSettings;
pub use trainer::{Outcome, Trainer, TrainingReport};
