//! Documents that are encoded as they come, some at a time.

use crate::commands::text::tag_of;
use anyhow::Context as _;
use sememe_kernels::{Matrix, Meter};
use sememe_text::{Document, Documents, FileDocuments};
use sememe_vectors::Encoder;
use std::io::{BufRead, BufReader, Read};
use std::ops::ControlFlow;

/// Texts that are encoded together.
const BATCH: usize = 1024;

/// Where the documents come from.
pub(super) enum Source {
    Files(Box<FileDocuments>),
    /// A document a line, none longer than so many bytes.
    Stdin(u64),
}

impl Source {
    /// Calls `sink` with every document, in order, until it fails.
    fn for_each(&self, sink: &mut dyn FnMut(Document<'_>) -> anyhow::Result<()>) -> anyhow::Result<()> {
        match self {
            Self::Files(documents) => {
                (0..documents.n_shards()).try_for_each(|shard| for_each_of(documents, shard, sink))
            }
            Self::Stdin(max_bytes) => for_each_line(std::io::stdin(), *max_bytes, sink),
        }
    }
}

fn for_each_of(
    documents: &FileDocuments,
    shard: usize,
    sink: &mut dyn FnMut(Document<'_>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut result = Ok(());
    documents.for_each(shard, &mut |document| {
        result = sink(document);
        if result.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    result
}

fn for_each_line(
    input: impl Read,
    max_bytes: u64,
    sink: &mut dyn FnMut(Document<'_>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let (mut input, mut line) = (BufReader::new(input), Vec::new());
    for number in 1_u64.. {
        line.clear();
        let n_bytes = input.by_ref().take(max_bytes + 1).read_until(b'\n', &mut line)?;
        if n_bytes == 0 {
            break;
        }
        anyhow::ensure!(n_bytes as u64 <= max_bytes, "stdin:{number}: a line of more than {max_bytes} bytes");
        let text = std::str::from_utf8(&line).with_context(|| format!("stdin:{number}: not UTF-8"))?;
        sink(Document { text: text.trim_end_matches(['\n', '\r']), ..Document::default() })?;
    }
    Ok(())
}

/// Encodes documents as they come.
pub(super) struct Stream<'a> {
    pub(super) encoder: &'a dyn Encoder,
    pub(super) meter: Meter<'a>,
}

/// Documents that wait for others.
#[derive(Default)]
struct Batch {
    tags: Vec<String>,
    texts: Vec<String>,
}

impl Stream<'_> {
    /// Calls `sink` with the names and vectors of the documents, some at a time, in order: `f32[names.len(), dim]`.
    pub(super) fn run(
        &self,
        source: &Source,
        sink: &mut dyn FnMut(Vec<String>, &Matrix) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let (mut batch, mut n_before) = (Batch::default(), 0);
        source.for_each(&mut |document| {
            batch.tags.push(tag_of(document, n_before + batch.tags.len()));
            batch.texts.push(document.text.to_owned());
            if batch.texts.len() < BATCH {
                return Ok(());
            }
            n_before += batch.texts.len();
            self.encode(std::mem::take(&mut batch), sink)
        })?;
        self.encode(batch, sink)
    }

    fn encode(
        &self,
        batch: Batch,
        sink: &mut dyn FnMut(Vec<String>, &Matrix) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let texts: Vec<&str> = batch.texts.iter().map(String::as_str).collect();
        let mut rows = Matrix::zeros(texts.len(), self.encoder.dim());
        self.encoder.encode(&texts, &mut rows)?;
        anyhow::ensure!(self.meter.advance(texts.len() as u64, None).is_continue(), "interrupted");
        sink(batch.tags, &rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(input: &[u8], max_bytes: u64) -> Result<Vec<String>, String> {
        let mut found = Vec::new();
        let mut sink = |document: Document<'_>| {
            found.push(document.text.to_owned());
            Ok(())
        };
        let result = for_each_line(input, max_bytes, &mut sink);
        result.map(|()| found).map_err(|error| error.to_string())
    }

    #[test]
    fn every_line_is_a_document() {
        assert_eq!(lines(b"a b\r\n\nc", 10).unwrap(), ["a b", "", "c"]);
        assert_eq!(lines(b"", 10).unwrap(), [""; 0]);
    }

    #[test]
    fn bad_lines_are_named() {
        assert_eq!(lines(b"ab\nabcdefgh\n", 5).unwrap_err(), "stdin:2: a line of more than 5 bytes");
        assert_eq!(lines(b"ab\n\xFF\n", 5).unwrap_err(), "stdin:2: not UTF-8");
    }
}
