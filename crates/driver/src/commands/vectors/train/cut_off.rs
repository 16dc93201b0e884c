//! Training that starts from vectors, and training that may be cut off.

use super::super::load;
use super::TrainArgs;
use crate::cli::Context;
use crate::commands::text::Workspace;
use crate::progress::Bar;
use anyhow::Context as _;
use clap::Args;
use sememe_embed::Trainer;
use sememe_vectors::Embeddings;
use std::io::ErrorKind;
use std::path::PathBuf;
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
        let trainer = self.resumed(trainer, resume_from, context);
        let prepared = args.prepare(context)?;
        let Workspace { corpus, vocab, .. } = &prepared.workspace;
        let bar = self.bar(context);
        let (vectors, trained) = prepared.train_under(bar, |bar| Ok(trainer.train(corpus, vocab, bar)?))?;
        args.save(&vectors)?;
        self.remove()?;
        trained.report(&vectors, context)
    }

    /// The trainer, which goes on from the state if there is one.
    pub(super) fn resumed<T>(&self, trainer: T, resume_from: fn(T, PathBuf) -> T, context: &Context) -> T {
        match &self.checkpoint {
            Some(checkpoint) if checkpoint.exists() => {
                context.console.note(format_args!("resuming from {}", checkpoint.display()));
                resume_from(trainer, checkpoint.clone())
            }
            _ => trainer,
        }
    }

    /// A bar that keeps the state if that is asked for.
    pub(super) fn bar(&self, context: &Context) -> Bar {
        let bar = context.console.bar("training vectors");
        match &self.checkpoint {
            Some(checkpoint) => bar.keeping(checkpoint.clone(), Duration::from_secs(self.checkpoint_every)),
            None => bar,
        }
    }

    /// Removes the state: what it led to is written.
    pub(super) fn remove(&self) -> anyhow::Result<()> {
        let Some(checkpoint) = &self.checkpoint else { return Ok(()) };
        match std::fs::remove_file(checkpoint) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(error).with_context(|| format!("cannot remove {}", checkpoint.display()))
            }
            _ => Ok(()),
        }
    }
}
