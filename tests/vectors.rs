//! What can be done with vectors: neighbours of many words, clusters, alignment, maps, evaluation.

use crate::support::{Desk, Ended};
use std::fs;

/// Vectors of birds and trees that a look tells apart, in word2vec's text format.
const VECTORS: &str = "8 3
robin 1 0.1 0
wren 0.9 0 0.1
finch 1 0 -0.1
知更鸟 1.1 0.1 0.1
oak 0 0.1 1
elm 0.1 0 0.9
ash -0.1 0 1
橡树 0.1 0.1 1.1
";

fn desk() -> Desk {
    let desk = Desk::new();
    desk.write("v.txt", VECTORS);
    desk
}

/// Runs `arguments` beside vectors and `files`, which must fail with `code` and one message that holds `message`.
#[track_caller]
fn check_bad(files: &[(&str, &str)], arguments: &str, code: i32, message: &str) {
    let desk = desk();
    for (name, text) in files {
        desk.write(name, text);
    }
    let before = desk.names();
    desk.run(arguments).failed(code, message);
    assert_eq!(desk.names(), before, "left behind");
}

#[test]
fn neighbours_of_many_words_come_from_stdin() {
    let desk = desk();
    let asked = "wren\n橡树\n\nno-such\n".to_owned() + &"robin\n".repeat(20);
    let ended = desk.run_with_input("vectors neighbors v.txt -k 3 --json", &asked).done();
    assert!(ended.stderr.contains("1 of 23 words have no vector"), "{}", ended.stderr);
    let lists = ended.json();
    assert_eq!(lists.as_array().unwrap().len(), 22);
    let mut words: Vec<&str> =
        lists[1]["neighbors"].as_array().unwrap().iter().map(|near| near["word"].as_str().unwrap()).collect();
    words.sort_unstable();
    assert_eq!((lists[1]["word"].as_str(), words), (Some("橡树"), vec!["ash", "elm", "oak"]));
    let alone = desk.run("vectors neighbors v.txt robin -k 3 --json").done().json();
    assert_eq!(lists[21], alone[0]);
    let text = desk.run_with_input("vectors neighbors v.txt - -k 1", "elm\n").done().stdout;
    assert!(text.starts_with("elm:\n0.9"), "{text}");
    let nothing = |input: &str| desk.run_with_input("vectors neighbors v.txt", input);
    nothing("").failed(1, "no words on stdin");
    nothing("a\nb\n").failed(1, "none of 2 words has a vector");
}

#[test]
fn words_are_compared() {
    let desk = desk();
    let cosine: f64 = desk.run("vectors similarity v.txt robin wren").done().stdout.trim().parse().unwrap();
    assert!((cosine - 0.989).abs() < 1e-3, "{cosine}");
    let text = desk.run_with_input("vectors similarity v.txt", "robin\toak\nrobin no-such\n").done().stdout;
    assert_eq!(text, "0.0099\trobin\toak\nn/a\trobin\tno-such\n");
    desk.run_with_input("vectors similarity v.txt", "robin\n")
        .failed(1, "pair 1 of stdin: expected two words");
    desk.run("vectors similarity v.txt robin").failed(2, "expected two words, found 1");
    desk.run("vectors similarity v.txt robin Wren").failed(1, "did you mean `wren`?");
    let odd = desk.run("vectors odd-one-out v.txt robin oak wren finch --json").done().json();
    assert_eq!(odd["odd"], "oak");
    assert_eq!(odd["words"].as_array().unwrap().len(), 4);
    desk.run("vectors odd-one-out v.txt robin oak no-such").failed(1, "no vector for `no-such`");
}

#[test]
fn clusters_are_birds_and_trees() {
    let desk = desk();
    for method in ["spherical", "euclidean", "average", "complete", "ward"] {
        let found = desk.run(&format!("vectors cluster v.txt -k 2 --method {method} --json")).done().json();
        let mut sizes = Vec::new();
        for cluster in found["clusters"].as_array().unwrap() {
            let words = cluster["words"].as_array().unwrap();
            let birds =
                words.iter().filter(|word| VECTORS.find(word.as_str().unwrap()) < VECTORS.find("oak"));
            sizes.push((words.len(), birds.count()));
        }
        sizes.sort_unstable();
        assert_eq!(sizes, [(4, 0), (4, 4)], "{method}");
    }
    desk.write("list.txt", "oak\nelm\nrobin\noak\n");
    let lines = desk.run("vectors cluster v.txt -k 2 --list list.txt --assignments").done().stdout;
    let clusters: Vec<&str> = lines.lines().map(|line| line.split('\t').nth(1).unwrap()).collect();
    assert!(clusters.len() == 3 && clusters[0] == clusters[1] && clusters[0] != clusters[2], "{lines}");
    let text = desk.run("vectors cluster v.txt -k 2 --top 1").done().stdout;
    assert!(text.lines().count() == 2 && text.contains("4 words: ") && text.contains('…'), "{text}");
    desk.run("vectors cluster v.txt -k 9").failed(1, "expected at least 9 vectors, found 8");
}

