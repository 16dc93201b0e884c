//! Words that were never seen get vectors from their n-grams, if the file keeps them.

use crate::support::Desk;

/// Trains on few words and writes `name`.
fn trained(name: &str) -> Desk {
    let desk = Desk::new();
    let lines = ["cats and dogs played in the garden", "birds were singing in the gardens of kings"];
    desk.write("text.txt", format!("{}\n{}\n", lines[0], lines[1]).repeat(60));
    let settings = "--dim 8 --buckets 500 --min-count 1 --threads 1";
    desk.run(&format!("vectors train fasttext -i text.txt -o {name} {settings}")).done();
    desk
}

fn format(desk: &Desk, name: &str) -> serde_json::Value {
    desk.run(&format!("vectors info {name} --json")).done().json()["format"].clone()
}

#[test]
fn files_with_n_grams_know_unseen_words() {
    for name in ["v.safetensors", "v.bin", "v.fifu"] {
        let desk = trained(name);
        let near = desk.run(&format!("vectors neighbors {name} gardening -k 2 --json")).done().json();
        let mut words: Vec<&str> = near[0]["neighbors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|near| near["word"].as_str().unwrap())
            .collect();
        words.sort_unstable();
        assert_eq!(words, ["garden", "gardens"], "{name}");
    }
}

#[test]
fn a_bin_is_one_of_fasttext_unless_another_is_asked_for() {
    assert_eq!(format(&trained("v.bin"), "v.bin"), "fasttext");
    let desk = trained("w.bin --format word2vec-binary");
    assert_eq!(format(&desk, "w.bin"), "word2vec-binary");
    desk.run("vectors neighbors w.bin gardening").failed(1, "there is no vector for `gardening`");
}

#[test]
fn a_name_that_cannot_be_written_is_known_before_training() {
    let desk = Desk::new();
    desk.write("text.txt", "a b\n");
    let ended = desk.run("vectors train fasttext -i text.txt -o v.safetensors.gz --min-count 1");
    ended.failed(2, "v.safetensors.gz");
}

#[test]
fn deterministic_vectors_depend_on_no_threads() {
    let desk = trained("v.bin");
    let train = |name: &str, threads: u32| {
        let settings = "--dim 8 --buckets 500 --min-count 1 --deterministic";
        desk.run(&format!("vectors train fasttext -i text.txt -o {name} {settings} --threads {threads}"))
            .done();
        std::fs::read(desk.path(name)).unwrap()
    };
    assert!(train("one.bin", 1) == train("three.bin", 3));
}

#[test]
fn training_goes_on_from_a_model() {
    let desk = trained("first.bin");
    desk.write("more.txt", "the gardener was gardening with his gardeners\n".repeat(40));
    let train =
        "vectors train fasttext -i more.txt --dim 8 --buckets 500 --min-count 1 --start-from first.bin";
    desk.run(&format!("{train} -o grown.bin")).done();
    for word in ["birds", "gardeners", "singingly"] {
        desk.run(&format!("vectors neighbors grown.bin {word} -k 1")).done();
    }
    let ended = desk.run(&format!("{train} -o frozen.bin --freeze"));
    assert_eq!(ended.code, Some(2), "n-grams are shared, so no word can be frozen");
}
