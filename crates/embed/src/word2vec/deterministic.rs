//! The same bits on any number of threads.
//!
//! A batch of sentences is planned, then trained in rounds of some windows. In a round the threads first compute the
//! changes of all its windows from the rows as they were before it, each thread a part of them; then each adds up the
//! changes of the rows that it owns, in the order of the windows. No number depends on who computed it: the threads
//! only decide how long it takes. Compared with lock-free training a row is written to memory twice, and a window
//! does not see what the few hundred before it have changed.

use super::learner::Learner;
use super::{Model, Run};
use crate::EmbedError;
use crate::barrier::Barrier;
use crate::plan::Plan;
use crate::sentences::for_each_piece;
use crate::settings::Architecture;
use sememe_kernels::{Rng, SharedRow};
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

/// Trains the jobs from `first_job` on; calls `after` with the number of jobs done after each.
pub(super) fn train(
    run: Run<'_>,
    first_job: usize,
    after: &mut dyn FnMut(usize) -> Result<(), EmbedError>,
) -> Result<(), EmbedError> {
    let n_threads = run.settings.threads;
    let team = Team {
        run,
        barrier: Barrier::new(n_threads),
        stopped: AtomicBool::new(false),
        batch: RwLock::default(),
        plans: RwLock::default(),
        changes: (0..n_threads).map(|_| RwLock::default()).collect(),
        round: ((CHANGES / run.model.busiest) as usize).clamp(1, MAX_ROUND),
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
struct Team<'a> {
    run: Run<'a>,
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

/// The changes of some windows, in their order.
#[derive(Default)]
struct Changes {
    /// Rows of the input matrix, and where in `values` their change begins.
    inputs: Vec<(u32, usize)>,
    /// The same of the output matrix.
    outputs: Vec<(u32, usize)>,
    /// The changes, and room for more.
    values: Vec<f32>,
    /// Where the room begins.
    end: usize,
}

impl Batch {
    fn sentence(&self, i: usize) -> &[WordId] {
        let start = if i == 0 { 0 } else { self.sentences[i - 1].0 };
        &self.ids[start..self.sentences[i].0]
    }
}

impl Team<'_> {
    /// Reads the corpus, and leads the others through it batch by batch.
    fn lead(
        &self,
        first_job: usize,
        after: &mut dyn FnMut(usize) -> Result<(), EmbedError>,
    ) -> Result<(), EmbedError> {
        let (run, mut scribe) = (self.run, Scribe::new(self.run, 0));
        let n_shards = run.corpus.n_shards();
        for job in first_job..n_shards * run.settings.epochs {
            let mut number = 0;
            for_each_piece(run.corpus, job % n_shards, |ids| {
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
        read(&self.batch).ids.len() as u64 >= (self.run.pace.total / BATCHES).clamp(1, BATCH)
    }

    /// Has all threads train the batch, and empties it.
    fn train_batch(&self, scribe: &mut Scribe<'_>) -> Result<(), EmbedError> {
        let meter = self.run.pace.meter;
        {
            let mut batch = write(&self.batch);
            batch.learning_rate = self.run.pace.rate_at(meter.done());
            check_ids(&batch.ids, self.run.model)?;
            let mut plans = write(&self.plans);
            let n_plans = plans.len().max(batch.sentences.len());
            plans.resize_with(n_plans, RwLock::default);
        }
        self.barrier.wait();
        self.work(scribe);
        let mut batch = write(&self.batch);
        let n_words = batch.ids.len() as u64;
        batch.ids.clear();
        batch.sentences.clear();
        self.run.pace.report(n_words, scribe.learner.take_loss())
    }

    /// Works on every batch that the leader brings.
    fn follow(&self, thread: usize) {
        let mut scribe = Scribe::new(self.run, thread);
        loop {
            self.barrier.wait();
            if self.stopped.load(Ordering::Relaxed) {
                return;
            }
            self.work(&mut scribe);
        }
    }

    /// One thread's part of a batch; all threads leave it together.
    fn work(&self, scribe: &mut Scribe<'_>) {
        let (batch, plans) = (read(&self.batch), read(&self.plans));
        let n_threads = self.changes.len();
        for i in (scribe.thread..batch.sentences.len()).step_by(n_threads) {
            self.plan(&mut write(&plans[i]), batch.sentence(i), batch.sentences[i].1);
        }
        self.barrier.wait();
        let plans: Vec<_> = plans[..batch.sentences.len()].iter().map(read).collect();
        let n_windows: usize = plans.iter().map(|plan| plan.words.len()).sum();
        for first in (0..n_windows).step_by(self.round) {
            let n = self.round.min(n_windows - first);
            let part = |thread: usize| first + n * thread / n_threads;
            scribe.write(
                &plans,
                part(scribe.thread)..part(scribe.thread + 1),
                batch.learning_rate,
                &mut write(&self.changes[scribe.thread]),
            );
            self.barrier.wait();
            self.apply(scribe.thread);
            self.barrier.wait();
        }
    }

    fn plan(&self, plan: &mut Plan, ids: &[WordId], stream: u64) {
        let (Run { model, settings, .. }, mut rng) = (self.run, Rng::new(self.run.settings.seed, stream));
        plan.subsample(ids, model.rows(), &model.subsampler, &mut rng).expect("ids that were checked");
        plan.draw_windows(settings.window, &mut rng);
        plan.draw_outputs(&model.objective, &mut rng);
    }

    /// Adds the changes of the rows of `thread`.
    fn apply(&self, thread: usize) {
        let (model, n_threads) = (self.run.model, self.changes.len());
        let width = model.input.row(0).len();
        let owns = |row: u32| row as usize % n_threads == thread;
        for changes in &self.changes {
            let changes = read(changes);
            let both = [(true, &model.input, &changes.inputs), (false, &model.output, &changes.outputs)];
            for (is_input, matrix, entries) in both {
                for (i, &(row, at)) in entries.iter().enumerate() {
                    if let Some(&(ahead, _)) = entries.get(i + ROWS_AHEAD).filter(|(row, _)| owns(*row)) {
                        matrix.row(ahead as usize).prefetch();
                    }
                    if owns(row) && !(is_input && model.is_frozen(row)) {
                        model.kernels.add(&changes.values[at..at + width], matrix.row(row as usize));
                    }
                }
            }
        }
    }
}

/// Foreign ids are found before the threads set out.
fn check_ids(ids: &[WordId], model: &Model) -> Result<(), EmbedError> {
    ids.iter().try_for_each(|&id| model.rows().row(id).map(|_| ()))
}

/// What one thread writes changes with.
struct Scribe<'a> {
    run: Run<'a>,
    thread: usize,
    learner: Learner<'a>,
    inputs: Vec<SharedRow<'a>>,
    input_rows: Vec<u32>,
    mean: SharedRow<'a>,
}

impl<'a> Scribe<'a> {
    fn new(run: Run<'a>, thread: usize) -> Self {
        let (learner, mean) = (Learner::new(run.model), run.mean(thread));
        Self { run, thread, learner, inputs: Vec::new(), input_rows: Vec::new(), mean }
    }

    /// The changes of the windows with these numbers, counted over all plans.
    fn write(
        &mut self,
        plans: &[RwLockReadGuard<'_, Plan>],
        windows: Range<usize>,
        rate: f32,
        into: &mut Changes,
    ) {
        into.inputs.clear();
        into.outputs.clear();
        into.end = 0;
        let mut first = 0;
        for plan in plans {
            let centres = windows.start.max(first)..windows.end.min(first + plan.words.len());
            for centre in centres {
                self.run.prefetch(plan, centre - first);
                self.write_window(plan, centre - first, rate, into);
            }
            first += plan.words.len();
        }
    }

    fn write_window(&mut self, plan: &Plan, centre: usize, rate: f32, into: &mut Changes) {
        let model = self.run.model;
        self.inputs.clear();
        self.input_rows.clear();
        plan.contexts(centre).into_iter().for_each(|words| self.input_rows.extend_from_slice(words));
        model.input.rows(&self.input_rows, &mut self.inputs);
        if self.inputs.is_empty() {
            return;
        }
        let (word, outputs) = (plan.words[centre], plan.outputs(centre));
        if self.run.settings.architecture == Architecture::Cbow {
            let rows = self.run.settings.mean_step(&self.inputs, self.mean);
            let at = into.room(&self.input_rows, true, outputs, self.mean.len());
            self.learner.gradient_mean(rows, (word, outputs), rate, &mut into.values[at]);
        } else if model.objective.is_by_pair() {
            let each = outputs.len() / self.inputs.len();
            for (i, outputs) in outputs.chunks_exact(each).enumerate() {
                let at = into.room(&self.input_rows[i..=i], false, outputs, self.mean.len());
                let (input, values) = (&self.inputs[i..=i], &mut into.values[at]);
                self.learner.gradient(input, (word, outputs), rate, values);
            }
        } else if !outputs.is_empty() {
            let at = into.room(&self.input_rows, false, outputs, self.mean.len());
            self.learner.gradient(&self.inputs, (word, outputs), rate, &mut into.values[at]);
        }
    }
}

impl Changes {
    /// Makes room for the changes of some rows, of which the inputs may share one.
    fn room(&mut self, inputs: &[u32], shared: bool, outputs: &[u32], width: usize) -> Range<usize> {
        let start = self.end;
        let n_inputs = if shared { 1 } else { inputs.len() };
        let place = |i: usize| start + if shared { 0 } else { i * width };
        self.inputs.extend(inputs.iter().enumerate().map(|(i, &row)| (row, place(i))));
        let place = |o: usize| start + (n_inputs + o) * width;
        self.outputs.extend(outputs.iter().enumerate().map(|(o, &row)| (row, place(o))));
        self.end += (n_inputs + outputs.len()) * width;
        if self.values.len() < self.end {
            self.values.resize(2 * self.end, 0.0);
        }
        start..self.end
    }
}

/// A lock of which a thread that panicked is none of our business: its panic is on its way.
fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}
