//! The formats that are lines.

use super::lines::Lines;
use super::options::{Conll, Fields};
use crate::{Document, TextError};
use serde_json::Value;
use std::ops::ControlFlow;

/// Takes documents until it breaks.
pub(super) type Sink<'a> = dyn FnMut(Document<'_>) -> ControlFlow<()> + 'a;

/// A document a line.
pub(super) fn lines(lines: &mut Lines, sink: &mut Sink<'_>) -> Result<(), TextError> {
    while let Some(text) = lines.next()? {
        if !text.is_empty() && sink(Document { text, ..Document::default() }).is_break() {
            break;
        }
    }
    Ok(())
}

/// One document.
pub(super) fn file(lines: &mut Lines, sink: &mut Sink<'_>) -> Result<(), TextError> {
    let path = lines.path().display().to_string();
    let text = lines.rest()?;
    let _ = sink(Document { text, id: Some(&path), ..Document::default() });
    Ok(())
}

/// `<doc id="…" …>`, a title, text, `</doc>`.
pub(super) fn wiki(lines: &mut Lines, sink: &mut Sink<'_>) -> Result<(), TextError> {
    let (mut id, mut text) = (String::new(), String::new());
    loop {
        match lines.next()? {
            None => return Ok(()),
            Some(line) if line.trim().is_empty() => continue,
            Some(line) if line.starts_with("<doc ") => {
                id.clear();
                id.push_str(attribute(line, "id").unwrap_or_default());
            }
            Some(_) => return Err(lines.unexpected("`<doc …>`")),
        }
        wiki_text(lines, &mut text)?;
        let document = Document {
            text: &text,
            id: Some(&id).filter(|id| !id.is_empty()).map(|x| &**x),
            ..Document::default()
        };
        if sink(document).is_break() {
            return Ok(());
        }
    }
}

/// Reads up to `</doc>`.
fn wiki_text(lines: &mut Lines, text: &mut String) -> Result<(), TextError> {
    let start = lines.number();
    text.clear();
    loop {
        match lines.next()? {
            Some("</doc>") => return Ok(()),
            Some(line) => {
                if !text.is_empty() {
                    text.push('\n');
                }
                text.push_str(line);
            }
            None => return Err(lines.unexpected("`</doc>` before the end of the file")),
        }
        if text.len() > lines.limit() {
            return Err(lines.too_long(start));
        }
    }
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    rest.split_once('"').map(|(value, _)| value)
}

/// A JSON object a line.
pub(super) fn jsonl(lines: &mut Lines, fields: &Fields, sink: &mut Sink<'_>) -> Result<(), TextError> {
    let mut text = String::new();
    while let Some(line) = lines.next()? {
        if line.trim().is_empty() {
            continue;
        }
        let object: Value = match serde_json::from_str(line) {
            Ok(object @ Value::Object(_)) => object,
            Ok(_) => return Err(lines.unexpected("a JSON object")),
            Err(source) => {
                let (path, line) = (lines.path().to_owned(), lines.number());
                return Err(TextError::Json { path, line, source });
            }
        };
        let field = |name: &String| {
            field(&object, name).ok_or_else(|| lines.unexpected(&format!("a field `{name}`")))
        };
        let optional = |name: &Option<String>| name.as_ref().map(field).transpose();
        text.clear();
        for (i, name) in fields.text.iter().enumerate() {
            text.push_str(if i > 0 { " " } else { "" });
            text.push_str(&field(name)?);
        }
        let (label, id, time) = (optional(&fields.label)?, optional(&fields.id)?, optional(&fields.time)?);
        let document =
            Document { text: &text, label: label.as_deref(), id: id.as_deref(), time: time.as_deref() };
        if sink(document).is_break() {
            break;
        }
    }
    Ok(())
}

/// A field of an object as text; dots lead into nested objects. Lists become their items between tabs.
fn field(object: &Value, name: &str) -> Option<String> {
    let value = object.get(name).or_else(|| name.split('.').try_fold(object, |value, key| value.get(key)))?;
    Some(match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        Value::Array(items) => {
            let items =
                items.iter().map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned));
            items.collect::<Vec<_>>().join("\t")
        }
        other => other.to_string(),
    })
}

/// fastText's `__label__a __label__b text`.
pub(super) fn labelled(lines: &mut Lines, sink: &mut Sink<'_>) -> Result<(), TextError> {
    const LABEL: &str = "__label__";
    let (mut text, mut label) = (String::new(), String::new());
    while let Some(line) = lines.next()? {
        text.clear();
        label.clear();
        for word in line.split_whitespace() {
            let (into, word, space) = match word.strip_prefix(LABEL) {
                Some(name) => (&mut label, name, "\t"),
                None => (&mut text, word, " "),
            };
            into.push_str(if into.is_empty() { "" } else { space });
            into.push_str(word);
        }
        let label = Some(&*label).filter(|label| !label.is_empty());
        let nothing = text.is_empty() && label.is_none();
        if !nothing && sink(Document { text: &text, label, ..Document::default() }).is_break() {
            break;
        }
    }
    Ok(())
}

/// Sentences of a token a line: text and tags are joined by spaces.
pub(super) fn conll(lines: &mut Lines, columns: &Conll, sink: &mut Sink<'_>) -> Result<(), TextError> {
    let (mut text, mut tags) = (String::new(), String::new());
    loop {
        let at_end = match lines.next()? {
            None => true,
            Some(line) if line.starts_with("-DOCSTART-") => continue,
            Some(line) if line.trim().is_empty() => false,
            Some(line) => {
                let row: Vec<&str> = line.split_whitespace().collect();
                let token = column(&row, columns.token);
                let tag = columns.tag.map_or(Some(""), |tag| column(&row, tag));
                let (Some(token), Some(tag)) = (token, tag) else {
                    let expected =
                        format!("columns {} and {}", columns.token, columns.tag.unwrap_or(columns.token));
                    return Err(lines.unexpected(&expected));
                };
                join(&mut text, token);
                join(&mut tags, tag);
                if text.len() > lines.limit() {
                    return Err(lines.too_long(lines.number()));
                }
                continue;
            }
        };
        let label = Some(&*tags).filter(|tags| !tags.is_empty());
        if !text.is_empty() && sink(Document { text: &text, label, ..Document::default() }).is_break()
            || at_end
        {
            return Ok(());
        }
        text.clear();
        tags.clear();
    }
}

fn join(line: &mut String, word: &str) {
    line.push_str(if line.is_empty() { "" } else { " " });
    line.push_str(word);
}

/// A column from the start, or, below 0, from the end.
fn column<'a>(row: &[&'a str], column: i64) -> Option<&'a str> {
    let index = if column < 0 { column + row.len() as i64 } else { column };
    row.get(usize::try_from(index).ok()?).copied()
}
