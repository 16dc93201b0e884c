//! Lines of text, with their numbers.

use super::decode::Utf8;
use crate::TextError;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

/// The buffer from which lines are taken.
const BUFFER: usize = 1 << 17;

/// Reads line after line. No line is longer than the limit, and none is looked at twice.
pub(super) struct Lines {
    path: PathBuf,
    reader: BufReader<Utf8>,
    line: Vec<u8>,
    /// Number of the newest line within what is read, from 1.
    number: u64,
    /// Lines of the file before what is read: known only when somebody asks.
    before: LinesBefore,
    limit: usize,
}

/// Counts the lines of a file before an offset, for messages.
#[derive(Clone)]
pub(super) struct LinesBefore {
    pub(super) path: PathBuf,
    pub(super) offset: u64,
}

impl LinesBefore {
    /// Errors are rare: counting then is cheaper than counting always.
    pub(super) fn count(&self) -> u64 {
        use std::io::Read as _;
        if self.offset == 0 {
            return 0;
        }
        let Ok(file) = std::fs::File::open(&self.path) else { return 0 };
        let (mut file, mut block, mut n) = (file.take(self.offset), vec![0; BUFFER], 0);
        while let Ok(read @ 1..) = file.read(&mut block) {
            n += memchr::memchr_iter(b'\n', &block[..read]).count() as u64;
        }
        n
    }
}

impl Lines {
    /// The lines of `text`, which starts at an offset of the file at `path`.
    pub(super) fn new(path: &Path, text: Utf8, offset: u64, limit: usize) -> Self {
        let before = LinesBefore { path: path.to_owned(), offset };
        let reader = BufReader::with_capacity(BUFFER, text);
        Self { path: path.to_owned(), reader, line: Vec::new(), number: 0, before, limit }
    }

    /// The next line, without its line end; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<&str>, TextError> {
        self.line.clear();
        if !self.append()? {
            return Ok(None);
        }
        Ok(Some(self.text()))
    }

    /// Appends a line to `self.line`; false at the end.
    fn append(&mut self) -> Result<bool, TextError> {
        self.number += 1;
        let mut any = false;
        loop {
            let buffer = match self.reader.fill_buf() {
                Ok([]) => return Ok(any),
                Ok(buffer) => buffer,
                Err(source) => return Err(self.reader.get_mut().error(source)),
            };
            any = true;
            let end = memchr::memchr(b'\n', buffer);
            let n = end.unwrap_or(buffer.len());
            if self.line.len() + n > self.limit {
                return Err(self.too_long(self.number()));
            }
            self.line.extend_from_slice(&buffer[..n]);
            self.reader.consume(n + usize::from(end.is_some()));
            if end.is_some() {
                return Ok(true);
            }
        }
    }

    /// `Utf8` gives nothing but valid UTF-8, and line feeds are characters of their own.
    fn text(&self) -> &str {
        let line = self.line.strip_suffix(b"\r").unwrap_or(&self.line);
        std::str::from_utf8(line).unwrap_or_default()
    }

    /// All that is left, as one text.
    pub(super) fn rest(&mut self) -> Result<&str, TextError> {
        self.line.clear();
        while self.append()? {
            self.line.push(b'\n');
        }
        Ok(self.text())
    }

    /// Number of the newest line in the file.
    pub(super) fn number(&self) -> u64 {
        self.before.count() + self.number
    }

    /// Invalid sequences that were replaced so far.
    pub(super) fn n_replaced(&self) -> u64 {
        self.reader.get_ref().n_replaced
    }

    /// The reader below, for formats that have rules of their own for lines.
    pub(super) fn into_reader(self) -> (BufReader<Utf8>, LinesBefore) {
        (self.reader, self.before)
    }

    /// A document that starts at `line` is larger than the limit.
    pub(super) fn too_long(&self, line: u64) -> TextError {
        TextError::TooLong { path: self.path.clone(), line, limit: self.limit }
    }

    /// The newest line is not what the format has there.
    pub(super) fn unexpected(&self, expected: &str) -> TextError {
        let found = match self.text() {
            "" => "an empty line".to_owned(),
            text => format!("`{}`", excerpt(text)),
        };
        let (path, line) = (self.path.clone(), self.number());
        TextError::Format { path, line, expected: expected.to_owned(), found }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn limit(&self) -> usize {
        self.limit
    }
}

/// The start of a text, for messages.
fn excerpt(text: &str) -> String {
    /// Characters that are shown.
    const MOST: usize = 40;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{} …", &text[..end]),
        None => text.to_owned(),
    }
}
