//! The demo, from text to report.

use crate::support::{Desk, Ended};
use std::time::{Duration, Instant};

/// A demo of a third of its usual size.
const THIRD: [&str; 5] =
    ["demo.documents=4000", "demo.reviews=1000", "demo.questions=50", "vectors.dim=48", "name=third"];

#[test]
fn the_demo_reaches_its_floors() {
    let desk = Desk::new();
    let mut command = desk.command("run --json -o out");
    let ended = Ended::of(command.args(THIRD.iter().flat_map(|set| ["--set", set]))).done();
    assert!(ended.figure("analogies") > 0.6, "{}", ended.figure("analogies"));
    assert!(ended.figure("accuracy") > 0.8, "{}", ended.figure("accuracy"));
    assert!(ended.figure("perplexity") < 10.0, "{}", ended.figure("perplexity"));
    let html = desk.read("out/report.html");
    assert!(html.contains("<svg") && !html.contains("<script"), "a page with plots and without scripts");
    for name in ["bundle.toml", "README.md", "report.json"] {
        assert!(!desk.read(&format!("out/{name}")).is_empty());
    }
}

#[test]
fn a_floor_that_is_missed_fails_the_run() {
    let desk = Desk::new();
    let mut printed = desk.small_demo("--print-config");
    let job = Ended::of(&mut printed).done().stdout;
    desk.write("job.toml", job.replace("[floors]\n", "[floors]\n\"classifier.accuracy\" = 1.01\n"));
    desk.run("run job.toml -o out").failed(1, "classifier.accuracy is ");
    assert!(desk.path("out/report.html").exists());
}

#[test]
fn a_second_run_skips_every_stage_and_takes_no_time() {
    let desk = Desk::new();
    let first = Ended::of(&mut desk.small_demo("")).done();
    let start = Instant::now();
    let second = Ended::of(&mut desk.small_demo("")).done();
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    assert!(
        second.stderr.contains(" 0 stages done, ") || second.stderr.starts_with("0 stages done, "),
        "{}",
        second.stderr
    );
    assert_eq!(first.stdout, second.stdout);
}

#[test]
fn only_what_follows_from_a_change_is_done_again() {
    let desk = Desk::new();
    Ended::of(&mut desk.small_demo("")).done();
    let ended = Ended::of(&mut desk.small_demo("--set vectors.dim=8")).done();
    for stage in ["vectors", "similarity", "report"] {
        assert!(ended.stderr.contains(&format!("{stage} done in ")), "{}", ended.stderr);
    }
    for stage in ["demo", "vocab", "corpus", "classifier"] {
        assert!(!ended.stderr.contains(&format!("{stage} done in ")), "{}", ended.stderr);
    }
}

#[test]
fn the_number_of_threads_is_no_reason_to_begin_again() {
    let desk = Desk::new();
    Ended::of(&mut desk.small_demo("")).done();
    let mut command = desk.command("run -o out --threads 3");
    command.args(crate::support::SMALL.iter().flat_map(|set| ["--set", set]));
    assert!(Ended::of(&mut command).done().stderr.contains("0 stages done, "));
}

#[test]
fn damaged_artefacts_are_made_anew() {
    let desk = Desk::new();
    Ended::of(&mut desk.small_demo("")).done();
    let path = desk.path("out/vectors/vectors.safetensors");
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    Ended::of(&mut desk.small_demo("")).done();
    assert!(std::fs::read(&path).unwrap() == whole);
}

#[test]
fn the_effective_job_can_be_printed_and_run() {
    let desk = Desk::new();
    let printed = desk.run("run --print-config --set vectors.dim=8 --set name=again").done().stdout;
    assert!(printed.contains("dim = 8") && printed.contains("name = \"again\""), "{printed}");
    desk.write("job.toml", &printed);
    assert_eq!(desk.run("run job.toml --print-config").done().stdout, printed);
}
