//! The changes of windows, for training that is the same on any number of threads.

use super::Run;
use super::window::Window;
use super::worker::Worker;
use crate::EmbedError;
use crate::deterministic::{self, Changes, Windows};
use crate::plan::{Plan, Rows};
use sememe_kernels::{Kernels, Rng, SharedMatrix};
use sememe_vocab::WordId;

impl<'a> Windows for Run<'a> {
    type Scribe = Scribe<'a>;

    fn train_shard(&self, thread: usize, stream: u64, shard: usize) -> Result<(), EmbedError> {
        Worker::new(*self, stream, thread).train_shard(shard)
    }

    fn scribe(&self, thread: usize) -> Scribe<'a> {
        Scribe { run: *self, window: Window::new(*self, thread) }
    }

    fn rows(&self) -> Rows {
        self.model.rows
    }

    fn plan(&self, plan: &mut Plan, ids: &[WordId], rng: &mut Rng) -> Result<(), EmbedError> {
        Run::plan(*self, plan, ids, rng)
    }

    fn matrices(&self) -> [&SharedMatrix; 2] {
        [&self.model.input, &self.model.output]
    }

    /// The rows of n-grams belong to many words, so none can be left as it is.
    fn is_frozen(&self, _: u32) -> bool {
        false
    }

    fn busiest(&self) -> f64 {
        self.model.busiest
    }

    fn kernels(&self) -> Kernels {
        self.model.kernels
    }
}

/// What one thread writes changes with.
pub(super) struct Scribe<'a> {
    run: Run<'a>,
    window: Window<'a>,
}

impl deterministic::Scribe for Scribe<'_> {
    fn prefetch(&self, plan: &Plan, centre: usize) {
        self.run.prefetch(plan, centre);
    }

    fn write_window(&mut self, plan: &Plan, centre: usize, rate: f32, into: &mut Changes) {
        if self.window.choose(plan, centre, rate) {
            self.window.write(into);
        }
    }

    fn take_loss(&mut self) -> Option<f64> {
        self.window.take_loss()
    }
}
