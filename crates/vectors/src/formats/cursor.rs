//! Reading numbers from bytes, where lengths are not to be trusted.

use crate::VectorsError;
use crate::error::{Place, Problem};
use crate::mapped::Bytes;
use std::path::{Path, PathBuf};

/// A place in the bytes of a file, which moves forward as they are read.
#[derive(Clone, Debug)]
pub(crate) struct Cursor {
    path: PathBuf,
    bytes: Bytes,
    at: usize,
}

impl Cursor {
    /// At the beginning of the file.
    pub(crate) fn new(path: &Path, bytes: Bytes) -> Self {
        Self { path: path.to_owned(), bytes, at: 0 }
    }

    /// Offset of the next byte.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// Bytes that are left.
    pub(crate) fn left(&self) -> usize {
        self.bytes.len() - self.at
    }

    /// An error about what was read at the offset `at`.
    pub(crate) fn error(&self, at: usize, want: impl Into<String>, found: impl Into<String>) -> VectorsError {
        let problem = Problem::Unexpected { want: want.into(), found: found.into() };
        VectorsError::Entry { path: self.path.clone(), place: Place::Byte(at as u64), problem }
    }

    /// A problem of the entry number `entry`, counted from 1, that begins at `at`.
    pub(crate) fn entry_error(&self, entry: u64, at: usize, problem: Problem) -> VectorsError {
        let place = Place::Entry { entry, offset: at as u64 };
        VectorsError::Entry { path: self.path.clone(), place, problem }
    }

    /// The next `n_bytes`, which are `what`.
    pub(crate) fn take(&mut self, n_bytes: usize, what: &str) -> Result<Bytes, VectorsError> {
        let end = self.at.checked_add(n_bytes).filter(|&end| end <= self.bytes.len());
        let taken = end.and_then(|end| self.bytes.slice(self.at..end));
        let short = || {
            let found = format!("the end of the file after {}", self.left());
            self.error(self.at, format!("{n_bytes} bytes of {what}"), found)
        };
        let taken = taken.ok_or_else(short)?;
        self.at += n_bytes;
        Ok(taken)
    }

    /// The next `n_rows` times `row_bytes` bytes, which are `what`.
    pub(crate) fn take_rows(
        &mut self,
        n_rows: u64,
        row_bytes: u64,
        what: &str,
    ) -> Result<Bytes, VectorsError> {
        let n_bytes = n_rows.checked_mul(row_bytes).and_then(|n_bytes| usize::try_from(n_bytes).ok());
        let n_bytes = n_bytes.ok_or_else(|| {
            let found = format!("the end of the file after {}", self.left());
            self.error(self.at, format!("{n_rows} x {row_bytes} bytes of {what}"), found)
        })?;
        self.take(n_bytes, what)
    }

    /// The bytes up to `end`, which is left out; `None` if it does not come.
    pub(crate) fn until(&mut self, end: u8) -> Option<Bytes> {
        let length = self.bytes[self.at..].iter().position(|&byte| byte == end)?;
        let taken = self.bytes.slice(self.at..self.at + length);
        self.at += length + 1;
        taken
    }

    fn array<const N: usize>(&mut self, what: &str) -> Result<[u8; N], VectorsError> {
        let mut array = [0; N];
        array.copy_from_slice(&self.take(N, what)?);
        Ok(array)
    }

    /// The next byte as a truth value.
    pub(crate) fn flag(&mut self, what: &str) -> Result<bool, VectorsError> {
        let at = self.at;
        match self.array::<1>(what)? {
            [0] => Ok(false),
            [1] => Ok(true),
            [other] => Err(self.error(at, format!("{what}, 0 or 1"), other.to_string())),
        }
    }

    pub(crate) fn u32(&mut self, what: &str) -> Result<u32, VectorsError> {
        self.array(what).map(u32::from_le_bytes)
    }

    pub(crate) fn u64(&mut self, what: &str) -> Result<u64, VectorsError> {
        self.array(what).map(u64::from_le_bytes)
    }

    pub(crate) fn i64(&mut self, what: &str) -> Result<i64, VectorsError> {
        self.array(what).map(i64::from_le_bytes)
    }

    pub(crate) fn f64(&mut self, what: &str) -> Result<f64, VectorsError> {
        self.array(what).map(f64::from_le_bytes)
    }

    /// The next `i32`, which is not to be negative.
    pub(crate) fn size(&mut self, what: &str) -> Result<u32, VectorsError> {
        let at = self.at;
        let found = self.array(what).map(i32::from_le_bytes)?;
        u32::try_from(found).map_err(|_| self.error(at, format!("{what}, not negative"), found.to_string()))
    }

    /// The next `n` little-endian floats, read into memory.
    pub(crate) fn floats(&mut self, n: usize, what: &str) -> Result<Vec<f32>, VectorsError> {
        let bytes = self.take_rows(n as u64, size_of::<f32>() as u64, what)?;
        Ok(bytes.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cursor(bytes: &[u8]) -> Cursor {
        Cursor::new(Path::new("f"), bytes.to_vec().into())
    }

    #[test]
    fn numbers_follow_each_other() {
        let mut bytes = cursor(&[7, 0, 0, 0, 1, b'a', b'b', 0, 2]);
        assert_eq!((bytes.u32("x").unwrap(), bytes.flag("y").unwrap()), (7, true));
        assert_eq!(bytes.until(0).as_deref(), Some(&b"ab"[..]));
        assert_eq!((bytes.at(), bytes.left(), bytes.until(0).is_none()), (8, 1, true));
        assert_eq!(bytes.flag("y").unwrap_err().to_string(), "f: byte 8: expected y, 0 or 1, found 2");
    }

    #[test]
    fn lengths_beyond_the_file_are_refused() {
        let message = |result: Result<Bytes, VectorsError>| result.unwrap_err().to_string();
        let end = "found the end of the file after 3";
        let mut bytes = cursor(&[1, 2, 3]);
        assert_eq!(message(bytes.take(4, "x")), format!("f: byte 0: expected 4 bytes of x, {end}"));
        assert_eq!(
            message(bytes.take_rows(u64::MAX, 2, "x")),
            format!("f: byte 0: expected {} x 2 bytes of x, {end}", u64::MAX)
        );
        assert!(bytes.take(usize::MAX, "x").is_err() && bytes.floats(1 << 62, "x").is_err());
        let negative = cursor(&[255; 4]).size("a count").unwrap_err().to_string();
        assert_eq!(negative, "f: byte 0: expected a count, not negative, found -1");
    }
}
