//! Text turned into a corpus of word ids on disk.

use crate::atomic::PartialFolder;
use crate::holdout::{Part, for_each_sentence};
use crate::mmap_corpus::{Header, check_shards, held_out_dir};
use crate::pass::Pass;
use crate::piece::{PieceSize, PieceWriter};
use crate::{CorpusStats, Holdout, Vocab, VocabError, WordId};
use sememe_kernels::{Meter, Observer};
use sememe_text::{Documents, Pipeline, Token};
use serde::{Deserialize, Serialize};
use std::fs;
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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
/// nothing is left are left out too, but a document of which nothing is left is one without words. The folder appears when it is complete and durable, and not before.
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
    let meter = Meter::new("words", None, observer);
    let encoding = Encoding { pipeline, vocab, holdout: plan.holdout, dir: folder.path() };
    let pass = Pass::new(documents, plan.threads, &meter);
    let pieces = pass.for_each_shard(|shard| encoding.shard(shard, &pass, &meter))?;
    let stats = encoding.write_headers(&pieces, plan.n_shards)?;
    folder.finish()?;
    Ok(stats)
}

/// What all threads share.
struct Encoding<'a> {
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

/// Some documents as ids, by sides.
#[derive(Default)]
struct Encoded {
    train: Sentences,
    held_out: Sentences,
}

impl Encoding<'_> {
    fn shard(&self, shard: usize, pass: &Pass<'_>, meter: &Meter<'_>) -> Result<WrittenShard, VocabError> {
        let mut train = PieceWriter::create(self.dir, shard)?;
        let mut held_out = match self.holdout {
            Some(_) => Some(PieceWriter::create(&held_out_dir(self.dir), shard)?),
            None => None,
        };
        let mut stats = (CorpusStats::default(), CorpusStats::default());
        let encode = |texts: &[&str]| Ok(self.encode(texts, meter));
        pass.read_shard(shard, encode, |encoded| {
            stats.0 += encoded.train.stats;
            stats.1 += encoded.held_out.stats;
            held_out.iter_mut().try_for_each(|piece| encoded.held_out.append_to(piece))?;
            encoded.train.append_to(&mut train)
        })?;
        let held_out = held_out.map(PieceWriter::finish).transpose()?;
        Ok(WrittenShard { train: (train.finish()?, stats.0), held_out: held_out.map(|size| (size, stats.1)) })
    }

    fn encode(&self, texts: &[&str], meter: &Meter<'_>) -> Encoded {
        let (mut encoded, mut n_tokens) = (Encoded::default(), 0);
        for text in texts {
            for_each_sentence(text, self.pipeline, self.holdout, &mut |part, tokens| {
                n_tokens += tokens.len() as u64;
                match part {
                    Part::Train => encoded.train.push(tokens, self.vocab),
                    Part::HeldOut => encoded.held_out.push(tokens, self.vocab),
                }
            });
            encoded.train.end_document();
            encoded.held_out.end_document();
        }
        // Whoever reads the documents looks whether to stop.
        let _ = meter.advance(n_tokens, None);
        encoded
    }

    fn write_headers(&self, shards: &[WrittenShard], n_shards: usize) -> Result<EncodeStats, VocabError> {
        let train = shards.iter().map(|shard| shard.train);
        let train = self.write_header(self.dir, train, n_shards)?;
        let held_out = shards.iter().filter_map(|shard| shard.held_out);
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
        let (mut pieces, mut sum) = (Vec::new(), CorpusStats::default());
        for (size, stats) in written {
            pieces.push(size);
            sum += stats;
        }
        Header::new(self.vocab, n_shards, sum, pieces).write(dir)?;
        Ok(sum)
    }
}

/// Sentences of ids, one after the other.
#[derive(Default)]
struct Sentences {
    ids: Vec<WordId>,
    /// Where each sentence ends among the ids,
    ends: Vec<usize>,
    /// and each document among the sentences.
    document_ends: Vec<usize>,
    stats: CorpusStats,
}

impl Sentences {
    fn push(&mut self, tokens: &[Token<'_>], vocab: &Vocab) {
        let start = self.ids.len();
        for token in tokens {
            let known = vocab.id(token.text);
            let id = known.or_else(|| vocab.fallback());
            self.stats.n_unknown += u64::from(known.is_none() && id.is_some());
            self.ids.extend(id);
        }
        let n_ids = self.ids.len() - start;
        self.stats.n_tokens += n_ids as u64;
        self.stats.n_skipped += (tokens.len() - n_ids) as u64;
        if n_ids > 0 {
            self.stats.n_sentences += 1;
            self.ends.push(self.ids.len());
        }
    }

    fn end_document(&mut self) {
        let start = self.document_ends.last().copied().unwrap_or(0);
        self.stats.n_documents += u64::from(self.ends.len() > start);
        self.document_ends.push(self.ends.len());
    }

    fn append_to(&self, piece: &mut PieceWriter) -> Result<(), VocabError> {
        let mut start = 0;
        for &end in &self.document_ends {
            piece.append((start..end).map(|sentence| self.sentence(sentence)))?;
            start = end;
        }
        Ok(())
    }

    fn sentence(&self, sentence: usize) -> &[WordId] {
        let start = if sentence == 0 { 0 } else { self.ends[sentence - 1] };
        &self.ids[start..self.ends[sentence]]
    }
}

#[cfg(test)]
mod tests;
