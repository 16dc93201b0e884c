//! `sememe corpus clean`: text as training sees it.

use crate::cli::Context;
use crate::commands::paths::refuse_existing;
use crate::commands::text::TextArgs;
use crate::progress::Bar;
use clap::Args;
use sememe_text::TextWriter;
use sememe_vocab::{VocabError, WriteStats, write_sentences};
use std::io::{self, Write};
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sememe corpus clean -i wiki.txt.gz --read wiki --clean text8 -o wiki.clean.zst
  sememe corpus clean -i novel.txt --segment chinese-words --sentences punctuation -o -
  sememe corpus clean -i corpus.txt --phrases phrases.txt -o joined.txt")]
pub(crate) struct CleanArgs {
    #[command(flatten)]
    text: TextArgs,
    /// File to write; .gz and .zst are compressed, - is standard output
    #[arg(long, short)]
    output: PathBuf,
    /// Write over an existing file
    #[arg(long)]
    force: bool,
}

pub(super) fn clean(args: &CleanArgs, context: &Context) -> anyhow::Result<()> {
    let is_stdout = args.output.as_os_str() == "-";
    if !is_stdout {
        refuse_existing(&args.output, args.force)?;
    }
    let text = args.text.open(context)?;
    let write = |out: &mut (dyn Write + Send), bar: &mut Bar| {
        write_sentences(&text.documents, &text.pipeline, out, context.threads, bar)
    };
    let mut bar = context.console.bar("writing");
    let stats = if is_stdout {
        match write(&mut io::stdout(), &mut bar) {
            Err(VocabError::Write { source }) if source.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
            written => written?,
        }
    } else {
        let mut file = TextWriter::create(&args.output)?;
        let stats = write(&mut file, &mut bar)?;
        file.finish()?;
        stats
    };
    drop(bar);
    text.note_replaced(context);
    let WriteStats { n_sentences, n_tokens } = stats;
    if context.console.json && !is_stdout {
        return context.console.report(&stats, |_| String::new());
    }
    context.console.note(format_args!("{n_sentences} sentences, {n_tokens} words"));
    Ok(())
}
