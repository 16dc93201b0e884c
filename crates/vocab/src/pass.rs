//! One pass over documents, shared by several threads.

use crate::VocabError;
use crate::parallel::{MAX_THREADS, map};
use sememe_kernels::Meter;
use sememe_text::Documents;
use std::ops::ControlFlow;

/// So many bytes of text are one piece of work.
const BATCH: usize = 1 << 18;

/// So many pieces of work for each thread are read ahead.
const BATCHES: usize = 4;

/// Divides documents among threads.
///
/// Where there are many shards, each thread reads one. Where there are few, as of compressed files, they are
/// read one after the other, and the threads share the documents of each. What comes out is the same.
pub(crate) struct Pass<'a> {
    documents: &'a dyn Documents,
    meter: &'a Meter<'a>,
    /// So many shards are read at the same time,
    readers: usize,
    /// and so many threads share the documents of one.
    workers: usize,
}

impl<'a> Pass<'a> {
    /// A pass over `documents` that reports to `meter`.
    pub(crate) fn new(documents: &'a dyn Documents, threads: usize, meter: &'a Meter<'a>) -> Self {
        let threads = threads.clamp(1, MAX_THREADS);
        // With fewer shards for each thread, most threads would wait for the last one.
        let (readers, workers) = if documents.n_shards() < 4 * threads { (1, threads) } else { (threads, 1) };
        Self { documents, meter, readers, workers }
    }

    /// A pass that reads one shard after the other, whatever their number.
    pub(crate) fn in_order(documents: &'a dyn Documents, threads: usize, meter: &'a Meter<'a>) -> Self {
        Self { documents, meter, readers: 1, workers: threads.clamp(1, MAX_THREADS) }
    }

    /// Calls `work` with every shard; returns the results in the order of the shards.
    ///
    /// # Errors
    /// The first one, after which no more work is begun; `Interrupted` if the observer stopped the meter.
    pub(crate) fn for_each_shard<R: Send>(
        &self,
        work: impl Fn(usize) -> Result<R, VocabError> + Sync,
    ) -> Result<Vec<R>, VocabError> {
        let work = |(): &mut (), shard| {
            if self.meter.is_stopped() { Ok(None) } else { self.stop_on_error(work(shard)).map(Some) }
        };
        let results = map(self.documents.n_shards(), self.readers, || (), work)?;
        if self.meter.is_stopped() {
            Err(VocabError::Interrupted)
        } else {
            Ok(results.into_iter().flatten().collect())
        }
    }

    /// Calls `work` with all documents of `shard`, some at a time, and then `collect` with what it made of
    /// them, in order. Leaves early, without an error, when the meter is stopped.
    pub(crate) fn read_shard<R: Send>(
        &self,
        shard: usize,
        work: impl Fn(&[&str]) -> Result<R, VocabError> + Sync,
        mut collect: impl FnMut(R) -> Result<(), VocabError>,
    ) -> Result<(), VocabError> {
        let limit = BATCH * BATCHES * self.workers;
        let mut share = |texts: &mut Texts| {
            let batches = texts.batches();
            let work = |(): &mut (), batch: usize| self.stop_on_error(work(&batches[batch]));
            let results = map(batches.len(), self.workers, || (), work)?;
            texts.clear();
            results.into_iter().try_for_each(&mut collect)
        };
        let (mut texts, mut result) = (Texts::default(), Ok(()));
        self.documents.for_each(shard, &mut |document| {
            texts.push(document.text);
            if texts.text.len() >= limit {
                result = share(&mut texts);
            }
            if result.is_err() || self.meter.is_stopped() {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        })?;
        result.and_then(|()| share(&mut texts))
    }

    fn stop_on_error<R>(&self, result: Result<R, VocabError>) -> Result<R, VocabError> {
        result.inspect_err(|_| self.meter.stop())
    }
}

/// Documents one after the other.
#[derive(Default)]
struct Texts {
    text: String,
    ends: Vec<usize>,
}

impl Texts {
    fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.ends.push(self.text.len());
    }

    fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
    }

    /// The documents in runs of at least [`BATCH`] bytes, but for the last.
    fn batches(&self) -> Vec<Vec<&str>> {
        let (mut batches, mut batch) = (Vec::new(), Vec::new());
        let (mut first, mut start) = (0, 0);
        for &end in &self.ends {
            batch.push(&self.text[start..end]);
            start = end;
            if end - first >= BATCH {
                batches.push(std::mem::take(&mut batch));
                first = end;
            }
        }
        if !batch.is_empty() {
            batches.push(batch);
        }
        batches
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{Sharded, Stop};
    use sememe_kernels::Silent;

    /// Documents of very different lengths.
    fn texts() -> Vec<String> {
        (0..200).map(|i| format!("{i} ").repeat(if i % 10 == 0 { 40_000 } else { i })).collect()
    }

    #[track_caller]
    fn check(n_shards: usize, threads: usize) {
        let (texts, mut silent) = (texts(), Silent);
        let (documents, meter) = (Sharded::new(&texts, n_shards), Meter::new("texts", None, &mut silent));
        let pass = Pass::new(&documents, threads, &meter);
        let read = |shard| {
            let mut found = Vec::new();
            let work = |texts: &[&str]| Ok(texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>());
            let collect = |texts| {
                found.extend(texts);
                Ok(())
            };
            pass.read_shard(shard, work, collect)?;
            Ok(found)
        };
        let shards: Vec<Vec<String>> = pass.for_each_shard(read).unwrap();
        assert!(shards.concat() == texts, "{n_shards} shards, {threads} threads");
    }

    #[test]
    fn documents_stay_in_order() {
        for (n_shards, threads) in [(1, 1), (1, 3), (5, 2), (20, 3), (1, 0), (5, usize::MAX)] {
            check(n_shards, threads);
        }
    }

    #[test]
    fn the_first_error_stops_all() {
        let (documents, mut silent) = (Sharded::new(&texts(), 5), Silent);
        for threads in [1, 3] {
            let meter = Meter::new("texts", None, &mut silent);
            let pass = Pass::new(&documents, threads, &meter);
            let work = |_: &[&str]| Err::<(), _>(VocabError::TooManyWords);
            let result = pass.for_each_shard(|shard| pass.read_shard(shard, work, Ok));
            assert!(matches!(result, Err(VocabError::TooManyWords)));
        }
    }

    #[test]
    fn a_stop_ends_the_reading() {
        let (documents, mut stop) = (Sharded::new(&texts(), 5), Stop);
        let meter = Meter::new("texts", None, &mut stop);
        let pass = Pass::new(&documents, 2, &meter);
        let work = |texts: &[&str]| {
            let _ = meter.advance(texts.len() as u64, None);
            Ok(())
        };
        let result = pass.for_each_shard(|shard| pass.read_shard(shard, work, Ok));
        assert!(matches!(result, Err(VocabError::Interrupted)) && meter.done() < 200);
    }
}
