//! Records in cells, and in random order there.

use super::GloveSettings;
use super::record::{Record, Weighting};
use super::schedule::Schedule;
use crate::EmbedError;
use crate::cooccurrence::{Counts, scratch};
use sememe_kernels::{Meter, Observer, Rng};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::{Mutex, PoisonError};

/// Records that are moved at once, and after which the observer is told.
const CHUNK: usize = 1 << 10;

/// All records, each in its cell of the schedule. A cell is shuffled whenever it is read.
///
/// What does not fit into memory lies in a temporary file.
pub(super) struct Blocks {
    schedule: Schedule,
    cells: Vec<Vec<Chunk>>,
    file: Option<Mutex<File>>,
    seed: u64,
    n_steps: u64,
    is_symmetric: bool,
}

enum Chunk {
    Memory(Vec<Record>),
    File { chunk: u64 },
}

impl Blocks {
    /// Takes every count to its cell.
    ///
    /// # Errors
    /// If a temporary file cannot be read or written, or `observer` stops the work.
    pub(super) fn scatter(
        counts: Counts,
        weighting: Weighting,
        settings: &GloveSettings,
        observer: &mut dyn Observer,
    ) -> Result<Self, EmbedError> {
        let schedule = Schedule::new(counts.n_meetings());
        let meter = Meter::new("pairs", None, observer);
        let is_symmetric = counts.is_symmetric();
        let mut scatter = Scatter::new(schedule, settings.memory);
        let (mut n_steps, mut unreported) = (0, 0);
        counts.for_each(|pair| {
            let record = weighting.record(pair);
            n_steps += n_orders(is_symmetric, record) as u64;
            scatter.push(record).map_err(scratch)?;
            unreported += 1;
            if unreported == CHUNK {
                unreported = 0;
                if meter.advance(CHUNK as u64, None).is_break() {
                    return Err(EmbedError::Interrupted { done: meter.done(), unit: "pairs" });
                }
            }
            Ok(())
        })?;
        let (cells, file) = scatter.finish();
        Ok(Self { schedule, cells, file: file.map(Mutex::new), seed: settings.seed, n_steps, is_symmetric })
    }

    pub(super) fn schedule(&self) -> Schedule {
        self.schedule
    }

    /// Steps of an epoch: a record that stands for both orders of its words takes two.
    pub(super) fn n_steps(&self) -> u64 {
        self.n_steps
    }

    /// In how many orders a record is trained.
    #[inline]
    pub(super) fn n_orders(&self, record: Record) -> usize {
        n_orders(self.is_symmetric, record)
    }

    /// The records of a cell, in the order of their training: every epoch has another.
    pub(super) fn read(&self, epoch: usize, cell: usize) -> Result<Vec<Record>, EmbedError> {
        let mut rng = Rng::new(self.seed, (epoch * self.cells.len() + cell) as u64);
        let mut records = Vec::new();
        for chunk in &self.cells[cell] {
            match chunk {
                Chunk::Memory(chunk) => records.extend_from_slice(chunk),
                Chunk::File { chunk } => self.read_chunk(*chunk, &mut records).map_err(scratch)?,
            }
        }
        rng.shuffle(&mut records);
        Ok(records)
    }

    fn read_chunk(&self, chunk: u64, records: &mut Vec<Record>) -> io::Result<()> {
        let file = self.file.as_ref().ok_or(io::ErrorKind::NotFound)?;
        let mut bytes = vec![0; CHUNK * Record::BYTES];
        {
            let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
            file.seek(SeekFrom::Start(chunk * bytes.len() as u64))?;
            file.read_exact(&mut bytes)?;
        }
        records.extend(bytes.as_chunks().0.iter().copied().map(Record::from_bytes));
        Ok(())
    }
}

fn n_orders(is_symmetric: bool, record: Record) -> usize {
    if is_symmetric && record.row != record.column { 2 } else { 1 }
}

/// Cells as they are filled.
struct Scatter {
    schedule: Schedule,
    cells: Vec<Vec<Chunk>>,
    /// The chunk of each cell that is not full.
    open: Vec<Vec<Record>>,
    file: Option<File>,
    n_in_file: u64,
    /// Chunks that still may be held in memory.
    left: u64,
}

impl Scatter {
    fn new(schedule: Schedule, memory: u64) -> Self {
        let n_cells = schedule.n_cells();
        let left = (memory / (CHUNK * Record::BYTES) as u64).saturating_sub(n_cells as u64);
        let (mut cells, mut open) = (Vec::new(), Vec::new());
        cells.resize_with(n_cells, Vec::new);
        open.resize_with(n_cells, Vec::new);
        Self { schedule, cells, open, file: None, n_in_file: 0, left }
    }

    fn push(&mut self, record: Record) -> io::Result<()> {
        let cell = self.schedule.cell_of(record);
        let open = &mut self.open[cell];
        open.push(record);
        if open.len() < CHUNK {
            return Ok(());
        }
        let chunk = if self.left > 0 {
            self.left -= 1;
            Chunk::Memory(std::mem::take(open))
        } else {
            self.n_in_file += 1;
            write_chunk(&mut self.file, open)?;
            open.clear();
            Chunk::File { chunk: self.n_in_file - 1 }
        };
        self.cells[cell].push(chunk);
        Ok(())
    }

    fn finish(mut self) -> (Vec<Vec<Chunk>>, Option<File>) {
        for (cell, open) in self.cells.iter_mut().zip(self.open) {
            cell.push(Chunk::Memory(open));
        }
        (self.cells, self.file)
    }
}

/// Appends a chunk to the file, which is made when it is first needed.
fn write_chunk(file: &mut Option<File>, records: &[Record]) -> io::Result<()> {
    let bytes: Vec<u8> = records.iter().flat_map(|record| record.to_bytes()).collect();
    let file = match file {
        Some(file) => file,
        None => file.insert(tempfile::tempfile()?),
    };
    file.write_all(&bytes)
}

#[cfg(test)]
impl Blocks {
    /// These records in the cells of a schedule for `n_meetings`.
    pub(super) fn of(records: &[Record], is_symmetric: bool, n_meetings: u64, memory: u64) -> Self {
        let schedule = Schedule::new(n_meetings);
        let mut scatter = Scatter::new(schedule, memory);
        for &record in records {
            scatter.push(record).expect("a temporary file");
        }
        let n_steps = records.iter().map(|&record| n_orders(is_symmetric, record) as u64).sum();
        let (cells, file) = scatter.finish();
        Self { schedule, cells, file: file.map(Mutex::new), seed: 1, n_steps, is_symmetric }
    }
}
