//! Files that are read, compressed or not.

use crate::LmError;
use flate2::bufread::MultiGzDecoder;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

/// The first bytes of a gzip file.
const GZIP: &[u8] = &[0x1f, 0x8b];

/// Opens `path`, unpacks it if it is compressed, and reads it; an error gets the path.
pub(crate) fn load<T>(
    path: &Path,
    read: impl FnOnce(&mut dyn BufRead) -> Result<T, LmError>,
) -> Result<T, LmError> {
    let open = || -> Result<T, LmError> {
        let mut file = BufReader::with_capacity(1 << 16, File::open(path)?);
        if file.fill_buf()?.starts_with(GZIP) {
            read(&mut BufReader::with_capacity(1 << 16, MultiGzDecoder::new(file)))
        } else {
            read(&mut file)
        }
    };
    open().map_err(|source| LmError::File { path: path.to_owned(), source: Box::new(source) })
}
