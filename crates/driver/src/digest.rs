//! What a file was when it was last looked at.

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;
use std::time::UNIX_EPOCH;

/// Size, time and content of a file.
///
/// A file whose size and modification time are those of its mark is taken to be unchanged; otherwise its
/// content is hashed again. Copying a file or touching it therefore costs a hash, never a stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileMark {
    pub(crate) bytes: u64,
    /// Nanoseconds since 1970.
    pub(crate) modified: u64,
    pub(crate) sha256: String,
}

impl FileMark {
    /// Reads the whole file.
    pub(crate) fn of(path: &Path) -> anyhow::Result<Self> {
        let (bytes, modified) = stat(path)?;
        Ok(Self { bytes, modified, sha256: hash_file(path)? })
    }

    /// The mark of `path` now, without reading it if it looks as it did.
    pub(crate) fn renew(&self, path: &Path) -> anyhow::Result<Self> {
        let (bytes, modified) = stat(path)?;
        if (bytes, modified) == (self.bytes, self.modified) { Ok(self.clone()) } else { Self::of(path) }
    }

    /// Whether the file still has the content of this mark.
    pub(crate) fn holds(&self, path: &Path) -> bool {
        self.renew(path).is_ok_and(|now| now.sha256 == self.sha256)
    }
}

fn stat(path: &Path) -> anyhow::Result<(u64, u64)> {
    let meta = fs::metadata(path).with_context(|| format!("cannot read {}", path.display()))?;
    anyhow::ensure!(meta.is_file(), "{} is a folder, expected a file", path.display());
    let since_1970 = meta.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    Ok((meta.len(), since_1970.map_or(0, |time| time.as_nanos() as u64)))
}

fn hash_file(path: &Path) -> anyhow::Result<String> {
    let context = || format!("cannot read {}", path.display());
    let mut file = File::open(path).with_context(context)?;
    let (mut hash, mut buffer) = (Sha256::new(), vec![0; 1 << 20]);
    loop {
        match file.read(&mut buffer).with_context(context)? {
            0 => return Ok(hex(&hash.finalize())),
            n => hash.update(&buffer[..n]),
        }
    }
}

/// SHA-256 of `bytes`, in hexadecimal.
pub(crate) fn hash(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_decides_not_time() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        fs::write(&path, "abc").unwrap();
        let mark = FileMark::of(&path).unwrap();
        assert_eq!(mark.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        let touched = FileMark { modified: 1, ..mark.clone() };
        assert!(touched.holds(&path));
        fs::write(&path, "abd").unwrap();
        assert!(!FileMark { modified: 1, ..mark }.holds(&path));
        fs::remove_file(&path).unwrap();
        assert!(!touched.holds(&path));
    }
}
