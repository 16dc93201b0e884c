//! One file, read in all ways.

use crate::MEMORY;
use sememe_kernels::{Rng, Silent};
use sememe_vectors::{Embeddings, LoadOptions, VectorFormat, VectorsError, convert, detect};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

/// Bytes that reading may take whatever the file.
const ALWAYS: u64 = 64 << 20;

/// Bytes that it may take for each of the file.
const FOR_EACH: u64 = 64;

/// Numbers in the largest file that is written.
const MOST_WRITTEN: u64 = 1 << 20;

/// Far longer than any of these files takes.
const LONG: Duration = Duration::from_secs(20);

/// What must not be.
pub(crate) enum Finding {
    Panic(String),
    Memory { bytes: u64, of: u64 },
    Time(Duration),
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Panic(message) => write!(f, "panicked: {message}"),
            Self::Memory { bytes, of } => write!(f, "took {bytes} bytes of memory for a file of {of}"),
            Self::Time(time) => write!(f, "took {time:?}"),
        }
    }
}

/// What an execution came to.
pub(crate) struct Done {
    /// Whether vectors were read, or the file was refused.
    pub(crate) read: bool,
    /// The most bytes that were in use.
    pub(crate) memory: u64,
}

/// Reads the file at `path`.
pub(crate) fn execute(path: &Path, format: VectorFormat, rng: &mut Rng) -> Result<Done, Finding> {
    let (start, length) = (Instant::now(), path.metadata().map_or(0, |file| file.len()));
    MEMORY.reset_peak_usage();
    let before = MEMORY.current_usage();
    let read = catch_unwind(AssertUnwindSafe(|| read(path, format, rng)));
    let memory = (MEMORY.peak_usage() - before) as u64;
    let read = read.map_err(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        Finding::Panic(text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("?").to_owned())
    })?;
    if memory > ALWAYS + FOR_EACH * length {
        return Err(Finding::Memory { bytes: memory, of: length });
    }
    if start.elapsed() > LONG {
        return Err(Finding::Time(start.elapsed()));
    }
    Ok(Done { read, memory })
}

fn read(path: &Path, format: VectorFormat, rng: &mut Rng) -> bool {
    let _ = detect(path);
    let options = LoadOptions {
        format: (rng.below(8) > 0).then_some(format),
        max_words: (rng.below(8) == 0).then_some(3),
        replace_invalid: rng.below(4) == 0,
    };
    let mapped = options.map(path, &mut Silent).map(|(embeddings, _)| use_all(&embeddings));
    let loaded = options.load(path, &mut Silent).map(|(embeddings, _)| use_all(&embeddings));
    // Some formats give a row to every bucket that a header promises, which takes long where there are millions.
    if rng.below(16) == 0 && mapped.as_ref().is_ok_and(|&n_numbers| n_numbers < MOST_WRITTEN) {
        let to = VectorFormat::ALL[rng.below(VectorFormat::ALL.len() as u64) as usize];
        let copied = convert(path, &path.with_extension("copy"), to, &options, &mut Silent);
        let _ = copied.map_err(|error| say(&error));
    }
    let _ = mapped.as_ref().map_err(say);
    loaded.map_err(|error| say(&error)).is_ok()
}

/// Looks at everything that was read; how many numbers a file would have in which every bucket has a row.
fn use_all(embeddings: &Embeddings) -> u64 {
    for (word, row) in embeddings.iter() {
        assert_eq!(row.len(), embeddings.dim(), "the row of `{word}`");
    }
    let _ = embeddings.check_finite();
    // A word that no file has is made of its n-grams.
    if let Some(vector) = embeddings.vector("neverseenbefore") {
        assert_eq!(vector.len(), embeddings.dim(), "the vector of an unknown word");
    }
    let n_buckets = embeddings.buckets().map_or(0, |buckets| u64::from(buckets.subwords().n_buckets()));
    (embeddings.len() as u64 + n_buckets) * embeddings.dim() as u64
}

/// Messages must be fit to be read: short, and without bytes of the file that a terminal would obey.
fn say(error: &VectorsError) {
    let message = error.to_string();
    assert!(message.len() < 1_000, "a message of {} bytes", message.len());
    assert!(!message.contains(char::is_control), "a message with control characters: {message:?}");
}
