use super::*;
use serde_json::json;

fn quiet() -> Console {
    Console { verbosity: crate::console::Verbosity::Quiet, ..Console::default() }
}

fn spec(settings: Value, files: &[PathBuf]) -> StageSpec {
    StageSpec { name: "vocab", settings, files: files.to_vec(), stages: vec!["before".to_owned()] }
}

/// Runs the stage in `dir`; whether it was done anew.
fn run(dir: &Path, spec: &StageSpec) -> bool {
    let mut folder = RunFolder::open(dir, false, &quiet()).unwrap();
    let record = folder.stage(spec, |work| {
        fs::create_dir(work.dir.join("sub"))?;
        fs::write(work.dir.join("sub/words"), "a b")?;
        work.figure("words", 2)
    });
    assert_eq!(record.unwrap().number("words"), Some(2.0));
    folder.done == ["vocab"]
}

#[test]
fn a_stage_is_done_again_only_when_something_changed() {
    let dir = tempfile::tempdir().unwrap();
    let (out, input) = (dir.path().join("out"), dir.path().join("input"));
    fs::write(&input, "text").unwrap();
    let first = spec(json!({"min-count": 1}), std::slice::from_ref(&input));
    assert!(run(&out, &first));
    assert!(!run(&out, &first));
    assert!(run(&out, &spec(json!({"min-count": 2}), std::slice::from_ref(&input))));
    assert!(run(&out, &first));
    fs::write(&input, "other").unwrap();
    assert!(run(&out, &first));
    fs::write(out.join("vocab/sub/words"), "a c").unwrap();
    assert!(run(&out, &first), "a damaged artefact is not believed");
    fs::write(out.join("vocab/stage.json"), "{").unwrap();
    assert!(run(&out, &first), "a damaged record is not believed");
}

#[test]
fn a_stage_that_fails_leaves_the_old_one() {
    let dir = tempfile::tempdir().unwrap();
    assert!(run(dir.path(), &spec(json!(1), &[])));
    let mut folder = RunFolder::open(dir.path(), false, &quiet()).unwrap();
    let result = folder.stage(&spec(json!(2), &[]), |work| {
        fs::write(work.dir.join("half"), "")?;
        anyhow::bail!("disk full")
    });
    assert_eq!(format!("{:#}", result.unwrap_err()), "stage vocab: disk full");
    assert!(!dir.path().join("vocab.tmp").exists());
    drop(folder);
    assert!(!run(dir.path(), &spec(json!(1), &[])));
    assert!(!dir.path().join("vocab/half").exists());
}

#[test]
fn the_state_of_a_stage_outlives_failure_alone() {
    let dir = tempfile::tempdir().unwrap();
    let state = dir.path().join("vocab.state/state");
    let fail = |force| {
        let mut folder = RunFolder::open(dir.path(), force, &quiet()).unwrap();
        let mut found = None;
        let result = folder.stage(&spec(json!(1), &[]), |work| {
            found = work.state();
            work.bar_keeping("counting")?;
            fs::write(&state, "half")?;
            anyhow::bail!("disk full")
        });
        assert!(result.is_err() && state.exists());
        found.is_some()
    };
    assert!(!fail(false), "nothing is there at first");
    assert!(fail(false));
    assert!(!fail(true), "by force everything is done anew");
    assert!(run(dir.path(), &spec(json!(1), &[])));
    assert!(!dir.path().join("vocab.state").exists());
    fs::create_dir(dir.path().join("vocab.state")).unwrap();
    assert!(!run(dir.path(), &spec(json!(1), &[])));
    assert!(!dir.path().join("vocab.state").exists(), "killed between the end and the removal");
}

#[test]
fn stages_of_an_earlier_job_are_named() {
    let dir = tempfile::tempdir().unwrap();
    run(dir.path(), &spec(json!(1), &[]));
    let folder = RunFolder::open(dir.path(), false, &quiet()).unwrap();
    assert_eq!(folder.left_over().unwrap(), ["vocab"]);
}

#[test]
fn folders_of_somebody_else_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("README.md"), "mine").unwrap();
    let error = RunFolder::open(dir.path(), true, &quiet()).err().unwrap();
    assert!(error.to_string().ends_with("holds no bundle; choose a new or an empty folder"), "{error}");
    let names: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["README.md"]);
    fs::write(dir.path().join(bundle::FILE), "").unwrap();
    assert!(RunFolder::open(dir.path(), false, &quiet()).is_ok(), "a bundle without the hidden file");
}

#[test]
fn a_folder_belongs_to_one_run_at_a_time() {
    let dir = tempfile::tempdir().unwrap();
    let first = RunFolder::open(dir.path(), false, &quiet()).unwrap();
    let second = RunFolder::open(dir.path(), false, &quiet());
    assert!(second.err().unwrap().to_string().starts_with("another sememe is working in"));
    drop(first);
    assert!(RunFolder::open(dir.path(), false, &quiet()).is_ok());
}
