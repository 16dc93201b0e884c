//! Runs that are killed or interrupted, and what the next run makes of what they left.

use crate::support::{Desk, Ended};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// The stages that leave artefacts, in their order.
const STAGES: [&str; 7] = ["demo", "vocab", "corpus", "vectors", "similarity", "lm", "classifier"];

/// The digests of all artefacts, by stage, of a run that nobody stopped.
static WHOLE: LazyLock<BTreeMap<String, Vec<String>>> = LazyLock::new(|| {
    let desk = Desk::new();
    Ended::of(&mut desk.small_demo("")).done();
    digests(&desk.path("out"))
});

/// The digests of the artefacts of every stage.
fn digests(out: &Path) -> BTreeMap<String, Vec<String>> {
    let stage = |name: &&str| {
        let record = fs::read_to_string(out.join(name).join("stage.json")).unwrap();
        let record: serde_json::Value = serde_json::from_str(&record).unwrap();
        let outputs = record["outputs"].as_object().unwrap();
        let digest = |mark: &serde_json::Value| mark["sha256"].as_str().unwrap().to_owned();
        ((*name).to_owned(), outputs.values().map(digest).collect())
    };
    STAGES.iter().map(stage).collect()
}

/// Starts a run, and waits until it works on `stage`, or has ended.
fn start(command: &mut Command, out: &Path, stage: &str) -> Child {
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let (unfinished, finished) = (out.join(format!("{stage}.tmp")), out.join(stage).join("stage.json"));
    let begun = Instant::now();
    while !unfinished.exists() && !finished.exists() && child.try_wait().unwrap().is_none() {
        assert!(begun.elapsed() < Duration::from_secs(60), "the run does not come to {stage}");
        sleep(Duration::from_millis(1));
    }
    child
}

