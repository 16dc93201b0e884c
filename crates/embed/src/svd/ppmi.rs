//! The matrix that is decomposed.

use super::SvdSettings;
use crate::EmbedError;
use crate::cooccurrence::{Counts, Pair};
use sememe_kernels::{Meter, Observer, SparseRows};

/// Pairs between two reports.
const REPORT: u64 = 1 << 16;

/// Shifted positive pointwise mutual information of `n_words` words with their contexts: words are rows, contexts
/// columns.
///
/// M(w, c) = max(0, log(#(w, c)·D / (#(w)·#(c)^α)) − log k), where D = Σ #(c)^α (Levy and Goldberg 2014, equation 12;
/// Levy, Goldberg and Dagan 2015, equation 3). #(w) and #(c) are sums of the counts #(w, c) over rows and columns.
///
/// # Errors
/// If a temporary file cannot be read, `observer` stops the work, or no pair is left.
pub(super) fn ppmi(
    counts: Counts,
    n_words: usize,
    settings: &SvdSettings,
    observer: &mut dyn Observer,
) -> Result<SparseRows, EmbedError> {
    let table = Table::collect(counts, n_words, observer)?;
    let information = Information::new(&table, settings);
    let mut cells = vec![0; n_words];
    table.for_each_cell(|row, column, count| {
        cells[row] += usize::from(information.of(row, column, count) > 0.0);
    });
    let mut rows = Filling::new(&cells);
    table.for_each_cell(|row, column, count| {
        let value = information.of(row, column, count);
        if value > 0.0 {
            rows.push(row, (column as u32, value));
        }
    });
    if rows.columns.is_empty() {
        return Err(EmbedError::NothingToDecompose);
    }
    Ok(SparseRows::from_parts(n_words, rows.starts, rows.columns, rows.values))
}

/// All counts, by rows.
struct Table {
    /// Whether a count above the diagonal stands for the one below it too.
    is_symmetric: bool,
    starts: Vec<usize>,
    columns: Vec<u32>,
    counts: Vec<f32>,
}

impl Table {
    fn collect(counts: Counts, n_words: usize, observer: &mut dyn Observer) -> Result<Self, EmbedError> {
        let meter = Meter::new("pairs", None, observer);
        let is_symmetric = counts.is_symmetric();
        let (mut starts, mut columns, mut numbers) = (vec![0; n_words + 1], Vec::new(), Vec::new());
        counts.for_each(|Pair { row, column, count }| {
            starts[row as usize + 1] += 1;
            columns.push(column);
            numbers.push(count as f32);
            if (columns.len() as u64).is_multiple_of(REPORT) && meter.advance(REPORT, None).is_break() {
                return Err(EmbedError::Interrupted { done: meter.done(), unit: "pairs" });
            }
            Ok(())
        })?;
        (0..n_words).for_each(|i| starts[i + 1] += starts[i]);
        Ok(Self { is_symmetric, starts, columns, counts: numbers })
    }

    fn n_words(&self) -> usize {
        self.starts.len() - 1
    }

    /// Calls `sink` with row, column and count of every cell. Those of a row, like those of a column, come in order:
    /// below the diagonal while the rows above are read, then from the diagonal on.
    fn for_each_cell(&self, mut sink: impl FnMut(usize, usize, f64)) {
        for row in 0..self.n_words() {
            let cells = self.starts[row]..self.starts[row + 1];
            for (&column, &count) in self.columns[cells.clone()].iter().zip(&self.counts[cells]) {
                let (column, count) = (column as usize, f64::from(count));
                sink(row, column, count);
                if self.is_symmetric && row != column {
                    sink(column, row, count);
                }
            }
        }
    }
}

/// How much is learned from a count, but for its own logarithm.
struct Information {
    /// log #(w) of each word.
    words: Vec<f64>,
    /// log(#(c)^α / D) + log k of each context.
    contexts: Vec<f64>,
}

impl Information {
    fn new(table: &Table, settings: &SvdSettings) -> Self {
        let (mut words, mut contexts) = (vec![0.0; table.n_words()], vec![0.0; table.n_words()]);
        table.for_each_cell(|row, column, count| {
            words[row] += count;
            contexts[column] += count;
        });
        contexts.iter_mut().filter(|count| **count > 0.0).for_each(|x| *x = x.powf(settings.smoothing));
        let all: f64 = contexts.iter().sum();
        contexts.iter_mut().for_each(|x| *x = (*x / all).ln() + settings.shift.ln());
        words.iter_mut().for_each(|x| *x = x.ln());
        Self { words, contexts }
    }

    fn of(&self, row: usize, column: usize, count: f64) -> f32 {
        (count.ln() - self.words[row] - self.contexts[column]) as f32
    }
}

/// Rows that are filled side by side.
struct Filling {
    starts: Vec<usize>,
    /// Where the next cell of each row goes.
    next: Vec<usize>,
    columns: Vec<u32>,
    values: Vec<f32>,
}

impl Filling {
    /// Rows with room for so many cells.
    fn new(cells: &[usize]) -> Self {
        let mut starts = vec![0];
        starts.extend(cells.iter().scan(0, |sum, n| {
            *sum += n;
            Some(*sum)
        }));
        let n = starts[cells.len()];
        Self { next: starts.clone(), starts, columns: vec![0; n], values: vec![0.0; n] }
    }

    fn push(&mut self, row: usize, (column, value): (u32, f32)) {
        let at = self.next[row];
        (self.columns[at], self.values[at]) = (column, value);
        self.next[row] += 1;
    }
}
