//! Files and folders that appear whole or not at all.

use crate::VocabError;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Writes `bytes` to `path`: to a temporary name beside it, synced, then renamed over what is there.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), VocabError> {
    let partial = partial_name(path).map_err(VocabError::io(path))?;
    let written = write_synced(&partial, bytes).and_then(|()| fs::rename(&partial, path));
    written.and_then(|()| sync_parent(path)).map_err(|source| {
        // The first error is the one worth telling.
        let _ = fs::remove_file(&partial);
        VocabError::Io { path: path.to_owned(), source }
    })
}

fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// A folder under construction: it gets its name only when it is complete, and vanishes if it never is.
pub(crate) struct PartialFolder {
    partial: PathBuf,
    target: PathBuf,
    finished: bool,
}

impl PartialFolder {
    /// Begins the folder `target`, which must not exist; what a killed run left of it is removed.
    pub(crate) fn create(target: &Path) -> Result<Self, VocabError> {
        if target.exists() {
            return Err(VocabError::Exists { path: target.to_owned() });
        }
        let partial = partial_name(target).map_err(VocabError::io(target))?;
        if partial.exists() {
            fs::remove_dir_all(&partial).map_err(VocabError::io(&partial))?;
        }
        fs::create_dir_all(&partial).map_err(VocabError::io(&partial))?;
        Ok(Self { partial, target: target.to_owned(), finished: false })
    }

    /// Where the files go meanwhile.
    pub(crate) fn path(&self) -> &Path {
        &self.partial
    }

    /// Gives the folder its name. The files in it must have been synced.
    pub(crate) fn finish(mut self) -> Result<(), VocabError> {
        sync(&self.partial)
            .and_then(|()| fs::rename(&self.partial, &self.target))
            .and_then(|()| sync_parent(&self.target))
            .map_err(VocabError::io(&self.target))?;
        self.finished = true;
        Ok(())
    }
}

impl Drop for PartialFolder {
    fn drop(&mut self) {
        if !self.finished {
            // A leftover is removed by the next run at the latest.
            let _ = fs::remove_dir_all(&self.partial);
        }
    }
}

/// `.NAME.partial` beside `path`.
fn partial_name(path: &Path) -> io::Result<PathBuf> {
    let name = path.file_name().ok_or_else(|| io::Error::from(io::ErrorKind::InvalidFilename))?;
    let mut partial = OsString::from(".");
    partial.push(name);
    partial.push(".partial");
    Ok(path.with_file_name(partial))
}

fn sync_parent(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => sync(parent),
        _ => sync(Path::new(".")),
    }
}

/// Makes the names in a folder durable.
pub(crate) fn sync(folder: &Path) -> io::Result<()> {
    // Only Unix lets a folder be opened and synced; elsewhere the rename has to do.
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_as_a_whole() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        write(&path, b"one").unwrap();
        write(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn an_unfinished_folder_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("corpus");
        fs::create_dir(dir.path().join(".corpus.partial")).unwrap();
        let folder = PartialFolder::create(&target).unwrap();
        fs::write(folder.path().join("file"), b"one").unwrap();
        drop(folder);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_finished_folder_is_not_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("corpus");
        PartialFolder::create(&target).unwrap().finish().unwrap();
        assert!(matches!(PartialFolder::create(&target), Err(VocabError::Exists { .. })));
        assert!(target.is_dir());
    }
}