#[test]
fn spaces_are_aligned() {
    let desk = desk();
    // The same words with the coordinates turned round, in another language.
    let turned = VECTORS.lines().map(|line| match line.split(' ').collect::<Vec<_>>()[..] {
        [word, x, y, z] => format!("{word}s {y} {z} {x}\n"),
        _ => format!("{line}\n"),
    });
    desk.write("w.txt", turned.collect::<String>());
    desk.write("pairs.txt", "robin robins\nwren wrens\noak oaks\n知更鸟 知更鸟s\n");
    desk.write("test.txt", "elm\telms\nash\tashs\nfinch\tfinchs\nash\tno-such\nno-such\tashs\n");
    let align = "vectors align v.txt w.txt -o out.bin --dictionary pairs.txt";
    let found = desk.run(&format!("{align} --test test.txt --json")).done().json();
    assert_eq!((found["pairs"].as_u64(), found["test"]["covered"].as_u64()), (Some(4), Some(3)));
    assert!((found["cosine"].as_f64().unwrap() - 1.0).abs() < 1e-6);
    assert_eq!(
        (&found["test"]["cosine"]["at_1"], &found["test"]["csls"]["at_5"]),
        (&1.0.into(), &1.0.into())
    );
    assert!(desk.run("vectors info out.bin").done().stdout.contains("8 words of 3 numbers"));
    desk.run(align).failed(2, "out.bin exists");
    let shared = desk.run("vectors align v.txt v.txt -o same.bin --held-out 0.25").done().stdout;
    assert!(shared.starts_with("6 pairs, mean cosine 1.0000\ntest: 2 of 2 words covered\n"), "{shared}");
}

#[test]
fn what_cannot_be_aligned_is_refused() {
    let flat = [("w.txt", "2 2\na 1 2\nb 2 1\n")];
    check_bad(&flat, "vectors align v.txt w.txt -o out.bin", 1, "expected 3 numbers a vector, found 2");
    let other = [("w.txt", "1 3\na 1 2 3\n"), ("d.txt", "robin a b\n")];
    check_bad(&other, "vectors align v.txt w.txt -o out.bin", 1, "no pair of the dictionary has vectors");
    let align = "vectors align v.txt w.txt -o out.bin --dictionary";
    check_bad(
        &other,
        &format!("{align} d.txt"),
        1,
        "d.txt:1: expected a word and its translation, found `robin a b`",
    );
    check_bad(&other, &format!("{align} none.txt"), 1, "cannot read none.txt");
    check_bad(&other, "vectors align v.txt w.txt -o out.bin --held-out 1", 2, "--held-out is 1");
}

#[test]
fn words_are_laid_out_in_a_plane() {
    let desk = desk();
    for method in ["pca", "tsne --rounds 300"] {
        let project = format!("vectors project v.txt --method {method}");
        let points = desk.run(&format!("{project} --clusters 2 --json")).done().json();
        let points = points.as_array().unwrap();
        assert_eq!((points.len(), points[3]["word"].as_str()), (8, Some("知更鸟")));
        assert!(points[0]["x"].is_f64() && points[0]["cluster"] != points[4]["cluster"]);
        let lines = desk.run(&project).done().stdout;
        assert!(
            lines.lines().count() == 8 && lines.lines().all(|line| line.split('\t').count() == 3),
            "{lines}"
        );
        assert_eq!(lines, desk.run(&format!("{project} --threads 2")).done().stdout);
    }
    desk.run("vectors project v.txt --perplexity 0")
        .failed(1, "`perplexity`: expected a number of at least 1");
    desk.run("vectors project v.txt --words 2").failed(1, "expected at least 5 vectors, found 2");
}

