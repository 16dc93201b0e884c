//! word2vec's binary files: words as text between vectors as bytes.

use super::source::{Ended, Source};
use super::text::read_header;
use super::{Entries, Rows};
use crate::VectorsError;
use crate::embeddings::first_not_finite;
use crate::error::{Place, Problem};
use crate::storage::Element;
use std::io::{self, Write};

/// Reads a binary file of word2vec, which ends entries with a line feed, or of gensim, which does not.
pub(crate) struct EntryReader<'a> {
    source: Source<'a>,
    promised: u64,
    /// Words that are to be read at most.
    wanted: u64,
    dim: usize,
    /// Words read so far.
    found: u64,
    word: Vec<u8>,
}

impl<'a> EntryReader<'a> {
    pub(crate) fn new(mut source: Source<'a>, max_words: u64) -> Result<Self, VectorsError> {
        let (promised, dim) = read_header(&mut source)?;
        Ok(Self { source, promised, wanted: promised.min(max_words), dim, found: 0, word: Vec::new() })
    }

    /// Reads the word and the vector at `place`.
    fn read(&mut self, rows: &mut Rows, place: Place) -> Result<(), VectorsError> {
        let offset = self.source.offset();
        if self.source.until(b' ', &mut self.word, place)? != Ended::There {
            let want = self.dim * size_of::<f32>();
            return Err(self.source.error(place, Problem::Truncated { want, found: 0 }));
        }
        if self.word.is_empty() {
            return Err(self.source.error(place, Problem::NoWord));
        }
        rows.words.push(&self.word, offset).map_err(|problem| self.source.error(place, problem))?;
        self.read_row(rows, place)
    }

    fn read_row(&mut self, rows: &mut Rows, place: Place) -> Result<(), VectorsError> {
        let row = rows.grow();
        let bytes: &mut [u8] = bytemuck::cast_slice_mut(row);
        let (want, found) = (bytes.len(), self.source.fill(bytes)?);
        if found < want {
            return Err(self.source.error(place, Problem::Truncated { want, found }));
        }
        to_native(row);
        match first_not_finite(row) {
            Some((column, found)) => Err(self.source.error(place, Problem::NotFinite { column, found })),
            None => Ok(()),
        }
    }

    /// Refuses words beyond the promise, which matter only to those who want all of them.
    fn check_end(&mut self) -> Result<(), VectorsError> {
        self.source.skip(b'\n')?;
        if self.wanted == self.promised && !self.source.is_at_end()? {
            return Err(self.wrong_count(self.promised + 1));
        }
        Ok(())
    }

    fn wrong_count(&self, found: u64) -> VectorsError {
        VectorsError::Count { path: self.source.path(), want: self.promised, found }
    }
}

impl Entries for EntryReader<'_> {
    fn promised(&self) -> Option<u64> {
        Some(self.wanted)
    }

    fn room(&self) -> u64 {
        // An entry takes at least a byte for the word, one for the space, and four for each number.
        self.wanted.min(self.source.length() / (4 * self.dim as u64 + 2))
    }

    fn next(&mut self, rows: &mut Rows) -> Result<bool, VectorsError> {
        rows.dim = self.dim;
        if self.found >= self.wanted {
            self.check_end()?;
            return Ok(false);
        }
        while self.source.skip(b'\n')? {}
        if self.source.is_at_end()? {
            return Err(self.wrong_count(self.found));
        }
        let place = Place::Entry { entry: self.found + 1, offset: self.source.offset() };
        self.read(rows, place)?;
        self.found += 1;
        Ok(true)
    }
}

/// Turns the bytes of little-endian floats into floats of this machine.
pub(crate) fn to_native(row: &mut [f32]) {
    row.iter_mut().for_each(|x| *x = f32::from_bits(u32::from_le(x.to_bits())));
}

/// Writes an entry as word2vec does, ended by a line feed, which gensim skips.
pub(crate) fn write_entry(word: &str, row: &[f32], out: &mut impl Write) -> io::Result<()> {
    out.write_all(word.as_bytes())?;
    out.write_all(b" ")?;
    write_floats(row, out)?;
    out.write_all(b"\n")
}

/// Writes little-endian floats.
pub(crate) fn write_floats(row: &[f32], out: &mut impl Write) -> io::Result<()> {
    Element::F32.write(row, out)
}
