//! Each command does what its help says.

use crate::lmplz::golden;
use crate::support::Desk;
use std::fs;

/// Two rooms of words that never meet: words of one are neighbours.
fn two_rooms() -> String {
    (0..400)
        .map(|i| {
            let room = if i % 2 == 0 {
                ["king", "queen", "crown", "throne"]
            } else {
                ["cat", "dog", "mouse", "cheese"]
            };
            let word = |j: usize| room[(i / 2 + j * (1 + i % 3)) % 4];
            format!("{} {} {} {} {}\n", word(0), word(1), word(2), word(3), word(1))
        })
        .collect()
}

/// A desk with a text and vectors of it.
fn with_vectors() -> Desk {
    let desk = Desk::new();
    desk.write("text.txt", two_rooms());
    let train = "vectors train skipgram -i text.txt -o vectors.safetensors --dim 8 --epochs 30 --min-count 1";
    desk.run(&format!("{train} --sample 0 --threads 1")).done();
    desk
}

#[test]
fn training_reports_what_it_cost() {
    let desk = Desk::new();
    desk.write("text.txt", two_rooms());
    let train = "vectors train cbow -i text.txt -o v.txt --dim 8 --epochs 2 --min-count 1 --json";
    let report = desk.run(train).done().json();
    assert_eq!((report["words"].as_u64(), report["vocabulary"].as_u64()), (Some(4000), Some(8)));
    assert!(report["words_per_second"].as_f64().unwrap() > 0.0);
}

#[test]
fn the_same_seed_gives_the_same_vectors() {
    let desk = Desk::new();
    desk.write("text.txt", two_rooms());
    let train = |name: &str, seed: u32| {
        let flags = "--dim 8 --epochs 2 --min-count 1 --threads 1";
        desk.run(&format!("vectors train skipgram -i text.txt -o {name} {flags} --seed {seed}")).done();
        fs::read(desk.path(name)).unwrap()
    };
    assert!(train("a.bin", 1) == train("b.bin", 1));
    assert!(train("a2.bin", 1) != train("c.bin", 2));
}

#[test]
fn neighbours_share_a_room() {
    let desk = with_vectors();
    let near = desk.run("vectors neighbors vectors.safetensors king -k 3 --json").done().json();
    let mut words: Vec<&str> =
        near[0]["neighbors"].as_array().unwrap().iter().map(|near| near["word"].as_str().unwrap()).collect();
    words.sort_unstable();
    assert_eq!(words, ["crown", "queen", "throne"]);
    desk.run("vectors neighbors vectors.safetensors King").failed(1, "did you mean `king`?");
    let answers = desk.run("vectors analogy vectors.safetensors king queen cat -k 1").done().stdout;
    assert_eq!(answers.lines().count(), 1);
}

#[test]
fn vectors_are_measured_against_people() {
    let desk = with_vectors();
    desk.write("pairs.tsv", "king\tqueen\t9\ncat\tdog\t9\nking\tmouse\t1\nqueen\tcheese\t1\nno\tsuch\t3\n");
    desk.write("questions.txt", ": rooms\nking queen king queen\n");
    let scores = desk
        .run("vectors eval vectors.safetensors --similarity pairs.tsv --analogies questions.txt --json")
        .done()
        .json();
    let pairs = scores.as_array().unwrap().iter().find(|set| set["name"] == "pairs").unwrap();
    assert_eq!((pairs["covered"].as_u64(), pairs["items"].as_u64()), (Some(4), Some(5)));
    // 0.6 if both rooms are told apart, and the order within the near and the far pairs is wrong.
    assert!(pairs["score"].as_f64().unwrap() > 0.5);
}

#[test]
fn vectors_pass_through_every_format_unchanged() {
    let desk = with_vectors();
    let mut source = "vectors.safetensors".to_owned();
    for name in ["v.bin", "v.vec", "v.glove", "again.safetensors"] {
        desk.run(&format!("vectors convert {source} {name}")).done();
        source = name.to_owned();
    }
    let near = |file: &str| desk.run(&format!("vectors neighbors {file} cat")).done().stdout;
    assert_eq!(near("again.safetensors"), near("vectors.safetensors"));
    assert!(desk.run("vectors info v.bin").done().stdout.contains("word2vec binary: 8 words of 8 numbers"));
}

#[test]
fn words_are_counted() {
    let desk = Desk::new();
    desk.write("text.txt", "A rose is a rose. 我爱北京天安门。\n");
    let flags = "-i text.txt --clean lowercase --segment chinese-words --sentences punctuation";
    let stats = desk.run(&format!("corpus stats {flags} --json")).done().json();
    assert_eq!(
        (&stats["documents"], &stats["sentences"], &stats["tokens"]),
        (&1.into(), &2.into(), &9.into())
    );
    assert_eq!((&stats["bytes"], &stats["characters"]), (&42.into(), &26.into()));
    assert_eq!(stats["different_words"], 7);
    let frequent = stats["frequent"].as_array().unwrap();
    assert!(frequent.iter().any(|word| word[0] == "天安门"), "{frequent:?}");
    desk.run(&format!("vocab build {flags} -o vocab.tsv --min-count 2")).done();
    let info = desk.run("vocab info vocab.tsv --json").done().json();
    assert_eq!((&info["words"], &info["special"]), (&5.into(), &3.into()));
}

