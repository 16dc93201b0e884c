//! Records in random order.

use super::GloveSettings;
use super::record::{Record, Weighting};
use crate::EmbedError;
use crate::cooccurrence::{Counts, scratch};
use sememe_kernels::{Meter, Observer, Rng};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::{Mutex, PoisonError};

/// Records that are moved at once.
const CHUNK: usize = 1 << 10;

/// A stream of random numbers that no job uses.
const STREAM: u64 = u64::MAX;

/// All records, each in a block that was drawn for it. A block fits into the nearest caches and is shuffled there
/// whenever it is read: together with the draw any order can come out.
///
/// What does not fit into memory lies in a temporary file.
pub(super) struct Blocks {
    blocks: Vec<Vec<Chunk>>,
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
    /// Records of a block, were every meeting that of another pair.
    const MEETINGS: u64 = 1 << 18;
    const MOST_BLOCKS: u64 = 1 << 12;

    /// Draws a block for every count.
    ///
    /// # Errors
    /// If a temporary file cannot be read or written, or `observer` stops the work.
    pub(super) fn scatter(
        counts: Counts,
        weighting: Weighting,
        settings: &GloveSettings,
        observer: &mut dyn Observer,
    ) -> Result<Self, EmbedError> {
        let n_blocks = counts.n_meetings().div_ceil(Self::MEETINGS).clamp(1, Self::MOST_BLOCKS);
        let meter = Meter::new("pairs", None, observer);
        let is_symmetric = counts.is_symmetric();
        let mut scatter = Scatter::new(n_blocks as usize, settings.memory);
        let (mut rng, mut n_steps) = (Rng::new(settings.seed, STREAM), 0);
        counts.for_each(|pair| {
            let record = weighting.record(pair);
            n_steps += n_orders(is_symmetric, record) as u64;
            if scatter.push(rng.below(n_blocks) as usize, record).map_err(scratch)?
                && meter.advance(CHUNK as u64, None).is_break()
            {
                return Err(EmbedError::Interrupted { done: meter.done(), unit: "pairs" });
            }
            Ok(())
        })?;
        let (blocks, file) = scatter.finish();
        Ok(Self { blocks, file: file.map(Mutex::new), seed: settings.seed, n_steps, is_symmetric })
    }

    pub(super) fn len(&self) -> usize {
        self.blocks.len()
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

    /// The records for job `job`, in the order of their training: every epoch takes all blocks in another order.
    pub(super) fn read(&self, job: usize) -> Result<Vec<Record>, EmbedError> {
        let mut rng = Rng::new(self.seed, job as u64);
        let mut records = Vec::new();
        for chunk in &self.blocks[self.block(job)] {
            match chunk {
                Chunk::Memory(chunk) => records.extend_from_slice(chunk),
                Chunk::File { chunk } => self.read_chunk(*chunk, &mut records).map_err(scratch)?,
            }
        }
        rng.shuffle(&mut records);
        Ok(records)
    }

    /// The block that job `job` trains.
    fn block(&self, job: usize) -> usize {
        let (epoch, i) = (job / self.len(), job % self.len());
        let mut order: Vec<usize> = (0..self.len()).collect();
        Rng::new(self.seed, STREAM - 1 - epoch as u64).shuffle(&mut order);
        order[i]
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

/// Blocks as they are filled.
struct Scatter {
    blocks: Vec<Vec<Chunk>>,
    /// The chunk of each block that is not full.
    open: Vec<Vec<Record>>,
    file: Option<File>,
    n_in_file: u64,
    /// Chunks that still may be held in memory.
    left: u64,
}

impl Scatter {
    fn new(n_blocks: usize, memory: u64) -> Self {
        let left = (memory / (CHUNK * Record::BYTES) as u64).saturating_sub(n_blocks as u64);
        let (mut blocks, mut open) = (Vec::new(), Vec::new());
        blocks.resize_with(n_blocks, Vec::new);
        open.resize_with(n_blocks, Vec::new);
        Self { blocks, open, file: None, n_in_file: 0, left }
    }

    /// Adds a record; whether a chunk is now full.
    fn push(&mut self, block: usize, record: Record) -> io::Result<bool> {
        let open = &mut self.open[block];
        open.push(record);
        if open.len() < CHUNK {
            return Ok(false);
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
        self.blocks[block].push(chunk);
        Ok(true)
    }

    fn finish(mut self) -> (Vec<Vec<Chunk>>, Option<File>) {
        for (block, open) in self.blocks.iter_mut().zip(self.open) {
            block.push(Chunk::Memory(open));
        }
        (self.blocks, self.file)
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
    /// One block of these records.
    pub(super) fn of(records: Vec<Record>, is_symmetric: bool) -> Self {
        let n_steps = records.iter().map(|&record| n_orders(is_symmetric, record) as u64).sum();
        Self { blocks: vec![vec![Chunk::Memory(records)]], file: None, seed: 1, n_steps, is_symmetric }
    }

    /// These records in `n_blocks` blocks.
    pub(super) fn scattered(records: impl Iterator<Item = Record>, n_blocks: usize, memory: u64) -> Self {
        let (mut scatter, mut n_steps) = (Scatter::new(n_blocks, memory), 0);
        for (i, record) in records.enumerate() {
            scatter.push(i * i % n_blocks, record).expect("a temporary file");
            n_steps += 1;
        }
        let (blocks, file) = scatter.finish();
        Self { blocks, file: file.map(Mutex::new), seed: 1, n_steps, is_symmetric: false }
    }
}
