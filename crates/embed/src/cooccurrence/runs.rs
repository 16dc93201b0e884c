//! Sorted counts packed into bytes, in memory and in temporary files.

use super::merge::{Cursor, merge};
use crate::EmbedError;
use std::fs::File;
use std::io::{self, Seek, Write};
use std::sync::{Mutex, PoisonError};

/// So many runs are merged into a longer one, which bounds the number of open files.
const FAN_IN: usize = 32;

/// Bytes that are written to a file at once.
const BUFFER: usize = 1 << 18;

/// Counts of different cells by rising key. Each is stored as the difference to the key before and the units, seven
/// bits to a byte, the last byte of a number without its highest bit set.
#[derive(Debug, Default)]
pub(super) struct Packed {
    pub(super) bytes: Vec<u8>,
    pub(super) n: u64,
}

/// Packs counts.
#[derive(Debug, Default)]
pub(super) struct Packer {
    packed: Packed,
    last: u64,
}

impl Packer {
    /// Appends a count; keys rise strictly.
    pub(super) fn push(&mut self, key: u64, units: u64) {
        self.number(key - self.last);
        self.number(units);
        self.last = key;
        self.packed.n += 1;
    }

    fn number(&mut self, mut number: u64) {
        while number >= 1 << 7 {
            self.packed.bytes.push(number as u8 | 1 << 7);
            number >>= 7;
        }
        self.packed.bytes.push(number as u8);
    }

    pub(super) fn finish(self) -> Packed {
        self.packed
    }
}

/// Packed counts, wherever they are.
pub(super) struct Run {
    pub(super) place: Place,
    pub(super) n: u64,
}

pub(super) enum Place {
    Memory(Vec<u8>),
    /// A file without a name: it goes when we do.
    File(File),
}

impl Run {
    fn bytes_in_memory(&self) -> usize {
        match &self.place {
            Place::Memory(bytes) => bytes.len(),
            Place::File(_) => 0,
        }
    }
}

/// The runs of all threads, by level: a run of level l + 1 was merged from runs of level l.
#[derive(Default)]
pub(super) struct Runs {
    /// Bytes of runs to hold in memory.
    budget: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    levels: Vec<Vec<Run>>,
    in_memory: usize,
}

impl Runs {
    pub(super) fn new(budget: usize) -> Self {
        Self { budget, state: Mutex::default() }
    }

    /// Takes a run, and merges runs where there are many.
    ///
    /// # Errors
    /// If a temporary file cannot be read or written.
    pub(super) fn push(&self, packed: Packed) -> Result<(), EmbedError> {
        let mut run = self.place(packed).map_err(scratch)?;
        for level in 0.. {
            let Some(full) = self.shelve(run, level) else { break };
            run = self.merge_some(full)?;
        }
        Ok(())
    }

    /// Holds a run in memory if there is room, or else writes it to a file.
    fn place(&self, packed: Packed) -> io::Result<Run> {
        let Packed { mut bytes, n } = packed;
        if self.reserve(bytes.len()) {
            bytes.shrink_to_fit();
            return Ok(Run { place: Place::Memory(bytes), n });
        }
        let mut file = tempfile::tempfile()?;
        file.write_all(&bytes)?;
        file.rewind()?;
        Ok(Run { place: Place::File(file), n })
    }

    /// Whether there was room for so many bytes.
    fn reserve(&self, bytes: usize) -> bool {
        let mut state = self.lock();
        let fits = state.in_memory.saturating_add(bytes) <= self.budget;
        if fits {
            state.in_memory += bytes;
        }
        fits
    }

    /// Adds a run to a level; all of its runs if they are now to be merged.
    fn shelve(&self, run: Run, level: usize) -> Option<Vec<Run>> {
        let mut state = self.lock();
        if level == state.levels.len() {
            state.levels.push(Vec::new());
        }
        state.levels[level].push(run);
        (state.levels[level].len() == FAN_IN).then(|| std::mem::take(&mut state.levels[level]))
    }

    fn merge_some(&self, runs: Vec<Run>) -> Result<Run, EmbedError> {
        let freed: usize = runs.iter().map(Run::bytes_in_memory).sum();
        let to_file = runs.iter().any(|run| matches!(run.place, Place::File(_)));
        let mut writer = RunWriter::new(to_file).map_err(scratch)?;
        merge(runs, &mut |key, units| writer.push(key, units).map_err(scratch))?;
        let run = writer.finish().map_err(scratch)?;
        let mut state = self.lock();
        state.in_memory = state.in_memory - freed + run.bytes_in_memory();
        Ok(run)
    }

    /// Calls `sink` with all cells and their counts, by rising key.
    ///
    /// # Errors
    /// If a temporary file cannot be read, or the sink fails.
    pub(super) fn merge(
        self,
        sink: &mut dyn FnMut(u64, u64) -> Result<(), EmbedError>,
    ) -> Result<(), EmbedError> {
        let state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        merge(state.levels.into_iter().flatten().collect(), sink)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes a run to memory, or piece by piece to a file.
struct RunWriter {
    packer: Packer,
    file: Option<File>,
}

impl RunWriter {
    fn new(to_file: bool) -> io::Result<Self> {
        let file = if to_file { Some(tempfile::tempfile()?) } else { None };
        Ok(Self { packer: Packer::default(), file })
    }

    fn push(&mut self, key: u64, units: u64) -> io::Result<()> {
        self.packer.push(key, units);
        match &mut self.file {
            Some(file) if self.packer.packed.bytes.len() >= BUFFER => {
                file.write_all(&self.packer.packed.bytes)?;
                self.packer.packed.bytes.clear();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn finish(self) -> io::Result<Run> {
        let Packed { mut bytes, n } = self.packer.finish();
        let Some(mut file) = self.file else {
            bytes.shrink_to_fit();
            return Ok(Run { place: Place::Memory(bytes), n });
        };
        file.write_all(&bytes)?;
        file.rewind()?;
        Ok(Run { place: Place::File(file), n })
    }
}

/// An error of a temporary file.
pub(crate) fn scratch(source: io::Error) -> EmbedError {
    EmbedError::Scratch { dir: std::env::temp_dir(), source }
}

impl TryFrom<Run> for Cursor {
    type Error = EmbedError;

    fn try_from(run: Run) -> Result<Self, EmbedError> {
        Ok(match run.place {
            Place::Memory(bytes) => Self::over(bytes, None, run.n),
            Place::File(file) => Self::over(Vec::new(), Some(file), run.n),
        })
    }
}
