//! The command line: nouns, verbs, flags.

use crate::commands::{classify, corpus, eval, lm, metric, run, shell, vectors, vocab};
use crate::console::{Console, Interrupt, Verbosity};
use clap::{ArgAction, Args, Parser, Subcommand};

/// From raw text to word vectors, language models and classifiers.
///
/// Without a job, `sememe run` makes its own text in English and Chinese and takes it through every stage.
#[derive(Debug, Parser)]
#[command(name = "sememe", version, propagate_version = true, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Flags of every command.
#[derive(Clone, Debug, Args)]
pub(crate) struct Global {
    /// Threads to use [default: one a core]
    #[arg(long, short = 't', global = true, value_name = "N", env = "SEMEME_THREADS")]
    threads: Option<usize>,
    /// Seed of all random choices
    #[arg(long, global = true, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// Report as JSON on standard output
    #[arg(long, global = true)]
    json: bool,
    /// Say nothing but errors
    #[arg(long, short, global = true, conflicts_with = "verbose")]
    quiet: bool,
    /// Say more; twice shows the log of the libraries
    #[arg(long, short, global = true, action = ArgAction::Count)]
    verbose: u8,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a job from raw text to a bundle with its report
    Run(run::RunArgs),
    /// Evaluate a bundle again, on its own or other data
    Eval(eval::EvalArgs),
    /// Look at raw text
    #[command(subcommand)]
    Corpus(corpus::CorpusCommand),
    /// Count words and give them ids
    #[command(subcommand)]
    Vocab(vocab::VocabCommand),
    /// Train, query, evaluate and convert word vectors
    #[command(subcommand)]
    Vectors(vectors::VectorsCommand),
    /// Train, evaluate and sample language models
    #[command(subcommand)]
    Lm(lm::LmCommand),
    /// Train, test and use text classifiers
    #[command(subcommand)]
    Classify(classify::ClassifyCommand),
    /// Compute metrics over plain predictions
    #[command(subcommand)]
    Metric(metric::MetricCommand),
    /// Print completions for a shell
    Completions(shell::CompletionsArgs),
    /// Write manual pages into a folder
    Man(shell::ManArgs),
}

/// What a command works with.
pub(crate) struct Context {
    pub(crate) console: Console,
    pub(crate) threads: usize,
    /// The seed of `--seed`.
    pub(crate) seed: Option<u64>,
}

impl Global {
    /// More threads than this only cost memory.
    const MAX_THREADS: usize = 1024;

    pub(crate) fn context(&self, interrupt: Interrupt) -> anyhow::Result<Context> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let threads = self.threads.unwrap_or(cores);
        if threads == 0 || threads > Self::MAX_THREADS {
            crate::exit::bail_usage!("--threads is {threads}, expected from 1 to {}", Self::MAX_THREADS);
        }
        let verbosity = match (self.quiet, self.verbose) {
            (true, _) => Verbosity::Quiet,
            (_, 0) => Verbosity::Normal,
            _ => Verbosity::Verbose,
        };
        let console = Console { verbosity, json: self.json, interrupt };
        if threads > cores {
            console.note(format_args!("note: {threads} threads on {cores} cores will take turns"));
        }
        Ok(Context { console, threads, seed: self.seed })
    }

    /// Whether the log of the libraries is shown.
    pub(crate) fn shows_log(&self) -> bool {
        self.verbose > 1
    }
}

impl Command {
    pub(crate) fn run(self, context: &Context) -> anyhow::Result<()> {
        match self {
            Self::Run(args) => run::run(&args, context),
            Self::Eval(args) => eval::eval(&args, context),
            Self::Corpus(command) => command.run(context),
            Self::Vocab(command) => command.run(context),
            Self::Vectors(command) => command.run(context),
            Self::Lm(command) => command.run(context),
            Self::Classify(command) => command.run(context),
            Self::Metric(command) => command.run(context),
            Self::Completions(args) => shell::completions(&args, context),
            Self::Man(args) => shell::man(&args, context),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
