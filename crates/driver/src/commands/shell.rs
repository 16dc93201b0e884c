//! `sememe completions`, `sememe man`.

use crate::cli::{Cli, Context};
use crate::folder::write_file;
use anyhow::Context as _;
use clap::{Args, CommandFactory as _};
use clap_complete::Shell;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  sememe completions bash > ~/.local/share/bash-completion/completions/sememe"
)]
pub(crate) struct CompletionsArgs {
    /// bash, elvish, fish, powershell or zsh
    shell: Shell,
}

pub(crate) fn completions(args: &CompletionsArgs, context: &Context) -> anyhow::Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "sememe", &mut script);
    context.console.data(&String::from_utf8(script)?)
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  sememe man ~/.local/share/man/man1")]
pub(crate) struct ManArgs {
    /// The folder to write into
    dir: PathBuf,
}

pub(crate) fn man(args: &ManArgs, context: &Context) -> anyhow::Result<()> {
    let dir = &args.dir;
    std::fs::create_dir_all(dir).with_context(|| format!("cannot make folder {}", dir.display()))?;
    let mut command = Cli::command();
    command.build();
    write_pages(&command, "sememe", dir, context)
}

/// Writes the page of `command`, and those of its subcommands under its name.
fn write_pages(command: &clap::Command, name: &str, dir: &PathBuf, context: &Context) -> anyhow::Result<()> {
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone()).title(name).render(&mut page)?;
    let path = dir.join(format!("{name}.1"));
    write_file(&path, &page)?;
    context.console.detail(path.display());
    for sub in command.get_subcommands().filter(|sub| sub.get_name() != "help") {
        write_pages(sub, &format!("{name}-{}", sub.get_name()), dir, context)?;
    }
    Ok(())
}
