//! Text files of vectors: word2vec's with a first line of counts, and GloVe's without.

use crate::embeddings::first_not_finite;
use crate::error::{Place, Problem, excerpt};
use crate::format::{header, number};
use crate::load::{LoadOptions, Rows};
use crate::source::{Ended, Source};
use crate::{Embeddings, MAX_DIM, VectorsError};
use std::io::{self, Write};

/// Reads a file with a first line of word count and dimension.
pub(crate) fn read_word2vec(source: &mut Source<'_>, options: &LoadOptions) -> Result<Rows, VectorsError> {
    let (want, dim) = read_header(source)?;
    // A row takes at least a byte for the word, and two for each number and its space.
    let room = want.min(source.length() / (2 * dim as u64 + 1));
    let mut reader = LineReader { rows: Rows::new(room as usize, dim), line: 1, offset: 0, options };
    reader.read(source, options.wanted(want))?;
    let found = reader.rows.len() as u64;
    // Words beyond the promise matter only to those who want all of them.
    let surplus = found == want && options.wanted(want) == want && reader.has_more(source)?;
    if found < options.wanted(want) || surplus {
        return Err(VectorsError::Count { path: source.path(), want, found: found + u64::from(surplus) });
    }
    Ok(reader.rows)
}

/// Reads a file without a first line of counts: the first line tells the dimension.
pub(crate) fn read_glove(source: &mut Source<'_>, options: &LoadOptions) -> Result<Rows, VectorsError> {
    let mut reader = LineReader { rows: Rows::new(0, 0), line: 0, offset: 0, options };
    reader.read(source, options.wanted(u64::MAX))?;
    if reader.rows.dim == 0 {
        let problem = Problem::Fields { want: "a word and its numbers", found: String::new() };
        return Err(source.error(Place::Line(1), problem));
    }
    Ok(reader.rows)
}

/// The first line of word2vec's formats: how many words, and the dimension.
pub(crate) fn read_header(source: &mut Source<'_>) -> Result<(u64, usize), VectorsError> {
    let mut line = Vec::new();
    source.until(b'\n', &mut line, Place::Line(1))?;
    let header = header(&line).filter(|(_, dim)| (1..=MAX_DIM).contains(dim));
    header.ok_or_else(|| VectorsError::Header { path: source.path(), found: excerpt(&line) })
}

struct LineReader<'o> {
    rows: Rows,
    /// Number of the line read last.
    line: u64,
    /// Offset of its first byte.
    offset: u64,
    options: &'o LoadOptions,
}

impl LineReader<'_> {
    /// Reads rows until there are `n_rows` or the file ends.
    fn read(&mut self, source: &mut Source<'_>, n_rows: u64) -> Result<(), VectorsError> {
        let mut line = Vec::new();
        while (self.rows.len() as u64) < n_rows && self.next_line(source, &mut line)? {
            self.take(&line).map_err(|problem| source.error(Place::Line(self.line), problem))?;
        }
        Ok(())
    }

    /// Whether a line with anything on it follows.
    fn has_more(&mut self, source: &mut Source<'_>) -> Result<bool, VectorsError> {
        self.next_line(source, &mut Vec::new())
    }

    /// The next line with anything on it; false at the end.
    fn next_line(&mut self, source: &mut Source<'_>, line: &mut Vec<u8>) -> Result<bool, VectorsError> {
        loop {
            (self.line, self.offset) = (self.line + 1, source.offset());
            if source.until(b'\n', line, Place::Line(self.line))? == Ended::BeforeFirst {
                return Ok(false);
            }
            if !line.iter().all(|&byte| is_space(byte) || byte == b'\r') {
                return Ok(true);
            }
        }
    }

    /// Takes the row on the line read last.
    fn take(&mut self, line: &[u8]) -> Result<(), Problem> {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if self.rows.dim == 0 {
            self.rows.dim = width(line)?;
        }
        let start = self.rows.values.len();
        let word = parse_row(line, self.rows.dim, &mut self.rows.values)?;
        if let Some((column, found)) = first_not_finite(&self.rows.values[start..]) {
            return Err(Problem::NotFinite { column, found });
        }
        self.rows.push_word(word, self.offset, self.options)
    }
}

/// The dimension that a first row has: the numbers it ends with, less one if they are all there is.
fn width(line: &[u8]) -> Result<usize, Problem> {
    let fields: Vec<&[u8]> = fields(line).collect();
    match fields.iter().skip(1).rev().take_while(|field| number(field).is_some()).count() {
        0 => Err(Problem::Fields { want: "a word and its numbers", found: excerpt(line) }),
        width => Ok(width),
    }
}

/// Appends the `dim` numbers of a row to `values` and returns its word.
///
/// GloVe's largest files hold words with spaces, such as `. . .`: what comes before the last `dim` numbers
/// is taken as the word if no number stands next to them.
fn parse_row<'l>(line: &'l [u8], dim: usize, values: &mut Vec<f32>) -> Result<&'l [u8], Problem> {
    let start = values.len();
    let end = line.iter().position(|&byte| is_space(byte)).unwrap_or(line.len());
    match parse_numbers(&line[end..], dim, values) {
        Ok(()) => Ok(&line[..end]),
        Err(problem) => {
            values.truncate(start);
            let (word, numbers) = split_after_spaced_word(line, dim).ok_or(problem)?;
            parse_numbers(numbers, dim, values)?;
            Ok(word)
        }
    }
}

/// Appends exactly `dim` numbers to `values`.
fn parse_numbers(text: &[u8], dim: usize, values: &mut Vec<f32>) -> Result<(), Problem> {
    let mut rest = fields(text);
    for column in 0..dim {
        let Some(field) = rest.next() else {
            return Err(Problem::Dim { want: dim, found: column });
        };
        let not_a_number = || Problem::Number { column, found: excerpt(field) };
        values.push(number(field).ok_or_else(not_a_number)?);
    }
    match rest.count() {
        0 => Ok(()),
        more => Err(Problem::Dim { want: dim, found: dim + more }),
    }
}

/// Splits a row whose word has spaces in it; `None` if it has none, or is not to be told from its numbers.
fn split_after_spaced_word(line: &[u8], dim: usize) -> Option<(&[u8], &[u8])> {
    let mut word = trim_end(line);
    for _ in 0..dim {
        word = trim_end(&word[..word.iter().rposition(|&byte| is_space(byte))?]);
    }
    let last = word.rsplit(|&byte| is_space(byte)).next()?;
    (last.len() < word.len() && number(last).is_none()).then(|| line.split_at(word.len()))
}

/// `text` without the spaces at its end.
fn trim_end(text: &[u8]) -> &[u8] {
    let end = text.iter().rposition(|&byte| !is_space(byte)).map_or(0, |last| last + 1);
    &text[..end]
}

/// The parts of `text` between spaces and tabs. No other white space separates: words may hold it.
fn fields(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|&byte| is_space(byte)).filter(|field| !field.is_empty())
}

fn is_space(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

/// Writes a line a word, after a first line of counts if `with_header`.
///
/// Numbers are the shortest that read back as the same `f32`, as in gensim.
pub(crate) fn write(embeddings: &Embeddings, with_header: bool, out: &mut impl Write) -> io::Result<()> {
    if with_header {
        writeln!(out, "{} {}", embeddings.len(), embeddings.dim())?;
    }
    for (word, row) in embeddings.iter() {
        out.write_all(word.as_bytes())?;
        row.iter().try_for_each(|x| write!(out, " {x:?}"))?;
        out.write_all(b"\n")?;
    }
    Ok(())
}
