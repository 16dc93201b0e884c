//! A piece of a corpus on disk: three plain columns of little-endian numbers.
//!
//! `NNNNN.ids` holds the word ids of all sentences, one after the other, as 32 bits each; `NNNNN.ends` holds
//! for each sentence, as 64 bits, how many ids there are up to its end; `NNNNN.documents` holds for each document, as
//! 64 bits, how many sentences there are up to its end, which may be those up to its beginning.

use crate::map::{map, release, word_ids};
use crate::{VocabError, WordId};
use memmap2::Mmap;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

/// How long a piece is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PieceSize {
    pub(crate) n_tokens: u64,
    pub(crate) n_sentences: u64,
    pub(crate) n_documents: u64,
}

const BUFFER: usize = 1 << 17;

/// Lets `bytes` be the little-endian bytes of `ids`.
pub(crate) fn id_bytes(ids: &[WordId], bytes: &mut Vec<u8>) {
    bytes.resize(size_of_val(ids), 0);
    let (chunks, _) = bytes.as_chunks_mut();
    chunks.iter_mut().zip(ids).for_each(|(chunk, id)| *chunk = id.0.to_le_bytes());
}

/// Writes a piece, sentence by sentence.
pub(crate) struct PieceWriter {
    ids: BufWriter<File>,
    ends: BufWriter<File>,
    documents: BufWriter<File>,
    dir: PathBuf,
    size: PieceSize,
    bytes: Vec<u8>,
}

impl PieceWriter {
    /// Begins piece number `number` of the corpus in `dir`.
    pub(crate) fn create(dir: &Path, number: usize) -> Result<Self, VocabError> {
        let create = |column| {
            let path = column_path(dir, number, column);
            let file = File::create_new(&path).map_err(VocabError::io(&path))?;
            Ok::<_, VocabError>(BufWriter::with_capacity(BUFFER, file))
        };
        let (ids, ends, documents) = (create("ids")?, create("ends")?, create("documents")?);
        Ok(Self { ids, ends, documents, dir: dir.to_owned(), size: PieceSize::default(), bytes: Vec::new() })
    }

    /// Appends a document of sentences that are not empty.
    pub(crate) fn append<'a>(
        &mut self,
        mut sentences: impl Iterator<Item = &'a [WordId]>,
    ) -> Result<(), VocabError> {
        sentences
            .try_for_each(|sentence| self.push(sentence))
            .and_then(|()| self.end_document())
            .map_err(VocabError::io(&self.dir))
    }

    fn end_document(&mut self) -> io::Result<()> {
        self.size.n_documents += 1;
        self.documents.write_all(&self.size.n_sentences.to_le_bytes())
    }

    fn push(&mut self, sentence: &[WordId]) -> io::Result<()> {
        self.size.n_sentences += 1;
        self.size.n_tokens += sentence.len() as u64;
        id_bytes(sentence, &mut self.bytes);
        self.ids.write_all(&self.bytes)?;
        self.ends.write_all(&self.size.n_tokens.to_le_bytes())
    }

    /// Makes the files durable.
    pub(crate) fn finish(self) -> Result<PieceSize, VocabError> {
        let sync =
            |writer: BufWriter<File>| writer.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all();
        [self.ids, self.ends, self.documents]
            .into_iter()
            .try_for_each(sync)
            .map_err(VocabError::io(&self.dir))?;
        Ok(self.size)
    }
}

/// A piece that is open for reading.
#[derive(Debug)]
pub(crate) struct Piece {
    ids: Mmap,
    ends: Mmap,
    documents: Mmap,
    size: PieceSize,
}

impl Piece {
    /// Opens piece number `number` of the corpus in `dir`, which must be of `size`; checks the ends of all
    /// sentences and documents.
    pub(crate) fn open(dir: &Path, number: usize, size: PieceSize) -> Result<Self, VocabError> {
        let ids = open_column(dir, number, "ids", size.n_tokens.checked_mul(4))?;
        let ends = open_column(dir, number, "ends", size.n_sentences.checked_mul(8))?;
        let documents = open_column(dir, number, "documents", size.n_documents.checked_mul(8))?;
        let piece = Self { ids, ends, documents, size };
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
        if last != self.size.n_tokens {
            return Err("the sentences do not end where the ids do");
        }
        let document_ends = || (0..self.n_documents()).map(|document| number(&self.documents, document));
        if !document_ends().is_sorted() || document_ends().next_back().unwrap_or(0) != self.size.n_sentences {
            return Err("the documents do not end where the sentences do");
        }
        Ok(())
    }

    /// The ids of document number `document`, all its sentences together. `None` if there is no such document, or if
    /// somebody changed the files since they were opened.
    pub(crate) fn document(&self, document: usize) -> Option<&[WordId]> {
        if document >= self.n_documents() {
            return None;
        }
        let (start, end) = (self.document_start(document), self.document_start(document + 1));
        word_ids(&self.ids)?.get(usize::try_from(start).ok()?..usize::try_from(end).ok()?)
    }