#[test]
fn maps_are_pages_of_their_own() {
    let desk = desk();
    let project = "vectors project v.txt --method pca --clusters 2 --html map.html";
    assert_eq!(desk.run(project).done().stdout, "");
    let page = desk.read("map.html");
    assert!(page.starts_with("<!doctype html>") && page.contains("<title>v.txt</title>"));
    let data = page.split(r#"<script type="application/json" id="data">"#).nth(1).unwrap();
    let data: serde_json::Value = serde_json::from_str(data.split("</script>").next().unwrap()).unwrap();
    assert_eq!(data["places"].as_array().unwrap().len(), 8);
    assert_eq!(
        (&data["places"][7]["word"], data["places"][7]["near"].as_array().unwrap().len()),
        (&"橡树".into(), 7)
    );
    desk.run(project).failed(2, "map.html exists");
    desk.run(&format!("{project} --force --title A")).done();
    assert!(desk.read("map.html").contains("<title>A</title>"));
    desk.run("vectors project v.txt --title A").failed_to_parse("--html");
}

#[test]
fn folders_of_test_sets_are_taken_whole() {
    let desk = desk();
    fs::create_dir(desk.path("sets")).unwrap();
    desk.write("sets/pairs.tsv", "robin\twren\t9\noak\telm\t8\nrobin\toak\t1\nno\tsuch\t3\n");
    desk.write("sets/questions.txt", ": birds\nrobin wren robin wren\n: gram1-x\nno such oak elm\n");
    desk.write(
        "sets/classes.csv",
        ",category,word\n0,bird,robin\n1,bird,wren\n2,tree,oak\n3,tree,elm\n4,tree,fir\n",
    );
    desk.write("sets/README", "These are the sets.\n");
    let eval = "vectors eval v.txt sets --resamples 100";
    let ended = desk.run(&format!("{eval} --json")).done();
    assert!(ended.stderr.contains("skipped: sets/README:1: expected judged pairs"), "{}", ended.stderr);
    let scores = ended.json();
    let set = |name: &str| scores.as_array().unwrap().iter().find(|set| set["name"] == name).unwrap().clone();
    let numbers = |set: &serde_json::Value| [&set["covered"], &set["items"]].map(|n| n.as_u64().unwrap());
    assert_eq!((numbers(&set("pairs")), &set("pairs")["measure"]), ([3, 4], &"Spearman".into()));
    assert_eq!((numbers(&set("classes")), &set("classes")["score"]), ([4, 5], &1.0.into()));
    assert_eq!(set("classes")["interval"]["low"], 1.0);
    let questions = set("questions");
    assert_eq!(numbers(&questions), [1, 2]);
    let parts: Vec<&str> =
        questions["parts"].as_array().unwrap().iter().map(|part| part["name"].as_str().unwrap()).collect();
    assert_eq!(parts, ["semantic", "syntactic", "birds", "gram1-x"]);
    let text = desk.run(eval).done().stdout;
    assert!(text.contains("classes      purity    1.0000  [1.0000, 1.0000]  4 of 5 (80 %)\n"), "{text}");
    for clustering in ["average", "complete", "ward"] {
        let strict = desk.run(&format!("{eval} --strict --json --clustering {clustering}")).done().json();
        let score = |name: &str| {
            strict.as_array().unwrap().iter().find(|set| set["name"] == name).unwrap()["score"].clone()
        };
        assert_eq!(score("classes"), 0.8, "{clustering}");
    }
}

#[test]
fn the_seed_decides_the_intervals() {
    let desk = desk();
    let pairs = "robin\twren\t9\noak\telm\t8\nrobin\toak\t1\nfinch\tash\t2\nwren\telm\t3\n";
    desk.write("pairs.tsv", pairs);
    let eval =
        |arguments: &str| desk.run(&format!("vectors eval v.txt pairs.tsv {arguments} --json")).done().stdout;
    assert_eq!(eval("--threads 1"), eval("--threads 2"));
    assert_ne!(eval("--seed 3"), eval("--seed 4"));
    assert!(!eval("--resamples 0").contains("interval"));
}

#[test]
fn test_sets_that_are_none_are_refused() {
    let check = |text: &str, arguments: &str, code, message: &str| {
        check_bad(&[("set.txt", text)], &format!("vectors eval v.txt {arguments}"), code, message);
    };
    check("a", "", 2, "nothing to evaluate");
    check("these are no sets", "none.txt", 1, "cannot read none.txt");
    check(
        "this is no set\n",
        "set.txt --similarity set.txt",
        1,
        "set.txt:1: expected two words and a number",
    );
    check("not at all a set\n", "set.txt", 1, "set.txt:1: expected judged pairs of words, analogy questions");
    check("", "set.txt", 1, "set.txt:1: expected judged pairs");
    check(": a\nrobin wren oak\n", "set.txt", 1, "set.txt:2: expected four words or `: section`");
    check(
        "word,category\nrobin\n",
        "set.txt",
        1,
        "set.txt:2: expected a word and its category, found `robin`",
    );
    check("robin oak x\n", "--categories set.txt", 1, "set.txt:1: expected columns `word` and `category`");
    let desk = desk();
    fs::create_dir(desk.path("empty")).unwrap();
    desk.run("vectors eval v.txt empty").failed(1, "empty holds no test sets");
}

impl Ended {
    /// Fails the test unless the command line itself was refused, with a message that holds `message`.
    #[track_caller]
    fn failed_to_parse(self, message: &str) {
        assert_eq!(self.code, Some(2), "{}", self.stderr);
        assert!(self.stderr.contains(message), "{}", self.stderr);
    }
}
