//! Reads damaged files of vectors: `cargo run --release -p sememe-vectors --example fuzz -- --executions 1000000`.
//!
//! Small valid files of every format are damaged at random, with the numbers of headers in mind, and read, mapped and
//! converted. Each execution has to end in vectors or an error: a panic, memory far beyond the size of the file, and
//! an execution that does not end are findings. Executions depend on the seed and their number alone.
//!
//! `--seed N` draws others, `--first N` begins with that execution, and `--keep DIR` (target/fuzz) is where the file of
//! a finding is kept. The file of the execution under way is there too: should the process itself be ended, by a stack
//! that overflows or memory that is refused, it is the last.

mod execution;
mod mutation;
mod seeds;

use execution::{Done, Finding, execute};
use mutation::damaged;
use peak_alloc::PeakAlloc;
use seeds::Seed;
use sememe_kernels::Rng;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::{fs, io};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// What is to be done.
struct Options {
    seed: u64,
    first: u64,
    executions: u64,
    keep: PathBuf,
}

impl Default for Options {
    fn default() -> Self {
        Self { seed: 1, first: 0, executions: 1_000_000, keep: "target/fuzz".into() }
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let options = options()?;
    std::panic::set_hook(Box::new(|_| {}));
    let mut out = io::stderr().lock();
    let mut findings = 0;
    let counts = fuzz(&options, &mut |n, seed, finding| {
        findings += 1;
        let _ = writeln!(out, "execution {n}, of {}: {finding}", seed.name);
    })?;
    for Count { name, read, refused, memory } in counts {
        writeln!(io::stdout(), "{name}\t{read} read\t{refused} refused\tin {memory} bytes")?;
    }
    if findings > 0 {
        Err(format!("{findings} findings in {}", options.keep.display()).into())
    } else {
        Ok(())
    }
}

fn options() -> Result<Options, Box<dyn std::error::Error>> {
    let mut options = Options::default();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let value = arguments.next().ok_or_else(|| format!("`{argument}` without a value"))?;
        match &*argument {
            "--seed" => options.seed = value.parse()?,
            "--first" => options.first = value.parse()?,
            "--executions" => options.executions = value.parse()?,
            "--keep" => options.keep = value.into(),
            _ => return Err("--executions N, --seed N, --first N or --keep DIR".into()),
        }
    }
    Ok(options)
}

/// What became of the files made of a seed.
struct Count {
    name: String,
    read: u64,
    refused: u64,
    /// The most bytes that reading one took.
    memory: u64,
}

impl Count {
    fn add(&mut self, done: &Done) {
        *(if done.read { &mut self.read } else { &mut self.refused }) += 1;
        self.memory = self.memory.max(done.memory);
    }
}

/// Does all executions; the files of findings are kept.
fn fuzz(options: &Options, sink: &mut dyn FnMut(u64, &Seed, &Finding)) -> io::Result<Vec<Count>> {
    fs::create_dir_all(&options.keep)?;
    let seeds = seeds::all(&options.keep);
    let count = |seed: &Seed| Count { name: seed.name.clone(), read: 0, refused: 0, memory: 0 };
    let mut counts: Vec<Count> = seeds.iter().map(count).collect();
    for n in options.first..options.first + options.executions {
        let mut rng = Rng::new(options.seed, n);
        let i = rng.below(seeds.len() as u64) as usize;
        let path = options.keep.join(format!("running.{}", seeds[i].extension()));
        write(&seeds, i, &path, &mut rng)?;
        match execute(&path, seeds[i].format, &mut rng) {
            Ok(done) => counts[i].add(&done),
            Err(finding) => {
                fs::copy(&path, options.keep.join(format!("{n}.{}", seeds[i].extension())))?;
                sink(n, &seeds[i], &finding);
            }
        }
    }
    seeds::remove_running(&options.keep)?;
    Ok(counts)
}

/// Writes seed `i`, damaged, to `path`, and the words that stand beside it.
fn write(seeds: &[Seed], i: usize, path: &Path, rng: &mut Rng) -> io::Result<()> {
    let (seed, other) = (&seeds[i], &seeds[rng.below(seeds.len() as u64) as usize]);
    let mut bytes = seed.bytes.clone();
    if let Some(words) = &seed.words {
        let is_words = rng.below(4) == 0;
        let words = if is_words { damaged(words.clone(), &other.bytes, None, rng) } else { words.clone() };
        fs::write(path.with_extension("words.txt"), words)?;
        if is_words && rng.below(2) == 0 {
            return fs::write(path, bytes);
        }
    }
    bytes = damaged(bytes, &other.bytes, seed.header, rng);
    fs::write(path, bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damaged_files_are_read_or_refused() {
        let keep = tempfile::tempdir().expect("a temporary folder");
        let executions = if cfg!(debug_assertions) { 4_000 } else { 40_000 };
        let options = Options { executions, keep: keep.path().to_owned(), ..Options::default() };
        let mut findings = Vec::new();
        let counts = fuzz(&options, &mut |n, seed, finding| {
            findings.push(format!("execution {n}, of {}: {finding}", seed.name));
        });
        assert!(findings.is_empty(), "{}", findings.join("\n"));
        // Damage goes neither unnoticed nor too far.
        for Count { name, read, refused, .. } in counts.expect("files can be written") {
            assert!(read > 0 && refused > 0, "{name}: {read} read, {refused} refused");
        }
    }
}
