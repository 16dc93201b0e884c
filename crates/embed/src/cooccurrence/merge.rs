//! Runs into one.

use super::runs::{Run, scratch};
use crate::EmbedError;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::fs::File;
use std::io::{self, Read};

/// Bytes that are read from a file at once.
const BUFFER: usize = 1 << 16;

/// No count takes more bytes than this: two numbers of 64 bits.
const LONGEST: usize = 20;

/// Calls `sink` with the cells of all runs and the sums of their counts, by rising key.
pub(super) fn merge(
    runs: Vec<Run>,
    sink: &mut dyn FnMut(u64, u64) -> Result<(), EmbedError>,
) -> Result<(), EmbedError> {
    let mut cursors = runs.into_iter().map(Cursor::try_from).collect::<Result<Vec<_>, _>>()?;
    let mut heap = BinaryHeap::new();
    for (i, cursor) in cursors.iter_mut().enumerate() {
        if cursor.advance().map_err(scratch)? {
            heap.push(Reverse((cursor.key, i)));
        }
    }
    let (mut last, mut sum) = (0, 0);
    while let Some(mut least) = heap.peek_mut() {
        let Reverse((key, i)) = *least;
        if key != last && sum > 0 {
            sink(last, sum)?;
            sum = 0;
        }
        let cursor = &mut cursors[i];
        last = key;
        sum += cursor.units;
        if cursor.advance().map_err(scratch)? {
            *least = Reverse((cursor.key, i));
        } else {
            PeekMut::pop(least);
        }
    }
    if sum > 0 { sink(last, sum) } else { Ok(()) }
}

/// A place in a run.
pub(super) struct Cursor {
    key: u64,
    units: u64,
    /// Counts that follow.
    left: u64,
    bytes: Vec<u8>,
    at: usize,
    /// Where more bytes come from.
    file: Option<File>,
}

impl Cursor {
    /// Before the first of `n` counts.
    pub(super) fn over(bytes: Vec<u8>, file: Option<File>, n: u64) -> Self {
        Self { key: 0, units: 0, left: n, bytes, at: 0, file }
    }

    /// Goes to the next count; false at the end.
    fn advance(&mut self) -> io::Result<bool> {
        if self.left == 0 {
            return Ok(false);
        }
        if self.bytes.len() - self.at < LONGEST {
            self.fill()?;
        }
        self.left -= 1;
        self.key = self.key.wrapping_add(self.number()?);
        self.units = self.number()?;
        Ok(true)
    }

    fn number(&mut self) -> io::Result<u64> {
        let (mut number, mut shift) = (0, 0);
        loop {
            let byte = *self.bytes.get(self.at).ok_or(io::ErrorKind::UnexpectedEof)?;
            self.at += 1;
            number |= u64::from(byte & 0x7f).checked_shl(shift).ok_or(io::ErrorKind::InvalidData)?;
            if byte < 1 << 7 {
                return Ok(number);
            }
            shift += 7;
        }
    }

    /// Reads on, if there is a file.
    fn fill(&mut self) -> io::Result<()> {
        let Some(file) = &mut self.file else { return Ok(()) };
        self.bytes.drain(..self.at);
        self.at = 0;
        file.take((BUFFER - self.bytes.len()) as u64).read_to_end(&mut self.bytes)?;
        Ok(())
    }
}
