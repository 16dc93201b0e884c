//! Training that starts from vectors, and training that may be cut off.

use super::super::load;
use super::TrainArgs;
use crate::cli::Context;
use crate::commands::text::Workspace;
use anyhow::Context as _;
use clap::Args;
use sememe_embed::Trainer;
use sememe_vectors::Embeddings;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Vectors that training starts from.
#[derive(Debug, Args)]
pub(super) struct StartArgs {
    /// Start from the vectors in this file, of any format; words that only it has are kept
    #[arg(long, value_name = "FILE")]
    start_from: Option<PathBuf>,
}

impl StartArgs {
    /// The vectors, if there are any.
    pub(super) fn load(&self, context: &Context) -> anyhow::Result<Option<Embeddings>> {
        let Some(path) = &self.start_from else { return Ok(None) };
        Ok(Some(load(path, None, context)?.0))
    }
}

/// Vectors that training starts from, and may leave as they are.
#[derive(Debug, Args)]
pub(super) struct FreezeArgs {
    #[command(flatten)]
    start: StartArgs,
    /// Leave the vectors that training starts from as they are, and train only those of other words
    #[arg(long, requires = "start_from")]
    freeze: bool,
}

impl FreezeArgs {
    /// The vectors, if there are any, and whether they stay as they are.
    pub(super) fn load(&self, context: &Context) -> anyhow::Result<Option<(Embeddings, bool)>> {
        Ok(self.start.load(context)?.map(|vectors| (vectors, self.freeze)))
    }
}

/// Where the state of training is kept.
#[derive(Debug, Args)]
pub(super) struct CheckpointArgs {
    /// Keep the state of training in this file, and resume from it if it is there; it is removed at the end
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,
    /// Seconds between two states
    #[arg(long, value_name = "N", default_value_t = 60, requires = "checkpoint")]
    checkpoint_every: u64,
}

impl CheckpointArgs {
    /// From the text to the file and the report; `resume_from` is that of the trainer.
    pub(super) fn train<T: Trainer>(
        &self,
        args: &TrainArgs,
        trainer: T,
        resume_from: fn(T, PathBuf) -> T,
        context: &Context,
    ) -> anyhow::Result<()> {
        let Some(checkpoint) = &self.checkpoint else {
            return args.train(&trainer, context);
        };
        let trainer = if checkpoint.exists() {
            context.console.note(format_args!("resuming from {}", checkpoint.display()));
            resume_from(trainer, checkpoint.clone())
        } else {
            trainer
        };
        self.train_under(args, &trainer, checkpoint, context)
    }

    fn train_under(
        &self,
        args: &TrainArgs,
        trainer: &dyn Trainer,
        checkpoint: &Path,
        context: &Context,
    ) -> anyhow::Result<()> {
        let prepared = args.prepare(context)?;
        let bar = context.console.bar("training vectors");
        let bar = bar.keeping(checkpoint.to_owned(), Duration::from_secs(self.checkpoint_every));
        let Workspace { corpus, vocab, .. } = &prepared.workspace;
        let (vectors, trained) = prepared.train_under(bar, |bar| Ok(trainer.train(corpus, vocab, bar)?))?;
        args.save(&vectors)?;
        match std::fs::remove_file(checkpoint) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("cannot remove {}", checkpoint.display()));
            }
            _ => {}
        }
        trained.report(&vectors, context)
    }
}
