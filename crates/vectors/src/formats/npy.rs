//! numpy's `.npy`: a matrix, with the words in a text file beside it.

use super::Words;
use super::cursor::Cursor;
use super::mapped_file::{MappedFile, WordReader};
use super::sink::{Content, Sink, in_writing};
use crate::atomic::Partial;
use crate::error::{Place, Problem, excerpt};
use crate::mapped::Bytes;
use crate::storage::{Element, PlainRows};
use crate::{MAX_DIM, StorageKind, VectorsError};
use sememe_text::TextWriter;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The first bytes of every such file.
pub(crate) const MAGIC: &[u8] = b"\x93NUMPY";

/// The longest header that is read: those of matrices take 128 bytes.
const MAX_HEADER: usize = 1 << 16;

/// Where the words of the matrix at `path` are: `vectors.words.txt` for `vectors.npy`.
fn words_path(path: &Path) -> PathBuf {
    path.with_extension("words.txt")
}

/// Maps the matrix at `path` and the file of words beside it.
pub(crate) fn map(path: &Path) -> Result<MappedFile, VectorsError> {
    let mut cursor = Cursor::new(path, crate::mapped::map(path)?);
    let Shape { element, n_rows, dim } = read_header(&mut cursor)?;
    let bytes = cursor.take_rows(n_rows as u64, (dim * element.size()) as u64, "the matrix")?;
    if cursor.left() > 0 {
        return Err(cursor.error(
            cursor.at(),
            "the end of the file",
            format!("{} more bytes", cursor.left()),
        ));
    }
    let rows = PlainRows::new(bytes, element, n_rows, dim);
    let rows = rows.ok_or(VectorsError::Rows { words: n_rows, rows: 0 })?;
    Ok(MappedFile {
        words: Box::new(Lines::open(path, n_rows)?),
        n_words: n_rows,
        n_special: 0,
        rows: Arc::new(rows),
        buckets: None,
        composed: false,
        metadata: BTreeMap::new(),
    })
}

struct Shape {
    element: Element,
    n_rows: usize,
    dim: usize,
}

/// Reads the header: magic, version, length, and a dictionary as Python writes it.
fn read_header(cursor: &mut Cursor) -> Result<Shape, VectorsError> {
    let magic = cursor.take(MAGIC.len(), "the signature of numpy")?;
    if &magic[..] != MAGIC {
        return Err(cursor.error(0, "the signature of numpy", excerpt(&magic)));
    }
    let version = cursor.take(2, "the version")?;
    let length = match version[..] {
        [1, _] => cursor
            .take(2, "the length of the header")
            .map(|bytes| u32::from(bytes[0]) | u32::from(bytes[1]) << 8)?,
        [2 | 3, _] => cursor.u32("the length of the header")?,
        _ => return Err(cursor.error(6, "version 1, 2 or 3", version[0].to_string())),
    };
    let at = cursor.at();
    if length as usize > MAX_HEADER {
        return Err(cursor.error(at, format!("a header of at most {MAX_HEADER} bytes"), length.to_string()));
    }
    let header = cursor.take(length as usize, "the header")?;
    parse_header(&String::from_utf8_lossy(&header)).map_err(|(want, found)| cursor.error(at, want, found))
}

/// Reads `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`. What is wanted and found if it is not so.
fn parse_header(header: &str) -> Result<Shape, (String, String)> {
    let value = |key: &str| {
        let after = header.split_once(&format!("'{key}':")).map(|(_, after)| after.trim_start());
        after.ok_or_else(|| (format!("a header with `{key}`"), excerpt(header.as_bytes())))
    };
    let quoted = |text: &str| text.get(1..)?.split(['\'', '"']).next().map(str::to_owned);
    let descr = quoted(value("descr")?).unwrap_or_default();
    let element = match descr.as_str() {
        "<f4" => Element::F32,
        "<f8" => Element::F64,
        "<f2" => Element::F16,
        _ => {
            return Err((
                "numbers of the type `<f4`, `<f8` or `<f2`".into(),
                format!("`{}`", excerpt(descr.as_bytes())),
            ));
        }
    };
    if !value("fortran_order")?.starts_with("False") {
        let found = "columns (Fortran order); in numpy, save `numpy.ascontiguousarray(matrix)`";
        return Err(("rows one after the other (C order)".into(), found.into()));
    }
    let shape = value("shape")?;
    let inside =
        shape.strip_prefix('(').and_then(|rest| rest.split_once(')')).map_or("", |(inside, _)| inside);
    let numbers: Vec<Option<usize>> = inside
        .split(',')
        .map(str::trim)
        .filter(|field| !field.is_empty())
        .map(|field| field.parse().ok())
        .collect();
    match numbers[..] {
        [Some(n_rows), Some(dim)] if (1..=MAX_DIM).contains(&dim) => Ok(Shape { element, n_rows, dim }),
        _ => {
            let found = format!("({})", excerpt(inside.as_bytes()));
            Err((format!("a shape of words and a dimension from 1 to {MAX_DIM}"), found))
        }
    }
}

/// The words, a line each.
struct Lines {
    path: PathBuf,
    bytes: Bytes,
    at: usize,
    line: usize,
    n_words: usize,
}

