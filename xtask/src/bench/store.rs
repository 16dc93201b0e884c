//! Finished word vectors: opening a file and finding neighbours, beside gensim and numpy.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

use super::measure::{self, Usage};
use super::parse;
use crate::peers::Venv;

/// One piece of work by both.
#[derive(Debug, Serialize)]
pub(super) struct Work {
    pub(super) name: &'static str,
    pub(super) peer: String,
    /// The whole of our program, from start to end.
    pub(super) ours: Usage,
    /// The peer's work alone, without the start of Python.
    pub(super) theirs: Usage,
    pub(super) load_average: f64,
    /// The share of lists of neighbours that are the same.
    pub(super) agreement: Option<f64>,
}

/// What the script prints.
#[derive(Deserialize)]
struct Measured {
    version: String,
    usage: Usage,
    #[serde(default)]
    neighbours: Vec<Vec<String>>,
}

/// What `sememe vectors neighbors --json` prints of one word.
#[derive(Deserialize)]
struct Listed {
    neighbors: Vec<Neighbour>,
}

#[derive(Deserialize)]
struct Neighbour {
    word: String,
}

/// Programs and files.
pub(super) struct Store<'a> {
    pub(super) sememe: &'a Path,
    pub(super) venv: &'a Venv,
    pub(super) folder: &'a Path,
    pub(super) threads: usize,
}

impl Store<'_> {
    /// Random vectors of 400,000 words with 300 dimensions: opened, and 10,000 words looked up.
    pub(super) fn measure(&self) -> Result<Vec<Work>> {
        self.make()?;
        Ok(vec![self.open()?, self.neighbours()?])
    }

    /// Path of the vectors, without an ending.
    fn name(&self) -> PathBuf {
        self.folder.join("random-400000x300")
    }

    fn ours(&self) -> PathBuf {
        self.name().with_extension("safetensors")
    }

    fn script(&self, work: &str) -> Result<Command> {
        let mut command = self.venv.script("word_store.py")?;
        let threads = self.threads.to_string();
        command
            .arg(work)
            .arg(self.name())
            .envs(["OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"].map(|name| (name, &threads)));
        Ok(command)
    }

    /// Makes the files, once.
    fn make(&self) -> Result<()> {
        if self.ours().is_file() {
            return Ok(());
        }
        measure::run(&mut self.script("make")?)?;
        let mut convert = Command::new(self.sememe);
        convert
            .args(["vectors", "convert", "--quiet"])
            .arg(self.name().with_extension("bin"))
            .arg(self.ours());
        measure::run(&mut convert).map(drop)
    }

    fn open(&self) -> Result<Work> {
        let load_average = measure::load_average()?;
        let mut info = Command::new(self.sememe);
        info.args(["vectors", "info", "--json"]).arg(self.ours());
        let (_, ours) = measure::run(&mut info)?;
        let theirs: Measured = parse("gensim", &measure::run(&mut self.script("open")?)?.0)?;
        let (name, peer) = ("opening 400,000 × 300, mapped", format!("gensim {}", theirs.version));
        Ok(Work { name, peer, ours, theirs: theirs.usage, load_average, agreement: None })
    }

    fn neighbours(&self) -> Result<Work> {
        let load_average = measure::load_average()?;
        let words = self.name().with_extension("words");
        let words = File::open(&words).with_context(|| format!("cannot read {}", words.display()))?;
        let mut find = Command::new(self.sememe);
        find.args(["vectors", "neighbors", "--json", "--quiet", "--threads", &self.threads.to_string()]);
        let (output, ours) = measure::run_with(find.arg(self.ours()), words.into())?;
        let listed: Vec<Listed> = parse("sememe", &output)?;
        let theirs: Measured = parse("numpy", &measure::run(&mut self.script("neighbours")?)?.0)?;
        let agreement = Some(agreement(&listed, &theirs.neighbours)?);
        let (name, peer) = ("10,000 neighbours among 400,000 × 300", format!("numpy {}", theirs.version));
        Ok(Work { name, peer, ours, theirs: theirs.usage, load_average, agreement })
    }
}

/// The share of lists with the same words in the same order.
fn agreement(ours: &[Listed], theirs: &[Vec<String>]) -> Result<f64> {
    ensure!(
        ours.len() == theirs.len(),
        "{} lists of neighbours, but {} of the peer",
        ours.len(),
        theirs.len()
    );
    let same = |(ours, theirs): &(&Listed, &Vec<String>)| {
        ours.neighbors.iter().map(|near| &near.word).eq(theirs.iter())
    };
    let n_same = ours.iter().zip(theirs).filter(same).count();
    Ok(n_same as f64 / ours.len().max(1) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_agree_in_words_and_order() {
        let ours =
            r#"[{"word": "a", "neighbors": [{"word": "b", "score": 1.0}, {"word": "c", "score": 0.5}]}]"#;
        let ours: Vec<Listed> = parse("sememe", ours).unwrap();
        let theirs = |words: [&str; 2]| vec![words.map(str::to_owned).to_vec()];
        assert_eq!(agreement(&ours, &theirs(["b", "c"])).unwrap(), 1.0);
        assert_eq!(agreement(&ours, &theirs(["c", "b"])).unwrap(), 0.0);
        assert!(agreement(&ours, &[]).is_err());
    }
}