#[test]
fn both_forms_of_a_model_measure_alike() {
    let desk = Desk::new();
    let (train, test) = (golden("train.txt"), golden("test.txt"));
    desk.run(&format!("lm train ngram -i {} -o m.ngram --arpa m.arpa --order 3", train.display())).done();
    let perplexity = |model: &str| {
        let report = desk.run(&format!("lm eval {model} -i {} --json", test.display())).done().json();
        report["perplexity"].as_f64().unwrap()
    };
    let (binary, arpa) = (perplexity("m.ngram"), perplexity("m.arpa"));
    assert!((binary - arpa).abs() < 1e-3 * arpa, "{binary} {arpa}");
    let sampled = |seed: u32| desk.run(&format!("lm generate m.ngram -n 3 --seed {seed}")).done().stdout;
    assert_eq!(sampled(1), sampled(1));
    assert_ne!(sampled(1), sampled(2));
}

#[test]
fn unknown_words_of_a_text_can_be_a_word() {
    let desk = Desk::new();
    desk.write("text.txt", "a <unk> is a <unk>\nis a rose\n");
    desk.run("lm train ngram -i text.txt -o m --order 2 --discount-fallback").failed(1, "`<unk>`");
    desk.run("lm train ngram -i text.txt -o m --order 2 --discount-fallback --unk word").done();
}

#[test]
fn models_are_read_from_standard_input() {
    let desk = Desk::new();
    desk.run_with_input("lm train ngram -i - -o m --order 2 --discount-fallback", "a rose is a rose\n")
        .done();
    let report = desk.run_with_input("lm eval m -i - --json", "a rose\nno thorn\n").done().json();
    assert_eq!((&report["n_sentences"], &report["n_unknown"]), (&2.into(), &2.into()));
}

/// Opinions that a line of words tells apart.
fn reviews(n: usize) -> String {
    let row = |i: usize| {
        let (label, word) = [("good", "fine"), ("good", "lovely"), ("bad", "dirty"), ("bad", "rude")][i % 4];
        format!("{label},\"the {} was {word}\"\n", ["room", "bed", "staff"][i % 3])
    };
    "label,text\n".to_owned() + &(0..n).map(row).collect::<String>()
}

#[test]
fn classifiers_learn_test_and_predict() {
    let desk = Desk::new();
    desk.write("train.csv", reviews(48));
    desk.write("test.csv", reviews(12));
    let read = "--read csv --text text --label label";
    desk.run(&format!("classify train -i train.csv {read} -o model")).done();
    let report = desk.run(&format!("classify test --model model -i test.csv {read} --json")).done();
    assert_eq!(report.figure("accuracy"), 1.0);
    let said =
        desk.run_with_input("classify predict --model model", "a lovely bed\na dirty room\n").done().stdout;
    let labels: Vec<&str> = said.lines().map(|line| line.split('\t').next().unwrap()).collect();
    assert_eq!(labels, ["good", "bad"]);
}

#[test]
fn predictions_are_reported_as_scikit_learn_does() {
    let desk = Desk::new();
    desk.write("truth.txt", "cat\ndog\ncat\ncat\n");
    desk.write("said.txt", "cat\ncat\ncat\ndog\n");
    let text = desk.run("metric report truth.txt said.txt --digits 2").done().stdout;
    let row = text.lines().find(|line| line.trim_start().starts_with("cat")).unwrap();
    assert_eq!(row.split_whitespace().collect::<Vec<_>>(), ["cat", "0.67", "0.67", "0.67", "3"]);
    let pairs = "cat\tcat\ndog\tcat\ncat\tcat\ncat\tdog\n";
    assert_eq!(desk.run_with_input("metric report - --digits 2", pairs).done().stdout, text);
    let report = desk.run("metric report truth.txt said.txt --json").done();
    assert_eq!(report.figure("accuracy"), 0.5);
}

#[test]
fn every_shell_gets_completions_and_every_command_a_page() {
    let desk = Desk::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(desk.run(&format!("completions {shell}")).done().stdout.contains("sememe"));
    }
    desk.run("man pages").done();
    let pages = desk.names().iter().filter(|name| name.starts_with("pages/sememe")).count();
    assert!(pages >= 20, "{pages}");
}

#[test]
fn every_command_has_help() {
    let desk = Desk::new();
    for command in [
        "",
        "run",
        "eval",
        "corpus stats",
        "corpus clean",
        "corpus phrases",
        "vocab build",
        "vocab info",
        "vectors train skipgram",
        "vectors train cbow",
        "vectors train glove",
        "vectors train svd",
        "vectors neighbors",
        "vectors analogy",
        "vectors eval",
        "vectors convert",
        "vectors info",
        "lm train ngram",
        "lm eval",
        "lm generate",
        "classify train",
        "classify test",
        "classify predict",
        "metric report",
        "completions",
        "man",
    ] {
        let help = desk.run(&format!("{command} --help")).done().stdout;
        assert!(help.contains("--threads") && help.contains("--json"), "{command}: {help}");
    }
    assert_eq!(desk.run("").code, Some(2));
    assert_eq!(desk.run("fly").code, Some(2));
}
