//! Tables: CSV, TSV and their like.

use super::Sink;
use super::input::{Input, io_error};
use super::options::{Column, Format, ReadOptions, Table};
use super::source::Source;
use crate::{Document, TextError, nearest};
use csv::{ByteRecord, StringRecord};
use memchr::{memchr, memchr_iter};
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::ops::{ControlFlow, Range};
use std::path::Path;

/// How the rows of a table are written.
#[derive(Clone, Copy)]
pub(super) struct Dialect<'a> {
    pub(super) columns: &'a Table,
    delimiter: u8,
    has_quotes: bool,
}

impl<'a> Dialect<'a> {
    /// The dialect of a format, if its files are tables.
    ///
    /// # Errors
    /// If the delimiter cannot be one.
    pub(super) fn of(format: &'a Format) -> Result<Option<Self>, TextError> {
        let (columns, delimiter, has_quotes) = match format {
            Format::Csv(columns) => (columns, columns.delimiter, true),
            Format::Tsv(columns) => (columns, '\t', false),
            _ => return Ok(None),
        };
        match u8::try_from(delimiter) {
            Ok(delimiter) if delimiter.is_ascii() && !b"\"\r\n".contains(&delimiter) => {
                Ok(Some(Self { columns, delimiter, has_quotes }))
            }
            _ => Err(TextError::Delimiter { found: delimiter }),
        }
    }

    fn reader<R: Read>(self, source: R) -> csv::Reader<R> {
        let mut builder = csv::ReaderBuilder::new();
        // The header is a row like others here, and rows of the wrong length are refused with their line.
        builder.has_headers(false).flexible(true);
        builder.delimiter(self.delimiter).quoting(self.has_quotes).from_reader(source)
    }
}

/// Where in a row to find what is asked for.
#[derive(Clone, Debug)]
pub(super) struct Columns {
    n_columns: usize,
    text: Vec<usize>,
    label: Option<usize>,
    id: Option<usize>,
    time: Option<usize>,
}

impl Columns {
    /// Finds the columns by the first row of a file.
    ///
    /// # Errors
    /// If the file cannot be read or lacks a column.
    pub(super) fn find(input: &Input, table: Dialect<'_>, options: &ReadOptions) -> Result<Self, TextError> {
        let mut rows = Rows::open(input, 0..input.n_bytes, table, options)?;
        let mut first = StringRecord::new();
        rows.next_row(&mut first)?;
        Self::in_row(&first, table.columns).map_err(|wanted| {
            let columns = names(&first, table.columns.header);
            let nearest = nearest(&wanted, columns.iter().map(String::as_str)).map(str::to_owned);
            TextError::Column { path: input.path.clone(), wanted, columns, nearest }
        })
    }

    /// Finds the columns in the first row.
    ///
    /// # Errors
    /// The column that is not there.
    fn in_row(row: &StringRecord, table: &Table) -> Result<Self, String> {
        let find = |column: &Column| {
            let found = match column {
                Column::Number(number) => Some(*number).filter(|number| *number < row.len()),
                Column::Name(name) if table.header => row.iter().position(|found| found.trim() == name),
                Column::Name(_) => None,
            };
            found.ok_or_else(|| column.to_string())
        };
        Ok(Self {
            n_columns: row.len(),
            text: table.text.iter().map(find).collect::<Result<_, _>>()?,
            label: table.label.as_ref().map(find).transpose()?,
            id: table.id.as_ref().map(find).transpose()?,
            time: table.time.as_ref().map(find).transpose()?,
        })
    }

    /// The document in a row. `joined` is for a text of several columns.
    fn document<'a>(&self, row: &'a StringRecord, joined: &'a mut String) -> Document<'a> {
        let get = |column: Option<usize>| column.and_then(|column| row.get(column));
        let text = match self.text[..] {
            [column] => row.get(column).unwrap_or(""),
            _ => {
                joined.clear();
                for text in self.text.iter().filter_map(|column| row.get(*column)) {
                    joined.push_str(if joined.is_empty() { "" } else { " " });
                    joined.push_str(text);
                }
                joined
            }
        };
        Document { text, label: get(self.label), id: get(self.id), time: get(self.time) }
    }
}

fn names(row: &StringRecord, header: bool) -> Vec<String> {
    let name = |(number, name): (usize, &str)| if header { name.to_owned() } else { number.to_string() };
    row.iter().enumerate().map(name).collect()
}

