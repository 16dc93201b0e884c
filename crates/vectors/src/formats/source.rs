//! Reading a file from front to back with its place in mind.

use crate::VectorsError;
use crate::error::{Place, Problem};
use sememe_kernels::{Meter, Observer};
use sememe_text::open_text;
use std::fs::File;
use std::io::{self, BufRead, Read};
use std::path::{Path, PathBuf};

/// The longest line or word that is read: far above any vector, far below memory.
pub(crate) const MAX_LINE: usize = 1 << 26;

/// Bytes between two reports to the observer.
const REPORT: u64 = 1 << 20;

/// A file that is read once, decompressed, with the offset of the next byte.
pub(crate) struct Source<'a> {
    path: &'a Path,
    reader: Box<dyn BufRead + Send>,
    length: u64,
    offset: u64,
    reported: u64,
    meter: Meter<'a>,
}

impl<'a> Source<'a> {
    /// Opens the file at `path`; `observer` is told the bytes read.
    pub(crate) fn open(path: &'a Path, observer: &'a mut dyn Observer) -> Result<Self, VectorsError> {
        let reader = Box::new(open_text(path)?);
        let length = path.metadata().map_err(VectorsError::read(path))?.len();
        let total = (!is_compressed(path)?).then_some(length);
        let meter = Meter::new("bytes", total, observer);
        Ok(Self { path, reader, length, offset: 0, reported: 0, meter })
    }

    /// Bytes of the whole file, as it lies on the disk.
    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// Offset of the next byte.
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    /// The file, for error messages.
    pub(crate) fn path(&self) -> PathBuf {
        self.path.to_owned()
    }

    /// An error at `place` of this file.
    pub(crate) fn error(&self, place: Place, problem: Problem) -> VectorsError {
        VectorsError::Entry { path: self.path(), place, problem }
    }

    /// Replaces `buffer` by the bytes up to `end`, which is left out; false at the end of the file.
    ///
    /// Without `end` the rest of the file is taken. More than [`MAX_LINE`] bytes are refused as a
    /// [`Problem::TooLong`] at `place`.
    pub(crate) fn until(
        &mut self,
        end: u8,
        buffer: &mut Vec<u8>,
        place: Place,
    ) -> Result<Ended, VectorsError> {
        buffer.clear();
        let mut limited = self.reader.by_ref().take(MAX_LINE as u64 + 1);
        let n_read = limited.read_until(end, buffer).map_err(VectorsError::read(self.path))?;
        self.advance(n_read)?;
        match buffer.pop() {
            None => Ok(Ended::BeforeFirst),
            Some(last) if last == end => Ok(Ended::There),
            Some(_) if n_read > MAX_LINE => {
                let want = if end == b'\n' { "\\n" } else { " " };
                Err(self.error(place, Problem::TooLong { want, limit: MAX_LINE }))
            }
            Some(last) => {
                buffer.push(last);
                Ok(Ended::AtEndOfFile)
            }
        }
    }

    /// Fills `bytes`, as far as the file reaches; the number of bytes filled.
    pub(crate) fn fill(&mut self, bytes: &mut [u8]) -> Result<usize, VectorsError> {
        let mut filled = 0;
        while filled < bytes.len() {
            match self.reader.read(&mut bytes[filled..]) {
                Ok(0) => break,
                Ok(n_read) => filled += n_read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(VectorsError::read(self.path)(error)),
            }
        }
        self.advance(filled)?;
        Ok(filled)
    }

    /// Skips the next byte if it is `byte`.
    pub(crate) fn skip(&mut self, byte: u8) -> Result<bool, VectorsError> {
        let next = self.reader.fill_buf().map_err(VectorsError::read(self.path))?.first();
        let same = next == Some(&byte);
        if same {
            self.reader.consume(1);
            self.advance(1)?;
        }
        Ok(same)
    }

    /// Whether all bytes have been read.
    pub(crate) fn is_at_end(&mut self) -> Result<bool, VectorsError> {
        Ok(self.reader.fill_buf().map_err(VectorsError::read(self.path))?.is_empty())
    }

    fn advance(&mut self, n_read: usize) -> Result<(), VectorsError> {
        self.offset += n_read as u64;
        if self.offset - self.reported >= REPORT {
            let units = self.offset - self.reported;
            self.reported = self.offset;
            if self.meter.advance(units, None).is_break() {
                return Err(VectorsError::Interrupted);
            }
        }
        Ok(())
    }
}

/// Whether the file begins like one of gzip or zstd.
pub(crate) fn is_compressed(path: &Path) -> Result<bool, VectorsError> {
    let mut start = Vec::new();
    let file = File::open(path).map_err(VectorsError::read(path))?;
    file.take(4).read_to_end(&mut start).map_err(VectorsError::read(path))?;
    Ok(matches!(start[..], [0x1f, 0x8b, ..] | [0x28, 0xb5, 0x2f, 0xfd]))
}

/// How reading up to a byte ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// The byte was there.
    There,
    /// The file ended before it.
    AtEndOfFile,
    /// There was nothing left to read.
    BeforeFirst,
}
