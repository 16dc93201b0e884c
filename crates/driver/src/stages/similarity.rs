//! Word vectors against human judgements.

use super::{Run, settings};
use crate::commands::vectors::{Sets, score_sets};
use crate::folder::{StageRecord, StageSpec};
use sememe_vectors::{Analogy, VectorFormat, load};

/// Scores the vectors on the sets of the job, if it names any.
pub(super) fn measure(run: &mut Run<'_>, vectors: &StageRecord) -> anyhow::Result<Option<StageRecord>> {
    run.check_interrupt()?;
    let evaluate = &run.job.evaluate;
    if evaluate.similarity.is_empty() && evaluate.analogies.is_empty() {
        return Ok(None);
    }
    let similarity = run.places.find_all(&evaluate.similarity)?;
    let analogies = run.places.find_all(&evaluate.analogies)?;
    let spec = StageSpec {
        name: "similarity",
        settings: settings(evaluate)?,
        files: similarity.iter().chain(&analogies).cloned().collect(),
        stages: vec![vectors.digest()],
    };
    let (path, threads) = (run.folder.path(super::vectors::VECTORS), run.context.threads);
    let record = run.folder.stage(&spec, |work| {
        let (vectors, _) = load(&path, Some(VectorFormat::Safetensors))?;
        let sets = Sets {
            similarity: &similarity,
            analogies: &analogies,
            restrict: evaluate.restrict,
            rule: Analogy::Add,
        };
        let scores = score_sets(&vectors, &sets, threads, &mut work.bar("answering analogies"))?;
        for score in &scores {
            work.figure(&score.name, score.score)?;
        }
        work.figure("sets", &scores)
    })?;
    Ok(Some(record))
}
