//! Text files of vectors: word2vec's with a first line of counts, and GloVe's without.

use super::detect::{header, number};
use super::source::{Ended, Source};
use super::{Entries, Rows};
use crate::embeddings::first_not_finite;
use crate::error::{Place, Problem, excerpt};
use crate::{MAX_DIM, VectorsError};
use std::io::{self, Write};

/// The first line of word2vec's formats: how many words, and the dimension.
pub(crate) fn read_header(source: &mut Source<'_>) -> Result<(u64, usize), VectorsError> {
    let mut line = Vec::new();
    source.until(b'\n', &mut line, Place::Line(1))?;
    let header = header(&line).filter(|(_, dim)| (1..=MAX_DIM).contains(dim));
    header.ok_or_else(|| VectorsError::Header { path: source.path(), found: excerpt(&line) })
}

/// Reads a line for each word.
pub(crate) struct LineReader<'a> {
    source: Source<'a>,
    /// Words that a header promises.
    promised: Option<u64>,
    /// Words that are to be read at most.
    wanted: u64,
    dim: usize,
    /// Words read so far.
    found: u64,
    /// The line read last, its number and the offset of its first byte.
    text: Vec<u8>,
    line: u64,
    offset: u64,
}

impl<'a> LineReader<'a> {
    /// For a file with a first line of word count and dimension.
    pub(crate) fn word2vec(mut source: Source<'a>, max_words: u64) -> Result<Self, VectorsError> {
        let (promised, dim) = read_header(&mut source)?;
        let wanted = promised.min(max_words);
        Ok(Self { promised: Some(promised), dim, line: 1, ..Self::glove(source, wanted) })
    }

    /// For a file without a first line of counts: the first line tells the dimension.
    pub(crate) fn glove(source: Source<'a>, wanted: u64) -> Self {
        Self { source, promised: None, wanted, dim: 0, found: 0, text: Vec::new(), line: 0, offset: 0 }
    }

    /// The next line with anything on it; false at the end.
    fn next_line(&mut self) -> Result<bool, VectorsError> {
        loop {
            (self.line, self.offset) = (self.line + 1, self.source.offset());
            if self.source.until(b'\n', &mut self.text, Place::Line(self.line))? == Ended::BeforeFirst {
                return Ok(false);
            }
            if !is_blank(&self.text) {
                return Ok(true);
            }
        }
    }

    /// Takes the row on the line read last.
    fn take(&mut self, rows: &mut Rows) -> Result<(), Problem> {
        let line = self.text.strip_suffix(b"\r").unwrap_or(&self.text);
        if self.dim == 0 {
            self.dim = width(line)?;
        }
        rows.dim = self.dim;
        let start = rows.values.len();
        let word = parse_row(line, self.dim, &mut rows.values)?;
        if let Some((column, found)) = first_not_finite(&rows.values[start..]) {
            return Err(Problem::NotFinite { column, found });
        }
        if word.is_empty() {
            return Err(Problem::NoWord);
        }
        rows.words.push(word, self.offset)
    }

    /// What is wrong at the end of the file, or of what is wanted of it.
    fn check_end(&mut self) -> Result<(), VectorsError> {
        let Some(want) = self.promised else {
            let problem = Problem::Fields { want: "a word and its numbers", found: String::new() };
            let is_empty = self.dim == 0 && self.wanted > 0;
            return if is_empty { Err(self.source.error(Place::Line(1), problem)) } else { Ok(()) };
        };
        // Words beyond the promise matter only to those who want all of them.
        let surplus = self.found == want && self.next_line()?;
        if self.found == self.wanted && !surplus {
            return Ok(());
        }
        Err(VectorsError::Count { path: self.source.path(), want, found: self.found + u64::from(surplus) })
    }
}

impl Entries for LineReader<'_> {
    fn promised(&self) -> Option<u64> {
        self.promised.map(|_| self.wanted)
    }

    fn room(&self) -> u64 {
        // A row takes at least a byte for the word, and two for each number and its space.
        self.promised.map_or(0, |_| self.wanted.min(self.source.length() / (2 * self.dim as u64 + 1)))
    }

    fn next(&mut self, rows: &mut Rows) -> Result<bool, VectorsError> {
        rows.dim = self.dim;
        if self.found >= self.wanted || !self.next_line()? {
            self.check_end()?;
            return Ok(false);
        }
        self.take(rows).map_err(|problem| self.source.error(Place::Line(self.line), problem))?;
        self.found += 1;
        Ok(true)
    }
}

/// How many rows there are in a file without a first line of counts.
pub(crate) fn count_rows(source: &mut Source<'_>) -> Result<u64, VectorsError> {
    let (mut n_rows, mut text) = (0, Vec::new());
    for line in 1.. {
        if source.until(b'\n', &mut text, Place::Line(line))? == Ended::BeforeFirst {
            break;
        }
        n_rows += u64::from(!is_blank(&text));
    }
    Ok(n_rows)
}

/// Whether there is nothing on a line.
fn is_blank(line: &[u8]) -> bool {
    line.iter().all(|&byte| is_space(byte) || byte == b'\r')
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

/// Writes the line of a word and its vector.
///
/// Numbers are the shortest that read back as the same `f32`, as in gensim.
pub(crate) fn write_row(word: &str, row: &[f32], out: &mut impl Write) -> io::Result<()> {
    out.write_all(word.as_bytes())?;
    row.iter().try_for_each(|x| write!(out, " {x:?}"))?;
    out.write_all(b"\n")
}
