//! Word vectors from the encoded corpus.

use super::{Run, settings};
use crate::folder::{StageRecord, StageSpec, StageWork};
use crate::job::VectorSettings;
use crate::progress::Bar;
use sememe_embed::EmbedError;
use sememe_vectors::{Embeddings, VectorFormat};
use sememe_vocab::{MmapCorpus, Vocab};

/// File of the `vectors` stage.
pub(super) const VECTORS: &str = "vectors/vectors.safetensors";

pub(super) fn train(
    run: &mut Run<'_>,
    vectors: &VectorSettings,
    corpus: &StageRecord,
) -> anyhow::Result<StageRecord> {
    run.check_interrupt()?;
    let spec = StageSpec {
        name: "vectors",
        settings: settings(&vectors.kept())?,
        files: Vec::new(),
        stages: vec![corpus.digest()],
    };
    let vectors = vectors.clone().with_threads(run.context.threads);
    let (vocab, ids) = (run.folder.path(super::corpus::VOCAB), run.folder.path(super::corpus::IDS));
    run.folder.stage(&spec, |work| {
        let (vocab, corpus) = (Vocab::load(&vocab)?, MmapCorpus::open(&ids)?);
        let mut bar = work.bar_keeping("training vectors")?;
        let (vectors, was_resumed) = resume(&vectors, (&corpus, &vocab), &mut bar, work)?;
        sememe_vectors::save(&vectors, &work.dir.join("vectors.safetensors"), VectorFormat::Safetensors)?;
        work.figure("words", vectors.len())?;
        work.figure("dim", vectors.dim())?;
        let unit = bar.phases().last().map_or("", |phase| phase.unit);
        work.figure("unit", unit)?;
        // The bar counts what an earlier run has done, and not its time.
        if !was_resumed {
            work.figure(&format!("{unit}_per_second"), bar.rate())?;
        }
        work.figure("loss", bar.curve())
    })
}

/// Trains from where an earlier run was cut off, or else from the start; whether it was the first.
fn resume(
    vectors: &VectorSettings,
    (corpus, vocab): (&MmapCorpus, &Vocab),
    bar: &mut Bar,
    work: &StageWork<'_>,
) -> anyhow::Result<(Embeddings, bool)> {
    if let Some(state) = work.state() {
        work.note(format_args!("going on from {}", state.display()));
        match vectors.trainer(Some(state))?.train(corpus, vocab, bar) {
            Err(error @ EmbedError::Checkpoint { .. }) => work.note(format_args!("from the start: {error}")),
            trained => return Ok((trained?, true)),
        }
    }
    Ok((vectors.trainer(None)?.train(corpus, vocab, bar)?, false))
}
