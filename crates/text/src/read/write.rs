//! Writing text files.

use super::bytes::in_file;
use crate::TextError;
use flate2::write::GzEncoder;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Writes a file that is there when it is whole, and not before; `.gz` and `.zst` names are compressed.
///
/// The text goes into `NAME.tmp` beside the file, which [`Self::finish`] syncs and renames. Dropped without
/// that, it leaves nothing.
pub struct TextWriter {
    path: PathBuf,
    temporary: PathBuf,
    /// `None` once it is finished.
    sink: Option<Sink>,
}

enum Sink {
    Plain(BufWriter<File>),
    Gzip(GzEncoder<BufWriter<File>>),
    Zstd(zstd::Encoder<'static, BufWriter<File>>),
}

impl TextWriter {
    /// Will write `path`.
    ///
    /// # Errors
    /// If the folder is missing or cannot be written.
    pub fn create(path: &Path) -> Result<Self, TextError> {
        let mut name = path.as_os_str().to_owned();
        name.push(".tmp");
        let temporary = PathBuf::from(name);
        let file = BufWriter::with_capacity(1 << 17, File::create(&temporary).map_err(in_file(path))?);
        let sink = match path.extension().and_then(|extension| extension.to_str()) {
            Some("gz") => Sink::Gzip(GzEncoder::new(file, flate2::Compression::default())),
            Some("zst") => Sink::Zstd(zstd::Encoder::new(file, 3).map_err(in_file(path))?),
            _ => Sink::Plain(file),
        };
        Ok(Self { path: path.to_owned(), temporary, sink: Some(sink) })
    }

    /// Makes the file appear.
    ///
    /// # Errors
    /// If the disk is full or the like; then there is no new file.
    pub fn finish(mut self) -> Result<(), TextError> {
        let result = self.sink.take().map_or(Ok(()), Sink::finish);
        let result = result.and_then(|()| fs::rename(&self.temporary, &self.path));
        result.map_err(in_file(&self.path))
    }
}

impl Sink {
    fn finish(self) -> io::Result<()> {
        let mut file = match self {
            Self::Plain(file) => file,
            Self::Gzip(encoder) => encoder.finish()?,
            Self::Zstd(encoder) => encoder.finish()?,
        };
        file.flush()?;
        file.get_ref().sync_all()
    }
}

impl Write for TextWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.sink {
            Some(Sink::Plain(file)) => file.write(bytes),
            Some(Sink::Gzip(encoder)) => encoder.write(bytes),
            Some(Sink::Zstd(encoder)) => encoder.write(bytes),
            None => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.sink {
            Some(Sink::Plain(file)) => file.flush(),
            Some(Sink::Gzip(encoder)) => encoder.flush(),
            Some(Sink::Zstd(encoder)) => encoder.flush(),
            None => Ok(()),
        }
    }
}

impl Drop for TextWriter {
    fn drop(&mut self) {
        drop(self.sink.take());
        // After `finish` there is nothing of this name.
        let _ = fs::remove_file(&self.temporary);
    }
}
