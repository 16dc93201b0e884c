//! Cutting a file where documents begin.

use super::bytes::{in_file, open_file};
use super::options::{Format, ReadOptions};
use crate::TextError;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom};
use std::ops::Range;
use std::path::Path;

/// Shorter pieces are not worth a cut, except in tests, which would take long.
const LEAST: u64 = if cfg!(test) { 1 << 10 } else { 1 << 20 };

/// Cuts the file into at most `options.n_shards` ranges of about equal length that begin where a document
/// does and end where the next begins.
pub(super) fn cut(path: &Path, options: &ReadOptions) -> Result<Vec<Range<u64>>, TextError> {
    let file = open_file(path)?;
    let length = file.metadata().map_err(in_file(path))?.len();
    let n = (length / LEAST).clamp(1, options.n_shards.max(1) as u64);
    let mut cuts = vec![0];
    if can_cut(options) {
        let mut finder =
            Finder { file: BufReader::with_capacity(1 << 16, file), line: Vec::new(), limit: LEAST };
        for i in 1..n {
            let from = (length * i / n).max(*cuts.last().unwrap_or(&0));
            cuts.extend(finder.next_start(from, &options.format).map_err(in_file(path))?);
        }
    }
    cuts.push(length);
    cuts.dedup();
    Ok(cuts.windows(2).map(|pair| pair[0]..pair[1]).collect())
}

/// Whether the beginnings of documents can be told from the bytes around them: not where a quotation mark
/// may have opened long before, and not where a line feed may be half of a character.
fn can_cut(options: &ReadOptions) -> bool {
    options.encoding.has_ascii_lines() && !matches!(options.format, Format::File | Format::Csv(_))
}

struct Finder {
    file: BufReader<File>,
    line: Vec<u8>,
    /// A beginning is sought for so many bytes; without one there is no cut.
    limit: u64,
}

impl Finder {
    /// The first beginning of a document at or behind `from`, which is not 0.
    fn next_start(&mut self, from: u64, format: &Format) -> std::io::Result<Option<u64>> {
        // From the byte before, so that a line which begins at `from` counts as one that begins.
        let mut at = from - 1;
        self.file.seek(SeekFrom::Start(at))?;
        at += self.skip_line()?;
        loop {
            if at > from + self.limit {
                return Ok(None);
            }
            let read = self.skip_line()?;
            let begins = match format {
                Format::Wiki => self.line.starts_with(b"<doc "),
                Format::Conll(_) => self.line.iter().all(u8::is_ascii_whitespace),
                _ => true,
            };
            if read == 0 || begins {
                return Ok((read > 0).then_some(at));
            }
            at += read;
        }
    }

    /// Reads a line, or a piece of a very long one; the bytes read.
    fn skip_line(&mut self) -> std::io::Result<u64> {
        self.line.clear();
        let read = (&mut self.file).take(self.limit).read_until(b'\n', &mut self.line)?;
        Ok(read as u64)
    }
}
