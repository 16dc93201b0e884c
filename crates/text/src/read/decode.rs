//! Bytes of any encoding as UTF-8.

use super::bytes::Compression;
use super::options::{Encoding, InvalidPolicy};
use crate::TextError;
use encoding_rs::{Decoder, DecoderResult, UTF_16BE, UTF_16LE};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Bytes that are read at once.
const BLOCK: usize = 1 << 16;

/// Valid UTF-8, whatever the bytes were.
///
/// What goes wrong is kept as a [`TextError`] and raised again by [`Utf8::error`], because readers built on
/// this one only hand on errors of I/O.
pub(super) struct Utf8 {
    path: PathBuf,
    compression: Compression,
    encoding: Encoding,
    invalid: InvalidPolicy,
    source: Box<dyn Read + Send>,
    decoder: Decoder,
    block: Vec<u8>,
    /// The bytes of `block` that are read but not decoded.
    pending: std::ops::Range<usize>,
    /// Offset of `pending.start` in the file.
    offset: u64,
    at_end: bool,
    finished: bool,
    /// Whether a mark is to be written for an invalid sequence.
    owes_mark: bool,
    /// Invalid sequences that were replaced.
    pub(super) n_replaced: u64,
    failure: Option<TextError>,
}

impl Utf8 {
    /// The text of `source`, which starts at `offset` of the file at `path`.
    pub(super) fn new(
        (path, compression): (&Path, Compression),
        source: Box<dyn Read + Send>,
        offset: u64,
        (encoding, invalid): (Encoding, InvalidPolicy),
    ) -> Self {
        let decoder = match offset {
            0 => encoding.0.new_decoder_with_bom_removal(),
            _ => encoding.0.new_decoder_without_bom_handling(),
        };
        Self {
            path: path.to_owned(),
            compression,
            encoding,
            invalid,
            source,
            decoder,
            block: vec![0; BLOCK],
            pending: 0..0,
            offset,
            at_end: false,
            finished: false,
            owes_mark: false,
            n_replaced: 0,
            failure: None,
        }
    }

    /// What `source`, an error that came out of reading this, stands for.
    pub(super) fn error(&mut self, source: io::Error) -> TextError {
        self.failure.take().unwrap_or_else(|| self.compression.error(&self.path, source))
    }

    fn fail<T>(&mut self, error: TextError) -> io::Result<T> {
        let io = io::Error::new(io::ErrorKind::InvalidData, error.to_string());
        self.failure = Some(error);
        Err(io)
    }

    fn fill(&mut self) -> io::Result<()> {
        let n = loop {
            match self.source.read(&mut self.block) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other?,
            }
        };
        self.pending = 0..n;
        self.at_end = n == 0;
        if self.offset == 0 {
            self.refuse_binary()?;
        }
        Ok(())
    }

    /// Text has no zero bytes, but for the encodings of 16 bits.
    fn refuse_binary(&mut self) -> io::Result<()> {
        let wide = [UTF_16LE, UTF_16BE].contains(&self.encoding.0);
        match memchr::memchr(0, &self.block[self.pending.clone()]) {
            Some(offset) if !wide => {
                let (path, encoding) = (self.path.clone(), self.encoding.name());
                self.fail(TextError::Binary { path, offset: offset as u64, encoding })
            }
            _ => Ok(()),
        }
    }

    /// Takes note of a sequence of `len` invalid bytes that ended `after` bytes before the place reached.
    fn invalid(&mut self, len: u8, after: u8) -> io::Result<()> {
        if self.invalid == InvalidPolicy::Replace {
            self.n_replaced += 1;
            self.owes_mark = true;
            return Ok(());
        }
        let offset = self.offset.saturating_sub(u64::from(len) + u64::from(after));
        let (path, encoding) = (self.path.clone(), self.encoding.name());
        self.fail(TextError::Invalid { path, offset, encoding })
    }
}

impl Read for Utf8 {
    /// `out` must have room for a character, four bytes: all readers here ask for thousands.
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        debug_assert!(out.len() >= 4, "no room for a character");
        while !self.finished {
            if std::mem::take(&mut self.owes_mark) {
                return Ok(char::REPLACEMENT_CHARACTER.encode_utf8(out).len());
            }
            if self.pending.is_empty() && !self.at_end {
                self.fill()?;
            }
            let bytes = &self.block[self.pending.clone()];
            let (result, read, written) =
                self.decoder.decode_to_utf8_without_replacement(bytes, out, self.at_end);
            self.pending.start += read;
            self.offset += read as u64;
            match result {
                DecoderResult::InputEmpty => self.finished = self.at_end,
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(len, after) => self.invalid(len, after)?,
            }
            if written > 0 {
                return Ok(written);
            }
        }
        Ok(0)
    }
}
