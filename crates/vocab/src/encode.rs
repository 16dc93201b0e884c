//! Text turned into a corpus of word ids on disk.

use crate::atomic::PartialFolder;
use crate::holdout::for_each_sentence;
use crate::mmap_corpus::{Header, check_shards, held_out_dir};
use crate::pass::Pass;
use crate::piece::{PieceSize, PieceWriter};
use crate::sentences::{Sentences, Sides};
use crate::{CorpusStats, Holdout, Vocab, VocabError};
use sememe_kernels::{Meter, Observer};
use sememe_text::{Documents, Pipeline};
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
/// nothing is left are left out too, but a document of which nothing is
/// left is one without words. The folder appears when it is complete and durable, and not before.
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
    let folder = Folder::create(plan)?;
    let meter = Meter::new("words", None, observer);
    let encoding = Encoding { pipeline, vocab, holdout: plan.holdout, folder: &folder };
    let pass = Pass::new(documents, plan.threads, &meter);
    let shards = pass.for_each_shard(|shard| encoding.shard(shard, &pass, &meter))?;
    folder.finish(vocab, &shards)
}

/// The folder of a corpus, and of its held-out part, under construction.
pub(crate) struct Folder {
    partial: PartialFolder,
    holdout: Option<Holdout>,
    n_shards: usize,
}

impl Folder {
    pub(crate) fn create(plan: &CorpusPlan) -> Result<Self, VocabError> {
        check_shards(plan.n_shards)?;
        plan.holdout.map_or(Ok(()), Holdout::check)?;
        let partial = PartialFolder::create(&plan.dir)?;
        if plan.holdout.is_some() {
            let held_out = held_out_dir(partial.path());
            fs::create_dir(&held_out).map_err(VocabError::io(&held_out))?;
        }
        Ok(Self { partial, holdout: plan.holdout, n_shards: plan.n_shards })
    }

    pub(crate) fn path(&self) -> &Path {
        self.partial.path()
    }

    /// Begins the pieces of a shard.
    pub(crate) fn shard(&self, shard: usize) -> Result<ShardWriter, VocabError> {
        let held_out = self.holdout.map(|_| SideWriter::create(&held_out_dir(self.path()), shard));
        Ok(ShardWriter { train: SideWriter::create(self.path(), shard)?, held_out: held_out.transpose()? })
    }

    /// Says in the headers what was written, and gives the folder its name.
    pub(crate) fn finish(self, vocab: &Vocab, shards: &[WrittenShard]) -> Result<EncodeStats, VocabError> {
        let train = self.write_header(self.path(), vocab, shards.iter().map(|shard| shard.train))?;
        let held_out = self.holdout.map(|_| {
            let written = shards.iter().filter_map(|shard| shard.held_out);
            self.write_header(&held_out_dir(self.path()), vocab, written)
        });
        let stats = EncodeStats { train, held_out: held_out.transpose()? };
        self.partial.finish()?;
        Ok(stats)
    }

    fn write_header(
        &self,
        dir: &Path,
        vocab: &Vocab,
        written: impl Iterator<Item = Written>,
    ) -> Result<CorpusStats, VocabError> {
        let (mut pieces, mut sum) = (Vec::new(), CorpusStats::default());
        for (size, stats) in written {
            pieces.push(size);
            sum += stats;
        }
        Header::new(vocab, self.n_shards, sum, pieces).write(dir)?;
        Ok(sum)
    }
}

/// A shard of the documents becomes a piece of the corpus, and one of the held-out part.
pub(crate) struct ShardWriter {
    train: SideWriter,
    held_out: Option<SideWriter>,
}

/// The pieces of a shard.
pub(crate) struct WrittenShard {
    train: Written,
    held_out: Option<Written>,
}

/// A piece that was written, and what was seen of the text meanwhile.
type Written = (PieceSize, CorpusStats);

impl ShardWriter {
    pub(crate) fn push(&mut self, documents: &Sides) -> Result<(), VocabError> {
        self.train.push(&documents.train)?;
        self.held_out.iter_mut().try_for_each(|side| side.push(&documents.held_out))
    }

    pub(crate) fn finish(self) -> Result<WrittenShard, VocabError> {
        let held_out = self.held_out.map(SideWriter::finish).transpose()?;
        Ok(WrittenShard { train: self.train.finish()?, held_out })
    }
}

/// A piece under construction.
struct SideWriter {
    piece: PieceWriter,
    stats: CorpusStats,
}

impl SideWriter {
    fn create(dir: &Path, shard: usize) -> Result<Self, VocabError> {
        Ok(Self { piece: PieceWriter::create(dir, shard)?, stats: CorpusStats::default() })
    }

    fn push(&mut self, sentences: &Sentences) -> Result<(), VocabError> {
        self.stats += sentences.stats;
        sentences.append_to(&mut self.piece)
    }

    fn finish(self) -> Result<Written, VocabError> {
        Ok((self.piece.finish()?, self.stats))
    }
}

/// What all threads share.
struct Encoding<'a> {
    pipeline: &'a Pipeline,
    vocab: &'a Vocab,
    holdout: Option<Holdout>,
    folder: &'a Folder,
}

impl Encoding<'_> {
    fn shard(&self, shard: usize, pass: &Pass<'_>, meter: &Meter<'_>) -> Result<WrittenShard, VocabError> {
        let mut writer = self.folder.shard(shard)?;
        let encode = |texts: &[&str]| Ok(self.encode(texts, meter));
        pass.read_shard(shard, encode, |encoded| writer.push(&encoded))?;
        writer.finish()
    }

    fn encode(&self, texts: &[&str], meter: &Meter<'_>) -> Sides {
        let (mut encoded, mut n_tokens, mut ids) = (Sides::default(), 0, Vec::new());
        for text in texts {
            for_each_sentence(text, self.pipeline, self.holdout, &mut |part, tokens| {
                n_tokens += tokens.len() as u64;
                ids.clear();
                self.vocab.ids(tokens, &mut ids);
                encoded.of(part).push(ids.iter().copied(), self.vocab.fallback());
            });
            encoded.end_document();
        }
        // Whoever reads the documents looks whether to stop.
        let _ = meter.advance(n_tokens, None);
        encoded
    }
}

#[cfg(test)]
mod tests;
