//! Formats of one document a line, and of one a file.

use super::Sink;
use super::lines::Lines;
use super::source::Source;
use crate::{Document, TextError};
use std::ops::ControlFlow;

/// A document a line that is not empty.
pub(super) fn lines(lines: &mut Lines, sink: &mut Sink<'_>) -> Result<ControlFlow<()>, TextError> {
    while let Some(text) = lines.next_line()? {
        if !text.is_empty() && sink(Document { text, ..Document::default() }).is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(ControlFlow::Continue(()))
}

/// Labels among the words of a line.
pub(super) fn labelled(lines: &mut Lines, sink: &mut Sink<'_>) -> Result<ControlFlow<()>, TextError> {
    let (mut text, mut labels) = (String::new(), String::new());
    while let Some(line) = lines.next_line()? {
        text.clear();
        labels.clear();
        for word in line.split_whitespace() {
            match word.strip_prefix("__label__") {
                Some(label) => join(&mut labels, '\t', label),
                None => join(&mut text, ' ', word),
            }
        }
        let label = Some(labels.as_str()).filter(|labels| !labels.is_empty());
        let is_empty = text.is_empty() && label.is_none();
        if !is_empty && sink(Document { text: &text, label, ..Document::default() }).is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(ControlFlow::Continue(()))
}

fn join(words: &mut String, separator: char, word: &str) {
    if !words.is_empty() {
        words.push(separator);
    }
    words.push_str(word);
}

/// The whole of a file.
pub(super) fn file(
    source: &mut Source,
    label: Option<&str>,
    max_bytes: usize,
    sink: &mut Sink<'_>,
) -> Result<ControlFlow<()>, TextError> {
    let mut text = String::new();
    while source.fill(&mut text)? {
        if text.len() > max_bytes {
            return Err(TextError::TooLong { path: source.path().to_owned(), line: 1, limit: max_bytes });
        }
    }
    let id = source.path().to_string_lossy();
    Ok(sink(Document { text: &text, label, id: Some(&id), time: None }))
}
