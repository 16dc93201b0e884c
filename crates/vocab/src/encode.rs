//! Text turned into a corpus of word ids on disk.

use crate::atomic::PartialFolder;
use crate::holdout::{Part, for_each_sentence};
use crate::mmap_corpus::{Header, check_shards, held_out_dir};
use crate::piece::{PieceSize, PieceWriter};
use crate::shards::for_each_shard;
use crate::{CorpusStats, Holdout, Vocab, VocabError, WordId};
use sememe_kernels::{Meter, Observer};
use sememe_text::{Documents, Pipeline, Token};
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// Where [`encode`] puts a corpus, and how.
#[derive(Clone, Debug)]
pub struct CorpusPlan {
    /// The folder, which must not exist.
    pub dir: PathBuf,
    /// Into how many shards its readers find it cut, whatever the shards of the documents were.
    pub n_shards: usize,
    /// What is held out, in a corpus of its own.
    pub holdout: Option<Holdout>,
    /// How many threads encode; the result does not depend on it.
    pub threads: usize,
}

/// What [`encode`] wrote.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EncodeStats {
    /// The corpus.
    pub train: CorpusStats,
    /// What was held out of it, if that was asked for.
    pub held_out: Option<CorpusStats>,
}

/// Turns `documents`, as `pipeline` splits them, into the word ids of `vocab`, and writes them to the folder
/// of `plan`, to be opened as a [`MmapCorpus`](crate::MmapCorpus).
///
/// A word that the vocabulary lacks becomes `<unk>` or is left out, as its policy says; sentences of which
/// nothing is left are left out too. The folder appears when it is complete and durable, and not before.
///
/// # Errors
/// If the folder exists, the documents cannot be read, a file cannot be written, or the observer stops the
/// work. Then nothing is left behind.
pub fn encode(
    documents: &dyn Documents,
    pipeline: &Pipeline,
    vocab: &Vocab,
    plan: &CorpusPlan,
    observer: &mut dyn Observer,
) -> Result<EncodeStats, VocabError> {
    check_shards(plan.n_shards)?;
    plan.holdout.map_or(Ok(()), Holdout::check)?;
    let folder = PartialFolder::create(&plan.dir)?;
    let held_out = held_out_dir(folder.path());
    if plan.holdout.is_some() {
        fs::create_dir(&held_out).map_err(VocabError::io(&held_out))?;
    }
    let encoding = Encoding { documents, pipeline, vocab, holdout: plan.holdout, dir: folder.path() };
    let meter = Meter::new("words", None, observer);
    let work = |done: &mut Vec<_>, shard| {
        done.push((shard, encoding.shard(shard, &meter)?));
        Ok(())
    };
    let done = for_each_shard(documents.n_shards(), plan.threads, &meter, Vec::new, work)?;
    let stats = encoding.write_headers(done.into_iter().flatten().collect(), plan.n_shards)?;
    folder.finish()?;
    Ok(stats)
}

/// What all threads share.
struct Encoding<'a> {
    documents: &'a dyn Documents,
    pipeline: &'a Pipeline,
    vocab: &'a Vocab,
    holdout: Option<Holdout>,
    dir: &'a Path,
}

/// A piece that was written, and what was seen of the text meanwhile.
type Written = (PieceSize, CorpusStats);

/// A shard of the documents as a piece of the corpus, and one of the held-out part.
struct WrittenShard {
    train: Written,
    held_out: Option<Written>,
}

