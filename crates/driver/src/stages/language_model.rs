//! An n-gram model over the same ids.

use super::again::{Again, Measured};
use super::{Run, settings};
use crate::commands::lm::sentence;
use crate::folder::{StageRecord, StageSpec};
use sememe_lm::{NgramModel, NgramSettings, PerplexityReport, Sampler, SamplerSettings, perplexity};
use sememe_vocab::{MmapCorpus, Vocab};

/// File of the `lm` stage.
pub(super) const MODEL: &str = "lm/model.ngram";

/// Sentences that the report shows.
const N_SAMPLES: usize = 8;

pub(super) fn train(
    run: &mut Run<'_>,
    ngram: &NgramSettings,
    corpus: &StageRecord,
) -> anyhow::Result<StageRecord> {
    run.check_interrupt()?;
    let kept = NgramSettings { threads: 1, ..ngram.clone() };
    let spec = StageSpec {
        name: "lm",
        settings: settings(&(&kept, run.job.seed))?,
        files: Vec::new(),
        stages: vec![corpus.digest()],
    };
    let ngram = NgramSettings { threads: run.context.threads, ..kept };
    let vocab = run.folder.path(super::corpus::VOCAB);
    let (ids, seed, threads) = (run.folder.path(super::corpus::IDS), run.job.seed, run.context.threads);
    run.folder.stage(&spec, |work| {
        let vocab = Vocab::load(&vocab)?;
        let mut bar = work.bar("estimating n-grams");
        let model = NgramModel::train(&MmapCorpus::open(&ids)?, &vocab, &ngram, &mut bar)?;
        model.save(&work.dir.join("model.ngram"))?;
        work.figure("ngrams", model.n_ngrams())?;
        work.figure("samples", samples(&model, seed)?)?;
        if let Some(held_out) = MmapCorpus::open_held_out(&ids)? {
            for (key, value) in figures(&perplexity(&model, &held_out, threads, &mut bar)?) {
                work.figure(key, value)?;
            }
        }
        Ok(())
    })
}

/// What is kept of the held-out text.
fn figures(report: &PerplexityReport) -> [(&'static str, f64); 4] {
    [
        ("perplexity", report.perplexity()),
        ("perplexity_known", report.perplexity_of_known()),
        ("held_out_tokens", report.n_tokens as f64),
        ("held_out_unknown", report.n_unknown as f64),
    ]
}

/// The figures of the held-out text under the model of a bundle.
pub(super) fn measure(again: &Again<'_>) -> anyhow::Result<Measured> {
    let Some(held_out) = MmapCorpus::open_held_out(&again.path(super::corpus::IDS))? else {
        return Ok(Measured::not("the job holds no text out"));
    };
    let model = NgramModel::load(&again.path(MODEL))?;
    let report = perplexity(&model, &held_out, again.threads(), &mut again.bar("scoring"))?;
    Ok(Measured::Figures(figures(&report).map(|(key, value)| (key.to_owned(), value)).to_vec()))
}

fn samples(model: &NgramModel, seed: u64) -> anyhow::Result<Vec<String>> {
    let mut sampler = Sampler::new(SamplerSettings { max_words: 30, seed, ..SamplerSettings::default() })?;
    Ok((0..N_SAMPLES).map(|_| sentence(model, &mut sampler, &[])).collect())
}