impl Lines {
    fn open(matrix: &Path, n_words: usize) -> Result<Self, VectorsError> {
        let path = words_path(matrix);
        let bytes = crate::mapped::map(&path)?;
        Ok(Self { path, bytes, at: 0, line: 0, n_words })
    }

    /// The file has so many words, and not as many as the matrix has rows.
    fn wrong_number(&self, found: String) -> VectorsError {
        let want = format!("a line for each of {} rows of the matrix", self.n_words);
        VectorsError::Unexpected { path: self.path.clone(), want, found }
    }
}

impl WordReader for Lines {
    fn next(&mut self, words: &mut Words) -> Result<bool, VectorsError> {
        let rest = &self.bytes[self.at..];
        if self.line == self.n_words {
            return if rest.is_empty() { Ok(false) } else { Err(self.wrong_number("more".into())) };
        }
        if rest.is_empty() {
            return Err(self.wrong_number(self.line.to_string()));
        }
        let end = rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len());
        let word = rest[..end].strip_suffix(b"\r").unwrap_or(&rest[..end]);
        self.line += 1;
        let problem = |problem: Problem| VectorsError::Entry {
            path: self.path.clone(),
            place: Place::Line(self.line as u64),
            problem,
        };
        words.push(word, self.at as u64).map_err(problem)?;
        self.at = (self.at + end + 1).min(self.bytes.len());
        Ok(true)
    }
}

/// A matrix and a file of words.
pub(crate) struct NpySink {
    partial: Partial,
    rows: BufWriter<File>,
    words: TextWriter,
    element: Element,
    path: PathBuf,
}

impl NpySink {
    /// Begins the files; 16-bit floats stay so.
    pub(crate) fn create(path: &Path, content: &Content<'_>) -> Result<Self, VectorsError> {
        let failed = |source| VectorsError::Write { path: path.to_owned(), source };
        let element = if content.kind == StorageKind::F16 { Element::F16 } else { Element::F32 };
        let partial = Partial::create(path).map_err(failed)?;
        let mut rows = partial.writer(0).map_err(failed)?;
        write_header(element, content, &mut rows).map_err(failed)?;
        let words = TextWriter::create(&words_path(path)).map_err(in_writing)?;
        Ok(Self { partial, rows, words, element, path: path.to_owned() })
    }
}

/// Writes what stands before the numbers, padded to whole cache lines as numpy does.
fn write_header(element: Element, content: &Content<'_>, out: &mut impl Write) -> io::Result<()> {
    const LINE: usize = 64;
    let descr = if element == Element::F16 { "<f2" } else { "<f4" };
    let (n_rows, dim) = (content.n_rows, content.dim);
    let mut header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({n_rows}, {dim}), }}");
    let before = MAGIC.len() + 4;
    let padded = (before + header.len() + 1).next_multiple_of(LINE);
    header.extend(std::iter::repeat_n(' ', padded - before - header.len() - 1));
    header.push('\n');
    out.write_all(MAGIC)?;
    out.write_all(&[1, 0])?;
    out.write_all(&(header.len() as u16).to_le_bytes())?;
    out.write_all(header.as_bytes())
}

impl Sink for NpySink {
    fn push(&mut self, word: &str, _count: u64, row: &[f32]) -> io::Result<()> {
        writeln!(self.words, "{word}")?;
        self.element.write(row, &mut self.rows)
    }

    fn finish(mut self: Box<Self>) -> Result<(), VectorsError> {
        let failed = |source| VectorsError::Write { path: self.path.clone(), source };
        self.words.finish().map_err(in_writing)?;
        self.rows.flush().map_err(failed)?;
        self.partial.finish().map_err(failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(header: &str, want: Result<(Element, usize, usize), &str>) {
        let found = parse_header(header).map(|shape| (shape.element, shape.n_rows, shape.dim));
        assert_eq!(
            found.map_err(|(want, found)| format!("{want}, found {found}")),
            want.map_err(str::to_owned)
        );
    }

    #[test]
    fn headers_are_dictionaries_of_python() {
        check("{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }  \n", Ok((Element::F32, 3, 4)));
        check("{'shape':(0,1),'fortran_order':False,'descr':\"<f2\"}", Ok((Element::F16, 0, 1)));
    }

    #[test]
    fn other_matrices_are_refused() {
        let types = "numbers of the type `<f4`, `<f8` or `<f2`, found ";
        check("{'descr': '>f4', ", Err(&format!("{types}`>f4`")));
        check("{'descr': [('a', '<f4')], ", Err(&format!("{types}`(`")));
        let order = "rows one after the other (C order), found columns (Fortran order); in numpy, save \
                     `numpy.ascontiguousarray(matrix)`";
        check("{'descr': '<f4', 'fortran_order': True, 'shape': (3, 4), }", Err(order));
        let shape = "a shape of words and a dimension from 1 to 1048576, found ";
        check("{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }", Err(&format!("{shape}(3,)")));
        check("{'descr': '<f8', 'fortran_order': False, 'shape': (3, 0), }", Err(&format!("{shape}(3, 0)")));
        let long = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': ({}), }}", "1, ".repeat(500));
        check(&long, Err(&format!("{shape}({}1…)", "1, ".repeat(13))));
        check("{}", Err("a header with `descr`, found {}"));
    }
}
