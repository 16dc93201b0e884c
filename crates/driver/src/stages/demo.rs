//! The text of the demo, written as files so that all later stages read it as they read any text.

use super::{Places, Run, settings};
use crate::demo;
use crate::folder::{StageRecord, StageSpec, write_file};

pub(super) fn make(run: &mut Run<'_>) -> anyhow::Result<Option<StageRecord>> {
    let Some(sizes) = &run.job.demo else { return Ok(None) };
    let seed = run.job.seed;
    let spec = StageSpec {
        name: "demo",
        settings: settings(&(sizes, seed, demo::digest()))?,
        files: Vec::new(),
        stages: Vec::new(),
    };
    let record = run.folder.stage(&spec, |work| {
        for file in demo::generate(sizes, seed)? {
            work.figure(file.name, file.text.len())?;
            write_file(&work.dir.join(file.name), file.text.as_bytes())?;
        }
        Ok(())
    })?;
    run.places = Places::new([run.folder.path("demo")]);
    Ok(Some(record))
}
