//! Word vectors against human judgements.

use super::again::{Again, Measured};
use super::{Run, settings};
use crate::commands::vectors::{Scoring, Sets, score_sets};
use crate::folder::{StageRecord, StageSpec};
use crate::job::Evaluate;
use sememe_vectors::{VectorFormat, load};
use std::path::PathBuf;

/// Scores the vectors on the sets of the job, if it names any.
pub(super) fn measure(run: &mut Run<'_>, vectors: &StageRecord) -> anyhow::Result<Option<StageRecord>> {
    run.check_interrupt()?;
    let evaluate = &run.job.evaluate;
    if evaluate.is_empty() {
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
        let scores = score_sets(
            &vectors,
            &sets(evaluate, &similarity, &analogies),
            threads,
            &mut work.bar("answering analogies"),
        )?;
        for score in &scores {
            work.figure(&score.name, score.score)?;
        }
        work.figure("sets", &scores)
    })?;
    Ok(Some(record))
}

fn sets<'a>(evaluate: &Evaluate, similarity: &'a [PathBuf], analogies: &'a [PathBuf]) -> Sets<'a> {
    let (restrict, scoring) = (evaluate.restrict, Scoring::default());
    Sets { similarity, analogies, categories: &[], restrict, scoring }
}

/// The scores of the vectors of a bundle on the sets of its job.
pub(super) fn measure_again(again: &Again<'_>) -> anyhow::Result<Measured> {
    let evaluate = &again.job().evaluate;
    if evaluate.is_empty() {
        return Ok(Measured::not("the job names no similarity or analogy sets"));
    }
    let record = again.record("similarity")?;
    let (similarity, analogies) =
        match (again.find(&record, &evaluate.similarity)?, again.find(&record, &evaluate.analogies)?) {
            (Ok(similarity), Ok(analogies)) => (similarity, analogies),
            (Err(reason), _) | (_, Err(reason)) => return Ok(Measured::Not(reason)),
        };
    let (vectors, _) = load(&again.path(super::vectors::VECTORS), Some(VectorFormat::Safetensors))?;
    let sets = sets(evaluate, &similarity, &analogies);
    let scores = score_sets(&vectors, &sets, again.threads(), &mut again.bar("answering analogies"))?;
    Ok(Measured::Figures(scores.into_iter().map(|set| (set.name, set.score)).collect()))
}
