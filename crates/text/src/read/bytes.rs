//! Files as bytes, decompressed.

use crate::TextError;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::Path;

/// How a file is compressed, by its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compression {
    None,
    Gzip,
    Zstd,
}

impl Compression {
    /// Looks at the first bytes of a file.
    pub(super) fn of(path: &Path) -> Result<Self, TextError> {
        let mut magic = [0; 4];
        let file = open_file(path)?;
        let mut n = 0;
        let mut file = file.take(4);
        loop {
            match file.read(&mut magic[n..]).map_err(in_file(path))? {
                0 => break,
                more => n += more,
            }
        }
        Ok(match &magic[..n] {
            [0x1f, 0x8b, ..] => Self::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd] => Self::Zstd,
            _ => Self::None,
        })
    }

    fn name(self) -> &'static str {
        match self {
            Self::None => "uncompressed",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }

    /// The error of a read that failed.
    pub(super) fn error(self, path: &Path, source: io::Error) -> TextError {
        let path = path.to_owned();
        match self {
            Self::None => TextError::Io { path, source },
            _ => TextError::Compressed { path, compression: self.name(), source },
        }
    }
}

/// Opens a file; a folder is refused here, not at the first read.
pub(super) fn open_file(path: &Path) -> Result<File, TextError> {
    let file = File::open(path).map_err(in_file(path))?;
    if file.metadata().map_err(in_file(path))?.is_dir() {
        return Err(TextError::Folder { path: path.to_owned() });
    }
    Ok(file)
}

/// The bytes of `range`, or of the whole file, decompressed.
pub(super) fn open(
    path: &Path,
    compression: Compression,
    range: Option<Range<u64>>,
) -> Result<Box<dyn Read + Send>, TextError> {
    let mut file = open_file(path)?;
    Ok(match (compression, range) {
        (Compression::Gzip, _) => Box::new(flate2::read::MultiGzDecoder::new(file)),
        (Compression::Zstd, _) => Box::new(zstd::Decoder::new(file).map_err(in_file(path))?),
        (Compression::None, None) => Box::new(file),
        (Compression::None, Some(range)) => {
            file.seek(SeekFrom::Start(range.start)).map_err(in_file(path))?;
            Box::new(file.take(range.end - range.start))
        }
    })
}

/// An error of the operating system, with the file.
pub(super) fn in_file(path: &Path) -> impl Fn(io::Error) -> TextError {
    |source| TextError::Io { path: path.to_owned(), source }
}