    /// The first document that starts at id `token` of the piece or behind it.
    pub(crate) fn document_from(&self, token: u64) -> usize {
        first_of(self.n_documents(), |document| self.document_start(document) >= token)
    }

    /// Ids before document number `document`, which may be the one behind the last.
    fn document_start(&self, document: usize) -> u64 {
        let n_sentences = if document == 0 { 0 } else { number(&self.documents, document - 1) };
        usize::try_from(n_sentences).map_or(u64::MAX, |sentence| {
            if sentence <= self.n_sentences() { self.start(sentence) } else { u64::MAX }
        })
    }

    pub(crate) fn n_documents(&self) -> usize {
        self.documents.len() / 8
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
        first_of(self.n_sentences(), |sentence| self.start(sentence) >= token)
    }

    /// Lets the system take back the memory of the ids of some sentences.
    pub(crate) fn release_sentences(&self, sentences: Range<usize>) {
        self.release(self.start(sentences.start)..self.start(sentences.end));
    }

    /// Lets the system take back the memory of the ids of some documents.
    pub(crate) fn release_documents(&self, documents: Range<usize>) {
        self.release(self.document_start(documents.start)..self.document_start(documents.end));
    }

    fn release(&self, tokens: Range<u64>) {
        let byte = |token| usize::try_from(token).map_or(usize::MAX, |token| token.saturating_mul(4));
        release(&self.ids, byte(tokens.start)..byte(tokens.end));
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
        number(&self.ends, sentence)
    }
}

/// Entry `at` of a column of numbers of 64 bits. Panics if there is none.
fn number(column: &[u8], at: usize) -> u64 {
    let (numbers, _) = column.as_chunks();
    u64::from_le_bytes(numbers[at])
}

/// The first of the numbers below `n` for which `holds`, and `n` if there is none; it holds for all behind it.
fn first_of(n: usize, holds: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, n);
    while low < high {
        let middle = low.midpoint(high);
        if holds(middle) { high = middle } else { low = middle + 1 }
    }
    low
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

    fn ids(ids: &[u32]) -> Vec<WordId> {
        ids.iter().map(|&id| WordId(id)).collect()
    }

    fn write(documents: &[&[&[u32]]]) -> (tempfile::TempDir, PieceSize) {
        let dir = tempfile::tempdir().unwrap();
        let mut writer = PieceWriter::create(dir.path(), 0).unwrap();
        for sentences in documents {
            let sentences: Vec<Vec<WordId>> = sentences.iter().map(|sentence| ids(sentence)).collect();
            writer.append(sentences.iter().map(Vec::as_slice)).unwrap();
        }
        let size = writer.finish().unwrap();
        (dir, size)
    }

    #[track_caller]
    fn check(column: &str, bytes: &[u8], want: &str) {
        let (dir, size) = write(&[&[&[1, 2], &[3]]]);
        fs::write(column_path(dir.path(), 0, column), bytes).unwrap();
        let error = Piece::open(dir.path(), 0, size).unwrap_err().to_string();
        assert!(error.ends_with(want), "{error}");
    }

    #[test]
    fn sentences_come_back() {
        let (dir, size) = write(&[&[&[1, 2], &[3], &[4, 5, 6]]]);
        let piece = Piece::open(dir.path(), 0, size).unwrap();
        assert_eq!(piece.sentence(2), Some(&ids(&[4, 5, 6])[..]));
        assert_eq!((piece.sentence(3), piece.n_tokens()), (None, 6));
        assert_eq!([0, 1, 2, 3, 4, 9].map(|token| piece.sentence_from(token)), [0, 1, 1, 2, 3, 3]);
    }

    #[test]
    fn documents_come_back() {
        let (dir, size) = write(&[&[], &[&[1, 2], &[3]], &[], &[&[4]], &[]]);
        let piece = Piece::open(dir.path(), 0, size).unwrap();
        let documents: Vec<&[WordId]> = (0..5).map(|document| piece.document(document).unwrap()).collect();
        assert_eq!(documents, [&ids(&[])[..], &ids(&[1, 2, 3]), &[], &ids(&[4]), &[]]);
        assert_eq!((piece.document(5), piece.n_documents()), (None, 5));
        assert_eq!([0, 1, 3, 4, 5].map(|token| piece.document_from(token)), [0, 2, 2, 4, 5]);
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
        check("documents", &[], "it has 0 bytes, expected 8");
        check("documents", &ends(&[1]), "piece 0: the documents do not end where the sentences do");
        check("documents", &ends(&[u64::MAX]), "piece 0: the documents do not end where the sentences do");
        check("ends", &ends(&[2, u64::MAX]), "piece 0: the sentences do not end where the ids do");
    }
}
