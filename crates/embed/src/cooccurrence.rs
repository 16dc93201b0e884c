//! How often words meet in a window, counted in bounded memory.
//!
//! A count is a sum of weights that fall with the distance. It is kept as a whole number of [`UNIT`]s, so that sums
//! are exact and the same in whatever order they are taken: the result depends on neither threads nor memory.
//!
//! Each thread adds the pairs of frequent words to a dense table, its [`Corner`], and notes all others one by one.
//! A full list of notes is sorted, summed up and packed into a [`run`](runs), in memory or in a temporary file; at
//! the end the runs are merged.

mod cells;
mod corner;
mod counter;
mod merge;
mod runs;
#[cfg(test)]
mod tests;
mod weights;

pub use weights::DistanceWeight;

use crate::EmbedError;
use crate::jobs::{Done, Jobs};
use crate::plan::Rows;
use crate::subsample::Subsampler;
use cells::Cells;
use corner::{Corner, Hyperbola};
use counter::Counter;
use runs::Runs;
pub(crate) use runs::scratch;
use sememe_kernels::{Meter, Observer};
use sememe_vocab::Corpus;
use std::ops::ControlFlow;
use std::sync::Mutex;
pub(crate) use weights::UNIT;
use weights::Weights;

/// What is counted, and with how much memory.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    /// Words on either side that count as context.
    pub(crate) window: usize,
    /// Whether words behind a word are its context too, or only those before it.
    pub(crate) symmetric: bool,
    pub(crate) weight: DistanceWeight,
    /// About how many bytes counting may hold.
    pub(crate) memory: u64,
    pub(crate) threads: usize,
    pub(crate) seed: u64,
}

/// The counts of a corpus.
pub(crate) struct Counts {
    cells: Cells,
    runs: Runs,
    /// Words that met, each pair of places counted once.
    n_meetings: u64,
}

/// Two words and how often they met: the row is the word, the column its context. In symmetric counts only pairs with
/// row ≤ column are there, and stand for both; a word that meets itself is then its own context twice.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Pair {
    pub(crate) row: u32,
    pub(crate) column: u32,
    pub(crate) count: f64,
}

impl Counts {
    /// Counts `corpus`, whose words are thinned out by `subsampler`.
    ///
    /// # Errors
    /// If an id is foreign, the corpus or a temporary file cannot be read, or `observer` stops the work.
    pub(crate) fn of(
        corpus: &dyn Corpus,
        rows: Rows,
        subsampler: &Subsampler,
        settings: Settings,
        observer: &mut dyn Observer,
    ) -> Result<Self, EmbedError> {
        let plan = Plan::new(corpus, rows, settings)?;
        let meter = Meter::new("words", Some(corpus.n_tokens()), observer);
        let counters: Vec<_> =
            (0..plan.threads).map(|_| Mutex::new(Counter::new(&plan, subsampler, settings.seed))).collect();
        let work = |thread: usize, shard: usize| {
            let mut counter = counters[thread].lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            counter.count_shard(corpus, shard, &meter)
        };
        Jobs::new(corpus.n_shards(), &Done::default()).run(plan.threads, &meter, work, |_| Ok(()))?;
        let (mut corners, mut n_meetings) = (Vec::new(), 0);
        for counter in counters {
            let counter = counter.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
            let (corner, n) = counter.finish()?;
            corners.push(corner);
            n_meetings += n;
        }
        let Plan { cells, hyperbola, runs, .. } = plan;
        runs.push(Corner::pack(corners, &hyperbola, cells))?;
        Ok(Self { cells, runs, n_meetings })
    }

    /// Whether a pair stands for both of its orders.
    pub(crate) fn is_symmetric(&self) -> bool {
        self.cells.is_symmetric()
    }

    /// At most so many pairs are there.
    pub(crate) fn n_meetings(&self) -> u64 {
        self.n_meetings
    }

    /// Calls `sink` with every pair, by rows and then columns, until it breaks.
    ///
    /// # Errors
    /// If a temporary file cannot be read, or the sink fails.
    pub(crate) fn for_each(
        self,
        mut sink: impl FnMut(Pair) -> Result<(), EmbedError>,
    ) -> Result<(), EmbedError> {
        let Self { cells, runs, .. } = self;
        runs.merge(&mut |key, units| {
            let (row, column) = cells.row_and_column(key);
            let twice = if cells.is_symmetric() && row == column { 2.0 } else { 1.0 };
            sink(Pair { row, column, count: twice * units as f64 / f64::from(UNIT) })
        })
    }
}

/// What all threads share, and how the memory is divided: an eighth for the corners, a quarter for the notes, and the
/// rest for the runs.
struct Plan {
    cells: Cells,
    rows: Rows,
    weights: Weights,
    hyperbola: Hyperbola,
    /// Notes that a thread takes before it sorts them.
    notes: usize,
    runs: Runs,
    threads: usize,
}

impl Plan {
    /// More cells than this are no longer in the processor's caches, where adding to them is cheap.
    const MOST_CELLS: u64 = 4 << 20;
    /// Longer lists are sorted no faster than several shorter ones.
    const MOST_NOTES: u64 = 8 << 20;
    /// Few enough in tests that there are many runs.
    const FEWEST_NOTES: u64 = if cfg!(test) { 16 } else { 4 << 10 };

    fn new(corpus: &dyn Corpus, rows: Rows, settings: Settings) -> Result<Self, EmbedError> {
        let threads = settings.threads.min(corpus.n_shards()).max(1);
        let (memory, each) = (settings.memory, settings.memory / threads as u64);
        let cells = Cells::new(rows.n_words, settings.symmetric)?;
        let n_cells = (each / 8 / size_of::<u32>() as u64).min(Self::MOST_CELLS);
        let meetings = corpus.n_tokens().saturating_mul(settings.window as u64);
        let notes = (each / 4 / size_of::<u64>() as u64).min(Self::MOST_NOTES).min(meetings);
        Ok(Self {
            cells,
            rows,
            weights: Weights::new(settings.weight, settings.window),
            hyperbola: Hyperbola::new(rows.n_words, n_cells, settings.symmetric),
            notes: notes.max(Self::FEWEST_NOTES).max(settings.window as u64) as usize,
            runs: Runs::new(usize::try_from(memory / 8 * 5).unwrap_or(usize::MAX)),
            threads,
        })
    }
}

/// Ends work that an observer stopped.
fn check_flow(flow: ControlFlow<()>, meter: &Meter<'_>) -> Result<(), EmbedError> {
    match flow {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(EmbedError::Interrupted { done: meter.done(), unit: "words" }),
    }
}