/// Gives the documents of the rows, less the header if the part has it.
pub(super) fn rows(
    rows: &mut Rows,
    columns: &Columns,
    has_header: bool,
    sink: &mut Sink<'_>,
) -> Result<ControlFlow<()>, TextError> {
    let (mut row, mut joined) = (StringRecord::new(), String::new());
    if has_header {
        rows.next_row(&mut row)?;
    }
    while rows.next_row(&mut row)? {
        if row.len() != columns.n_columns {
            return Err(rows.ragged(columns.n_columns, row.len()));
        }
        if sink(columns.document(&row, &mut joined)).is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(ControlFlow::Continue(()))
}

/// The rows of a part of a file.
pub(super) struct Rows {
    reader: csv::Reader<Limited<TextReader>>,
    /// Lines before the part.
    n_lines_before: u64,
    /// Where the last row starts, counted from 1 at the start of the part.
    line: u64,
}

impl Rows {
    pub(super) fn open(
        input: &Input,
        range: Range<u64>,
        table: Dialect<'_>,
        options: &ReadOptions,
    ) -> Result<Self, TextError> {
        let source = Source::open(input, range, options)?;
        let limit = options.max_document_bytes;
        let inner = TextReader::new(source);
        let limited = Limited::new(inner, limit);
        Ok(Self { reader: table.reader(limited), n_lines_before: 0, line: 1 })
    }

    /// The same rows, knowing how many lines come before them.
    pub(super) fn after_lines(self, n_lines_before: u64) -> Self {
        Self { n_lines_before, ..self }
    }

    pub(super) fn source(&self) -> &Source {
        &self.reader.get_ref().inner.source
    }

    /// Reads the next row; false if there is none.
    fn next_row(&mut self, row: &mut StringRecord) -> Result<bool, TextError> {
        self.reader.get_mut().n_given = 0;
        self.line = self.reader.position().line();
        let is_there = self.reader.read_record(row).map_err(|error| self.error(error))?;
        // Counted back from the end of the row: before its start there may be empty lines.
        let n_inside = memchr_iter(b'\n', row.as_slice().as_bytes()).count() as u64;
        self.line = self.reader.position().line().saturating_sub(1 + n_inside);
        // Every line has its end here, so only an open quotation mark takes a row to the end of the text.
        if is_there && self.reader.get_ref().is_at_end {
            let (path, line) = (self.path().to_owned(), self.line() + 1);
            return Err(TextError::OpenQuote { path, line });
        }
        Ok(is_there)
    }

    fn ragged(&self, expected: usize, found: usize) -> TextError {
        let (path, line) = (self.path().to_owned(), self.line());
        TextError::Ragged { path, line, expected, found }
    }

    fn path(&self) -> &Path {
        self.source().path()
    }

    fn line(&self) -> u64 {
        self.n_lines_before + self.line
    }

    /// Takes the error of the source out of the reader's, and says where the row starts that is too long.
    fn error(&self, error: csv::Error) -> TextError {
        let (path, line) = (self.path().to_owned(), self.line());
        if !error.is_io_error() {
            return TextError::Row { path, line, source: error };
        }
        match error.into_kind() {
            csv::ErrorKind::Io(error) if is_limit(&error) => {
                TextError::TooLong { path, line, limit: self.reader.get_ref().limit }
            }
            csv::ErrorKind::Io(error) => error.downcast().unwrap_or_else(|error| io_error(&path, error)),
            _ => io_error(&path, ErrorKind::InvalidData.into()),
        }
    }
}

/// The text of a source as bytes, with each line end one line feed, also at the end of the file.
struct TextReader {
    source: Source,
    text: String,
    at: usize,
    ends_line: bool,
}

impl TextReader {
    fn new(source: Source) -> Self {
        Self { source, text: String::new(), at: 0, ends_line: true }
    }

    /// Replaces the text by what comes next; false if there is no more.
    fn fill(&mut self) -> Result<bool, TextError> {
        self.text.clear();
        self.at = 0;
        while self.text.is_empty() || self.text.ends_with('\r') {
            if !self.source.fill(&mut self.text)? {
                break;
            }
        }
        let misses_end = self.text.is_empty() && !self.ends_line;
        if misses_end || self.text.ends_with('\r') {
            self.text.push('\n');
        }
        if memchr(b'\r', self.text.as_bytes()).is_some() {
            self.text = self.text.replace("\r\n", "\n");
        }
        self.ends_line = self.text.is_empty() || self.text.ends_with('\n');
        Ok(!self.text.is_empty())
    }
}

impl Read for TextReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.text.len() && !self.fill().map_err(io::Error::other)? {
            return Ok(0);
        }
        let n_read = (&self.text.as_bytes()[self.at..]).read(buffer)?;
        self.at += n_read;
        Ok(n_read)
    }
}

/// Ends with an error rather than give more than `limit` bytes for one row.
struct Limited<R> {
    inner: R,
    limit: usize,
    /// Bytes given since a row was begun.
    n_given: usize,
    is_at_end: bool,
}

impl<R> Limited<R> {
    fn new(inner: R, limit: usize) -> Self {
        Self { inner, limit, n_given: 0, is_at_end: false }
    }
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.n_given > self.limit {
            return Err(ErrorKind::FileTooLarge.into());
        }
        let n_read = self.inner.read(buffer)?;
        self.n_given += n_read;
        self.is_at_end = n_read == 0 && !buffer.is_empty();
        Ok(n_read)
    }
}

fn is_limit(error: &io::Error) -> bool {
    error.kind() == ErrorKind::FileTooLarge
}

/// Where rows start that begin at or after `candidates`, which rise: byte, and lines before it.
///
/// A line end may stand within quotes, so the file has to be read from its start.
pub(super) fn row_starts(
    input: &Input,
    table: Dialect<'_>,
    candidates: &[u64],
    limit: usize,
) -> Result<Vec<(u64, u64)>, TextError> {
    let file = File::open(&input.path).map_err(|source| io_error(&input.path, source))?;
    let mut reader = table.reader(Limited::new(file, limit));
    let mut row = ByteRecord::new();
    let (mut starts, mut candidates) = (Vec::new(), candidates.iter().copied().peekable());
    while candidates.peek().is_some() {
        let start = (reader.position().byte(), reader.position().line() - 1);
        if candidates.next_if(|candidate| *candidate <= start.0).is_some() {
            while candidates.next_if(|candidate| *candidate <= start.0).is_some() {}
            starts.push(start);
        }
        reader.get_mut().n_given = 0;
        // What is wrong here is found again, and reported, when the rows are read.
        if !reader.read_byte_record(&mut row).unwrap_or(false) {
            break;
        }
    }
    Ok(starts)
}
