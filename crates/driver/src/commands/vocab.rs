//! `sememe vocab`: words and their ids.

use crate::cli::Context;
use crate::commands::paths::refuse_existing;
use crate::commands::text::TextArgs;
use anyhow::Context as _;
use clap::{Args, Subcommand};
use sememe_vocab::{OutOfVocabulary, Vocab, VocabSettings};
use serde::Serialize;
use std::path::{Path, PathBuf};

#[derive(Debug, Subcommand)]
pub(crate) enum VocabCommand {
    /// Count the words of a text
    Build(Box<BuildArgs>),
    /// What a vocabulary holds
    Info(InfoArgs),
}

impl VocabCommand {
    pub(crate) fn run(self, context: &Context) -> anyhow::Result<()> {
        match self {
            Self::Build(args) => build(&args, context),
            Self::Info(args) => info(&args, context),
        }
    }
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sememe vocab build -i corpus.txt -o vocab.tsv --min-count 5
  sememe vocab build -i corpus.txt -o vocab.bin --max-words 50000 --memory 500M")]
pub(crate) struct BuildArgs {
    #[command(flatten)]
    text: TextArgs,
    /// File to write: .tsv and .txt are for people, any other name is the binary form
    #[arg(long, short)]
    output: PathBuf,
    /// Leave out words that are rarer than this
    #[arg(long, default_value_t = 1)]
    min_count: u64,
    /// Keep at most so many words
    #[arg(long)]
    max_words: Option<usize>,
    /// Special words, which get the first ids
    #[arg(long, value_delimiter = ',', default_value = "<unk>,<s>,</s>")]
    special: Vec<String>,
    /// Leave unknown words out of encoded text instead of writing `<unk>`
    #[arg(long)]
    skip_unknown: bool,
    /// Write over an existing file
    #[arg(long)]
    force: bool,
}

fn build(args: &BuildArgs, context: &Context) -> anyhow::Result<()> {
    refuse_existing(&args.output, args.force)?;
    let settings = VocabSettings {
        min_count: args.min_count,
        max_size: args.max_words,
        special: args.special.iter().filter(|word| !word.is_empty()).cloned().collect(),
        out_of_vocabulary: if args.skip_unknown { OutOfVocabulary::Skip } else { OutOfVocabulary::Unknown },
        ..VocabSettings::default()
    };
    settings.check().map_err(crate::exit::usage)?;
    let (vocab, _) = args.text.open(context)?.count(&settings, context)?;
    if is_text(&args.output) {
        vocab.save_text(&args.output)?
    } else {
        vocab.save(&args.output)?
    }
    context.console.note(format_args!("{} words", vocab.len()));
    Ok(())
}

fn is_text(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "tsv" || extension == "txt")
}

/// Reads either form.
pub(crate) fn load(path: &Path) -> anyhow::Result<Vocab> {
    let vocab = if is_text(path) { Vocab::load_text(path) } else { Vocab::load(path) };
    vocab.with_context(|| format!("cannot use {} as a vocabulary", path.display()))
}

#[derive(Debug, Args)]
pub(crate) struct InfoArgs {
    /// Vocabulary, in either form
    file: PathBuf,
    /// Words to list
    #[arg(long, default_value_t = 20)]
    top: usize,
}

#[derive(Serialize)]
struct Output {
    words: usize,
    special: usize,
    running_words: u64,
    digest: String,
    frequent: Vec<(String, u64)>,
}

fn info(args: &InfoArgs, context: &Context) -> anyhow::Result<()> {
    let vocab = load(&args.file)?;
    let listed = vocab.words().zip(vocab.counts()).take(args.top);
    let output = Output {
        words: vocab.len(),
        special: vocab.n_special(),
        running_words: vocab.n_tokens(),
        digest: vocab.digest(),
        frequent: listed.map(|(word, &count)| (word.to_owned(), count)).collect(),
    };
    context.console.report(&output, |output| {
        let mut text = format!(
            "words          {}\nspecial words  {}\nrunning words  {}\n",
            output.words, output.special, output.running_words
        );
        for (word, count) in &output.frequent {
            text += &format!("{count:>12}  {word}\n");
        }
        text
    })
}
