//! CSV and TSV.

use super::decode::Utf8;
use super::formats::Sink;
use super::lines::{Lines, LinesBefore};
use super::options::{Column, Table};
use crate::{Document, TextError, nearest};
use csv::{ReaderBuilder, StringRecord};
use std::cell::Cell;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// Rows of a table as documents.
pub(super) fn table(
    lines: Lines,
    (table, quoted): (&Table, bool),
    sink: &mut Sink<'_>,
) -> Result<u64, TextError> {
    let mut rows = Rows::open(lines, table, quoted);
    let Some(columns) = rows.columns(table)? else { return Ok(rows.n_replaced()) };
    let mut text = String::new();
    while rows.next()? {
        text.clear();
        for (i, &column) in columns.text.iter().enumerate() {
            text.push_str(if i > 0 { " " } else { "" });
            text.push_str(&rows.row[column]);
        }
        let field = |column: Option<usize>| column.map(|column| &rows.row[column]);
        let (label, id, time) = (field(columns.label), field(columns.id), field(columns.time));
        if sink(Document { text: &text, label, id, time }).is_break() {
            break;
        }
    }
    Ok(rows.n_replaced())
}

/// Places of the columns that make a document.
struct Columns {
    text: Vec<usize>,
    label: Option<usize>,
    id: Option<usize>,
    time: Option<usize>,
}

/// The rows of a table, all of the same length.
struct Rows {
    path: PathBuf,
    before: LinesBefore,
    reader: csv::Reader<Guard>,
    row: StringRecord,
    /// Fields of the first row.
    n_fields: usize,
    /// The first row is still to be given.
    first: bool,
    /// Bytes that were read since the last row.
    since_row: Rc<Cell<usize>>,
    limit: usize,
}

/// Refuses a row without an end: a quotation mark that is never closed would make one of the whole file.
struct Guard {
    reader: BufReader<Utf8>,
    since_row: Rc<Cell<usize>>,
    limit: usize,
}

impl Read for Guard {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.since_row.get() > self.limit {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let n = self.reader.read(out)?;
        self.since_row.set(self.since_row.get() + n);
        Ok(n)
    }
}

impl Rows {
    fn open(lines: Lines, table: &Table, quoted: bool) -> Self {
        let (path, limit) = (lines.path().to_owned(), lines.limit());
        let (reader, before) = lines.into_reader();
        let since_row = Rc::new(Cell::new(0));
        let guard = Guard { reader, since_row: since_row.clone(), limit };
        let delimiter = if quoted { u8::try_from(table.delimiter).unwrap_or(b',') } else { b'\t' };
        let reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .quoting(quoted)
            .from_reader(guard);
        Self { path, before, reader, row: StringRecord::new(), n_fields: 0, first: false, since_row, limit }
    }

    /// Reads the first row and finds the columns; `None` for a table without rows.
    fn columns(&mut self, table: &Table) -> Result<Option<Columns>, TextError> {
        if !self.read()? {
            return Ok(None);
        }
        self.n_fields = self.row.len();
        self.first = !table.header;
        let all = |columns: &[Column]| columns.iter().map(|column| self.find(column, table.header)).collect();
        let one = |column: &Option<Column>| column.as_ref().map(|c| self.find(c, table.header)).transpose();
        let text: Result<Vec<usize>, TextError> = all(&table.text);
        Ok(Some(Columns {
            text: text?,
            label: one(&table.label)?,
            id: one(&table.id)?,
            time: one(&table.time)?,
        }))
    }

    fn find(&self, column: &Column, header: bool) -> Result<usize, TextError> {
        let place = match column {
            Column::Number(number) => Some(*number).filter(|number| *number < self.n_fields),
            Column::Name(name) if header => self.row.iter().position(|field| field.trim() == name.as_str()),
            Column::Name(_) => None,
        };
        place.ok_or_else(|| {
            let columns: Vec<String> = if header {
                self.row.iter().map(str::to_owned).collect()
            } else {
                (0..self.n_fields).map(|i| i.to_string()).collect()
            };
            let wanted = column.to_string();
            let near = nearest(&wanted, columns.iter().map(String::as_str)).map(str::to_owned);
            TextError::Column { path: self.path.clone(), wanted, nearest: near, columns }
        })
    }

    /// Moves to the next row; false at the end.
    fn next(&mut self) -> Result<bool, TextError> {
        if std::mem::take(&mut self.first) {
            return Ok(true);
        }
        if !self.read()? {
            return Ok(false);
        }
        if self.row.len() != self.n_fields {
            let (path, line) = (self.path.clone(), self.line());
            return Err(TextError::Ragged { path, line, expected: self.n_fields, found: self.row.len() });
        }
        Ok(true)
    }

    fn read(&mut self) -> Result<bool, TextError> {
        self.since_row.set(0);
        let result = self.reader.read_record(&mut self.row);
        result.map_err(|error| self.error(error))
    }

    fn error(&mut self, error: csv::Error) -> TextError {
        let source = match error.into_kind() {
            csv::ErrorKind::Io(source) => source,
            other => io::Error::new(io::ErrorKind::InvalidData, format!("{other:?}")),
        };
        if source.kind() == io::ErrorKind::FileTooLarge {
            return TextError::TooLong { path: self.path.clone(), line: self.line(), limit: self.limit };
        }
        self.reader.get_mut().reader.get_mut().error(source)
    }

    /// The line on which the newest row starts.
    fn line(&self) -> u64 {
        let within = self.row.position().map_or_else(|| self.reader.position().line(), csv::Position::line);
        self.before.count() + within
    }

    fn n_replaced(&self) -> u64 {
        self.reader.get_ref().reader.get_ref().n_replaced
    }
}

/// The delimiter of a table must be one byte.
pub(super) fn check(path: &Path, table: &Table) -> Result<(), TextError> {
    if table.delimiter.is_ascii() {
        return Ok(());
    }
    Err(TextError::Format {
        path: path.to_owned(),
        line: 1,
        expected: "an ASCII character as delimiter".to_owned(),
        found: format!("`{}`", table.delimiter),
    })
}
