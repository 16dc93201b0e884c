//! Counts that do not fit in memory: sorted runs in temporary files, and their merge.

use crate::VocabError;
use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};
use std::path::{Path, PathBuf};

/// So many runs are merged into a longer one, which bounds the number of open files.
const FAN_IN: usize = 16;

const BUFFER: usize = 1 << 16;

/// Different words with their counts, by rising bytes, in a file without a name: it goes when we do.
struct Run {
    file: File,
    n_words: u64,
}

/// The sorted runs of one counter, by level: a run of level l + 1 was merged from runs of level l.
pub(crate) struct Runs {
    dir: PathBuf,
    levels: Vec<Vec<Run>>,
}

impl Runs {
    /// No runs yet; their files will be in `dir`, or in the system's folder for temporary files.
    pub(crate) fn new(dir: Option<&Path>) -> Self {
        let dir = dir.map_or_else(std::env::temp_dir, Path::to_owned);
        Self { dir, levels: Vec::new() }
    }

    /// Writes `words`, which rise strictly by their bytes, to a new run.
    pub(crate) fn push<'a>(
        &mut self,
        mut words: impl Iterator<Item = (&'a str, u64)>,
    ) -> Result<(), VocabError> {
        let run =
            self.write(|writer| words.try_for_each(|(word, count)| writer.push(word.as_bytes(), count)));
        let mut run = run.map_err(VocabError::io(&self.dir))?;
        for level in 0.. {
            if level == self.levels.len() {
                self.levels.push(Vec::new());
            }
            self.levels[level].push(run);
            if self.levels[level].len() < FAN_IN {
                break;
            }
            let full = std::mem::take(&mut self.levels[level]);
            let merged = self.write(|writer| merge(full, &mut |word, count| writer.push(word, count)));
            run = merged.map_err(VocabError::io(&self.dir))?;
        }
        Ok(())
    }

    fn write(&self, fill: impl FnOnce(&mut RunWriter) -> io::Result<()>) -> io::Result<Run> {
        let file = BufWriter::with_capacity(BUFFER, tempfile::tempfile_in(&self.dir)?);
        let mut writer = RunWriter { file, n_words: 0 };
        fill(&mut writer)?;
        writer.finish()
    }

    /// Calls `sink` with every word of all the runs and its count in all of them, by rising bytes.
    pub(crate) fn merge(
        all: Vec<Self>,
        sink: &mut dyn FnMut(&str, u64) -> Result<(), VocabError>,
    ) -> Result<(), VocabError> {
        let dir = all.first().map(|runs| runs.dir.clone()).unwrap_or_default();
        let mut refused = None;
        let merged =
            merge(all.into_iter().flat_map(|runs| runs.levels).flatten().collect(), &mut |word, count| {
                let word = std::str::from_utf8(word).map_err(io::Error::other)?;
                sink(word, count).map_err(|error| {
                    refused = Some(error);
                    io::Error::from(io::ErrorKind::Interrupted)
                })
            });
        match refused {
            Some(error) => Err(error),
            None => merged.map_err(VocabError::io(&dir)),
        }
    }
}

struct RunWriter {
    file: BufWriter<File>,
    n_words: u64,
}

impl RunWriter {
    /// A word is stored as its count, its length and its bytes.
    fn push(&mut self, word: &[u8], count: u64) -> io::Result<()> {
        self.n_words += 1;
        self.file.write_all(&count.to_le_bytes())?;
        self.file.write_all(&(word.len() as u64).to_le_bytes())?;
        self.file.write_all(word)
    }

    fn finish(self) -> io::Result<Run> {
        let mut file = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.rewind()?;
        Ok(Run { file, n_words: self.n_words })
    }
}

/// The word at which a run stands while it is merged.
struct Cursor {
    word: Vec<u8>,
    count: u64,
    left: u64,
    file: BufReader<File>,
}

impl Cursor {
    /// Stands at the first word of `run`, unless that is empty.
    fn new(run: Run) -> io::Result<Option<Self>> {
        let file = BufReader::with_capacity(BUFFER, run.file);
        let mut cursor = Self { word: Vec::new(), count: 0, left: run.n_words, file };
        Ok(cursor.advance()?.then_some(cursor))
    }

    /// Goes to the next word; false at the end.
    fn advance(&mut self) -> io::Result<bool> {
        if self.left == 0 {
            return Ok(false);
        }
        self.left -= 1;
        self.count = self.number()?;
        let length = self.number()?;
        self.word.clear();
        self.file.by_ref().take(length).read_to_end(&mut self.word)?;
        if self.word.len() as u64 == length { Ok(true) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }

    fn number(&mut self) -> io::Result<u64> {
        let mut bytes = [0; 8];
        self.file.read_exact(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }
}

/// The greatest cursor of the heap is the one with the least word.
impl Ord for Cursor {
    fn cmp(&self, other: &Self) -> Ordering {
        other.word.cmp(&self.word)
    }
}

impl PartialOrd for Cursor {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Cursor {
    fn eq(&self, other: &Self) -> bool {
        self.word == other.word
    }
}

impl Eq for Cursor {}

fn merge(runs: Vec<Run>, sink: &mut dyn FnMut(&[u8], u64) -> io::Result<()>) -> io::Result<()> {
    let cursors: io::Result<Vec<_>> = runs.into_iter().map(Cursor::new).collect();
    let mut heap: BinaryHeap<Cursor> = cursors?.into_iter().flatten().collect();
    let (mut word, mut sum) = (Vec::new(), 0);
    while let Some(mut least) = heap.peek_mut() {
        if least.word != word || sum == 0 {
            if sum > 0 {
                sink(&word, sum)?;
            }
            word.clone_from(&least.word);
            sum = 0;
        }
        sum += least.count;
        if !least.advance()? {
            PeekMut::pop(least);
        }
    }
    if sum > 0 { sink(&word, sum) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::VocabBuilder;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn check(batches: &[Vec<String>]) {
        let (mut runs, mut want) = (Runs::new(None), BTreeMap::<String, u64>::new());
        for batch in batches {
            let mut builder = VocabBuilder::default();
            for word in batch {
                builder.add(word, 1).unwrap();
                *want.entry(word.clone()).or_default() += 1;
            }
            runs.push(builder.by_bytes()).unwrap();
        }
        let mut found = Vec::new();
        Runs::merge(vec![runs, Runs::new(None)], &mut |word, count| {
            found.push((word.to_owned(), count));
            Ok(())
        })
        .unwrap();
        assert_eq!(found, want.into_iter().collect::<Vec<_>>());
    }

    #[test]
    fn many_runs_are_merged_in_levels() {
        let batch = |i: usize| (0..5).map(|j| format!("{}", i * (j + 1) % 97)).collect();
        check(&(0..FAN_IN * FAN_IN * 2 + 3).map(batch).collect::<Vec<_>>());
    }

    #[test]
    fn an_error_of_the_sink_is_handed_on() {
        let mut runs = Runs::new(None);
        runs.push([("a", 1)].into_iter()).unwrap();
        let result = Runs::merge(vec![runs], &mut |_, _| Err(VocabError::Interrupted));
        assert!(matches!(result, Err(VocabError::Interrupted)));
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        let mut runs = Runs::new(Some(Path::new("/no/such/folder")));
        let error = runs.push([("a", 1)].into_iter()).unwrap_err().to_string();
        assert_eq!(error, "cannot read or write /no/such/folder");
    }

    proptest! {
        #[test]
        fn merged_counts_are_exact(batches in prop::collection::vec(prop::collection::vec("[abc爱]{0,2}", 0..9), 0..40)) {
            check(&batches);
        }
    }
}
