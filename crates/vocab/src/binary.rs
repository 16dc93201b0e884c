//! Our binary files: magic, version, fields, and a checksum of all of it at the end; little-endian.

use crate::VocabError;
use crate::atomic;
use crate::hash::fnv;
use std::fs;
use std::path::Path;

/// What a kind of file begins with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kind {
    /// Its name in messages.
    pub(crate) name: &'static str,
    pub(crate) magic: [u8; 8],
    pub(crate) version: u32,
}

/// Puts a file together.
pub(crate) struct BinaryWriter {
    bytes: Vec<u8>,
}

impl BinaryWriter {
    pub(crate) fn new(kind: Kind) -> Self {
        let mut writer = Self { bytes: kind.magic.to_vec() };
        writer.u32(kind.version);
        writer
    }

    pub(crate) fn u32(&mut self, value: u32) {
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }

    pub(crate) fn u64(&mut self, value: u64) {
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }

    /// Length and text.
    pub(crate) fn text(&mut self, text: &str) {
        self.u64(text.len() as u64);
        self.bytes.extend_from_slice(text.as_bytes());
    }

    /// The number of words, their lengths, and the words one after the other.
    pub(crate) fn words<'a>(&mut self, words: impl ExactSizeIterator<Item = &'a str> + Clone) {
        self.u64(words.len() as u64);
        words.clone().for_each(|word| self.u64(word.len() as u64));
        words.for_each(|word| self.bytes.extend_from_slice(word.as_bytes()));
    }

    /// The digest of what was put in so far.
    pub(crate) fn digest(&self) -> u64 {
        fnv(&self.bytes)
    }

    /// Adds the checksum and writes the file, whole or not at all.
    pub(crate) fn save(mut self, path: &Path) -> Result<(), VocabError> {
        self.u64(self.digest());
        atomic::write(path, &self.bytes)
    }
}

/// Takes a file apart. Every length is compared with what is left of the file before it is believed.
pub(crate) struct BinaryReader<'a> {
    path: &'a Path,
    kind: Kind,
    rest: &'a [u8],
}

impl<'a> BinaryReader<'a> {
    /// Checks magic, version and checksum of `bytes`, which were read from `path`.
    pub(crate) fn new(path: &'a Path, bytes: &'a [u8], kind: Kind) -> Result<Self, VocabError> {
        let mut reader = Self { path, kind, rest: bytes };
        if reader.take(8).ok() != Some(&kind.magic) {
            return Err(reader.corrupt("it does not begin as one"));
        }
        let found = reader.u32()?;
        if found != kind.version {
            let (path, kind, wanted) = (path.to_owned(), kind.name, kind.version);
            return Err(VocabError::Version { path, kind, wanted, found });
        }
        reader.check_sum(bytes)?;
        Ok(reader)
    }

    fn check_sum(&mut self, bytes: &[u8]) -> Result<(), VocabError> {
        let Some((rest, sum)) = self.rest.split_last_chunk() else {
            return Err(self.corrupt("it is cut off"));
        };
        if fnv(&bytes[..bytes.len() - sum.len()]) != u64::from_le_bytes(*sum) {
            return Err(self.corrupt("the checksum is wrong"));
        }
        self.rest = rest;
        Ok(())
    }

    pub(crate) fn u32(&mut self) -> Result<u32, VocabError> {
        self.array().map(u32::from_le_bytes)
    }

    pub(crate) fn u64(&mut self) -> Result<u64, VocabError> {
        self.array().map(u64::from_le_bytes)
    }

    /// A number of things that take at least `width` bytes each.
    pub(crate) fn length(&mut self, width: usize) -> Result<usize, VocabError> {
        let (length, room) = (self.u64()?, self.rest.len() / width);
        usize::try_from(length)
            .ok()
            .filter(|&length| length <= room)
            .ok_or_else(|| self.corrupt(format!("a length of {length} where {room} is the most")))
    }

    /// What [`BinaryWriter::text`] wrote.
    pub(crate) fn text(&mut self) -> Result<&'a str, VocabError> {
        let length = self.length(1)?;
        self.str(length)
    }

    /// What [`BinaryWriter::words`] wrote.
    pub(crate) fn words(&mut self) -> Result<Vec<&'a str>, VocabError> {
        let n_words = self.length(8)?;
        let (lengths, _) = self.take(n_words * 8)?.as_chunks();
        let mut words = Vec::with_capacity(n_words);
        for &length in lengths {
            let length = usize::try_from(u64::from_le_bytes(length)).unwrap_or(usize::MAX);
            words.push(self.str(length)?);
        }
        Ok(words)
    }

    /// `n` numbers of 64 bits.
    pub(crate) fn u64s(&mut self, n: usize) -> Result<impl Iterator<Item = u64> + 'a, VocabError> {
        let (numbers, _) = self.take(n.saturating_mul(8))?.as_chunks();
        Ok(numbers.iter().map(|&bytes| u64::from_le_bytes(bytes)))
    }

    /// Nothing may follow.
    pub(crate) fn end(&self) -> Result<(), VocabError> {
        if self.rest.is_empty() { Ok(()) } else { Err(self.corrupt("there is more than it should hold")) }
    }

    /// The error that the file is wrong for `reason`.
    pub(crate) fn corrupt(&self, reason: impl Into<String>) -> VocabError {
        VocabError::corrupt(self.path, self.kind.name, reason)
    }

    fn str(&mut self, length: usize) -> Result<&'a str, VocabError> {
        let bytes = self.take(length)?;
        std::str::from_utf8(bytes).map_err(|_| self.corrupt("it holds text that is not UTF-8"))
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], VocabError> {
        let (&array, rest) = self.rest.split_first_chunk().ok_or_else(|| self.corrupt("it is cut off"))?;
        self.rest = rest;
        Ok(array)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], VocabError> {
        let (taken, rest) =
            self.rest.split_at_checked(length).ok_or_else(|| self.corrupt("it is cut off"))?;
        self.rest = rest;
        Ok(taken)
    }
}

/// The whole file.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, VocabError> {
    fs::read(path).map_err(VocabError::io(path))
}
