//! The same bits on any number of threads.
//!
//! A batch of sentences is planned, then trained in rounds of some windows. In a round the threads first compute the
//! changes of all its windows from the rows as they were before it, each thread a part of them; then each adds up the
//! changes of the rows that it owns, in the order of the windows. No number depends on who computed it: the threads
//! only decide how long it takes. Compared with lock-free training a row is written to memory twice, and a window
//! does not see what the few hundred before it have changed.

mod changes;

pub(crate) use changes::Changes;

use crate::EmbedError;
use crate::barrier::Barrier;
use crate::course::Course;
use crate::plan::{Plan, Rows};
use crate::sentences::for_each_piece;
use sememe_kernels::{Kernels, Rng, SharedMatrix};
use sememe_vocab::WordId;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// Windows of a round, at most: their changes stay in the second-level cache, and waiting for each other is not felt.
const MAX_ROUND: usize = 256;

/// Rows are asked for this many changes ahead.
const ROWS_AHEAD: usize = 8;

/// How often the busiest row changes in a round, on average. All changes of a round are computed from where the row
/// was before it: too many of them overshoot, and training diverges.
const CHANGES: f64 = 16.0;

/// Words of a batch, at most; all of them learn at one rate.
const BATCH: u64 = 16_384;

/// Batches into which a run is cut at least, so that the rate falls smoothly.
const BATCHES: u64 = 200;

/// What is trained: how its windows are planned, and where their changes go.
pub(crate) trait Windows: Sync {
    /// What a thread writes changes with.
    type Scribe: Scribe;

    /// Trains a shard without waiting for others; random choices come from `stream`, scratch space is that of `thread`.
    ///
    /// # Errors
    /// If it cannot be read or is foreign, training diverges, or the observer stops it.
    fn train_shard(&self, thread: usize, stream: u64, shard: usize) -> Result<(), EmbedError>;

    /// A scribe for `thread`.
    fn scribe(&self, thread: usize) -> Self::Scribe;

    /// Which ids have rows.
    fn rows(&self) -> Rows;

    /// Plans a sentence.
    ///
    /// # Errors
    /// If an id has no row.
    fn plan(&self, plan: &mut Plan, ids: &[WordId], rng: &mut Rng) -> Result<(), EmbedError>;

    /// The matrices of inputs and outputs, which are of the same width.
    fn matrices(&self) -> [&SharedMatrix; 2];

    /// Whether this row of the inputs stays as it is.
    fn is_frozen(&self, input: u32) -> bool;

    /// How often a window changes the row that is changed most, on average.
    fn busiest(&self) -> f64;

    fn kernels(&self) -> Kernels;
}

/// Writes down what windows would change.
pub(crate) trait Scribe {
    /// Asks for the rows of the windows to come.
    fn prefetch(&self, plan: &Plan, centre: usize);

    /// Appends the changes of the window at `centre`.
    fn write_window(&mut self, plan: &Plan, centre: usize, rate: f32, into: &mut Changes);

    /// The mean loss since the last call, if it was measured.
    fn take_loss(&mut self) -> Option<f64>;
}

/// Trains the jobs of `course` from `first_job` on; calls `after` with the number of jobs done after each.
///
/// # Errors
/// If the corpus cannot be read or is foreign, training diverges, the observer stops it, or `after` fails.
pub(crate) fn train<W: Windows>(
    course: Course<'_>,
    windows: &W,
    first_job: usize,
    after: &mut dyn FnMut(usize) -> Result<(), EmbedError>,
) -> Result<(), EmbedError> {
    let n_threads = course.threads;
    let team = Team {
        course,
        windows,
        barrier: Barrier::new(n_threads),
        stopped: AtomicBool::new(false),
        batch: RwLock::default(),
        plans: RwLock::default(),
        changes: (0..n_threads).map(|_| RwLock::default()).collect(),
        round: ((CHANGES / windows.busiest()) as usize).clamp(1, MAX_ROUND),
    };
    std::thread::scope(|scope| {
        for thread in 1..n_threads {
            let team = &team;
            scope.spawn(move || team.follow(thread));
        }
        let result = team.lead(first_job, after);
        team.stopped.store(true, Ordering::Relaxed);
        team.barrier.wait();
        result
    })
}

/// What all threads see.
struct Team<'c, 'w, W> {
    course: Course<'c>,
    windows: &'w W,
    barrier: Barrier,
    stopped: AtomicBool,
    batch: RwLock<Batch>,
    /// A plan for each sentence of the batch, and maybe more.
    plans: RwLock<Vec<RwLock<Plan>>>,
    /// What each thread computed in this round.
    changes: Vec<RwLock<Changes>>,
    /// Windows of a round.
    round: usize,
}

/// Sentences that are trained together.
#[derive(Default)]
struct Batch {
    ids: Vec<WordId>,
    /// Where each sentence ends, and the random stream that belongs to it.
    sentences: Vec<(usize, u64)>,
    learning_rate: f32,
}

impl Batch {
    fn sentence(&self, i: usize) -> &[WordId] {
        let start = if i == 0 { 0 } else { self.sentences[i - 1].0 };
        &self.ids[start..self.sentences[i].0]
    }
}

