//! A piece of a corpus on disk: two plain columns of little-endian numbers.
//!
//! `NNNNN.ids` holds the word ids of all sentences, one after the other, as 32 bits each; `NNNNN.ends` holds
//! for each sentence, as 64 bits, how many ids there are up to its end.

use crate::map::{map, word_ids};
use crate::{VocabError, WordId};
use memmap2::Mmap;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// How long a piece is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PieceSize {
    pub(crate) n_tokens: u64,
    pub(crate) n_sentences: u64,
}

const BUFFER: usize = 1 << 17;

/// Writes a piece, sentence by sentence.
pub(crate) struct PieceWriter {
    ids: BufWriter<File>,
    ends: BufWriter<File>,
    dir: PathBuf,
    size: PieceSize,
}

impl PieceWriter {
    /// Begins piece number `number` of the corpus in `dir`.
    pub(crate) fn create(dir: &Path, number: usize) -> Result<Self, VocabError> {
        let create = |column| {
            let path = column_path(dir, number, column);
            let file = File::create_new(&path).map_err(VocabError::io(&path))?;
            Ok::<_, VocabError>(BufWriter::with_capacity(BUFFER, file))
        };
        let (ids, ends) = (create("ids")?, create("ends")?);
        Ok(Self { ids, ends, dir: dir.to_owned(), size: PieceSize::default() })
    }

    /// Appends sentences that are not empty.
    pub(crate) fn append<'a>(
        &mut self,
        mut sentences: impl Iterator<Item = &'a [WordId]>,
    ) -> Result<(), VocabError> {
        sentences.try_for_each(|sentence| self.push(sentence)).map_err(VocabError::io(&self.dir))
    }

    fn push(&mut self, sentence: &[WordId]) -> io::Result<()> {
        self.size.n_sentences += 1;
        self.size.n_tokens += sentence.len() as u64;
        sentence.iter().try_for_each(|id| self.ids.write_all(&id.0.to_le_bytes()))?;
        self.ends.write_all(&self.size.n_tokens.to_le_bytes())
    }

    /// Makes the files durable.
    pub(crate) fn finish(self) -> Result<PieceSize, VocabError> {
        let sync =
            |writer: BufWriter<File>| writer.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all();
        sync(self.ids).and_then(|()| sync(self.ends)).map_err(VocabError::io(&self.dir))?;
        Ok(self.size)
    }
}

/// A piece that is open for reading.
#[derive(Debug)]
pub(crate) struct Piece {
    ids: Mmap,
    ends: Mmap,
    size: PieceSize,
}

impl Piece {
    /// Opens piece number `number` of the corpus in `dir`, which must be of `size`; checks the ends of all
    /// sentences.
    pub(crate) fn open(dir: &Path, number: usize, size: PieceSize) -> Result<Self, VocabError> {
        let ids = open_column(dir, number, "ids", size.n_tokens.checked_mul(4))?;
        let ends = open_column(dir, number, "ends", size.n_sentences.checked_mul(8))?;
        let piece = Self { ids, ends, size };
        piece
            .check()
            .map_err(|reason| VocabError::corrupt(dir, "corpus", format!("piece {number}: {reason}")))?;
        Ok(piece)
    }

