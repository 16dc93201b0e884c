//! A corpus on disk, mapped into memory.

mod documents;

use crate::piece::{Piece, PieceSize};
use crate::{Corpus, Vocab, VocabError, WordId, atomic};
use serde::{Deserialize, Serialize};
use std::fs;
use std::ops::{AddAssign, ControlFlow};
use std::path::{Path, PathBuf};

const KIND: &str = "corpus";
const FORMAT: &str = "sememe-corpus";
const VERSION: u32 = 2;
/// More shards than this are a mistake, and the ids of shards stay small.
pub(crate) const MAX_SHARDS: usize = 1 << 20;

/// What a corpus holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CorpusStats {
    /// Documents with at least one sentence here.
    pub n_documents: u64,
    /// Sentences, none of them empty.
    pub n_sentences: u64,
    /// Word ids.
    pub n_tokens: u64,
    /// How many of the ids stand for words that the vocabulary lacks.
    pub n_unknown: u64,
    /// How many words were left out because the vocabulary lacks them.
    pub n_skipped: u64,
}

impl AddAssign for CorpusStats {
    fn add_assign(&mut self, other: Self) {
        self.n_documents += other.n_documents;
        self.n_sentences += other.n_sentences;
        self.n_tokens += other.n_tokens;
        self.n_unknown += other.n_unknown;
        self.n_skipped += other.n_skipped;
    }
}

/// The file `corpus.json`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Header {
    format: String,
    version: u32,
    /// Digest of the vocabulary.
    vocabulary: String,
    /// Ids are below this.
    n_words: u64,
    n_shards: usize,
    stats: CorpusStats,
    pieces: Vec<PieceSize>,
}

impl Header {
    pub(crate) fn new(vocab: &Vocab, n_shards: usize, stats: CorpusStats, pieces: Vec<PieceSize>) -> Self {
        Self {
            format: FORMAT.to_owned(),
            version: VERSION,
            vocabulary: vocab.digest(),
            n_words: vocab.len() as u64,
            n_shards,
            stats,
            pieces,
        }
    }

    pub(crate) fn write(&self, dir: &Path) -> Result<(), VocabError> {
        let path = header_path(dir);
        let text = serde_json::to_vec_pretty(self).map_err(|error| VocabError::io(&path)(error.into()))?;
        atomic::write(&path, &text)
    }

    fn read(dir: &Path) -> Result<Self, VocabError> {
        let path = header_path(dir);
        let text = fs::read(&path).map_err(VocabError::io(&path))?;
        let header: Self = serde_json::from_slice(&text)
            .map_err(|error| VocabError::corrupt(&path, "header of a corpus", error.to_string()))?;
        header.check(&path)?;
        Ok(header)
    }

    fn check(&self, path: &Path) -> Result<(), VocabError> {
        if self.version != VERSION {
            let (path, wanted, found) = (path.to_owned(), VERSION, self.version);
            return Err(VocabError::Version { path, kind: KIND, wanted, found });
        }
        let sum = |size: fn(&PieceSize) -> u64| {
            self.pieces.iter().try_fold(0u64, |sum, piece| sum.checked_add(size(piece)))
        };
        let reason = if self.format != FORMAT {
            format!("its format is `{}`, expected `{FORMAT}`", self.format)
        } else if !(1..=MAX_SHARDS).contains(&self.n_shards) {
            format!("it has {} shards, expected 1 to {MAX_SHARDS}", self.n_shards)
        } else if sum(|piece| piece.n_tokens) != Some(self.stats.n_tokens)
            || sum(|piece| piece.n_sentences) != Some(self.stats.n_sentences)
        {
            "its pieces are not of the length of the whole".to_owned()
        } else {
            return Ok(());
        };
        Err(VocabError::corrupt(path, "header of a corpus", reason))
    }
}

fn header_path(dir: &Path) -> PathBuf {
    dir.join("corpus.json")
}

/// A [`Corpus`] in a folder that [`encode`](crate::encode) wrote.
///
/// The sentences are lent straight from the mapped files. Shards are no files: they are cut at sentences so
/// that they hold about the same number of words, and can be cut anew when the corpus is opened; read as documents, it
/// is cut at documents.
///
/// Opening checks the lengths of all files and the ends of all sentences and documents. That the ids are below
/// [`MmapCorpus::n_words`] is checked while they are read: no reader ever sees one that is not.
#[derive(Debug)]
pub struct MmapCorpus {
    dir: PathBuf,
    header: Header,
    pieces: Vec<Piece>,
}

/// A place between two sentences.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Cut {
    piece: usize,
    sentence: usize,
}

impl MmapCorpus {
    /// Opens the corpus in the folder `dir`.
    ///
    /// # Errors
    /// If a file is missing, damaged or of another version, or the machine is big-endian.
    pub fn open(dir: &Path) -> Result<Self, VocabError> {
        let header = Header::read(dir)?;
        let pieces: Result<_, _> =
            header.pieces.iter().enumerate().map(|(number, &size)| Piece::open(dir, number, size)).collect();
        Ok(Self { dir: dir.to_owned(), header, pieces: pieces? })
    }

