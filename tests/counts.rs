//! Vectors from counts of words that meet.

use crate::support::Desk;
use std::fs;

/// Two rooms of words; now and then a word is in the other room.
fn two_rooms() -> String {
    (0..600usize)
        .map(|i| {
            let rooms = [["king", "queen", "crown", "throne"], ["cat", "dog", "mouse", "cheese"]];
            let word = |j: usize| {
                rooms[(i + usize::from((i + j).is_multiple_of(7))) % 2][(i / 2 + j * (1 + i % 3)) % 4]
            };
            format!("{} {} {} {} {}\n", word(0), word(1), word(2), word(3), word(4))
        })
        .collect()
}

fn desk() -> Desk {
    let desk = Desk::new();
    desk.write("text.txt", two_rooms());
    desk
}

#[track_caller]
fn check_rooms(desk: &Desk, train: &str) {
    desk.run(&format!("vectors train {train} -i text.txt -o v.safetensors --min-count 1 --threads 1")).done();
    let near = desk.run("vectors neighbors v.safetensors king -k 3 --json").done().json();
    let mut words: Vec<&str> =
        near[0]["neighbors"].as_array().unwrap().iter().map(|near| near["word"].as_str().unwrap()).collect();
    words.sort_unstable();
    assert_eq!(words, ["crown", "queen", "throne"], "{train}");
}

#[test]
fn neighbours_share_a_room() {
    check_rooms(&desk(), "glove --dim 4 --epochs 60 --window 4");
    check_rooms(&desk(), "svd --dim 2 --window 4");
}

#[test]
fn memory_and_threads_change_nothing_but_the_seed_does() {
    let desk = desk();
    let train = |name: &str, flags: &str| {
        let shared = "--dim 4 --epochs 3 --min-count 1";
        desk.run(&format!("vectors train glove -i text.txt -o {name} {shared} {flags}")).done();
        fs::read(desk.path(name)).unwrap()
    };
    let vectors = train("a.vec", "");
    assert!(train("b.vec", "--memory 1K") == vectors);
    assert!(train("c.vec", "--seed 5") != vectors);
    assert!(train("d.vec", "--threads 3") == vectors);
}

#[test]
fn counts_are_fitted_from_other_vectors_on() {
    let desk = desk();
    desk.write("start.vec", "2 4\nking 1 0 0 0.5\nelsewhere 0.0 1.0 0.0 0.0\n");
    let train = "vectors train glove -i text.txt --dim 4 --epochs 20 --min-count 1 --start-from start.vec";
    desk.run(&format!("{train} --freeze -o v.vec")).done();
    let lines = desk.read("v.vec");
    assert!(
        lines.contains("\nking 1.0 0.0 0.0 0.5\n") && lines.contains("\nelsewhere 0.0 1.0 0.0 0.0\n"),
        "{lines}"
    );
    desk.run(&format!("{train} -o w.vec")).done();
    assert!(!desk.read("w.vec").contains("\nking 1.0 0.0 0.0 0.5\n"));
    let other = train.replace("--dim 4", "--dim 5");
    desk.run(&format!("{other} -o x.vec")).failed(2, "the vectors to start from have 4 numbers, expected 5");
}

#[test]
fn singular_vectors_depend_on_neither_memory_nor_threads() {
    let desk = desk();
    let train = |name: &str, flags: &str| {
        let train = "vectors train svd -i text.txt --dim 4 --min-count 1 --smoothing 1 --shift 0.5";
        desk.run(&format!("{train} -o {name} {flags}")).done();
        fs::read(desk.path(name)).unwrap()
    };
    let vectors = train("a.vec", "--threads 1");
    assert!(train("b.vec", "--memory 1K --threads 3") == vectors);
    assert!(train("c.vec", "--window 2 --left --distance-weight flat --add-contexts") != vectors);
}

#[test]
fn no_more_dimensions_than_words_come_out() {
    let desk = desk();
    let train = "vectors train svd -i text.txt -o v.bin --min-count 1";
    desk.run(train).failed(1, "`dim` is 100, but there are only 8 words");
    desk.run(&format!("{train} --dim 2 --shift 1e6")).failed(1, "nothing to decompose");
    let ended = desk.run(&format!("{train} --exponent 3"));
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.contains("`exponent` is 3, expected from -1 to 2"), "{}", ended.stderr);
    let report = desk.run(&format!("{train} --dim 8 --json")).done().json();
    assert_eq!((report["words"].as_u64(), report["vocabulary"].as_u64()), (Some(3000), Some(8)));
    assert!(report["values"].as_u64().unwrap() > 0);
}

#[test]
fn what_was_counted_and_trained_is_reported() {
    let train = "vectors train glove -i text.txt -o v.bin --dim 4 --epochs 2 --min-count 1 --json";
    let report = desk().run(train).done().json();
    assert_eq!((report["words"].as_u64(), report["vocabulary"].as_u64()), (Some(3000), Some(8)));
    // All 64 pairs of eight words are there, twice.
    assert_eq!(report["records"].as_u64(), Some(128));
    assert!(report["records_per_second"].as_f64().unwrap() > 0.0 && report["loss"].as_f64().unwrap() < 1.0);
}

#[test]
fn settings_out_of_range_are_wrong_use() {
    let ended = desk().run("vectors train glove -i text.txt -o v.bin --x-max 0");
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.contains("`x_max` is 0, expected a positive number"), "{}", ended.stderr);
}
