//! The inner loop: one thread, one cell.

use super::GloveSettings;
use super::blocks::Blocks;
use super::model::Model;
use super::record::Record;
use crate::EmbedError;
use sememe_kernels::{AdaGrad, Kernels, Meter};
use std::ops::ControlFlow;

/// Records between two reports.
const REPORT: usize = 1 << 14;

/// So many records ahead the rows of a record are fetched.
const AHEAD: usize = 4;

/// All that a thread needs to train a cell.
#[derive(Clone, Copy)]
pub(super) struct Worker<'a> {
    pub(super) settings: &'a GloveSettings,
    pub(super) model: &'a Model,
    pub(super) blocks: &'a Blocks,
    pub(super) meter: &'a Meter<'a>,
    pub(super) kernels: Kernels,
}

/// A sum of costs.
#[derive(Default)]
struct Cost {
    sum: f64,
    n_steps: u64,
}

impl Worker<'_> {
    pub(super) fn train_cell(self, epoch: usize, cell: usize) -> Result<(), EmbedError> {
        let records = self.blocks.read(epoch, cell)?;
        for start in (0..records.len()).step_by(REPORT) {
            let end = (start + REPORT).min(records.len());
            let mut cost = Cost::default();
            for i in start..end {
                if let Some(&ahead) = records.get(i + AHEAD) {
                    self.prefetch(ahead);
                }
                self.train(records[i], &mut cost);
            }
            self.report(&cost)?;
        }
        Ok(())
    }

    #[inline]
    fn prefetch(self, record: Record) {
        self.model.word(record.row).prefetch();
        self.model.context(record.column).prefetch();
        if self.blocks.n_orders(record) == 2 {
            self.model.word(record.column).prefetch();
            self.model.context(record.row).prefetch();
        }
    }

    /// One step on a record, or one in each order of its words.
    #[inline]
    fn train(self, record: Record, cost: &mut Cost) {
        let Record { row, column, log, weight } = record;
        let step = AdaGrad {
            target: log,
            weight,
            learning_rate: self.settings.learning_rate,
            clip: self.settings.clip,
        };
        let mut train = |word, context| {
            let off = self.kernels.adagrad(self.model.word(word), self.model.context(context), step);
            cost.sum += 0.5 * f64::from(weight * off * off);
            cost.n_steps += 1;
        };
        train(row, column);
        if self.blocks.n_orders(record) == 2 {
            train(column, row);
        }
    }

    fn report(self, cost: &Cost) -> Result<(), EmbedError> {
        let (meter, unit, loss) = (self.meter, "records", cost.sum / cost.n_steps.max(1) as f64);
        if !loss.is_finite() {
            return Err(EmbedError::Diverged { done: meter.done(), unit, loss });
        }
        match meter.advance(cost.n_steps, Some(loss)) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(EmbedError::Interrupted { done: meter.done(), unit }),
        }
    }
}
