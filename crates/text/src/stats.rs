//! How much text there is.

use crate::{Document, Documents, Pipeline, TextError, Token};
use serde::{Deserialize, Serialize};
use std::ops::ControlFlow;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// How much text documents hold, before and after a pipeline.
///
/// ```
/// use sememe_text::{CorpusStats, MemoryDocuments, Pipeline, PipelineSettings};
/// let documents = MemoryDocuments::from_texts(["A rose is", "", "a rosé"]);
/// let stats = CorpusStats::count(&documents, &Pipeline::new(&PipelineSettings::default())?, 1)?;
/// assert_eq!((stats.documents, stats.empty, stats.sentences, stats.tokens), (3, 1, 2, 5));
/// assert_eq!((stats.bytes, stats.characters), (16, 15));
/// # Ok::<_, sememe_text::TextError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CorpusStats {
    /// Documents, empty ones among them.
    pub documents: u64,
    /// Documents without tokens.
    pub empty: u64,
    /// Documents with a label.
    pub labelled: u64,
    /// Sentences with tokens.
    pub sentences: u64,
    /// Tokens.
    pub tokens: u64,
    /// Tokens of the longest sentence.
    pub longest_sentence: u64,
    /// Bytes of the documents as UTF-8, before the clean-up and without what stands between documents.
    pub bytes: u64,
    /// Characters (Unicode scalar values) of the same.
    pub characters: u64,
    /// Invalid sequences of bytes that were replaced.
    pub invalid: u64,
}

impl CorpusStats {
    /// Reads all documents with `threads` threads, at least one. The result does not depend on their number.
    ///
    /// # Errors
    /// If the documents cannot be read.
    pub fn count(documents: &dyn Documents, pipeline: &Pipeline, threads: usize) -> Result<Self, TextError> {
        let next_shard = AtomicUsize::new(0);
        let work = || Self::count_shards(documents, pipeline, &next_shard);
        let parts: Vec<Result<Self, TextError>> = thread::scope(|scope| {
            let workers: Vec<_> =
                (0..threads.clamp(1, documents.n_shards().max(1))).map(|_| scope.spawn(work)).collect();
            workers
                .into_iter()
                .map(|worker| worker.join().unwrap_or_else(|panic| resume_unwind(panic)))
                .collect()
        });
        let mut sum = Self::default();
        for part in parts {
            sum.add(&part?);
        }
        sum.invalid = documents.n_replaced();
        Ok(sum)
    }

    /// Counts one shard after the other, as long as there are shards that nobody has taken.
    fn count_shards(
        documents: &dyn Documents,
        pipeline: &Pipeline,
        next: &AtomicUsize,
    ) -> Result<Self, TextError> {
        let mut sum = Self::default();
        loop {
            let shard = next.fetch_add(1, Ordering::Relaxed);
            if shard >= documents.n_shards() {
                return Ok(sum);
            }
            documents.for_each(shard, &mut |document| {
                sum.add(&Self::of_document(document, pipeline));
                ControlFlow::Continue(())
            })?;
        }
    }

    fn of_document(document: Document<'_>, pipeline: &Pipeline) -> Self {
        let mut stats = Self {
            documents: 1,
            labelled: u64::from(document.label.is_some()),
            bytes: document.text.len() as u64,
            characters: document.text.chars().count() as u64,
            ..Self::default()
        };
        pipeline.for_each_sentence(document.text, &mut |sentence: &[Token<'_>]| {
            let n_tokens = sentence.len() as u64;
            stats.sentences += 1;
            stats.tokens += n_tokens;
            stats.longest_sentence = stats.longest_sentence.max(n_tokens);
        });
        stats.empty = u64::from(stats.tokens == 0);
        stats
    }

    fn add(&mut self, other: &Self) {
        self.documents += other.documents;
        self.empty += other.empty;
        self.labelled += other.labelled;
        self.sentences += other.sentences;
        self.tokens += other.tokens;
        self.longest_sentence = self.longest_sentence.max(other.longest_sentence);
        self.bytes += other.bytes;
        self.characters += other.characters;
        self.invalid += other.invalid;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FileDocuments, InvalidPolicy, PipelineSettings, ReadOptions, SentenceSplit};

    #[test]
    fn counts_do_not_depend_on_shards_or_threads() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, b"One two. Three\n \n\xE6\x88\x91 \xFF\n".repeat(100_000)).unwrap();
        let settings =
            PipelineSettings { sentences: SentenceSplit::Punctuation, ..PipelineSettings::default() };
        let pipeline = Pipeline::new(&settings).unwrap();
        let want = CorpusStats {
            documents: 300_000,
            empty: 100_000,
            sentences: 300_000,
            tokens: 500_000,
            longest_sentence: 2,
            bytes: 100_000 * (14 + 1 + 7),
            characters: 100_000 * (14 + 1 + 3),
            invalid: 100_000,
            ..CorpusStats::default()
        };
        for n_shards in [1, 4] {
            let options = ReadOptions { n_shards, invalid: InvalidPolicy::Replace, ..ReadOptions::default() };
            let documents = FileDocuments::open(std::slice::from_ref(&path), &options).unwrap();
            for threads in [0, 3] {
                assert_eq!(CorpusStats::count(&documents, &pipeline, threads).unwrap(), want);
            }
        }
    }
}
