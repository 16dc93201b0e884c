//! Streams of documents that can be read again and again, by several threads.

use crate::TextError;
use std::ops::ControlFlow;

/// One document, as a reader lends it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Document<'a> {
    /// The text, not yet cleaned.
    pub text: &'a str,
    /// The label, where the source has one. Several labels are separated by a tab.
    pub label: Option<&'a str>,
    /// The identifier, where the source has one.
    pub id: Option<&'a str>,
    /// The time, as the source writes it.
    pub time: Option<&'a str>,
}

/// A stream of documents that can be read more than once, in shards.
pub trait Documents: Sync {
    /// How many shards there are; they may be read at the same time, one thread each.
    fn n_shards(&self) -> usize;

    /// How many invalid sequences of bytes were replaced when the shards were last read.
    fn n_replaced(&self) -> u64 {
        0
    }

    /// Calls `sink` with every document of shard `shard`, in order, until it breaks.
    ///
    /// The shards, read one after the other, give the documents in the order of the source.
    ///
    /// # Errors
    /// If the source cannot be read or is not in the format promised.
    fn for_each(
        &self,
        shard: usize,
        sink: &mut dyn FnMut(Document<'_>) -> ControlFlow<()>,
    ) -> Result<(), TextError>;
}

/// Documents in memory, one shard: for tests and small sets.
#[derive(Clone, Debug, Default)]
pub struct MemoryDocuments {
    rows: Vec<(String, Option<String>)>,
}

impl MemoryDocuments {
    /// Documents without labels.
    pub fn from_texts<S: Into<String>>(texts: impl IntoIterator<Item = S>) -> Self {
        Self { rows: texts.into_iter().map(|text| (text.into(), None)).collect() }
    }

    /// Documents of `(text, label)`.
    pub fn from_labelled<S: Into<String>, L: Into<String>>(rows: impl IntoIterator<Item = (S, L)>) -> Self {
        Self { rows: rows.into_iter().map(|(text, label)| (text.into(), Some(label.into()))).collect() }
    }
}

impl Documents for MemoryDocuments {
    fn n_shards(&self) -> usize {
        1
    }

    fn for_each(
        &self,
        _shard: usize,
        sink: &mut dyn FnMut(Document<'_>) -> ControlFlow<()>,
    ) -> Result<(), TextError> {
        for (text, label) in &self.rows {
            if sink(Document { text, label: label.as_deref(), ..Document::default() }).is_break() {
                break;
            }
        }
        Ok(())
    }
}
