//! Text to a vocabulary, and to shards of its ids.

use super::{Run, settings};
use crate::folder::{StageRecord, StageSpec};
use crate::job::Corpus;
use sememe_text::{FileDocuments, Pipeline};
use sememe_vocab::{CorpusPlan, Vocab};
use std::path::PathBuf;

/// File of the `vocab` stage.
pub(super) const VOCAB: &str = "vocab/vocab.bin";

/// Folder of the `corpus` stage that holds the ids.
pub(super) const IDS: &str = "corpus/ids";

/// Counts the words of the running text.
pub(super) fn count(
    run: &mut Run<'_>,
    corpus: &Corpus,
    demo: Option<&StageRecord>,
) -> anyhow::Result<StageRecord> {
    run.check_interrupt()?;
    let files = run.places.find_all(&corpus.files)?;
    let spec = StageSpec {
        name: "vocab",
        settings: settings(&(&corpus.read, &corpus.text, &run.job.vocab))?,
        files: files.clone(),
        stages: demo.map(StageRecord::digest).into_iter().collect(),
    };
    let (job, threads) = (run.job, run.context.threads);
    run.folder.stage(&spec, |work| {
        let (documents, pipeline) = open(corpus, &files)?;
        let mut bar = work.bar("counting words");
        let (vocab, stats) = sememe_vocab::count(&documents, &pipeline, &job.vocab, threads, &mut bar)?;
        vocab.save(&work.dir.join("vocab.bin"))?;
        vocab.save_text(&work.dir.join("vocab.tsv"))?;
        work.figure("words", vocab.len())?;
        work.figure("count", stats)
    })
}

/// Encodes the running text as ids.
pub(super) fn encode(run: &mut Run<'_>, corpus: &Corpus, vocab: &StageRecord) -> anyhow::Result<StageRecord> {
    run.check_interrupt()?;
    let files = run.places.find_all(&corpus.files)?;
    let spec = StageSpec {
        name: "corpus",
        settings: settings(&(&corpus.read, &corpus.text, corpus.shards, run.job.vocab.holdout))?,
        files: files.clone(),
        stages: vec![vocab.digest()],
    };
    let (job, threads) = (run.job, run.context.threads);
    let vocab_path = run.folder.path(VOCAB);
    run.folder.stage(&spec, |work| {
        let (documents, pipeline) = open(corpus, &files)?;
        let vocab = Vocab::load(&vocab_path)?;
        let mut bar = work.bar("encoding");
        let (dir, holdout) = (work.dir.join("ids"), job.vocab.holdout);
        let plan = CorpusPlan { dir, n_shards: corpus.shards, holdout, threads };
        let stats = sememe_vocab::encode(&documents, &pipeline, &vocab, &plan, &mut bar)?;
        work.figure("sentences", stats.train.n_sentences)?;
        work.figure("held_out_sentences", stats.held_out.map_or(0, |part| part.n_sentences))
    })
}

fn open(corpus: &Corpus, files: &[PathBuf]) -> anyhow::Result<(FileDocuments, Pipeline)> {
    Ok((FileDocuments::open(files, &corpus.read)?, Pipeline::new(&corpus.text)?))
}
