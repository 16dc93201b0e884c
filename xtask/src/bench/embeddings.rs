//! Word vectors: our trainers beside those of gensim, fastText and word2vec.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};

use super::measure::{self, Usage};
use super::report::{Pair, Quality, Report, Run};
use super::store::Store;
use super::{Arguments, parse};
use crate::WrongUse;
use crate::peers::Venv;
use crate::workspace::{self, Metadata};

/// What all programs are told.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Settings {
    corpus: PathBuf,
    dim: usize,
    window: usize,
    negatives: usize,
    sample: f64,
    min_count: u64,
    pub(super) epochs: usize,
    pub(super) threads: usize,
    /// The seeds are 1 to this.
    pub(super) seeds: u64,
}

impl Settings {
    /// The defaults of all programs, but for the threshold of frequent words, with `epochs` on `threads`.
    fn new(corpus: PathBuf, epochs: usize, threads: usize, seeds: u64) -> Self {
        Self { corpus, dim: 100, window: 5, negatives: 5, sample: 1e-4, min_count: 5, epochs, threads, seeds }
    }

    #[cfg(test)]
    pub(super) fn example() -> Self {
        Self::new("corpus.txt".into(), 2, 2, 2)
    }
}

/// What all programs print.
#[derive(Debug, Deserialize)]
struct Trained {
    #[serde(default)]
    version: Option<String>,
    vocabulary: usize,
    /// Running words of all epochs.
    words: u64,
    prepare: Usage,
    train: Usage,
}

/// One trainer of ours and its peer.
struct Case {
    /// As `--only` names it, with or without the peer behind the bar.
    name: &'static str,
    /// What follows `sememe vectors train`.
    ours: &'static [&'static str],
    tool: &'static str,
    script: &'static str,
    /// What the script is told to train.
    model: &'static str,
    learning_rate: f64,
}

/// The learning rates are the defaults of both sides; gensim's for CBOW is doubled, because there the gradient is a
/// mean.
const CASES: &[Case] = &[
    Case {
        name: "skipgram",
        ours: &["skipgram"],
        tool: "gensim",
        script: "gensim_word2vec.py",
        model: "skipgram",
        learning_rate: 0.025,
    },
    Case {
        name: "skipgram|word2vec",
        ours: &["skipgram"],
        tool: "word2vec",
        script: "word2vec_c.py",
        model: "skipgram",
        learning_rate: 0.025,
    },
    Case {
        name: "skipgram-fast",
        ours: &["skipgram", "--preset", "fast"],
        tool: "gensim",
        script: "gensim_word2vec.py",
        model: "skipgram",
        learning_rate: 0.025,
    },
    Case {
        name: "cbow",
        ours: &["cbow"],
        tool: "gensim",
        script: "gensim_word2vec.py",
        model: "cbow",
        learning_rate: 0.05,
    },
    Case {
        name: "cbow|word2vec",
        ours: &["cbow"],
        tool: "word2vec",
        script: "word2vec_c.py",
        model: "cbow",
        learning_rate: 0.05,
    },
    Case {
        name: "fasttext",
        ours: &["fasttext"],
        tool: "fastText",
        script: "fasttext_words.py",
        model: "skipgram",
        learning_rate: 0.05,
    },
];

/// Files and programs.
struct Bench {
    settings: Settings,
    sememe: PathBuf,
    venv: Venv,
    folder: PathBuf,
    analogies: PathBuf,
    similarity: Vec<(&'static str, PathBuf)>,
}

/// Trains with the programs of every case, ours first, and scores what they made.
pub(super) fn measure(arguments: &Arguments) -> Result<Report> {
    let wanted = |name: &str| arguments.only.is_empty() || arguments.only.iter().any(|only| only == name);
    let known = |name: &String| name == STORE || CASES.iter().any(|case| case.name == name);
    if let Some(name) = arguments.only.iter().find(|name| !known(name)) {
        let names: Vec<&str> = CASES.iter().map(|case| case.name).chain([STORE]).collect();
        return Err(WrongUse(format!("--only {name}: expected some of {}", names.join(", "))).into());
    }
    let bench = Bench::prepare(arguments)?;
    let mut done = BTreeMap::new();
    let cases = CASES.iter().filter(|case| wanted(case.name));
    let pairs = cases.map(|case| bench.pair(case, &mut done)).collect::<Result<Vec<Pair>>>()?;
    let work = if wanted(STORE) { bench.store().measure()? } else { Vec::new() };
    let n_cpus = std::thread::available_parallelism().map_or(0, usize::from);
    Ok(Report { suite: "embeddings", n_cpus, settings: bench.settings, pairs, work })
}

/// What `--only` calls opening and neighbours.
const STORE: &str = "store";

/// The runs of a program so far, by what it was told: models that share a peer share its runs.
type Done = BTreeMap<String, Vec<Run>>;

impl Bench {
    fn prepare(arguments: &Arguments) -> Result<Self> {
        let (venv, data) = (arguments.venv.venv(), arguments.data.path());
        let folder = workspace::root().join("target/bench");
        std::fs::create_dir_all(&folder)?;
        let analogies = fetched(&data, "word-analogy", "questions-words.txt")?;
        let similarity = vec![
            ("WordSim-353", fetched(&data, "word-similarity", "EN-WS-353-ALL.txt")?),
            ("SimLex-999", fetched(&data, "word-similarity", "EN-SIMLEX-999.txt")?),
        ];
        let corpus = match &arguments.corpus {
            Some(corpus) => corpus.clone(),
            None => plain_text(&venv, &data, &folder, arguments.words)?,
        };
        ensure!(corpus.is_file(), "there is no file {}", corpus.display());
        let settings = Settings::new(corpus, arguments.epochs, arguments.threads, arguments.seeds);
        let sememe = arguments.program.clone().map_or_else(build, Ok)?;
        Ok(Self { settings, sememe, venv, folder, analogies, similarity })
    }

