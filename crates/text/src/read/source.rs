//! Bytes of a file, unpacked and decoded.

use super::input::{Input, Packing, io_error, read_error};
use super::options::{InvalidPolicy, ReadOptions};
use crate::TextError;
use encoding_rs::{Decoder, DecoderResult};
use flate2::read::MultiGzDecoder;
use std::fs::File;
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};

/// The bytes `range` of a file; of a compressed file, all of it unpacked.
pub(super) fn unpacked(input: &Input, range: Range<u64>) -> Result<Box<dyn Read + Send>, TextError> {
    let fail = |source| io_error(&input.path, source);
    let mut file = File::open(&input.path).map_err(fail)?;
    Ok(match input.packing {
        Packing::None => {
            file.seek(SeekFrom::Start(range.start)).map_err(fail)?;
            Box::new(file.take(range.end - range.start))
        }
        Packing::Gzip => Box::new(MultiGzDecoder::new(std::io::BufReader::with_capacity(CHUNK, file))),
        Packing::Zstd => Box::new(zstd::stream::read::Decoder::new(file).map_err(fail)?),
    })
}

const CHUNK: usize = 64 << 10;

/// Text of a part of a file, a chunk at a time.
pub(super) struct Source {
    path: PathBuf,
    packing: Packing,
    invalid: InvalidPolicy,
    encoding: &'static str,
    reader: Box<dyn Read + Send>,
    decoder: Decoder,
    chunk: Box<[u8]>,
    /// Where the part starts in the file.
    start: u64,
    n_bytes: u64,
    n_replaced: u64,
    at_end: bool,
}

impl Source {
    /// Opens the bytes `range` of a file.
    pub(super) fn open(input: &Input, range: Range<u64>, options: &ReadOptions) -> Result<Self, TextError> {
        Ok(Self {
            path: input.path.clone(),
            packing: input.packing,
            invalid: options.invalid,
            encoding: options.encoding.name(),
            start: range.start,
            decoder: options.encoding.decoder(range.start == 0),
            reader: unpacked(input, range)?,
            chunk: vec![0; CHUNK].into_boxed_slice(),
            n_bytes: 0,
            n_replaced: 0,
            at_end: false,
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Bytes decoded so far.
    pub(super) fn n_bytes(&self) -> u64 {
        self.n_bytes
    }

    /// Invalid sequences replaced so far.
    pub(super) fn n_replaced(&self) -> u64 {
        self.n_replaced
    }

    /// Appends the next chunk to `text`; false if there is no more.
    pub(super) fn fill(&mut self, text: &mut String) -> Result<bool, TextError> {
        if self.at_end {
            return Ok(false);
        }
        let n_read = self.read_chunk()?;
        self.at_end = n_read == 0;
        self.decode(n_read, text)?;
        Ok(true)
    }

    fn read_chunk(&mut self) -> Result<usize, TextError> {
        loop {
            match self.reader.read(&mut self.chunk) {
                Ok(n_read) => return Ok(n_read),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(read_error(&self.path, self.packing, error)),
            }
        }
    }

    /// Appends the first `n_read` bytes of the chunk, or, if there are none, what the decoder holds back.
    fn decode(&mut self, n_read: usize, text: &mut String) -> Result<(), TextError> {
        let mut at = 0;
        loop {
            let bytes = &self.chunk[at..n_read];
            text.reserve(
                self.decoder.max_utf8_buffer_length_without_replacement(bytes.len()).unwrap_or(CHUNK),
            );
            let (result, n_used) =
                self.decoder.decode_to_string_without_replacement(bytes, text, n_read == 0);
            at += n_used;
            self.n_bytes += n_used as u64;
            match result {
                DecoderResult::InputEmpty => return Ok(()),
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(n_bad, n_after) => {
                    self.invalid(u64::from(n_bad) + u64::from(n_after))?;
                    text.push(char::REPLACEMENT_CHARACTER);
                }
            }
        }
    }

    /// Deals with an invalid sequence that starts `n_back` bytes before what comes next.
    fn invalid(&mut self, n_back: u64) -> Result<(), TextError> {
        if self.invalid == InvalidPolicy::Replace {
            self.n_replaced += 1;
            return Ok(());
        }
        let offset = self.start + self.n_bytes.saturating_sub(n_back);
        Err(TextError::Invalid { path: self.path.clone(), encoding: self.encoding, offset })
    }
}
