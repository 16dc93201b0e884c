//! Lines of a file, lent one at a time.

use super::source::Source;
use crate::TextError;
use memchr::{memchr, memchr_iter};
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

/// Lends the lines of a part of a file. The buffer is used again and again; nothing is allocated for a line.
pub(super) struct Lines {
    source: Source,
    text: String,
    /// The next line starts here in `text`,
    start: usize,
    /// and does not end before here.
    searched: usize,
    /// The number of the last line given, counted from 1 at the start of the part.
    line: u64,
    max_bytes: usize,
    /// Where the part starts in the file.
    part_start: u64,
}

impl Lines {
    pub(super) fn new(source: Source, part_start: u64, max_bytes: usize) -> Self {
        Self { source, text: String::new(), start: 0, searched: 0, line: 0, max_bytes, part_start }
    }

    pub(super) fn source(&self) -> &Source {
        &self.source
    }

    pub(super) fn path(&self) -> PathBuf {
        self.source.path().to_owned()
    }

    /// The next line without its end.
    pub(super) fn next_line(&mut self) -> Result<Option<&str>, TextError> {
        let Some(end) = self.find_end()? else { return Ok(None) };
        let start = self.start;
        // The last line may lack its end.
        self.start = (end + 1).min(self.text.len());
        self.searched = self.start;
        self.line += 1;
        let line = &self.text[start..end];
        Ok(Some(line.strip_suffix('\r').unwrap_or(line)))
    }

    /// Where the next line ends in `text`.
    fn find_end(&mut self) -> Result<Option<usize>, TextError> {
        loop {
            if let Some(found) = memchr(b'\n', &self.text.as_bytes()[self.searched..]) {
                return Ok(Some(self.searched + found));
            }
            self.text.drain(..self.start);
            self.start = 0;
            self.searched = self.text.len();
            if self.text.len() > self.max_bytes {
                self.line += 1;
                return Err(self.too_long(self.line));
            }
            if !self.source.fill(&mut self.text)? {
                return Ok(Some(self.text.len()).filter(|end| *end > 0));
            }
        }
    }

    /// The number, in the file, of line `line` of the part. Only for errors: it reads the file up to the part.
    pub(super) fn number(&self, line: u64) -> u64 {
        let count = || -> std::io::Result<u64> {
            let mut before = File::open(self.source.path())?.take(self.part_start);
            let (mut chunk, mut n_lines) = (vec![0; 64 << 10], 0);
            loop {
                match before.read(&mut chunk)? {
                    0 => return Ok(n_lines),
                    n_read => n_lines += memchr_iter(b'\n', &chunk[..n_read]).count() as u64,
                }
            }
        };
        if self.part_start == 0 { line } else { line + count().unwrap_or(0) }
    }

    /// The number of the last line given, in its part.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// That the document that starts with line `line` of the part is too long.
    pub(super) fn too_long(&self, line: u64) -> TextError {
        TextError::TooLong { path: self.path(), line: self.number(line), limit: self.max_bytes }
    }

    pub(super) fn max_bytes(&self) -> usize {
        self.max_bytes
    }
}