    fn store(&self) -> Store<'_> {
        let Self { sememe, venv, folder, settings, .. } = self;
        Store { sememe, venv, folder, threads: settings.threads }
    }

    fn pair(&self, case: &Case, done: &mut Done) -> Result<Pair> {
        let ours = self.runs("sememe", case, done, || {
            let mut command = Command::new(&self.sememe);
            command.args(["vectors", "train"]).args(case.ours).args(["--json", "--quiet", "--force"]);
            Ok(command)
        })?;
        let peer = self.runs(case.tool, case, done, || {
            let mut command = self.venv.script(case.script)?;
            command.arg(case.model);
            Ok(command)
        })?;
        Ok(Pair { model: case.name, ours, peer })
    }

    /// A run for each seed.
    fn runs(
        &self,
        tool: &'static str,
        case: &Case,
        done: &mut Done,
        command: impl Fn() -> Result<Command>,
    ) -> Result<Vec<Run>> {
        let key = format!("{:?} {}", command()?, case.learning_rate);
        if let Some(runs) = done.get(&key) {
            return Ok(runs.clone());
        }
        let runs: Result<Vec<Run>> =
            (1..=self.settings.seeds).map(|seed| self.run(tool, case, seed, command()?)).collect();
        Ok(done.entry(key).or_insert(runs?).clone())
    }

    fn run(&self, tool: &'static str, case: &Case, seed: u64, mut command: Command) -> Result<Run> {
        let vectors = self.folder.join(format!("{tool}.vec"));
        let load_average = measure::load_average()?;
        eprintln!("{tool}: {}, seed {seed}, load average {load_average}", case.name);
        self.tell(&mut command, case, seed, &vectors);
        let (output, whole) = measure::run(&mut command)?;
        let trained: Trained = parse(tool, &output)?;
        let quality = self.score(&vectors)?;
        std::fs::remove_file(&vectors).with_context(|| format!("cannot remove {}", vectors.display()))?;
        let run = Run {
            tool,
            version: trained.version,
            load_average,
            vocabulary: trained.vocabulary,
            words: trained.words,
            whole,
            prepare: trained.prepare,
            train: trained.train,
            quality,
        };
        // Many runs take hours: what one came to is not lost with those behind it.
        eprintln!("{}", run.summary());
        Ok(run)
    }

    /// The settings as flags, which all programs share.
    fn tell(&self, command: &mut Command, case: &Case, seed: u64, vectors: &Path) {
        let settings = &self.settings;
        command.arg("-i").arg(&settings.corpus).arg("-o").arg(vectors);
        let flags = [
            ("--dim", settings.dim.to_string()),
            ("--window", settings.window.to_string()),
            ("--negatives", settings.negatives.to_string()),
            ("--sample", settings.sample.to_string()),
            ("--min-count", settings.min_count.to_string()),
            ("--learning-rate", case.learning_rate.to_string()),
            ("--epochs", settings.epochs.to_string()),
            ("--threads", settings.threads.to_string()),
            ("--seed", seed.to_string()),
        ];
        command.args(flags.iter().flat_map(|(flag, value)| [*flag, value.as_str()]));
    }

    fn score(&self, vectors: &Path) -> Result<Quality> {
        let mut command = self.venv.script("score_vectors.py")?;
        command.arg(vectors).arg("--analogies").arg(&self.analogies);
        for (name, path) in &self.similarity {
            command.arg("--similarity").arg(format!("{name}={}", path.display()));
        }
        let (output, _) = measure::run(&mut command)?;
        parse("the scorer", &output)
    }
}

/// Our program, built as it is released.
fn build() -> Result<PathBuf> {
    let status =
        workspace::cargo().args(["build", "--release", "--package", "sememe", "--bin", "sememe"]).status();
    if !status.context("cannot run `cargo build`")?.success() {
        bail!("cannot build sememe");
    }
    Ok(Metadata::read()?
        .target_directory
        .join("release")
        .join(format!("sememe{}", std::env::consts::EXE_SUFFIX)))
}

/// A file of a data set that is here.
fn fetched(data: &Path, set: &str, file: &str) -> Result<PathBuf> {
    let path = data.join(set).join(file);
    ensure!(path.is_file(), "there is no {}: run `cargo xtask data fetch {set}`", path.display());
    Ok(path)
}

/// The first `n_words` clean words of enwiki-2015, or all of them for 0; made once.
fn plain_text(venv: &Venv, data: &Path, folder: &Path, n_words: u64) -> Result<PathBuf> {
    let output = folder.join(format!("enwiki-2015-{n_words}.txt"));
    if !output.is_file() {
        let mut command = venv.script("plain_text.py")?;
        command.arg("-o").arg(&output).arg("--words").arg(n_words.to_string());
        for file in ["enwiki-2015-AA.txt", "enwiki-2015-AB00-39.txt"] {
            command.arg(fetched(data, "enwiki-2015", file)?);
        }
        measure::run(&mut command)?;
    }
    Ok(output)
}
