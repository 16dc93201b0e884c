//! Text files that appear whole or not at all.

use crate::TextError;
use flate2::write::GzEncoder;
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Writes a file under a temporary name in the same folder and gives it its own name when finished.
///
/// What ends in `.gz` is compressed with gzip and what ends in `.zst` with Zstandard. A file of that name is
/// replaced. A writer that is dropped before it is finished leaves nothing.
///
/// ```
/// use std::io::Write;
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("words.txt.gz");
/// let mut writer = sememe_text::TextWriter::create(&path)?;
/// writeln!(writer, "a rose")?;
/// writer.finish()?;
/// assert!(path.exists());
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct TextWriter {
    path: PathBuf,
    temporary: Temporary,
    /// Absent only while finishing.
    packer: Option<Packer>,
}

/// A file that is removed unless it was renamed.
#[derive(Debug)]
struct Temporary {
    path: PathBuf,
    is_done: bool,
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.is_done {
            // There is nobody left to tell; the name says that the file is temporary.
            let _ = fs::remove_file(&self.path);
        }
    }
}

enum Packer {
    Plain(BufWriter<File>),
    Gzip(GzEncoder<BufWriter<File>>),
    Zstd(zstd::stream::write::Encoder<'static, BufWriter<File>>),
}

impl std::fmt::Debug for Packer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Plain(_) => "Plain",
            Self::Gzip(_) => "Gzip",
            Self::Zstd(_) => "Zstd",
        })
    }
}

impl TextWriter {
    /// Begins a file.
    ///
    /// # Errors
    /// If the folder is missing or cannot be written to.
    pub fn create(path: &Path) -> Result<Self, TextError> {
        let fail = |source| write_error(path, source);
        if path.is_dir() {
            return Err(fail(io::ErrorKind::IsADirectory.into()));
        }
        let (temporary, file) = create_temporary(path).map_err(fail)?;
        let packer = Packer::new(path, BufWriter::with_capacity(256 << 10, file)).map_err(fail)?;
        Ok(Self { path: path.to_owned(), temporary, packer: Some(packer) })
    }

    /// Writes what is left, waits until it is on the disk, and gives the file its name.
    ///
    /// # Errors
    /// If the disk is full or the like; then there is no file of that name, or still the former one.
    pub fn finish(mut self) -> Result<(), TextError> {
        let path = std::mem::take(&mut self.path);
        self.rename(&path).map_err(|source| write_error(&path, source))
    }

    fn rename(&mut self, path: &Path) -> io::Result<()> {
        let Some(packer) = self.packer.take() else { return Ok(()) };
        packer.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        fs::rename(&self.temporary.path, path)?;
        self.temporary.is_done = true;
        sync_folder(path)
    }
}

/// Makes the new name last through a power cut, where folders can be synced.
fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder(path))?.sync_all() } else { Ok(()) }
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A new file beside `path`: `.NAME.PROCESS-N.tmp`.
fn create_temporary(path: &Path) -> io::Result<(Temporary, File)> {
    const TRIES: u32 = 1000;
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    for n in 0..TRIES {
        let mut temporary = OsString::from(".");
        temporary.push(name);
        temporary.push(format!(".{}-{n}.tmp", std::process::id()));
        let path = folder(path).join(temporary);
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(file) => return Ok((Temporary { path, is_done: false }, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

fn write_error(path: &Path, source: io::Error) -> TextError {
    TextError::Write { path: path.to_owned(), source }
}

impl Packer {
    fn new(path: &Path, file: BufWriter<File>) -> io::Result<Self> {
        Ok(match path.extension().and_then(|extension| extension.to_str()) {
            Some("gz") => Self::Gzip(GzEncoder::new(file, flate2::Compression::default())),
            Some("zst") => Self::Zstd(zstd::stream::write::Encoder::new(file, 0)?),
            _ => Self::Plain(file),
        })
    }

    fn writer(&mut self) -> &mut dyn Write {
        match self {
            Self::Plain(file) => file,
            Self::Gzip(encoder) => encoder,
            Self::Zstd(encoder) => encoder,
        }
    }

    fn finish(self) -> io::Result<BufWriter<File>> {
        match self {
            Self::Plain(file) => Ok(file),
            Self::Gzip(encoder) => encoder.finish(),
            Self::Zstd(encoder) => encoder.finish(),
        }
    }
}

impl Write for TextWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.packer.as_mut().map_or(Ok(0), |packer| packer.writer().write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.packer.as_mut().map_or(Ok(()), |packer| packer.writer().flush())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Documents, FileDocuments, ReadOptions};
    use std::ops::ControlFlow;

    fn names(folder: &Path) -> Vec<OsString> {
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect()
    }

    #[track_caller]
    fn check(name: &str, want_start: &[u8]) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        let lines: Vec<String> = (0..10_000).map(|i| format!("line {i} 我")).collect();
        let mut writer = TextWriter::create(&path).unwrap();
        writer.write_all((lines.join("\n") + "\n").as_bytes()).unwrap();
        assert!(!path.exists());
        writer.finish().unwrap();
        assert_eq!(names(folder.path()), [name]);
        assert!(fs::read(&path).unwrap().starts_with(want_start));
        let mut found = Vec::new();
        let documents =
            FileDocuments::open(&[path], &ReadOptions { n_shards: 1, ..ReadOptions::default() }).unwrap();
        let mut sink = |document: crate::Document<'_>| {
            found.push(document.text.to_owned());
            ControlFlow::Continue(())
        };
        documents.for_each(0, &mut sink).unwrap();
        assert!(found == lines);
    }

    #[test]
    fn files_are_compressed_by_their_names() {
        check("a.txt", b"line 0");
        check("a.gz", b"\x1F\x8B");
        check("a.txt.zst", b"\x28\xB5\x2F\xFD");
    }

    #[test]
    fn an_unfinished_file_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = TextWriter::create(&folder.path().join("a.gz")).unwrap();
        writer.write_all(b"text").unwrap();
        drop(writer);
        assert!(names(folder.path()).is_empty());
    }

    #[test]
    fn two_writers_do_not_meet() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let (mut first, mut second) =
            (TextWriter::create(&path).unwrap(), TextWriter::create(&path).unwrap());
        first.write_all(b"first").unwrap();
        second.write_all(b"second").unwrap();
        second.finish().unwrap();
        first.finish().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"first");
        assert_eq!(names(folder.path()), ["a"]);
    }

    #[test]
    fn what_cannot_be_written_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        for path in [folder.path().join("none/a"), folder.path().to_owned()] {
            let error = TextWriter::create(&path).unwrap_err();
            assert_eq!(error.to_string(), format!("cannot write {}", path.display()));
        }
    }
}
