//! Formats whose documents are blocks of lines: WikiExtractor's and CoNLL's.

use super::Sink;
use super::lines::Lines;
use super::options::Conll;
use crate::{Document, TextError};
use std::ops::ControlFlow;

/// WikiExtractor's documents.
pub(super) fn wiki(lines: &mut Lines, sink: &mut Sink<'_>) -> Result<ControlFlow<()>, TextError> {
    let mut block = WikiBlock::default();
    while let Some(line) = lines.next_line()? {
        match block.add(line) {
            Added::Line => block.check_length(lines)?,
            Added::End => {
                if sink(block.document()).is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
            Added::Start => block.first_line = lines.line(),
            Added::Misplaced { expected, found } => return Err(misplaced(lines, expected, found)),
        }
    }
    match block.is_open {
        true => Err(misplaced(lines, "`</doc>`", "the end of the file".to_owned())),
        false => Ok(ControlFlow::Continue(())),
    }
}

fn misplaced(lines: &Lines, expected: &str, found: String) -> TextError {
    let (path, line) = (lines.path(), lines.number(lines.line()));
    TextError::Format { path, line, expected: expected.to_owned(), found }
}

/// A document as its lines come in.
#[derive(Default)]
struct WikiBlock {
    is_open: bool,
    first_line: u64,
    id: String,
    text: String,
}

/// What a line did.
enum Added {
    Start,
    Line,
    End,
    Misplaced { expected: &'static str, found: String },
}

impl WikiBlock {
    fn add(&mut self, line: &str) -> Added {
        match (self.is_open, line) {
            (_, line) if line.starts_with("<doc ") => self.start(line),
            (true, "</doc>") => {
                self.is_open = false;
                Added::End
            }
            (true, line) => {
                self.text.push_str(line);
                self.text.push('\n');
                Added::Line
            }
            (false, line) if line.trim_ascii().is_empty() => Added::Line,
            (false, line) => Added::Misplaced { expected: "`<doc …>`", found: start_of(line) },
        }
    }

    fn start(&mut self, line: &str) -> Added {
        if self.is_open {
            return Added::Misplaced { expected: "`</doc>`", found: start_of(line) };
        }
        self.is_open = true;
        self.text.clear();
        self.id.clear();
        self.id.push_str(attribute(line, " id=\"").unwrap_or(""));
        Added::Start
    }

    fn check_length(&self, lines: &Lines) -> Result<(), TextError> {
        if self.text.len() > lines.max_bytes() { Err(lines.too_long(self.first_line)) } else { Ok(()) }
    }

    fn document(&self) -> Document<'_> {
        let id = Some(self.id.as_str()).filter(|id| !id.is_empty());
        Document { text: self.text.trim_end_matches('\n'), id, ..Document::default() }
    }
}

/// The value between `start`, which ends with a quote, and the next quote.
fn attribute<'a>(line: &'a str, start: &str) -> Option<&'a str> {
    line.split_once(start)?.1.split_once('"').map(|(value, _)| value)
}

/// The start of a line, for messages.
fn start_of(line: &str) -> String {
    const SHOWN: usize = 40;
    match line.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("`{} …`", &line[..end]),
        None => format!("`{line}`"),
    }
}

/// CoNLL's sentences.
pub(super) fn conll(
    lines: &mut Lines,
    format: &Conll,
    sink: &mut Sink<'_>,
) -> Result<ControlFlow<()>, TextError> {
    let mut block = ConllBlock::default();
    while let Some(line) = lines.next_line()? {
        let is_blank = line.trim_ascii().is_empty();
        if is_blank && block.give(format, sink).is_break() {
            return Ok(ControlFlow::Break(()));
        }
        if is_blank || line.starts_with("-DOCSTART-") {
            continue;
        }
        if let Err((expected, found)) = block.add(line, format) {
            let (path, line) = (lines.path(), lines.number(lines.line()));
            return Err(TextError::Ragged { path, line, expected, found });
        }
        block.check_length(lines)?;
    }
    Ok(block.give(format, sink))
}

/// A sentence as its lines come in.
#[derive(Default)]
struct ConllBlock {
    n_tokens: u64,
    tokens: String,
    tags: String,
}

impl ConllBlock {
    /// Adds the columns of a line.
    ///
    /// # Errors
    /// The columns needed and the columns there, if there are too few.
    fn add(&mut self, line: &str, format: &Conll) -> Result<(), (usize, usize)> {
        let n_columns = line.split_ascii_whitespace().count();
        let column = |number: i64| {
            let column = place(number, n_columns).and_then(|place| line.split_ascii_whitespace().nth(place));
            column.ok_or_else(|| (columns_needed(number), n_columns))
        };
        add_word(&mut self.tokens, column(format.token)?);
        if let Some(number) = format.tag {
            add_word(&mut self.tags, column(number)?);
        }
        self.n_tokens += 1;
        Ok(())
    }

    fn check_length(&self, lines: &Lines) -> Result<(), TextError> {
        let is_long = self.tokens.len() > lines.max_bytes();
        if is_long { Err(lines.too_long(lines.line() + 1 - self.n_tokens)) } else { Ok(()) }
    }

    /// Hands on the sentence, if there is one, and starts the next.
    fn give(&mut self, format: &Conll, sink: &mut Sink<'_>) -> ControlFlow<()> {
        if self.n_tokens == 0 {
            return ControlFlow::Continue(());
        }
        let label = format.tag.map(|_| self.tags.as_str());
        let flow = sink(Document { text: &self.tokens, label, ..Document::default() });
        self.n_tokens = 0;
        self.tokens.clear();
        self.tags.clear();
        flow
    }
}

fn add_word(words: &mut String, word: &str) {
    if !words.is_empty() {
        words.push(' ');
    }
    words.push_str(word);
}

fn columns_needed(number: i64) -> usize {
    let needed = if number < 0 { number.unsigned_abs() } else { number.unsigned_abs().saturating_add(1) };
    usize::try_from(needed).unwrap_or(usize::MAX)
}

/// The place, counted from 0, of column `number` among `n`; below 0 it counts from the end.
fn place(number: i64, n: usize) -> Option<usize> {
    let distance = usize::try_from(number.unsigned_abs()).ok()?;
    let place = if number < 0 { n.checked_sub(distance)? } else { distance };
    (place < n).then_some(place)
}
