//! Lines with their numbers.

use crate::LmError;
use std::io::{BufRead, Read};
use std::mem;

/// No line of an ARPA file is longer than this many bytes.
const MAX_LINE: u64 = 1 << 24;

/// The lines of an ARPA file.
pub(super) struct Lines<R> {
    reader: R,
    line: String,
    number: u64,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(reader: R) -> Self {
        Self { reader, line: String::new(), number: 0 }
    }

    /// Reads the next line; false at the end of the file.
    pub(super) fn advance(&mut self) -> Result<bool, LmError> {
        self.number += 1;
        let mut bytes = mem::take(&mut self.line).into_bytes();
        bytes.clear();
        let n_read = self.reader.by_ref().take(MAX_LINE).read_until(b'\n', &mut bytes)?;
        if n_read as u64 == MAX_LINE {
            return Err(self.fail(format!("at most {MAX_LINE} bytes in a line"), "more"));
        }
        self.line = String::from_utf8(bytes).map_err(|_| LmError::Utf8 { line: self.number })?;
        Ok(n_read > 0)
    }

    /// Reads the next line that is not blank; `want` says what it should be.
    pub(super) fn advance_to_text(&mut self, want: &str) -> Result<(), LmError> {
        while self.advance()? {
            if !self.text().is_empty() {
                return Ok(());
            }
        }
        Err(self.fail(want, "the end of the file"))
    }

    /// The line, without white space at its end.
    pub(super) fn text(&self) -> &str {
        self.line.trim_end_matches([' ', '\t', '\r', '\n'])
    }

    /// The number of the line, from 1.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// An error in this line.
    pub(super) fn fail(&self, want: impl Into<String>, found: impl Into<String>) -> LmError {
        LmError::Arpa { line: self.number, want: want.into(), found: found.into() }
    }

    /// An error in this line, which it quotes.
    pub(super) fn unexpected(&self, want: impl Into<String>) -> LmError {
        let text = self.text();
        let found = match text.char_indices().nth(80) {
            Some((end, _)) => format!("`{}…`", &text[..end]),
            None => format!("`{text}`"),
        };
        self.fail(want, found)
    }
}
