//! Documents on disk in the numbers that their words got while they were counted.

use crate::piece::id_bytes;
use crate::sentences::{Sentences, Sides};
use crate::{VocabError, WordId};
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

/// Some documents, in the numbers of one counter.
#[derive(Debug, PartialEq)]
pub(crate) struct Draft {
    /// The number of the counter.
    pub(crate) counter: usize,
    pub(crate) sides: Sides,
}

const BUFFER: usize = 1 << 17;

fn path(dir: &Path, shard: usize) -> PathBuf {
    dir.join(format!("{shard:05}.draft"))
}

/// Writes the drafts of a shard, one after the other.
pub(crate) struct DraftWriter {
    file: BufWriter<File>,
    path: PathBuf,
    bytes: Vec<u8>,
}

impl DraftWriter {
    pub(crate) fn create(dir: &Path, shard: usize) -> Result<Self, VocabError> {
        let path = path(dir, shard);
        let file = File::create_new(&path).map_err(VocabError::io(&path))?;
        Ok(Self { file: BufWriter::with_capacity(BUFFER, file), path, bytes: Vec::new() })
    }

    pub(crate) fn push(&mut self, draft: &Draft) -> Result<(), VocabError> {
        self.write(draft).map_err(VocabError::io(&self.path))
    }

    fn write(&mut self, draft: &Draft) -> io::Result<()> {
        self.numbers(&[draft.counter])?;
        for side in [&draft.sides.train, &draft.sides.held_out] {
            self.numbers(&[side.ids.len(), side.ends.len(), side.document_ends.len()])?;
            id_bytes(&side.ids, &mut self.bytes);
            self.file.write_all(&self.bytes)?;
            self.numbers(&side.ends)?;
            self.numbers(&side.document_ends)?;
        }
        Ok(())
    }

    fn numbers(&mut self, numbers: &[usize]) -> io::Result<()> {
        numbers.iter().try_for_each(|&number| self.file.write_all(&(number as u64).to_le_bytes()))
    }

    pub(crate) fn finish(mut self) -> Result<(), VocabError> {
        self.file.flush().map_err(VocabError::io(&self.path))
    }
}

/// Calls `sink` with every draft of `shard`, in order, and then removes them.
pub(crate) fn take_drafts(
    dir: &Path,
    shard: usize,
    mut sink: impl FnMut(&Draft) -> Result<(), VocabError>,
) -> Result<(), VocabError> {
    let path = path(dir, shard);
    let file = File::open(&path).map_err(VocabError::io(&path))?;
    let mut reader = DraftReader { file: BufReader::with_capacity(BUFFER, file), bytes: Vec::new() };
    while let Some(draft) = reader.draft().map_err(VocabError::io(&path))? {
        sink(&draft)?;
    }
    fs::remove_file(&path).map_err(VocabError::io(&path))
}

struct DraftReader {
    file: BufReader<File>,
    bytes: Vec<u8>,
}

impl DraftReader {
    fn draft(&mut self) -> io::Result<Option<Draft>> {
        if io::BufRead::fill_buf(&mut self.file)?.is_empty() {
            return Ok(None);
        }
        let counter = self.number()?;
        let sides = Sides { train: self.sentences()?, held_out: self.sentences()? };
        Ok(Some(Draft { counter, sides }))
    }

    fn sentences(&mut self) -> io::Result<Sentences> {
        let (n_ids, n_ends, n_documents) = (self.number()?, self.number()?, self.number()?);
        let ids = self.column(n_ids, |bytes| WordId(u32::from_le_bytes(bytes)))?;
        let (ends, document_ends) = (self.numbers(n_ends)?, self.numbers(n_documents)?);
        Ok(Sentences { ids, ends, document_ends, ..Sentences::default() })
    }

    fn number(&mut self) -> io::Result<usize> {
        let mut bytes = [0; 8];
        self.file.read_exact(&mut bytes)?;
        usize::try_from(u64::from_le_bytes(bytes)).map_err(io::Error::other)
    }

    fn numbers(&mut self, n: usize) -> io::Result<Vec<usize>> {
        let numbers = self.column(n, |bytes| usize::try_from(u64::from_le_bytes(bytes)))?;
        numbers.into_iter().collect::<Result<_, _>>().map_err(io::Error::other)
    }

    fn column<T, const N: usize>(&mut self, n: usize, number: impl Fn([u8; N]) -> T) -> io::Result<Vec<T>> {
        self.bytes.clear();
        self.file.by_ref().take((n * N) as u64).read_to_end(&mut self.bytes)?;
        if self.bytes.len() < n * N {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(self.bytes.as_chunks().0.iter().map(|&bytes| number(bytes)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::holdout::Part;

    fn draft(counter: usize, documents: &[&[&[u32]]], part: Part) -> Draft {
        let mut sides = Sides::default();
        for document in documents {
            for sentence in *document {
                sides.of(part).ids.extend(sentence.iter().map(|&id| WordId(id)));
                sides.of(part).end_sentence();
            }
            sides.end_document();
        }
        Draft { counter, sides }
    }

    #[test]
    fn drafts_come_back_in_order_and_are_gone() {
        let dir = tempfile::tempdir().unwrap();
        let drafts = [
            draft(1, &[&[&[1, 2], &[3]], &[], &[&[4]]], Part::Train),
            draft(0, &[], Part::Train),
            draft(2, &[&[&[u32::MAX; 5]]], Part::HeldOut),
        ];
        let mut writer = DraftWriter::create(dir.path(), 7).unwrap();
        drafts.iter().try_for_each(|draft| writer.push(draft)).unwrap();
        writer.finish().unwrap();
        let mut found = 0;
        take_drafts(dir.path(), 7, |draft| {
            let columns = |sides: &Sides| {
                [&sides.train, &sides.held_out]
                    .map(|side| (side.ids.clone(), side.ends.clone(), side.document_ends.clone()))
            };
            assert_eq!(
                (draft.counter, columns(&draft.sides)),
                (drafts[found].counter, columns(&drafts[found].sides))
            );
            found += 1;
            Ok(())
        })
        .unwrap();
        assert_eq!((found, fs::read_dir(dir.path()).unwrap().count()), (3, 0));
    }

    #[test]
    fn a_cut_draft_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let mut writer = DraftWriter::create(dir.path(), 0).unwrap();
        writer.push(&draft(0, &[&[&[1, 2]]], Part::Train)).unwrap();
        writer.finish().unwrap();
        let path = path(dir.path(), 0);
        let bytes = fs::read(&path).unwrap();
        fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
        assert!(matches!(take_drafts(dir.path(), 0, |_| Ok(())), Err(VocabError::Io { .. })));
    }
}
