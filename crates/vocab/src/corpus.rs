//! Text as sentences of word ids.

use crate::{VocabError, WordId};
use std::ops::ControlFlow;

/// Sentences of word ids that can be read again and again, by several threads.
///
/// Sentences carry no boundary ids: models that want them add them. A word that the vocabulary lacks is
/// encoded by its out-of-vocabulary policy, as the unknown word or not at all.
pub trait Corpus: Sync {
    /// How many shards there are; they may be read at the same time, one thread each.
    fn n_shards(&self) -> usize;

    /// Word ids of all shards together.
    fn n_tokens(&self) -> u64;

    /// Sentences of all shards together.
    fn n_sentences(&self) -> u64;

    /// Calls `sink` with every sentence of shard `shard`, in order, until it breaks.
    ///
    /// # Errors
    /// If the corpus is on disk and damaged.
    fn for_each_sentence(
        &self,
        shard: usize,
        sink: &mut dyn FnMut(&[WordId]) -> ControlFlow<()>,
    ) -> Result<(), VocabError>;
}

/// A corpus that can also be read document by document.
pub trait DocumentCorpus: Corpus {
    /// Documents of all shards together, those without words among them.
    fn n_documents(&self) -> u64;

    /// Calls `sink` with every document of shard `shard`, in order, until it breaks: its number in the corpus, from
    /// 0, and its word ids, which may be none. A document is in one shard, as a whole.
    ///
    /// # Errors
    /// If the corpus is on disk and damaged.
    fn for_each_document(
        &self,
        shard: usize,
        sink: &mut dyn FnMut(u64, &[WordId]) -> ControlFlow<()>,
    ) -> Result<(), VocabError>;
}

/// A corpus in memory, where a document is one sentence: for tests and small sets.
#[derive(Clone, Debug, Default)]
pub struct MemoryCorpus {
    shards: Vec<Vec<Vec<WordId>>>,
}

impl MemoryCorpus {
    /// Cuts `sentences` into `n_shards` runs of about equal length (at least one).
    pub fn new(sentences: Vec<Vec<WordId>>, n_shards: usize) -> Self {
        let per_shard = sentences.len().div_ceil(n_shards.max(1)).max(1);
        let mut shards: Vec<Vec<Vec<WordId>>> = sentences.chunks(per_shard).map(<[_]>::to_vec).collect();
        shards.resize(n_shards.max(1), Vec::new());
        Self { shards }
    }
}

impl Corpus for MemoryCorpus {
    fn n_shards(&self) -> usize {
        self.shards.len()
    }

    fn n_tokens(&self) -> u64 {
        self.shards.iter().flatten().map(|sentence| sentence.len() as u64).sum()
    }

    fn n_sentences(&self) -> u64 {
        self.shards.iter().map(|shard| shard.len() as u64).sum()
    }

    fn for_each_sentence(
        &self,
        shard: usize,
        sink: &mut dyn FnMut(&[WordId]) -> ControlFlow<()>,
    ) -> Result<(), VocabError> {
        for sentence in &self.shards[shard] {
            if sink(sentence).is_break() {
                break;
            }
        }
        Ok(())
    }
}

impl DocumentCorpus for MemoryCorpus {
    fn n_documents(&self) -> u64 {
        self.n_sentences()
    }

    fn for_each_document(
        &self,
        shard: usize,
        sink: &mut dyn FnMut(u64, &[WordId]) -> ControlFlow<()>,
    ) -> Result<(), VocabError> {
        let before: usize = self.shards[..shard].iter().map(Vec::len).sum();
        for (number, document) in (before as u64..).zip(&self.shards[shard]) {
            if sink(number, document).is_break() {
                break;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(lengths: &[usize], n_shards: usize, want: &[&[usize]]) {
        let sentences = lengths.iter().map(|&length| vec![WordId(0); length]).collect();
        let corpus = MemoryCorpus::new(sentences, n_shards);
        for (shard, want) in want.iter().enumerate() {
            let mut found = Vec::new();
            let mut sink = |sentence: &[WordId]| {
                found.push(sentence.len());
                ControlFlow::Continue(())
            };
            corpus.for_each_sentence(shard, &mut sink).unwrap();
            assert_eq!(found, *want);
        }
        let (n_tokens, n_sentences) = (corpus.n_tokens() as usize, corpus.n_sentences() as usize);
        assert_eq!((corpus.n_shards(), n_sentences), (want.len(), lengths.len()));
        assert_eq!(n_tokens, lengths.iter().sum::<usize>());
    }

    #[test]
    fn every_sentence_is_in_one_shard() {
        check(&[1, 2, 3], 2, &[&[1, 2], &[3]]);
        check(&[1], 3, &[&[1], &[], &[]]);
        check(&[1, 2], 0, &[&[1, 2]]);
        check(&[], 1, &[&[]]);
    }

    #[test]
    fn a_break_ends_the_shard() {
        let corpus = MemoryCorpus::new(vec![vec![WordId(0)]; 5], 1);
        let mut n_seen = 0;
        let mut sink = |_: &[WordId]| {
            n_seen += 1;
            if n_seen < 3 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        };
        corpus.for_each_sentence(0, &mut sink).unwrap();
        assert_eq!(n_seen, 3);
    }
}
