//! Text as commands work with it: open, counted, encoded.

use crate::cli::Context;
use crate::commands::size::parse_size;
use crate::commands::sources::{PipelineArgs, ReadArgs};
use crate::exit::{bail_usage, usage};
use clap::Args;
use sememe_text::{Document, Documents as _, FileDocuments, Phrases, Pipeline};
use sememe_vocab::{
    CorpusPlan, CountStats, MmapCorpus, PhraseSettings, Vocab, VocabSettings, count, count_and_encode,
    learn_phrases,
};
use std::ops::ControlFlow;
use std::path::PathBuf;
use tempfile::TempDir;

/// Where text comes from.
#[derive(Clone, Debug, Args)]
pub(crate) struct SourceArgs {
    /// Files to read; .gz and .zst are found by their content
    #[arg(long, short, required = true, value_name = "FILE", num_args = 1..)]
    input: Vec<PathBuf>,
    #[command(flatten)]
    read: ReadArgs,
    #[command(flatten)]
    pipeline: PipelineArgs,
    /// Memory for counting, such as 500M or 4G; counts stay exact, but counting takes longer beyond it
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    memory: Option<u64>,
}

impl SourceArgs {
    pub(crate) fn open(&self) -> anyhow::Result<Text> {
        let documents = FileDocuments::open(&self.input, &self.read.options()?)?;
        Ok(Text { documents, pipeline: Pipeline::new(&self.pipeline.settings()?)?, memory: self.memory })
    }
}

/// Text to learn from.
#[derive(Clone, Debug, Args)]
pub(crate) struct TextArgs {
    #[command(flatten)]
    source: SourceArgs,
    /// Join words that are phrases of this file, which `sememe corpus phrases` wrote
    #[arg(long, value_name = "FILE")]
    phrases: Option<PathBuf>,
    /// Join words that are phrases in the text itself, found in so many passes over it
    #[arg(long, value_name = "N", conflicts_with = "phrases")]
    phrase_passes: Option<usize>,
}

impl TextArgs {
    /// The memory for counting, where it is bounded.
    pub(crate) fn memory(&self) -> Option<u64> {
        self.source.memory
    }

    /// Opens the text, and finds its phrases if that is asked for.
    pub(crate) fn open(&self, context: &Context) -> anyhow::Result<Text> {
        let mut text = self.source.open()?;
        if let Some(path) = &self.phrases {
            text.pipeline = text.pipeline.with_phrases(Phrases::load(path)?);
        }
        if let Some(passes) = self.phrase_passes {
            let phrases = text.phrases(&PhraseSettings { passes, ..PhraseSettings::default() }, context)?;
            text.pipeline = text.pipeline.with_phrases(phrases);
        }
        Ok(text)
    }
}

impl TextArgs {
    /// The names of all documents: what stands in column `tag`, or else what the format itself has, or else their
    /// numbers from 0.
    pub(crate) fn tags(&self, tag: Option<&str>) -> anyhow::Result<Vec<String>> {
        let documents = FileDocuments::open(&self.source.input, &self.source.read.options_with_id(tag)?)?;
        let mut tags = Vec::new();
        for_each(&documents, |document| tags.push(tag_of(document, tags.len())))?;
        Ok(tags)
    }
}

/// Calls `sink` with every document in order.
pub(crate) fn for_each(documents: &FileDocuments, mut sink: impl FnMut(Document<'_>)) -> anyhow::Result<()> {
    for shard in 0..documents.n_shards() {
        documents.for_each(shard, &mut |document| {
            sink(document);
            ControlFlow::Continue(())
        })?;
    }
    Ok(())
}

/// The name of document number `number`.
pub(crate) fn tag_of(document: Document<'_>, number: usize) -> String {
    document.id.map_or_else(|| number.to_string(), str::to_owned)
}

/// Text that is open to be read as often as needed.
pub(crate) struct Text {
    pub(crate) documents: FileDocuments,
    pub(crate) pipeline: Pipeline,
    memory: Option<u64>,
}

impl Text {
    /// Counts the words.
    pub(crate) fn count(
        &self,
        settings: &VocabSettings,
        context: &Context,
    ) -> anyhow::Result<(Vocab, CountStats)> {
        let settings = VocabSettings { memory: self.memory, ..settings.clone() };
        let mut bar = context.console.bar("counting words");
        let (vocab, stats) = count(&self.documents, &self.pipeline, &settings, context.threads, &mut bar)?;
        self.check_words(&stats, context)?;
        Ok((vocab, stats))
    }

    /// Counts the words and writes the text as ids of them.
    fn count_and_encode(
        &self,
        settings: &VocabSettings,
        plan: &CorpusPlan,
        context: &Context,
    ) -> anyhow::Result<Vocab> {
        let settings = VocabSettings { memory: self.memory, ..settings.clone() };
        let mut bar = context.console.bar("counting words");
        let (vocab, stats, _) = count_and_encode(&self.documents, &self.pipeline, &settings, plan, &mut bar)?;
        self.check_words(&stats, context)?;
        Ok(vocab)
    }

    fn check_words(&self, stats: &CountStats, context: &Context) -> anyhow::Result<()> {
        self.note_replaced(context);
        if stats.n_tokens == 0 {
            bail_usage!("there are no words in the input");
        }
        Ok(())
    }

    /// Says how many invalid bytes were replaced in the last reading.
    pub(crate) fn note_replaced(&self, context: &Context) {
        let n_replaced = self.documents.n_replaced();
        if n_replaced > 0 {
            context.console.note(format_args!("note: {n_replaced} invalid byte sequences were replaced"));
        }
    }

    /// Finds the words that belong together.
    pub(crate) fn phrases(&self, settings: &PhraseSettings, context: &Context) -> anyhow::Result<Phrases> {
        settings.check().map_err(usage)?;
        let vocab = VocabSettings {
            min_count: settings.min_count,
            special: vec!["<unk>".to_owned()],
            ..VocabSettings::default()
        };
        let Workspace { corpus, vocab, _dir } = Workspace::prepare(self, &vocab, context)?;
        let settings = PhraseSettings { memory: self.memory, ..settings.clone() };
        let mut bar = context.console.bar("finding phrases");
        let phrases = learn_phrases(&corpus, &vocab, &settings, context.threads, &mut bar)?;
        drop(bar);
        let numbers: Vec<String> = phrases.passes().iter().map(|pass| pass.len().to_string()).collect();
        let numbers = if numbers.is_empty() { "no".to_owned() } else { numbers.join(" + ") };
        context.console.note(format_args!("{numbers} phrases"));
        Ok(phrases)
    }
}

/// A corpus encoded for one command, in a folder that goes with it.
pub(crate) struct Workspace {
    pub(crate) vocab: Vocab,
    pub(crate) corpus: MmapCorpus,
    _dir: TempDir,
}

impl Workspace {
    /// Shards of the corpus: the most threads that can train at once.
    const N_SHARDS: usize = 64;

    pub(crate) fn prepare(text: &Text, settings: &VocabSettings, context: &Context) -> anyhow::Result<Self> {
        let dir = tempfile::tempdir()?;
        let plan = CorpusPlan {
            dir: dir.path().join("ids"),
            n_shards: Self::N_SHARDS,
            holdout: settings.holdout,
            threads: context.threads,
        };
        let vocab = text.count_and_encode(settings, &plan, context)?;
        Ok(Self { vocab, corpus: MmapCorpus::open(&plan.dir)?, _dir: dir })
    }
}