    fn check(&self) -> Result<(), &'static str> {
        word_ids(&self.ids).ok_or("its ids cannot be read on this machine")?;
        let mut last = 0;
        for sentence in 0..self.n_sentences() {
            let end = self.end(sentence);
            if end <= last {
                return Err("the ends of the sentences do not rise");
            }
            last = end;
        }
        if last == self.size.n_tokens { Ok(()) } else { Err("the sentences do not end where the ids do") }
    }

    /// The ids of sentence number `sentence`. `None` if there is no such sentence, or if somebody changed
    /// the files since they were opened.
    pub(crate) fn sentence(&self, sentence: usize) -> Option<&[WordId]> {
        if sentence >= self.n_sentences() {
            return None;
        }
        let (start, end) = (self.start(sentence), self.end(sentence));
        word_ids(&self.ids)?.get(usize::try_from(start).ok()?..usize::try_from(end).ok()?)
    }

    /// The first sentence that starts at id `token` of the piece or behind it.
    pub(crate) fn sentence_from(&self, token: u64) -> usize {
        let (mut low, mut high) = (0, self.n_sentences());
        while low < high {
            let middle = low.midpoint(high);
            if self.start(middle) < token { low = middle + 1 } else { high = middle }
        }
        low
    }

    pub(crate) fn n_sentences(&self) -> usize {
        self.ends.len() / 8
    }

    pub(crate) fn n_tokens(&self) -> u64 {
        self.size.n_tokens
    }

    fn start(&self, sentence: usize) -> u64 {
        if sentence == 0 { 0 } else { self.end(sentence - 1) }
    }

    fn end(&self, sentence: usize) -> u64 {
        let (ends, _) = self.ends.as_chunks();
        u64::from_le_bytes(ends[sentence])
    }
}

fn column_path(dir: &Path, number: usize, column: &str) -> PathBuf {
    dir.join(format!("{number:05}.{column}"))
}

fn open_column(dir: &Path, number: usize, column: &str, wanted: Option<u64>) -> Result<Mmap, VocabError> {
    let path = column_path(dir, number, column);
    let column = File::open(&path).and_then(|file| map(&file)).map_err(VocabError::io(&path))?;
    if Some(column.len() as u64) != wanted {
        let wanted = wanted.map_or("more".to_owned(), |wanted| wanted.to_string());
        let reason = format!("it has {} bytes, expected {wanted}", column.len());
        return Err(VocabError::corrupt(&path, "column of a corpus", reason));
    }
    Ok(column)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn write(sentences: &[&[u32]]) -> (tempfile::TempDir, PieceSize) {
        let dir = tempfile::tempdir().unwrap();
        let mut writer = PieceWriter::create(dir.path(), 0).unwrap();
        let ids = |sentence: &&[u32]| sentence.iter().map(|&id| WordId(id)).collect();
        let sentences: Vec<Vec<WordId>> = sentences.iter().map(ids).collect();
        writer.append(sentences.iter().map(Vec::as_slice)).unwrap();
        let size = writer.finish().unwrap();
        (dir, size)
    }

    #[track_caller]
    fn check(column: &str, bytes: &[u8], want: &str) {
        let (dir, size) = write(&[&[1, 2], &[3]]);
        fs::write(column_path(dir.path(), 0, column), bytes).unwrap();
        let error = Piece::open(dir.path(), 0, size).unwrap_err().to_string();
        assert!(error.ends_with(want), "{error}");
    }

    #[test]
    fn sentences_come_back() {
        let (dir, size) = write(&[&[1, 2], &[3], &[4, 5, 6]]);
        let piece = Piece::open(dir.path(), 0, size).unwrap();
        assert_eq!(piece.sentence(2), Some(&[WordId(4), WordId(5), WordId(6)][..]));
        assert_eq!((piece.sentence(3), piece.n_tokens()), (None, 6));
        assert_eq!([0, 1, 2, 3, 4, 9].map(|token| piece.sentence_from(token)), [0, 1, 1, 2, 3, 3]);
    }

    #[test]
    fn an_empty_piece_is_a_piece() {
        let (dir, size) = write(&[]);
        assert_eq!(Piece::open(dir.path(), 0, size).unwrap().sentence(0), None);
    }

    #[test]
    fn damage_is_found() {
        let ends = |ends: &[u64]| ends.iter().flat_map(|end| end.to_le_bytes()).collect::<Vec<_>>();
        check("ids", &[0; 11], "it has 11 bytes, expected 12");
        check("ends", &[], "it has 0 bytes, expected 16");
        check("ends", &ends(&[4, 3]), "piece 0: the ends of the sentences do not rise");
        check("ends", &ends(&[0, 3]), "piece 0: the ends of the sentences do not rise");
        check("ends", &ends(&[2, 4]), "piece 0: the sentences do not end where the ids do");
        check("ends", &ends(&[2, u64::MAX]), "piece 0: the sentences do not end where the ids do");
    }
}