impl Encoding<'_> {
    fn shard(&self, shard: usize, meter: &Meter<'_>) -> Result<WrittenShard, VocabError> {
        let mut train = PartWriter::create(self.vocab, self.dir, shard)?;
        let mut held_out = match self.holdout {
            Some(_) => Some(PartWriter::create(self.vocab, &held_out_dir(self.dir), shard)?),
            None => None,
        };
        let mut result = Ok(());
        self.documents.for_each(shard, &mut |document| {
            let mut n_tokens = 0;
            for_each_sentence(document.text, self.pipeline, self.holdout, &mut |part, tokens| {
                n_tokens += tokens.len() as u64;
                let writer = match (part, &mut held_out) {
                    (Part::HeldOut, Some(held_out)) => held_out,
                    _ => &mut train,
                };
                if result.is_ok() {
                    result = writer.sentence(tokens);
                }
            });
            train.end_document();
            held_out.iter_mut().for_each(PartWriter::end_document);
            if result.is_err() { ControlFlow::Break(()) } else { meter.advance(n_tokens, None) }
        })?;
        result?;
        Ok(WrittenShard { train: train.finish()?, held_out: held_out.map(PartWriter::finish).transpose()? })
    }

    fn write_headers(
        &self,
        mut shards: Vec<(usize, WrittenShard)>,
        n_shards: usize,
    ) -> Result<EncodeStats, VocabError> {
        shards.sort_unstable_by_key(|&(shard, _)| shard);
        let train = shards.iter().map(|(_, shard)| shard.train);
        let train = self.write_header(self.dir, train, n_shards)?;
        let held_out = shards.iter().filter_map(|(_, shard)| shard.held_out);
        let held_out = match self.holdout {
            Some(_) => Some(self.write_header(&held_out_dir(self.dir), held_out, n_shards)?),
            None => None,
        };
        Ok(EncodeStats { train, held_out })
    }

    fn write_header(
        &self,
        dir: &Path,
        written: impl Iterator<Item = Written>,
        n_shards: usize,
    ) -> Result<CorpusStats, VocabError> {
        let (pieces, stats): (Vec<_>, Vec<_>) = written.unzip();
        let stats = stats.into_iter().fold(CorpusStats::default(), sum);
        Header::new(self.vocab, n_shards, stats, pieces).write(dir)?;
        Ok(stats)
    }
}

/// Encodes the sentences of one piece.
struct PartWriter<'a> {
    vocab: &'a Vocab,
    piece: PieceWriter,
    ids: Vec<WordId>,
    stats: CorpusStats,
    /// Sentences before the current document.
    n_before: u64,
}

impl<'a> PartWriter<'a> {
    fn create(vocab: &'a Vocab, dir: &Path, number: usize) -> Result<Self, VocabError> {
        let piece = PieceWriter::create(dir, number)?;
        Ok(Self { vocab, piece, ids: Vec::new(), stats: CorpusStats::default(), n_before: 0 })
    }

    fn sentence(&mut self, tokens: &[Token<'_>]) -> Result<(), VocabError> {
        self.ids.clear();
        for token in tokens {
            let known = self.vocab.id(token.text);
            let id = known.or_else(|| self.vocab.fallback());
            self.stats.n_unknown += u64::from(known.is_none() && id.is_some());
            self.ids.extend(id);
        }
        self.stats.n_skipped += (tokens.len() - self.ids.len()) as u64;
        if self.ids.is_empty() {
            return Ok(());
        }
        self.stats.n_sentences += 1;
        self.stats.n_tokens += self.ids.len() as u64;
        self.piece.push(&self.ids)
    }

    fn end_document(&mut self) {
        self.stats.n_documents += u64::from(self.stats.n_sentences > self.n_before);
        self.n_before = self.stats.n_sentences;
    }

    fn finish(self) -> Result<Written, VocabError> {
        Ok((self.piece.finish()?, self.stats))
    }
}

fn sum(a: CorpusStats, b: CorpusStats) -> CorpusStats {
    CorpusStats {
        n_documents: a.n_documents + b.n_documents,
        n_sentences: a.n_sentences + b.n_sentences,
        n_tokens: a.n_tokens + b.n_tokens,
        n_unknown: a.n_unknown + b.n_unknown,
        n_skipped: a.n_skipped + b.n_skipped,
    }
}

#[cfg(test)]
mod tests;
