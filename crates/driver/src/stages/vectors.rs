//! Word vectors from the encoded corpus.

use super::{Run, settings};
use crate::folder::{StageRecord, StageSpec};
use sememe_embed::{Trainer as _, Word2Vec, Word2VecSettings};
use sememe_vectors::VectorFormat;
use sememe_vocab::{MmapCorpus, Vocab};

/// File of the `vectors` stage.
pub(super) const VECTORS: &str = "vectors/vectors.safetensors";

pub(super) fn train(
    run: &mut Run<'_>,
    word2vec: &Word2VecSettings,
    corpus: &StageRecord,
) -> anyhow::Result<StageRecord> {
    run.check_interrupt()?;
    // The number of threads changes the result no more than the order in which threads happen to run.
    let kept = Word2VecSettings { threads: 1, ..word2vec.clone() };
    let spec = StageSpec {
        name: "vectors",
        settings: settings(&kept)?,
        files: Vec::new(),
        stages: vec![corpus.digest()],
    };
    let trainer = Word2Vec::new(Word2VecSettings { threads: run.context.threads, ..kept })?;
    let (vocab, ids) = (run.folder.path(super::corpus::VOCAB), run.folder.path(super::corpus::IDS));
    run.folder.stage(&spec, |work| {
        let vocab = Vocab::load(&vocab)?;
        let corpus = MmapCorpus::open(&ids)?;
        let mut bar = work.bar("training vectors");
        let vectors = trainer.train(&corpus, &vocab, &mut bar)?;
        sememe_vectors::save(&vectors, &work.dir.join("vectors.safetensors"), VectorFormat::Safetensors)?;
        work.figure("words", vectors.len())?;
        work.figure("dim", vectors.dim())?;
        work.figure("words_per_second", bar.rate())?;
        work.figure("loss", bar.curve())
    })
}
