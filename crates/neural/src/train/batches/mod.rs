//! Batches: what a model sees in which order.

mod buckets;
mod sentences;
mod stream;

#[cfg(test)]
pub(super) use sentences::tests::{MARKERS, sentences};
pub use sentences::{Markers, Sentences};

use crate::models::Batch;
use crate::ops::IGNORED;
use crate::{NeuralError, Result};
use buckets::Buckets;
use sememe_kernels::Rng;
use serde::{Deserialize, Serialize};
use stream::Stream;

/// Random streams of the order of sentences; dropout takes other seeds.
const SHUFFLE: u64 = 0x5e9_7e9c;

/// How data are cut in batches.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum BatchSettings {
    /// All sentences make one stream, which is cut in rows; a batch is a window of all rows, and what a recurrent model
    /// knows after it goes on to the next one, without its gradient (Mikolov et al. 2010; Zaremba et al. 2014).
    Stream {
        /// Rows side by side.
        rows: usize,
        /// Words of a row in a window.
        time: usize,
        /// Whether sentences come in another order in each epoch. Off, they keep that of the corpus, which tells a model
        /// more where sentences follow from one another.
        shuffle: bool,
    },
    /// Each sentence stands for itself, among others of about the same length; the order is another one in each epoch.
    Sentences {
        /// Sentences in a batch.
        rows: usize,
        /// Words of a sentence at most, with its end; longer ones are cut, and the rest is a sentence of its own.
        time: usize,
    },
}

impl Default for BatchSettings {
    fn default() -> Self {
        Self::Stream { rows: 20, time: 35, shuffle: false }
    }
}

impl BatchSettings {
    /// # Errors
    /// If there are no rows or no words.
    pub(crate) fn check(&self) -> Result<()> {
        let (Self::Stream { rows, time, .. } | Self::Sentences { rows, time }) = *self;
        match (rows, time) {
            (0, _) => Err(NeuralError::setting("rows", "above 0", 0)),
            (_, 0) => Err(NeuralError::setting("time", "above 0", 0)),
            _ => Ok(()),
        }
    }

    /// Words of a row at most.
    pub(crate) fn time(&self) -> usize {
        let (Self::Stream { time, .. } | Self::Sentences { time, .. }) = *self;
        time
    }
}

/// A place in the data: what comes next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Position {
    /// Passes that are behind us.
    pub epoch: u64,
    /// Batches of this pass that are behind us.
    pub batch: u64,
}

/// A batch that owns its ids: `[n_rows, time]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrainingBatch {
    inputs: Vec<u32>,
    targets: Vec<u32>,
    n_rows: usize,
    n_targets: usize,
    is_first: bool,
}

impl TrainingBatch {
    fn new(inputs: Vec<u32>, targets: Vec<u32>, n_rows: usize, is_first: bool) -> Self {
        let n_targets = targets.iter().filter(|&&target| target != IGNORED).count();
        Self { inputs, targets, n_rows, n_targets, is_first }
    }

    /// What models take.
    ///
    /// # Errors
    /// If it is empty.
    pub fn lend(&self) -> Result<Batch<'_>> {
        Batch::new(&self.inputs, &self.targets, self.n_rows)
    }

    /// The words: `[n_rows, time]`.
    pub fn inputs(&self) -> &[u32] {
        &self.inputs
    }

    /// What follows them, [`IGNORED`] in the padding: `[n_rows, time]`.
    pub fn targets(&self) -> &[u32] {
        &self.targets
    }

    /// Sequences side by side.
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// Targets that count.
    pub fn n_targets(&self) -> usize {
        self.n_targets
    }

    /// Whether nothing is known of what went before: the state of a recurrent model begins anew.
    pub fn is_first(&self) -> bool {
        self.is_first
    }
}

/// The batches of one epoch; the same for the same sentences, settings, seed and epoch.
#[derive(Clone, Debug)]
pub struct Batches<'a> {
    sentences: &'a Sentences,
    plan: Plan,
}

#[derive(Clone, Debug)]
enum Plan {
    Stream(Stream),
    Buckets(Buckets),
}

impl<'a> Batches<'a> {
    /// Epoch number `epoch`.
    ///
    /// # Errors
    /// If settings are out of range.
    pub fn of_epoch(
        sentences: &'a Sentences,
        settings: &BatchSettings,
        seed: u64,
        epoch: u64,
    ) -> Result<Self> {
        settings.check()?;
        let mut rng = Rng::new(seed ^ SHUFFLE, epoch);
        let mut order: Vec<usize> = (0..sentences.len()).collect();
        let plan = match *settings {
            BatchSettings::Stream { rows, time, shuffle } => {
                if shuffle {
                    rng.shuffle(&mut order);
                }
                Plan::Stream(Stream::new(sentences, &order, rows, time))
            }
            BatchSettings::Sentences { rows, time } => {
                rng.shuffle(&mut order);
                Plan::Buckets(Buckets::new(sentences, &order, [rows, time], Some(&mut rng)))
            }
        };
        Ok(Self { sentences, plan })
    }

