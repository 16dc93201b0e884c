//! The inner loops: one thread, one shard.

use super::Run;
use super::window::Window;
use crate::EmbedError;
use crate::pace::Pacer;
use crate::plan::Plan;
use crate::sentences::for_each_piece;
use sememe_kernels::Rng;
use sememe_vocab::WordId;

/// All that a thread owns while it trains a shard.
pub(super) struct Worker<'a> {
    run: Run<'a>,
    rng: Rng,
    pacer: Pacer<'a>,
    plan: Plan,
    window: Window<'a>,
}

impl<'a> Worker<'a> {
    /// Random choices come from stream `stream` of the run's seed; scratch space is that of `thread`.
    pub(super) fn new(run: Run<'a>, stream: u64, thread: usize) -> Self {
        let (rng, pacer) = (Rng::new(run.settings.seed, stream), Pacer::new(run.pace));
        Self { run, rng, pacer, plan: Plan::default(), window: Window::new(run, thread) }
    }

    pub(super) fn train_shard(mut self, shard: usize) -> Result<(), EmbedError> {
        for_each_piece(self.run.corpus, shard, |ids| self.train_sentence(ids))?;
        let loss = self.window.take_loss();
        self.pacer.report(loss)
    }

    fn train_sentence(&mut self, ids: &[WordId]) -> Result<(), EmbedError> {
        self.run.plan(&mut self.plan, ids, &mut self.rng)?;
        for centre in 0..self.plan.words.len() {
            self.run.prefetch(&self.plan, centre);
            if self.window.choose(&self.plan, centre, self.pacer.learning_rate()) {
                self.window.step();
            }
        }
        let window = &mut self.window;
        self.pacer.advance(ids.len() as u64, || window.take_loss())
    }
}
