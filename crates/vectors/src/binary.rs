//! word2vec's binary files: words as text between vectors as bytes.

use crate::embeddings::first_not_finite;
use crate::error::{Place, Problem};
use crate::load::{LoadOptions, Rows};
use crate::source::{Ended, Source};
use crate::text::read_header;
use crate::{Embeddings, VectorsError};
use std::io::{self, Write};

/// Reads a binary file of word2vec, which ends entries with a line feed, or of gensim, which does not.
pub(crate) fn read(source: &mut Source<'_>, options: &LoadOptions) -> Result<Rows, VectorsError> {
    let (want, dim) = read_header(source)?;
    // An entry takes at least a byte for the word, one for the space, and four for each number.
    let room = want.min(source.length() / (4 * dim as u64 + 2));
    let mut reader = EntryReader { rows: Rows::new(room as usize, dim), word: Vec::new(), options };
    for entry in 0..options.wanted(want) {
        while source.skip(b'\n')? {}
        if source.is_at_end()? {
            return Err(VectorsError::Count { path: source.path(), want, found: entry });
        }
        let place = Place::Entry { entry: entry + 1, offset: source.offset() };
        reader.read(source, place)?;
    }
    source.skip(b'\n')?;
    if options.wanted(want) == want && !source.is_at_end()? {
        return Err(VectorsError::Count { path: source.path(), want, found: want + 1 });
    }
    Ok(reader.rows)
}

struct EntryReader<'o> {
    rows: Rows,
    word: Vec<u8>,
    options: &'o LoadOptions,
}

impl EntryReader<'_> {
    /// Reads the word and the vector at `place`.
    fn read(&mut self, source: &mut Source<'_>, place: Place) -> Result<(), VectorsError> {
        let offset = source.offset();
        if source.until(b' ', &mut self.word, place)? != Ended::There {
            let want = self.rows.dim * size_of::<f32>();
            return Err(source.error(place, Problem::Truncated { want, found: 0 }));
        }
        let pushed = self.rows.push_word(&self.word, offset, self.options);
        pushed.map_err(|problem| source.error(place, problem))?;
        self.read_row(source, place)
    }

    fn read_row(&mut self, source: &mut Source<'_>, place: Place) -> Result<(), VectorsError> {
        let start = self.rows.values.len();
        self.rows.values.resize(start + self.rows.dim, 0.0);
        let row = &mut self.rows.values[start..];
        let bytes: &mut [u8] = bytemuck::cast_slice_mut(row);
        let (want, found) = (bytes.len(), source.fill(bytes)?);
        if found < want {
            return Err(source.error(place, Problem::Truncated { want, found }));
        }
        to_native(row);
        match first_not_finite(row) {
            Some((column, found)) => Err(source.error(place, Problem::NotFinite { column, found })),
            None => Ok(()),
        }
    }
}

/// Turns the bytes of little-endian floats into floats of this machine.
pub(crate) fn to_native(row: &mut [f32]) {
    row.iter_mut().for_each(|x| *x = f32::from_bits(u32::from_le(x.to_bits())));
}

/// Writes entries as word2vec does, each ended by a line feed, which gensim skips.
pub(crate) fn write(embeddings: &Embeddings, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{} {}", embeddings.len(), embeddings.dim())?;
    for (word, row) in embeddings.iter() {
        out.write_all(word.as_bytes())?;
        out.write_all(b" ")?;
        write_floats(&row, out)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// Writes little-endian floats.
pub(crate) fn write_floats(row: &[f32], out: &mut impl Write) -> io::Result<()> {
    if cfg!(target_endian = "little") {
        return out.write_all(bytemuck::cast_slice(row));
    }
    row.iter().try_for_each(|x| out.write_all(&x.to_le_bytes()))
}