impl<W: Windows> Team<'_, '_, W> {
    /// Reads the corpus, and leads the others through it batch by batch.
    fn lead(
        &self,
        first_job: usize,
        after: &mut dyn FnMut(usize) -> Result<(), EmbedError>,
    ) -> Result<(), EmbedError> {
        let (Course { corpus, epochs, .. }, mut scribe) = (self.course, self.windows.scribe(0));
        let n_shards = corpus.n_shards();
        for job in first_job..n_shards * epochs {
            let mut number = 0;
            for_each_piece(corpus, job % n_shards, |ids| {
                self.push(ids, (job as u64) << 32 | number);
                number += 1;
                if self.is_full() { self.train_batch(&mut scribe) } else { Ok(()) }
            })?;
            self.train_batch(&mut scribe)?;
            after(job + 1)?;
        }
        Ok(())
    }

    fn push(&self, ids: &[WordId], stream: u64) {
        let mut batch = write(&self.batch);
        batch.ids.extend_from_slice(ids);
        let end = batch.ids.len();
        batch.sentences.push((end, stream));
    }

    fn is_full(&self) -> bool {
        read(&self.batch).ids.len() as u64 >= (self.course.pace.total / BATCHES).clamp(1, BATCH)
    }

    /// Has all threads train the batch, and empties it.
    fn train_batch(&self, scribe: &mut W::Scribe) -> Result<(), EmbedError> {
        let pace = self.course.pace;
        {
            let mut batch = write(&self.batch);
            batch.learning_rate = pace.rate_at(pace.meter.done());
            check_ids(&batch.ids, self.windows.rows())?;
            let mut plans = write(&self.plans);
            let n_plans = plans.len().max(batch.sentences.len());
            plans.resize_with(n_plans, RwLock::default);
        }
        self.barrier.wait();
        self.work(0, scribe);
        let mut batch = write(&self.batch);
        let n_words = batch.ids.len() as u64;
        batch.ids.clear();
        batch.sentences.clear();
        pace.report(n_words, scribe.take_loss())
    }

    /// Works on every batch that the leader brings.
    fn follow(&self, thread: usize) {
        let mut scribe = self.windows.scribe(thread);
        loop {
            self.barrier.wait();
            if self.stopped.load(Ordering::Relaxed) {
                return;
            }
            self.work(thread, &mut scribe);
        }
    }

    /// One thread's part of a batch; all threads leave it together.
    fn work(&self, thread: usize, scribe: &mut W::Scribe) {
        let (batch, plans) = (read(&self.batch), read(&self.plans));
        let n_threads = self.changes.len();
        for i in (thread..batch.sentences.len()).step_by(n_threads) {
            self.plan(&mut write(&plans[i]), batch.sentence(i), batch.sentences[i].1);
        }
        self.barrier.wait();
        let plans: Vec<_> = plans[..batch.sentences.len()].iter().map(read).collect();
        let n_windows: usize = plans.iter().map(|plan| plan.words.len()).sum();
        for first in (0..n_windows).step_by(self.round) {
            let n = self.round.min(n_windows - first);
            let part = |thread: usize| first + n * thread / n_threads;
            let mine = part(thread)..part(thread + 1);
            // The lock is let go of before the others are waited for: they read what it guards.
            write_windows(scribe, &plans, mine, batch.learning_rate, &mut write(&self.changes[thread]));
            self.barrier.wait();
            self.apply(thread);
            self.barrier.wait();
        }
    }

    fn plan(&self, plan: &mut Plan, ids: &[WordId], stream: u64) {
        let mut rng = Rng::new(self.course.seed, stream);
        self.windows.plan(plan, ids, &mut rng).expect("ids that were checked");
    }

    /// Adds the changes of the rows of `thread`.
    fn apply(&self, thread: usize) {
        let (windows, n_threads) = (self.windows, self.changes.len());
        let ([input, output], kernels) = (windows.matrices(), windows.kernels());
        let width = output.row(0).len();
        let owns = |row: u32| row as usize % n_threads == thread;
        for changes in &self.changes {
            let changes = read(changes);
            let both = [(true, input, changes.inputs()), (false, output, changes.outputs())];
            for (is_input, matrix, entries) in both {
                for (i, &(row, at)) in entries.iter().enumerate() {
                    if let Some(&(ahead, _)) = entries.get(i + ROWS_AHEAD).filter(|(row, _)| owns(*row)) {
                        matrix.row(ahead as usize).prefetch();
                    }
                    if owns(row) && !(is_input && windows.is_frozen(row)) {
                        kernels.add(changes.values(at, width), matrix.row(row as usize));
                    }
                }
            }
        }
    }
}

/// Foreign ids are found before the threads set out.
fn check_ids(ids: &[WordId], rows: Rows) -> Result<(), EmbedError> {
    ids.iter().try_for_each(|&id| rows.row(id).map(|_| ()))
}

/// The changes of the windows with these numbers, counted over all plans.
fn write_windows(
    scribe: &mut impl Scribe,
    plans: &[RwLockReadGuard<'_, Plan>],
    windows: Range<usize>,
    rate: f32,
    into: &mut Changes,
) {
    into.clear();
    let mut first = 0;
    for plan in plans {
        for centre in windows.start.max(first)..windows.end.min(first + plan.words.len()) {
            scribe.prefetch(plan, centre - first);
            scribe.write_window(plan, centre - first, rate, into);
        }
        first += plan.words.len();
    }
}

/// A lock of which a thread that panicked is none of our business: its panic is on its way.
fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}
