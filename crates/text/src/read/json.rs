//! JSON, an object a line.

use super::Sink;
use super::lines::Lines;
use super::options::Fields;
use crate::{Document, TextError, nearest};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::ops::ControlFlow;

/// An object a line that is not empty.
pub(super) fn objects(
    lines: &mut Lines,
    fields: &Fields,
    sink: &mut Sink<'_>,
) -> Result<ControlFlow<()>, TextError> {
    while let Some(line) = lines.next_line()? {
        if line.trim_ascii().is_empty() {
            continue;
        }
        let object: Map<String, Value> = match serde_json::from_str(line) {
            Ok(object) => object,
            Err(source) => {
                let (path, line) = (lines.path(), lines.number(lines.line()));
                return Err(TextError::Json { path, line, source });
            }
        };
        let flow = match Row::of(&object, fields) {
            Ok(row) => sink(row.document()),
            Err(wanted) => return Err(no_field(lines, wanted, object)),
        };
        if flow.is_break() {
            return Ok(flow);
        }
    }
    Ok(ControlFlow::Continue(()))
}

fn no_field(lines: &Lines, wanted: &str, object: Map<String, Value>) -> TextError {
    let fields: Vec<String> = object.into_iter().map(|(name, _)| name).collect();
    let nearest = nearest(wanted, fields.iter().map(String::as_str)).map(str::to_owned);
    let (path, line, wanted) = (lines.path(), lines.number(lines.line()), wanted.to_owned());
    TextError::Field { path, line, wanted, fields, nearest }
}

/// The fields that make a document.
struct Row<'a> {
    text: Cow<'a, str>,
    label: Option<Cow<'a, str>>,
    id: Option<Cow<'a, str>>,
    time: Option<Cow<'a, str>>,
}

impl<'a> Row<'a> {
    /// Picks the fields out of an object.
    ///
    /// # Errors
    /// The first field that is not there.
    fn of<'f>(object: &'a Map<String, Value>, fields: &'f Fields) -> Result<Self, &'f str> {
        let get = |name: &'f String| find(object, name).ok_or(name.as_str());
        let optional = |name: &'f Option<String>| match name {
            Some(name) => get(name).map(text_of),
            None => Ok(None),
        };
        let text = match &fields.text[..] {
            [name] => text_of(get(name)?).unwrap_or_default(),
            names => {
                let parts: Result<Vec<_>, _> = names.iter().map(|name| get(name).map(text_of)).collect();
                parts?.into_iter().flatten().collect::<Vec<_>>().join(" ").into()
            }
        };
        Ok(Self {
            text,
            label: optional(&fields.label)?,
            id: optional(&fields.id)?,
            time: optional(&fields.time)?,
        })
    }

    fn document(&self) -> Document<'_> {
        let (label, id, time) = (self.label.as_deref(), self.id.as_deref(), self.time.as_deref());
        Document { text: &self.text, label, id, time }
    }
}

/// A field by its name, or by the names on the way to it with dots between.
fn find<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    object.get(name).or_else(|| {
        let (first, rest) = name.split_once('.')?;
        rest.split('.').try_fold(object.get(first)?, |value, name| value.get(name))
    })
}

/// A value as text; `null` has none.
fn text_of(value: &Value) -> Option<Cow<'_, str>> {
    Some(match value {
        Value::Null => return None,
        Value::String(text) => Cow::Borrowed(text),
        Value::Array(items) => items.iter().filter_map(text_of).collect::<Vec<_>>().join("\t").into(),
        other => other.to_string().into(),
    })
}
