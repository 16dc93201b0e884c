//! A bundle, measured again.

use crate::support::{Desk, Ended};
use std::fs;

/// A desk with the bundle of the small demo in the folder `out`.
fn with_bundle() -> Desk {
    let desk = Desk::new();
    Ended::of(&mut desk.small_demo("")).done();
    desk
}

/// Replaces `from`, which must be there, by `to`.
fn edit(desk: &Desk, file: &str, from: &str, to: &str) {
    let text = desk.read(file);
    assert!(text.contains(from), "no `{from}` in {file}");
    desk.write(file, text.replacen(from, to, 1));
}

/// The value of `key = value` in a TOML file.
fn value_of(desk: &Desk, file: &str, key: &str) -> String {
    let text = desk.read(file);
    let line = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(" = "));
    line.unwrap_or_else(|| panic!("no {key} in {file}")).to_owned()
}

#[test]
fn all_figures_come_out_again_wherever_the_bundle_is() {
    let desk = with_bundle();
    fs::rename(desk.path("out"), desk.path("moved")).unwrap();
    let comparison = desk.run("eval moved --threads 3 --json").done().json();
    let figures = comparison["figures"].as_array().unwrap();
    let names: Vec<&str> = figures.iter().map(|figure| figure["name"].as_str().unwrap()).collect();
    for name in ["similarity.analogies", "lm.perplexity", "classifier.accuracy", "classifier.macro_f1"] {
        assert!(names.contains(&name), "{names:?}");
    }
    assert!(figures.iter().all(|figure| figure["reproduced"] == true), "{figures:?}");
    assert_eq!(comparison["not_measured"].as_array().map(Vec::len), Some(0));
}

#[test]
fn a_figure_that_is_not_true_is_found() {
    let desk = with_bundle();
    let perplexity = value_of(&desk, "out/bundle.toml", "\"lm.perplexity\"");
    edit(&desk, "out/bundle.toml", &format!("\"lm.perplexity\" = {perplexity}"), "\"lm.perplexity\" = 2.5");
    let ended = desk.run("eval out").failed(1, "not reproduced: lm.perplexity");
    let line = ended.stdout.lines().find(|line| line.starts_with("lm.perplexity ")).unwrap();
    assert!(line.contains("stored     2.5000") && line.ends_with("NOT REPRODUCED"), "{line}");
}

#[test]
fn a_part_that_was_changed_is_found() {
    let desk = with_bundle();
    edit(&desk, "out/vocab/vocab.tsv", "\n", "\n\n");
    let ended = desk.run("eval out").failed(1, "1 files of the bundle are not as the run left them");
    assert!(ended.stdout.contains("out/vocab/vocab.tsv: not as the run left it"), "{}", ended.stdout);
    fs::remove_file(desk.path("out/lm/model.ngram")).unwrap();
    desk.run("eval out").failed(1, "model.ngram");
}

/// A desk with the bundle `out` of a job on files.
fn with_reviews() -> Desk {
    let desk = Desk::new();
    let rows = |n: usize| -> String {
        let row = |i: usize| format!("{},the room was {}\n", i % 2, ["dirty", "lovely"][i % 2]);
        "label,text\n".to_owned() + &(0..n).map(row).collect::<String>()
    };
    desk.write("train.csv", rows(40));
    desk.write("test.csv", rows(10));
    let read = "read = { format = { csv = { text = [\"text\"], label = \"label\" } } }";
    let section = |name: &str| format!("[classifier.{name}]\nfiles = [\"{name}.csv\"]\n{read}\n");
    desk.write("job.toml", format!("name = \"reviews\"\n{}{}", section("train"), section("test")));
    desk.run("run job.toml -o out").done();
    desk
}

#[test]
fn files_that_are_gone_or_changed_are_named() {
    let desk = with_reviews();
    assert!(desk.run("eval out").done().stdout.contains("classifier.accuracy"));
    desk.write("test.csv", "label,text\n0,lovely\n");
    let ended = desk.run("eval out").failed(1, "nothing in out could be measured");
    assert!(ended.stdout.contains("classifier: not measured: ./test.csv is not the file that the run read"));
    fs::remove_file(desk.path("test.csv")).unwrap();
    let ended = desk.run("eval out").failed(1, "nothing in out could be measured");
    assert!(ended.stdout.contains("classifier: not measured: cannot find test.csv; looked in"));
}

#[test]
fn other_documents_are_read_as_the_job_reads_its_own() {
    let desk = with_reviews();
    desk.write("other.csv", "label,text\n0,lovely\n1,lovely\n0,dirty\n0,dirty\n");
    assert_eq!(desk.run("eval out --data other.csv --json").done().figure("accuracy"), 0.75);
    desk.write("other.txt", "__label__0 dirty\n__label__1 dirty\n");
    assert_eq!(desk.run("eval out --data other.txt --read label --json").done().figure("accuracy"), 0.5);
    desk.run("eval out --data other.csv --part language-model").failed(2, "out has no language model");
    desk.run("eval out --read label").failed(2, "need --data");
}

#[test]
fn the_language_model_scores_other_text_as_its_own() {
    let desk = with_bundle();
    desk.write("easy.txt", "Paris is the capital of France.\n");
    desk.write("hard.txt", "France capital the of is Paris.\n");
    let perplexity = |file: &str| {
        let ended = desk.run(&format!("eval out --data {file} --part language-model --json")).done();
        ended.json()["perplexity"].as_f64().unwrap()
    };
    assert!(3.0 * perplexity("easy.txt") < perplexity("hard.txt"));
}

#[test]
fn what_is_no_bundle_is_said_to_be_none() {
    let desk = Desk::new();
    desk.write("out", "");
    desk.run("eval out").failed(1, "out is no bundle");
    fs::create_dir(desk.path("empty")).unwrap();
    desk.write("empty/bundle.toml", "name = 1\n");
    desk.run("eval empty").failed(1, "bundle.toml is not a description of a bundle");
}
