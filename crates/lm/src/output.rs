//! Files that appear when they are whole.

use crate::LmError;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process;

/// Where a file is written to: as it is, or compressed.
pub(crate) enum Output {
    Plain(BufWriter<File>),
    Gzip(Box<GzEncoder<BufWriter<File>>>),
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(out) => out.write(bytes),
            Self::Gzip(out) => out.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(out) => out.flush(),
            Self::Gzip(out) => out.flush(),
        }
    }
}

impl Output {
    fn new(file: File, gzip: bool) -> Self {
        let out = BufWriter::with_capacity(1 << 16, file);
        if gzip {
            Self::Gzip(Box::new(GzEncoder::new(out, Compression::default())))
        } else {
            Self::Plain(out)
        }
    }

    /// Writes what is left, down to the disk.
    fn finish(self) -> io::Result<()> {
        let out = match self {
            Self::Plain(out) => out,
            Self::Gzip(out) => out.finish()?,
        };
        out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
    }
}

/// Writes `path` through a temporary file beside it, which is renamed at the end and removed on failure;
/// compressed if the name ends in `.gz`.
pub(crate) fn save(path: &Path, write: impl FnOnce(&mut Output) -> io::Result<()>) -> Result<(), LmError> {
    let fail = |source| LmError::Write { path: path.to_owned(), source };
    let temporary = temporary(path).map_err(fail)?;
    let gzip = path.extension().is_some_and(|extension| extension == "gz");
    let result = write_file(&temporary, gzip, write).and_then(|()| fs::rename(&temporary, path));
    result.map_err(|error| {
        // The first error is the one to report; a temporary file that stays is never read.
        let _ = fs::remove_file(&temporary);
        fail(error)
    })
}

fn write_file(path: &Path, gzip: bool, write: impl FnOnce(&mut Output) -> io::Result<()>) -> io::Result<()> {
    let mut out = Output::new(OpenOptions::new().write(true).create(true).truncate(true).open(path)?, gzip);
    write(&mut out)?;
    out.finish()
}

/// A name in the same folder, so that renaming replaces in one step.
fn temporary(path: &Path) -> io::Result<PathBuf> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    Ok(path.with_file_name(format!(".{}.{}.tmp", name.display(), process::id())))
}
