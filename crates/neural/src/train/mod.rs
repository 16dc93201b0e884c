//! Training: batches of a corpus, gradients, optimisers, schedules, evaluation, and runs that can be cut off.
//!
//! A [`Trainer`] takes a [`TrainableLm`] and two sets of [`Sentences`] and makes steps until its [`TrainingSettings`] or
//! an [`Observer`](sememe_kernels::Observer) end it. The same settings, data and number of steps give the same weights
//! bit by bit, on any number of threads, and whether or not the run was cut off and [resumed](Trainer::resume).

mod batches;
mod checkpoint;
mod clip;
mod evaluate;
mod gradients;
mod lm;
mod log;
mod optimiser;
mod progress;
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
