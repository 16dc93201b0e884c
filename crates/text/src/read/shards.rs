//! Cutting files into parts that can be read at the same time.

use super::input::{Input, Packing, io_error};
use super::options::{Format, ReadOptions};
use super::table::{self, Dialect};
use crate::TextError;
use memchr::{memchr, memchr_iter, memmem};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;

/// A run of whole documents in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// The number of the file.
    pub(super) input: usize,
    pub(super) bytes: Range<u64>,
    /// Lines before it, where they are known.
    pub(super) n_lines_before: u64,
}

/// Cuts the files into parts and deals them out, in order, to at most `options.n_shards` shards of about as many
/// bytes each, `min_bytes` or more. No shard is empty.
pub(super) fn deal(
    inputs: &[Input],
    options: &ReadOptions,
    min_bytes: u64,
) -> Result<Vec<Vec<Part>>, TextError> {
    let total: u128 = inputs.iter().map(weight).sum();
    let n_shards = (total / u128::from(min_bytes.max(1))).min(options.n_shards as u128).max(1);
    let (mut shards, mut last, mut n_bytes) = (Vec::<Vec<Part>>::new(), None, 0);
    for (i, input) in inputs.iter().enumerate() {
        let n_parts = (n_shards * weight(input)).div_ceil(total.max(1));
        for part in cut(i, input, n_parts as u64, options)? {
            let share = u128::from(part.bytes.end - part.bytes.start);
            let n_part = weight(input) * share / u128::from(input.n_bytes.max(1));
            let shard = Some((n_bytes + n_part / 2) * n_shards / total.max(1));
            if shard != last {
                shards.push(Vec::new());
            }
            shards.last_mut().into_iter().for_each(|shard| shard.push(part.clone()));
            (last, n_bytes) = (shard, n_bytes + n_part);
        }
    }
    Ok(shards)
}

/// About how many bytes it has when unpacked.
fn weight(input: &Input) -> u128 {
    const USUAL_RATIO: u128 = 3;
    u128::from(input.n_bytes) * if input.packing == Packing::None { 1 } else { USUAL_RATIO }
}

fn cut(number: usize, input: &Input, n_parts: u64, options: &ReadOptions) -> Result<Vec<Part>, TextError> {
    let mut starts = vec![(0, 0)];
    if input.packing == Packing::None && options.encoding.has_ascii_lines() && n_parts > 1 {
        let step = (input.n_bytes / n_parts).max(1);
        let candidates: Vec<u64> =
            (1..n_parts).map(|i| i * step).filter(|start| *start < input.n_bytes).collect();
        starts.extend(document_starts(input, &candidates, options)?);
        starts.dedup_by_key(|(start, _)| *start);
    }
    let ends = starts.iter().skip(1).map(|(start, _)| *start).chain([input.n_bytes]);
    let parts = starts.iter().zip(ends).map(|(&(start, n_lines_before), end)| Part {
        input: number,
        bytes: start..end,
        n_lines_before,
    });
    Ok(parts.collect())
}

/// Where documents start that begin at or next after each of the candidates: byte, and lines before it if known.
fn document_starts(
    input: &Input,
    candidates: &[u64],
    options: &ReadOptions,
) -> Result<Vec<(u64, u64)>, TextError> {
    let find: FindStart = match &options.format {
        Format::Lines | Format::Label | Format::Jsonl(_) => line_start,
        Format::Wiki => wiki_start,
        Format::Conll(_) => conll_start,
        Format::File => return Ok(Vec::new()),
        Format::Csv(_) | Format::Tsv(_) => {
            let Some(dialect) = Dialect::of(&options.format)? else { return Ok(Vec::new()) };
            return table::row_starts(input, dialect, candidates, options.max_document_bytes);
        }
    };
    let fail = |source| io_error(&input.path, source);
    let mut file = File::open(&input.path).map_err(fail)?;
    let mut starts: Vec<(u64, u64)> = Vec::new();
    for &candidate in candidates {
        if starts.last().is_some_and(|(start, _)| *start >= candidate) {
            continue;
        }
        let found = find_from(&mut file, candidate - 1, find).map_err(fail)?;
        starts.extend(found.filter(|start| *start < input.n_bytes).map(|start| (start, 0)));
    }
    Ok(starts)
}

/// Finds, in a stretch of a file, a place where a document starts for certain.
type FindStart = fn(&[u8]) -> Option<usize>;

fn line_start(window: &[u8]) -> Option<usize> {
    memchr(b'\n', window).map(|end| end + 1)
}

fn wiki_start(window: &[u8]) -> Option<usize> {
    memmem::find(window, b"\n<doc ").map(|end| end + 1)
}

fn conll_start(window: &[u8]) -> Option<usize> {
    memchr_iter(b'\n', window).find_map(|end| match &window[end + 1..] {
        [b'\n', ..] => Some(end + 2),
        [b'\r', b'\n', ..] => Some(end + 3),
        _ => None,
    })
}

/// The first place after `start` that `find` finds.
fn find_from(file: &mut File, start: u64, find: FindStart) -> io::Result<Option<u64>> {
    const CHUNK: u64 = 64 << 10;
    // What `find` looks for is shorter than this, and may lie across two chunks.
    const OVERLAP: usize = 8;
    file.seek(SeekFrom::Start(start))?;
    let (mut window, mut window_start) = (Vec::new(), start);
    loop {
        let n_read = file.by_ref().take(CHUNK).read_to_end(&mut window)?;
        if let Some(found) = find(&window) {
            return Ok(Some(window_start + found as u64));
        }
        if n_read == 0 {
            return Ok(None);
        }
        let n_done = window.len().saturating_sub(OVERLAP);
        window.drain(..n_done);
        window_start += n_done as u64;
    }
}
