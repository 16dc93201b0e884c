//! Files that are written in several places at once and appear whole or not at all.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// A file under construction beside the one that it will become; it vanishes if it is not finished.
#[derive(Debug)]
pub(crate) struct Partial {
    target: PathBuf,
    path: PathBuf,
    finished: bool,
}

impl Partial {
    /// Begins the file that will be `target`, under the name `.NAME.PROCESS-N.tmp`.
    pub(crate) fn create(target: &Path) -> io::Result<Self> {
        const TRIES: u32 = 1000;
        let name = target.file_name().ok_or(io::ErrorKind::InvalidInput)?;
        for n in 0..TRIES {
            let mut temporary = OsString::from(".");
            temporary.push(name);
            temporary.push(format!(".{}-{n}.tmp", std::process::id()));
            let path = target.with_file_name(temporary);
            match OpenOptions::new().write(true).create_new(true).open(&path) {
                Ok(_) => return Ok(Self { target: target.to_owned(), path, finished: false }),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    /// Writes from `offset` on.
    pub(crate) fn writer(&self, offset: u64) -> io::Result<BufWriter<File>> {
        let mut file = OpenOptions::new().write(true).open(&self.path)?;
        file.seek(SeekFrom::Start(offset))?;
        Ok(BufWriter::with_capacity(1 << 17, file))
    }

    /// Waits until all is on the disk, and gives the file its name. All writers must have been flushed.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        File::open(&self.path)?.sync_all()?;
        fs::rename(&self.path, &self.target)?;
        self.finished = true;
        let folder = self.target.parent().filter(|folder| !folder.as_os_str().is_empty());
        // Only Unix lets a folder be opened and synced; elsewhere the rename has to do.
        if cfg!(unix) { File::open(folder.unwrap_or(Path::new(".")))?.sync_all() } else { Ok(()) }
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if !self.finished {
            // There is nobody left to tell; the name says that the file is temporary.
            let _ = fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn places_are_written_in_any_order() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("file");
        fs::write(&target, "old").unwrap();
        let partial = Partial::create(&target).unwrap();
        let (mut head, mut tail) = (partial.writer(0).unwrap(), partial.writer(2).unwrap());
        tail.write_all(b"cd").unwrap();
        head.write_all(b"ab").unwrap();
        tail.flush().unwrap();
        head.flush().unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"old");
        partial.finish().unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"abcd");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_is_not_finished_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        drop(Partial::create(&dir.path().join("file")).unwrap());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
        assert!(Partial::create(&dir.path().join("missing/file")).is_err());
    }
}
