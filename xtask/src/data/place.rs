//! Files that come to lie under their name only once they are whole and right.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use flate2::bufread::MultiGzDecoder;
use sha2::{Digest, Sha256};

/// What a gzip file begins with (RFC 1952, section 2.3.1).
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// What the bytes of a file must be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted<'a> {
    /// Their digest, where it is known.
    pub(crate) sha256: Option<&'a str>,
    /// There are at most so many.
    pub(crate) max_bytes: u64,
    /// Whether they are unpacked where they come gzipped.
    pub(crate) gunzip: bool,
}

/// Writes `source` to `to` by way of `scratch`, a file on the same disk, and returns its digest.
///
/// # Errors
/// Where the bytes are not those wanted; then there is nothing at `to` that was not there before.
pub(crate) fn place(source: &mut dyn Read, to: &Path, scratch: &Path, wanted: &Wanted<'_>) -> Result<String> {
    let placed = write(source, scratch, wanted).and_then(|digest| {
        let renamed = std::fs::rename(scratch, to).with_context(|| format!("cannot write {}", to.display()));
        renamed.map(|()| digest)
    });
    if placed.is_err() {
        let _ = std::fs::remove_file(scratch);
    }
    placed
}

fn write(source: &mut dyn Read, scratch: &Path, wanted: &Wanted<'_>) -> Result<String> {
    let mut file = File::create(scratch).with_context(|| format!("cannot write {}", scratch.display()))?;
    let mut source = BufReader::with_capacity(1 << 16, source);
    let gzipped = wanted.gunzip && source.fill_buf()?.starts_with(&GZIP);
    let digest = match gzipped {
        true => copy_digest(&mut MultiGzDecoder::new(source), &mut file, wanted.max_bytes),
        false => copy_digest(&mut source, &mut file, wanted.max_bytes),
    }?;
    if let Some(sha256) = wanted.sha256.filter(|&sha256| sha256 != digest) {
        let bytes = file.metadata()?.len();
        let form = if gzipped { "after unpacking" } else { "as it came" };
        bail!("wrong content: expected sha256 {sha256}, found {digest} ({bytes} bytes, {form})");
    }
    file.sync_all().with_context(|| format!("cannot write {}", scratch.display()))?;
    Ok(digest)
}

fn copy_digest(source: &mut dyn Read, to: &mut File, max_bytes: u64) -> Result<String> {
    let mut sink = Digesting { to, sha256: Sha256::new() };
    copy_bounded(source, &mut sink, max_bytes)?;
    Ok(hex(&sink.sha256.finalize()))
}

/// Copies `source` to `to` and returns the number of bytes; an error where there are more than `max_bytes`.
pub(crate) fn copy_bounded(source: &mut dyn Read, to: &mut dyn Write, max_bytes: u64) -> Result<u64> {
    let bytes = io::copy(&mut source.take(max_bytes.saturating_add(1)), to)?;
    ensure!(bytes <= max_bytes, "more than the {max_bytes} bytes expected");
    Ok(bytes)
}

/// The digest of a file, as 64 hexadecimal digits.
pub(crate) fn digest(path: &Path) -> Result<String> {
    let mut file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut sink = Digesting { to: io::sink(), sha256: Sha256::new() };
    io::copy(&mut file, &mut sink).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(hex(&sink.sha256.finalize()))
}

/// Passes bytes on and digests them.
struct Digesting<W> {
    to: W,
    sha256: Sha256,
}

impl<W: Write> Write for Digesting<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = self.to.write(bytes)?;
        self.sha256.update(&bytes[..n]);
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

/// Lower-case hexadecimal digits.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::gzip;
    use super::*;

    /// The digest of `abc` (FIPS 180-2, appendix B.1).
    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    /// Places `source`, expecting `abc`; the file's content or the error, and that nothing else is left.
    #[track_caller]
    fn check(source: &[u8], gunzip: bool, want: Result<&[u8], &str>) {
        let folder = tempfile::tempdir().unwrap();
        let (to, scratch) = (folder.path().join("to"), folder.path().join("scratch"));
        let wanted = Wanted { sha256: Some(ABC), max_bytes: 3, gunzip };
        let placed = place(&mut &*source, &to, &scratch, &wanted);
        match want {
            Ok(bytes) => {
                assert_eq!(placed.unwrap(), ABC);
                assert_eq!(std::fs::read(&to).unwrap(), bytes);
            }
            Err(message) => {
                let error = format!("{:#}", placed.unwrap_err());
                assert!(error.contains(message), "{error}");
                assert!(!to.exists(), "a wrong file was placed");
            }
        }
        assert!(!scratch.exists(), "a scratch file was left");
    }

    #[test]
    fn plain_and_gzipped_bytes_give_the_same_file() {
        check(b"abc", true, Ok(b"abc"));
        check(&gzip(b"abc"), true, Ok(b"abc"));
        let members = [gzip(b"a"), gzip(b"bc")].concat();
        check(&members, true, Ok(b"abc"));
    }

    #[test]
    fn wrong_bytes_are_refused() {
        check(b"abd", true, Err("wrong content: expected sha256 ba78"));
        check(&gzip(b"abd"), true, Err("(3 bytes, after unpacking)"));
    }

    #[test]
    fn more_bytes_are_refused_before_they_are_written() {
        check(b"abcd", true, Err("more than the 3 bytes expected"));
        check(&gzip(&[0; 1 << 20]), true, Err("more than the 3 bytes expected"));
    }

    #[test]
    fn archives_are_left_packed() {
        check(&gzip(b"abc"), false, Err("more than the 3 bytes expected"));
    }

    #[test]
    fn a_truncated_gzip_file_is_refused() {
        let whole = gzip(b"abc");
        check(&whole[..whole.len() - 4], true, Err(""));
    }
}
