//! Passes over a corpus, shard by shard, that can be cut off.

use crate::EmbedError;
use crate::checkpoint::Checkpoints;
use crate::deterministic::{self, Windows};
use crate::jobs::{Done, Jobs};
use crate::pace::Pace;
use sememe_vocab::Corpus;

/// Passes over a corpus.
#[derive(Clone, Copy)]
pub(crate) struct Course<'a> {
    pub(crate) corpus: &'a dyn Corpus,
    pub(crate) pace: Pace<'a>,
    pub(crate) epochs: usize,
    pub(crate) threads: usize,
    pub(crate) seed: u64,
}

impl Course<'_> {
    /// Trains all jobs that are not done, and offers the state of the run after each: job j is shard j mod n_shards in
    /// epoch j / n_shards.
    ///
    /// # Errors
    /// If the corpus cannot be read or is foreign, training diverges, the observer stops it, or the state cannot be
    /// kept.
    pub(crate) fn run(
        self,
        windows: &impl Windows,
        is_deterministic: bool,
        checkpoints: &Checkpoints,
    ) -> Result<(), EmbedError> {
        let (meter, n_shards) = (self.pace.meter, self.corpus.n_shards());
        let offer = |done| {
            let [input, output] = windows.matrices();
            checkpoints.offer(meter, done, &[("input", input), ("output", output)])
        };
        if is_deterministic {
            let mut after = |next| offer(Done { next, open: Vec::new() });
            return deterministic::train(self, windows, checkpoints.done.next, &mut after);
        }
        let jobs = Jobs::new(n_shards * self.epochs, &checkpoints.done);
        let work = |thread, job: usize| windows.train_shard(thread, job as u64, job % n_shards);
        jobs.run(self.threads, meter, work, |jobs| offer(jobs.done()))
    }
}
