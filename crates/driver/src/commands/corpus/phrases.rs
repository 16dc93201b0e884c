//! `sememe corpus phrases`: words that belong together.

use crate::cli::Context;
use crate::commands::paths::refuse_existing;
use crate::commands::text::SourceArgs;
use clap::{Args, ValueEnum};
use sememe_text::{Phrase, Phrases};
use sememe_vocab::{PhraseScoring, PhraseSettings};
use serde::Serialize;
use std::path::PathBuf;

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Scoring {
    /// (count of the pair - discount) * running words / (count of the first * count of the second)
    #[default]
    Word2phrase,
    /// Pointwise mutual information, in nats
    Pmi,
    /// Normalised pointwise mutual information, from -1 to 1
    Npmi,
}

impl From<Scoring> for PhraseScoring {
    fn from(scoring: Scoring) -> Self {
        match scoring {
            Scoring::Word2phrase => Self::Word2phrase,
            Scoring::Pmi => Self::Pmi,
            Scoring::Npmi => Self::Npmi,
        }
    }
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sememe corpus phrases -i corpus.txt -o phrases.txt --passes 2 --threshold 200,100
  sememe corpus phrases -i corpus.txt -o phrases.txt --scoring npmi --threshold 0.6
  sememe corpus phrases -i novel.txt --segment chinese-words --connectors none --delimiter '' -o phrases.txt
  sememe vectors train skipgram -i corpus.txt --phrases phrases.txt -o vectors.safetensors")]
pub(crate) struct PhrasesArgs {
    #[command(flatten)]
    source: SourceArgs,
    /// File to write: text, a phrase a line
    #[arg(long, short)]
    output: PathBuf,
    /// Write over an existing file
    #[arg(long)]
    force: bool,
    /// How pairs of words are scored
    #[arg(long, value_enum, default_value_t)]
    scoring: Scoring,
    /// Pairs above this score are phrases; one number for each pass, later passes take the last
    /// [default: word2phrase 100, pmi 5, npmi 0.5]
    #[arg(long, value_name = "SCORE", value_delimiter = ',')]
    threshold: Vec<f64>,
    /// Passes over the text; each can double the length of phrases
    #[arg(long, default_value_t = 1)]
    passes: usize,
    /// Leave out pairs that are rarer than this
    #[arg(long, default_value_t = 5)]
    min_count: u64,
    /// Taken off the count of a pair by word2phrase's score [default: --min-count]
    #[arg(long)]
    discount: Option<u64>,
    /// Words that may stand inside a phrase, as in bank_of_america: english, none, or a list
    #[arg(long, value_name = "WORD", value_delimiter = ',', default_value = "english")]
    connectors: Vec<String>,
    /// What stands between the words of a joined phrase
    #[arg(long, value_name = "TEXT", default_value = "_")]
    delimiter: String,
    /// Best phrases to list
    #[arg(long, default_value_t = 10)]
    top: usize,
}

impl PhrasesArgs {
    fn settings(&self) -> PhraseSettings {
        let connectors = match self.connectors.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            ["english"] => PhraseSettings::ENGLISH_CONNECTORS.map(str::to_owned).to_vec(),
            ["none"] => Vec::new(),
            _ => self.connectors.clone(),
        };
        PhraseSettings {
            scoring: self.scoring.into(),
            min_count: self.min_count,
            discount: self.discount,
            thresholds: self.threshold.clone(),
            passes: self.passes,
            connectors,
            delimiter: self.delimiter.clone(),
            memory: None,
        }
    }
}

/// What was found.
#[derive(Serialize)]
struct Output {
    /// Phrases of each pass.
    phrases: Vec<usize>,
    best: Vec<Found>,
}

#[derive(Serialize)]
struct Found {
    phrase: String,
    score: f64,
    count: u64,
}

impl Output {
    fn new(phrases: &Phrases, top: usize) -> Self {
        let mut best: Vec<&Phrase> = phrases.passes().iter().flatten().collect();
        best.sort_by(|a, b| b.score.total_cmp(&a.score));
        let found = |phrase: &&Phrase| Found {
            phrase: phrase.words.join(phrases.delimiter()),
            score: phrase.score,
            count: phrase.count,
        };
        let best = best.iter().take(top).map(found).collect();
        Self { phrases: phrases.passes().iter().map(Vec::len).collect(), best }
    }

    fn render(&self) -> String {
        let line = |found: &Found| format!("{:>12.4} {:>8}  {}\n", found.score, found.count, found.phrase);
        self.best.iter().map(line).collect()
    }
}

pub(super) fn phrases(args: &PhrasesArgs, context: &Context) -> anyhow::Result<()> {
    refuse_existing(&args.output, args.force)?;
    let phrases = args.source.open()?.phrases(&args.settings(), context)?;
    phrases.save(&args.output)?;
    context.console.report(&Output::new(&phrases, args.top), Output::render)
}
