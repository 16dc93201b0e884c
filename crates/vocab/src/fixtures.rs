//! What several tests need.

use sememe_kernels::{Observer, Progress};
use sememe_text::{
    Document, Documents, MemoryDocuments, Pipeline, PipelineSettings, SentenceSplit, TextError,
};
use std::ops::ControlFlow;

/// Sentences are lines, and words stand between white space.
pub(crate) fn lines() -> Pipeline {
    let sentences = SentenceSplit::Lines;
    Pipeline::new(&PipelineSettings { sentences, ..PipelineSettings::default() }).unwrap()
}

/// Documents in several shards.
pub(crate) struct Sharded(Vec<MemoryDocuments>);

impl Sharded {
    pub(crate) fn new(texts: &[String], n_shards: usize) -> Self {
        let shards = texts.chunks(texts.len().div_ceil(n_shards));
        Self(shards.map(|texts| MemoryDocuments::from_texts(texts.iter().cloned())).collect())
    }
}

impl Documents for Sharded {
    fn n_shards(&self) -> usize {
        self.0.len()
    }

    fn for_each(
        &self,
        shard: usize,
        sink: &mut dyn FnMut(Document<'_>) -> ControlFlow<()>,
    ) -> Result<(), TextError> {
        self.0[shard].for_each(0, sink)
    }
}

/// Stops all work at its first report.
pub(crate) struct Stop;

impl Observer for Stop {
    fn progress(&mut self, _: &Progress) -> ControlFlow<()> {
        ControlFlow::Break(())
    }
}
