//! Bytes of files, mapped into memory, and of vectors made here.

use crate::VectorsError;
use memmap2::Mmap;
use std::fmt;
use std::fs::File;
use std::ops::{Deref, Range};
use std::path::Path;
use std::sync::Arc;

/// Maps the file at `path` for reading.
#[allow(unsafe_code)]
pub(crate) fn map(path: &Path) -> Result<Bytes, VectorsError> {
    let file = File::open(path).map_err(VectorsError::read(path))?;
    // SAFETY: the map is only read, as bytes and as floats, for which every bit pattern is valid. Nothing here
    // changes a file in place: what is saved gets its name by a rename, and the old file stays with its map.
    // Another program that cuts the file short while it is mapped ends this process, as with every mapped
    // file; the documentation of `Embeddings::map` says so.
    let map = unsafe { Mmap::map(&file) }.map_err(VectorsError::read(path))?;
    Ok(Bytes { range: 0..map.len(), all: Arc::new(Store::Mapped(map)) })
}

/// Some of the bytes of a mapped file, or bytes in memory. A clone shares them.
#[derive(Clone)]
pub(crate) struct Bytes {
    all: Arc<Store>,
    range: Range<usize>,
}

enum Store {
    Mapped(Mmap),
    Memory(Vec<u8>),
}

impl Bytes {
    /// Those of these bytes that lie in `range`; `None` if not all of it is here.
    pub(crate) fn slice(&self, range: Range<usize>) -> Option<Self> {
        self.get(range.clone())?;
        let range = self.range.start + range.start..self.range.start + range.end;
        Some(Self { all: Arc::clone(&self.all), range })
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self { range: 0..bytes.len(), all: Arc::new(Store::Memory(bytes)) }
    }
}

impl Deref for Bytes {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        let all = match &*self.all {
            Store::Mapped(map) => &map[..],
            Store::Memory(bytes) => bytes,
        };
        &all[self.range.clone()]
    }
}

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bytes({})", self.len())
    }
}
