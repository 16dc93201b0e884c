//! `sememe corpus`: raw text, looked at and cleaned.

mod clean;
mod phrases;
mod watched;

use crate::cli::Context;
use crate::commands::text::TextArgs;
use clap::{Args, Subcommand};
use sememe_text::CorpusStats;
use sememe_vocab::VocabSettings;
use serde::Serialize;
use watched::Watched;

#[derive(Debug, Subcommand)]
pub(crate) enum CorpusCommand {
    /// Documents, sentences, words, and the most frequent of them
    Stats(StatsArgs),
    /// Write text as training sees it: clean, a sentence a line, tokens apart by spaces
    Clean(clean::CleanArgs),
    /// Find words that belong together, to be joined by --phrases of other commands
    Phrases(phrases::PhrasesArgs),
}

impl CorpusCommand {
    pub(crate) fn run(self, context: &Context) -> anyhow::Result<()> {
        match self {
            Self::Stats(args) => stats(&args, context),
            Self::Clean(args) => clean::clean(&args, context),
            Self::Phrases(args) => phrases::phrases(&args, context),
        }
    }
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sememe corpus stats -i corpus.txt
  sememe corpus stats -i wiki.txt.gz --read wiki --clean text8
  sememe corpus stats -i reviews.csv --read csv --text review --segment chinese")]
pub(crate) struct StatsArgs {
    #[command(flatten)]
    text: TextArgs,
    /// Most frequent words to list
    #[arg(long, default_value_t = 20)]
    top: usize,
}

/// The figures of a corpus.
#[derive(Serialize)]
struct Output {
    #[serde(flatten)]
    stats: CorpusStats,
    different_words: u64,
    /// Share of the running words that the 1,000 and 10,000 most frequent words cover.
    coverage: Vec<(usize, f64)>,
    frequent: Vec<(String, u64)>,
}

fn stats(args: &StatsArgs, context: &Context) -> anyhow::Result<()> {
    let text = args.text.open(context)?;
    let watched = Watched::new(&text.documents, context.console.bar("reading"));
    let stats = CorpusStats::count(&watched, &text.pipeline, context.threads)?;
    watched.finish()?;
    let settings = VocabSettings {
        special: Vec::new(),
        out_of_vocabulary: sememe_vocab::OutOfVocabulary::Skip,
        ..VocabSettings::default()
    };
    let (vocab, _) = text.count(&settings, context)?;
    let covered = |n: usize| vocab.counts().iter().take(n).sum::<u64>() as f64 / stats.tokens as f64;
    let frequent = vocab.words().zip(vocab.counts()).take(args.top);
    let output = Output {
        stats,
        different_words: vocab.len() as u64,
        coverage: [1_000, 10_000].map(|n| (n, covered(n))).to_vec(),
        frequent: frequent.map(|(word, &count)| (word.to_owned(), count)).collect(),
    };
    context.console.report(&output, Output::render)
}

impl Output {
    fn render(&self) -> String {
        let stats = &self.stats;
        let rows = [
            ("documents", stats.documents),
            ("  without words", stats.empty),
            ("  with a label", stats.labelled),
            ("sentences", stats.sentences),
            ("running words", stats.tokens),
            ("different words", self.different_words),
            ("longest sentence", stats.longest_sentence),
            ("bytes", stats.bytes),
            ("characters", stats.characters),
            ("invalid bytes", stats.invalid),
        ];
        let mut text: String = rows.iter().map(|(name, value)| format!("{name:16}  {value:>12}\n")).collect();
        for (n, share) in &self.coverage {
            text += &format!("the {n} most frequent cover {:.1} %\n", 100.0 * share);
        }
        for (word, count) in &self.frequent {
            text += &format!("{count:>12}  {word}\n");
        }
        text
    }
}
