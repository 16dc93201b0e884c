//! Phrases: found, kept, joined, trained on.

use crate::support::Desk;

/// Words at random, but that York is new and follows the bank of America.
fn text() -> String {
    let word = |i: usize| ["red", "blue", "day", "long", "old", "art", "sea"][i * i % 89 % 7];
    let line = |i: usize| {
        let phrase = ["new york", "bank of america", word(i + 3)][i % 3];
        format!("{} {} {phrase} {} {}\n", word(i), word(i + 1), word(2 * i), word(3 * i))
    };
    (0..600).map(line).collect()
}

fn desk() -> Desk {
    let desk = Desk::new();
    desk.write("text.txt", text());
    desk.run("corpus phrases -i text.txt -o phrases.txt --threshold 4").done();
    desk
}

#[test]
fn phrases_are_found_and_joined() {
    let desk = desk();
    let found = desk.read("phrases.txt");
    let lines: Vec<&str> = found.lines().skip(1).map(|line| line.rsplitn(3, '\t').last().unwrap()).collect();
    assert_eq!(lines.len(), 2, "{found}");
    assert!(found.ends_with("\tnew\tyork\n") && found.contains("\tbank\tof\tamerica\n"), "{found}");
    desk.run("corpus clean -i text.txt --phrases phrases.txt -o joined.txt").done();
    let joined = desk.read("joined.txt");
    assert_eq!((joined.lines().count(), joined.matches(" new_york ").count()), (600, 200));
    assert_eq!(joined.matches(" bank_of_america ").count(), 200);
    assert_eq!(joined.replace('_', " "), text());
    let again = desk.run("corpus clean -i text.txt --phrases phrases.txt -o - --threads 1").done().stdout;
    assert_eq!(again, joined);
}

#[test]
fn vectors_are_trained_on_phrases() {
    let desk = desk();
    let train = "vectors train skipgram -i text.txt --dim 8 --epochs 1";
    desk.run(&format!("{train} --phrases phrases.txt -o a.vec")).done();
    assert!(desk.read("a.vec").lines().any(|line| line.starts_with("bank_of_america ")));
    // Nothing reaches word2phrase's threshold of 100 in so short a text.
    let note = desk.run(&format!("{train} --phrase-passes 2 -o b.vec")).done().stderr;
    assert!(note.contains("no phrases"), "{note}");
    assert!(!desk.read("b.vec").contains('_'));
}

#[test]
fn scores_and_settings_can_be_chosen() {
    let desk = desk();
    let report =
        desk.run("corpus phrases -i text.txt -o npmi.txt --scoring npmi --threshold 0.9 --json").done();
    let best = report.json()["best"][0].clone();
    assert!((best["score"].as_f64().unwrap() - 1.0).abs() < 1e-9, "{best}");
    assert_eq!(best["count"].as_u64(), Some(200));
    desk.run("corpus phrases -i text.txt -o x --connectors none --delimiter + --threshold 4").done();
    assert!(desk.read("x").contains("\tbank\tof\n"));
    desk.run("corpus phrases -i text.txt -o x --force --threshold 1,2").failed(2, "2 of them for 1 passes");
    desk.run("corpus phrases -i text.txt -o phrases.txt").failed(2, "exists");
}

#[test]
fn damaged_phrases_are_refused() {
    let desk = desk();
    desk.write("bad.txt", desk.read("phrases.txt").replace("\tnew\tyork", "\tnew"));
    desk.run("corpus clean -i text.txt --phrases bad.txt -o out.txt").failed(1, "bad.txt:3: expected pass");
    desk.run("vocab build -i text.txt --phrases text.txt -o v.tsv").failed(1, "text.txt:1: expected");
    assert!(!desk.names().contains(&"out.txt".to_owned()));
}
