//! Files that appear whole or not at all.

use crate::VectorsError;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// A file under construction: it gets its name only when it is complete, and vanishes if it never is.
pub(crate) struct AtomicFile<'a> {
    target: &'a Path,
    partial: PathBuf,
    file: BufWriter<File>,
    finished: bool,
}

impl<'a> AtomicFile<'a> {
    /// Begins the file `target`, to replace what is there; what a killed run left of it is overwritten.
    pub(crate) fn create(target: &'a Path) -> Result<Self, VectorsError> {
        let partial = partial_name(target).map_err(VectorsError::write(target))?;
        let file = File::create(&partial).map_err(VectorsError::write(&partial))?;
        Ok(Self { target, partial, file: BufWriter::with_capacity(1 << 20, file), finished: false })
    }

    /// Syncs the file and gives it its name.
    pub(crate) fn finish(mut self) -> Result<(), VectorsError> {
        self.file
            .flush()
            .and_then(|()| self.file.get_ref().sync_all())
            .and_then(|()| fs::rename(&self.partial, self.target))
            .and_then(|()| sync_parent(self.target))
            .map_err(VectorsError::write(self.target))?;
        self.finished = true;
        Ok(())
    }
}

impl Write for AtomicFile<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for AtomicFile<'_> {
    fn drop(&mut self) {
        if !self.finished {
            // The error that led here is the one worth telling; the next run overwrites a leftover.
            let _ = fs::remove_file(&self.partial);
        }
    }
}

/// `.NAME.partial` beside `path`.
fn partial_name(path: &Path) -> io::Result<PathBuf> {
    if path.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    let name = path.file_name().ok_or_else(|| io::Error::from(io::ErrorKind::InvalidFilename))?;
    let mut partial = OsString::from(".");
    partial.push(name);
    partial.push(".partial");
    Ok(path.with_file_name(partial))
}

/// Makes the new name durable. Only Unix lets a folder be synced; elsewhere the rename has to do.
fn sync_parent(path: &Path) -> io::Result<()> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if cfg!(unix) { File::open(parent)?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(finish: bool, want: &[u8]) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        fs::write(&path, b"old").unwrap();
        let mut file = AtomicFile::create(&path).unwrap();
        file.write_all(b"new").unwrap();
        if finish {
            file.finish().unwrap();
        } else {
            drop(file);
        }
        assert_eq!(fs::read(&path).unwrap(), want);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "a partial file is left");
    }

    #[test]
    fn a_file_is_replaced_as_a_whole_or_not_at_all() {
        check(true, b"new");
        check(false, b"old");
    }

    #[test]
    fn a_folder_is_no_file() {
        let dir = tempfile::tempdir().unwrap();
        assert!(matches!(AtomicFile::create(dir.path()), Err(VectorsError::Write { .. })));
    }
}