    /// The same data in the order of the corpus: for evaluation.
    ///
    /// # Errors
    /// If settings are out of range.
    pub fn in_order(sentences: &'a Sentences, settings: &BatchSettings) -> Result<Self> {
        settings.check()?;
        let order: Vec<usize> = (0..sentences.len()).collect();
        let plan = match *settings {
            BatchSettings::Stream { rows, time, .. } => {
                Plan::Stream(Stream::new(sentences, &order, rows, time))
            }
            BatchSettings::Sentences { rows, time } => {
                Plan::Buckets(Buckets::new(sentences, &order, [rows, time], None))
            }
        };
        Ok(Self { sentences, plan })
    }

    /// How many batches there are.
    pub fn len(&self) -> usize {
        match &self.plan {
            Plan::Stream(stream) => stream.n_batches(),
            Plan::Buckets(buckets) => buckets.n_batches(),
        }
    }

    /// Whether there are none; never so.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The batch with number `i`, if there is one.
    pub fn get(&self, i: usize) -> Option<TrainingBatch> {
        if i >= self.len() {
            return None;
        }
        Some(match &self.plan {
            Plan::Stream(stream) => stream.batch(i),
            Plan::Buckets(buckets) => buckets.batch(self.sentences, i),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn corpus() -> Sentences {
        let mut rng = Rng::new(1, 1);
        let all: Vec<Vec<u32>> =
            (0..50).map(|i| (0..1 + rng.below(9) as u32).map(|t| 10 + i * 10 + t).collect()).collect();
        sentences(&all.iter().map(Vec::as_slice).collect::<Vec<_>>())
    }

    fn batches(settings: &BatchSettings, seed: u64, epoch: u64) -> Vec<TrainingBatch> {
        let sentences = corpus();
        let batches = Batches::of_epoch(&sentences, settings, seed, epoch).unwrap();
        (0..batches.len()).map(|i| batches.get(i).unwrap()).collect()
    }

    #[test]
    fn every_word_is_a_target_once_in_every_epoch() {
        let mut want: Vec<u32> = corpus_targets(&BatchSettings::Sentences { rows: 1, time: 99 });
        want.sort_unstable();
        for settings in [
            BatchSettings::Stream { rows: 4, time: 7, shuffle: false },
            BatchSettings::Stream { rows: 7, time: 5, shuffle: true },
            BatchSettings::Sentences { rows: 4, time: 5 },
        ] {
            let mut found = corpus_targets(&settings);
            found.sort_unstable();
            assert_eq!(found, want, "{settings:?}");
        }
    }

    fn corpus_targets(settings: &BatchSettings) -> Vec<u32> {
        let all = batches(settings, 1, 2);
        let n: usize = all.iter().map(TrainingBatch::n_targets).sum();
        let targets: Vec<u32> =
            all.iter().flat_map(|b| b.targets().to_vec()).filter(|&id| id != IGNORED).collect();
        assert_eq!((n, n as u64), (targets.len(), corpus().n_targets()));
        targets
    }

    #[test]
    fn the_order_depends_on_seed_and_epoch_alone() {
        let stream = |shuffle| BatchSettings::Stream { rows: 4, time: 7, shuffle };
        for settings in [BatchSettings::Sentences { rows: 4, time: 20 }, stream(true)] {
            assert_eq!(batches(&settings, 1, 2), batches(&settings, 1, 2));
            assert_ne!(batches(&settings, 1, 2), batches(&settings, 1, 3));
            assert_ne!(batches(&settings, 1, 2), batches(&settings, 2, 2));
        }
        assert_eq!(batches(&stream(false), 1, 2), batches(&stream(false), 2, 3));
    }

    #[test]
    fn there_is_no_batch_after_the_last() {
        let (sentences, settings) = (corpus(), BatchSettings::default());
        let batches = Batches::in_order(&sentences, &settings).unwrap();
        assert!(batches.get(batches.len() - 1).is_some() && batches.get(batches.len()).is_none());
    }

    #[test]
    fn settings_out_of_range_are_refused() {
        let error = BatchSettings::Sentences { rows: 0, time: 1 }.check().unwrap_err().to_string();
        assert_eq!(error, "setting `rows` is 0, expected above 0");
        let json = r#"{"kind": "stream", "rows": 1, "time": 2, "shuffle": true, "x": 1}"#;
        assert!(serde_json::from_str::<BatchSettings>(json).is_err());
    }
}
