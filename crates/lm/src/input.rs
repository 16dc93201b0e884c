//! Files that are read, compressed or not.

use crate::LmError;
use flate2::bufread::MultiGzDecoder;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

/// Bytes that are read at a time.
const BLOCK: usize = 1 << 16;

/// The first bytes of a gzip file.
const GZIP: &[u8] = &[0x1f, 0x8b];

/// Opens `path`, unpacks it if it is compressed, and reads it; an error gets the path.
pub(crate) fn load_text<T>(
    path: &Path,
    read: impl FnOnce(&mut dyn BufRead) -> Result<T, LmError>,
) -> Result<T, LmError> {
    load(path, |mut file| {
        if file.fill_buf()?.starts_with(GZIP) {
            read(&mut BufReader::with_capacity(BLOCK, MultiGzDecoder::new(file)))
        } else {
            read(&mut file)
        }
    })
}

/// Opens `path` and reads it; an error gets the path.
pub(crate) fn load<T>(
    path: &Path,
    read: impl FnOnce(BufReader<File>) -> Result<T, LmError>,
) -> Result<T, LmError> {
    let file = File::open(path).map_err(LmError::from);
    let result = file.and_then(|file| read(BufReader::with_capacity(BLOCK, file)));
    result.map_err(|source| LmError::File { path: path.to_owned(), source: Box::new(source) })
}