/// Kills a run in `stage` after `delay`, and checks that the next one ends as if nothing had happened.
#[track_caller]
fn check_killed(stage: &str, delay: Duration) {
    let desk = Desk::new();
    let out = desk.path("out");
    let mut child = start(&mut desk.small_demo(""), &out, stage);
    sleep(delay);
    child.kill().unwrap();
    child.wait().unwrap();
    Ended::of(&mut desk.small_demo("")).done();
    assert_eq!(digests(&out), *WHOLE, "killed in {stage}");
    let left: Vec<String> = desk.names().into_iter().filter(|name| name.contains(".tmp")).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_run_killed_in_any_stage_resumes() {
    for stage in STAGES.iter().chain(&["report"]) {
        check_killed(stage, Duration::ZERO);
    }
}

#[test]
fn a_run_killed_a_little_later_resumes() {
    for stage in STAGES {
        check_killed(stage, Duration::from_millis(30));
    }
}

#[test]
fn a_stage_that_was_done_before_the_kill_is_kept() {
    let desk = Desk::new();
    let mut child = start(&mut desk.small_demo(""), &desk.path("out"), "vectors");
    child.kill().unwrap();
    child.wait().unwrap();
    let ended = Ended::of(&mut desk.small_demo("")).done();
    assert!(!ended.stderr.contains("vocab done in "), "{}", ended.stderr);
}

/// A demo that trains for minutes.
#[cfg(unix)]
fn endless(desk: &Desk) -> Command {
    desk.small_demo("--set vectors.epochs=100000")
}

#[cfg(unix)]
fn signal(child: &Child, name: &str) {
    let done = Command::new("kill").args([name, &child.id().to_string()]).status().unwrap();
    assert!(done.success());
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_with_130_and_leaves_no_half_stage() {
    let desk = Desk::new();
    let mut child = start(&mut endless(&desk), &desk.path("out"), "vectors");
    sleep(Duration::from_millis(100));
    signal(&child, "-INT");
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(!desk.path("out/vectors").exists());
    Ended::of(&mut desk.small_demo("")).done();
    assert_eq!(digests(&desk.path("out")), *WHOLE);
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_a_single_command_with_130_and_no_output() {
    let desk = Desk::new();
    desk.write("corpus.txt", "a rose is a rose is a rose\n".repeat(50_000));
    let arguments =
        "vectors train skipgram -i corpus.txt -o vectors.bin --dim 64 --epochs 100000 --min-count 1";
    let mut child = desk.command(arguments).stderr(Stdio::null()).spawn().unwrap();
    sleep(Duration::from_millis(1500));
    signal(&child, "-INT");
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(desk.names(), ["corpus.txt"]);
}

/// A text of many words, the same each time.
fn text() -> String {
    let word = |i: u64| format!("w{}", i.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 55);
    (0..6000).map(|line| (0..20).map(|i| word(line * 20 + i)).collect::<Vec<_>>().join(" ") + "\n").collect()
}

/// Waits until `path` is there, or the process has ended.
fn wait_for(child: &mut Child, path: &Path) {
    let begun = Instant::now();
    while !path.exists() && child.try_wait().unwrap().is_none() {
        assert!(begun.elapsed() < Duration::from_secs(60), "{} does not appear", path.display());
        sleep(Duration::from_millis(1));
    }
}

/// Kills training as soon as it has kept a state, and checks that the same command then ends with the same file.
#[track_caller]
fn check_killed_training(train: &str) {
    let desk = Desk::new();
    desk.write("corpus.txt", text());
    let train = format!("vectors train {train} -i corpus.txt");
    desk.run(&format!("{train} -o whole.bin")).done();
    let kept = format!("{train} -o resumed.bin --checkpoint state --checkpoint-every 0");
    let mut child = desk.command(&kept).stderr(Stdio::null()).spawn().unwrap();
    wait_for(&mut child, &desk.path("state"));
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!desk.path("resumed.bin").exists(), "killed before the end: {train}");
    let ended = desk.run(&kept).done();
    assert!(ended.stderr.contains("resuming from state"), "{}", ended.stderr);
    assert!(!desk.path("state").exists());
    let read = |name| fs::read(desk.path(name)).unwrap();
    assert!(read("resumed.bin") == read("whole.bin"), "{train}");
}

#[test]
fn training_of_vectors_that_was_killed_resumes_to_the_same_bits() {
    check_killed_training("skipgram --threads 1 --epochs 20 --dim 50");
    check_killed_training("fasttext --threads 1 --epochs 10 --dim 50");
    check_killed_training("fasttext --threads 2 --epochs 6 --dim 50 --deterministic");
    check_killed_training("glove --threads 2 --epochs 80 --dim 50 --window 3");
}

#[test]
fn training_that_diverges_is_told_so() {
    let desk = Desk::new();
    desk.write("corpus.txt", text());
    for trainer in ["skipgram", "fasttext", "glove --clip 1e30"] {
        let train = format!("vectors train {trainer} -i corpus.txt -o out.bin --dim 10 --learning-rate 1e6");
        desk.run(&format!("{train} --checkpoint state --checkpoint-every 0"))
            .failed(1, "training diverged after ");
        assert!(!desk.path("out.bin").exists());
        let _ = fs::remove_file(desk.path("state"));
    }
}

#[test]
fn states_of_another_training_are_refused() {
    let desk = Desk::new();
    desk.write("corpus.txt", text());
    desk.write("state", "no state");
    for trainer in ["skipgram", "fasttext", "glove"] {
        let train = format!("vectors train {trainer} -i corpus.txt --dim 10 -o out.bin --checkpoint state");
        desk.run(&train).failed(1, "cannot resume from state: ");
    }
}

/// Kills a job when the state of its vectors is kept, and looks at what the next one makes of it.
#[track_caller]
fn check_killed_vectors(sets: &str) {
    let desk = Desk::new();
    Ended::of(&mut desk.small_demo_in("whole", sets)).done();
    let cut = format!("--checkpoint-every 0 {sets}");
    let mut child = start(&mut desk.small_demo(&cut), &desk.path("out"), "vectors");
    wait_for(&mut child, &desk.path("out/vectors.state/state"));
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!desk.path("out/vectors").exists(), "killed before the end: {sets}");
    let ended = Ended::of(&mut desk.small_demo(sets)).done();
    assert!(ended.stderr.contains("going on from out/vectors.state/state"), "{}", ended.stderr);
    assert!(!ended.stderr.contains("from the start"), "{}", ended.stderr);
    assert!(!desk.path("out/vectors.state").exists());
    assert_eq!(digests(&desk.path("out")), digests(&desk.path("whole")), "{sets}");
}

#[test]
fn the_vectors_of_a_job_go_on_from_their_state() {
    check_killed_vectors("--set vectors.epochs=60");
    check_killed_vectors(r#"--set vectors={trainer="fasttext",dim=16,epochs=60}"#);
    check_killed_vectors(r#"--set vectors={trainer="glove",dim=16,epochs=400}"#);
}

#[test]
fn a_job_with_other_settings_starts_its_vectors_anew() {
    let desk = Desk::new();
    let long = "--set vectors.epochs=60 --checkpoint-every 0";
    let mut child = start(&mut desk.small_demo(long), &desk.path("out"), "vectors");
    wait_for(&mut child, &desk.path("out/vectors.state/state"));
    child.kill().unwrap();
    child.wait().unwrap();
    let ended = Ended::of(&mut desk.small_demo("")).done();
    assert!(
        ended.stderr.contains("from the start: cannot resume from out/vectors.state/state"),
        "{}",
        ended.stderr
    );
    assert_eq!(digests(&desk.path("out")), *WHOLE);
}

#[test]
fn two_runs_do_not_work_in_one_folder() {
    let desk = Desk::new();
    let command = &mut desk.small_demo("--set vectors.epochs=100000");
    let mut child = start(command, &desk.path("out"), "vectors");
    Ended::of(&mut desk.small_demo("")).failed(1, "another sememe is working in ");
    child.kill().unwrap();
    child.wait().unwrap();
    Ended::of(&mut desk.small_demo("")).done();
}