    /// The part held out of the corpus in the folder `dir`, if there is one.
    ///
    /// # Errors
    /// As [`MmapCorpus::open`].
    pub fn open_held_out(dir: &Path) -> Result<Option<Self>, VocabError> {
        let dir = held_out_dir(dir);
        if dir.is_dir() { Self::open(&dir).map(Some) } else { Ok(None) }
    }

    /// The same corpus, cut into `n_shards` shards.
    ///
    /// # Errors
    /// If `n_shards` is 0 or more than 1,048,576.
    pub fn with_shards(mut self, n_shards: usize) -> Result<Self, VocabError> {
        self.header.n_shards = check_shards(n_shards)?;
        Ok(self)
    }

    /// Makes sure that the corpus was encoded with `vocab`.
    ///
    /// # Errors
    /// If it was not.
    pub fn check_vocab(&self, vocab: &Vocab) -> Result<(), VocabError> {
        let (wanted, found) = (vocab.digest(), self.header.vocabulary.clone());
        if wanted == found {
            return Ok(());
        }
        Err(VocabError::OtherVocab { path: self.dir.clone(), wanted, found })
    }

    /// The number of words of the vocabulary: all ids are below it.
    pub fn n_words(&self) -> usize {
        usize::try_from(self.header.n_words).unwrap_or(usize::MAX)
    }

    /// What the corpus holds.
    pub fn stats(&self) -> CorpusStats {
        self.header.stats
    }

    /// The shard begins with the first sentence, or the first document, from this id on.
    fn first_token(&self, shard: usize) -> u64 {
        let (shard, n_shards) = (shard as u128, self.header.n_shards as u128);
        // At most n_tokens, so it fits.
        (u128::from(self.n_tokens()) * shard / n_shards) as u64
    }

    /// Where shard number `shard` begins, and the one before it ends.
    fn cut(&self, shard: usize) -> Cut {
        let mut token = self.first_token(shard);
        for (piece, columns) in self.pieces.iter().enumerate() {
            if token < columns.n_tokens() {
                return Cut { piece, sentence: columns.sentence_from(token) };
            }
            token -= columns.n_tokens();
        }
        Cut { piece: self.pieces.len(), sentence: 0 }
    }

    /// Lets the system take back the memory of the last piece read, up to `at`, of a shard that began at `start`: a long
    /// corpus, read shard by shard, is never in memory as a whole. Shards read at the same time may share a page, which
    /// comes back unnoticed.
    fn release(&self, start: Cut, at: Cut) {
        let first = if at.piece == start.piece { start.sentence } else { 0 };
        if let Some(piece) = self.pieces.get(at.piece) {
            piece.release_sentences(first..at.sentence);
        }
    }

    /// Ids read from piece number `piece`, once it is sure that they are sound.
    fn checked<'a>(&self, piece: usize, ids: Option<&'a [WordId]>) -> Result<&'a [WordId], VocabError> {
        let corrupt = |reason| VocabError::corrupt(&self.dir, KIND, format!("piece {piece}: {reason}"));
        let ids = ids.ok_or_else(|| corrupt("its files have changed since they were opened".to_owned()))?;
        match ids.iter().max() {
            Some(id) if u64::from(id.0) >= self.header.n_words => {
                Err(corrupt(format!("an id of {}, expected less than {}", id.0, self.header.n_words)))
            }
            _ => Ok(ids),
        }
    }
}

impl Corpus for MmapCorpus {
    fn n_shards(&self) -> usize {
        self.header.n_shards
    }

    fn n_tokens(&self) -> u64 {
        self.header.stats.n_tokens
    }

    fn n_sentences(&self) -> u64 {
        self.header.stats.n_sentences
    }

    fn for_each_sentence(
        &self,
        shard: usize,
        sink: &mut dyn FnMut(&[WordId]) -> ControlFlow<()>,
    ) -> Result<(), VocabError> {
        let (start, end) = (self.cut(shard), self.cut(shard + 1));
        let mut cut = start;
        while cut < end {
            if cut.sentence >= self.pieces[cut.piece].n_sentences() {
                self.release(start, cut);
                cut = Cut { piece: cut.piece + 1, sentence: 0 };
                continue;
            }
            let sentence = self.pieces[cut.piece].sentence(cut.sentence);
            if sink(self.checked(cut.piece, sentence)?).is_break() {
                break;
            }
            cut.sentence += 1;
        }
        self.release(start, cut);
        Ok(())
    }
}

/// Where the held-out part of a corpus is.
pub(crate) fn held_out_dir(dir: &Path) -> PathBuf {
    dir.join("held-out")
}

pub(crate) fn check_shards(n_shards: usize) -> Result<usize, VocabError> {
    if (1..=MAX_SHARDS).contains(&n_shards) {
        return Ok(n_shards);
    }
    Err(VocabError::setting("n_shards", format!("{n_shards} is not within 1 to {MAX_SHARDS}")))
}

#[cfg(test)]
mod tests;
