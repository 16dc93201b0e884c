//! Vectors of documents, of those that were trained on and of new ones.

use crate::support::Desk;

/// Documents about the sea or about the hills, by turns, as a table with names.
fn documents() -> String {
    let topics = [
        ["boat", "wave", "sail", "harbour", "tide", "fish"],
        ["hill", "rock", "climb", "summit", "snow", "goat"],
    ];
    let document = |i: usize| {
        let words = (0..24).map(|j| topics[i % 2][(i / 2 + j * (1 + i % 5)) % 6]).collect::<Vec<_>>();
        format!("{}{i},{}\n", ["sea", "hills"][i % 2], words.join(" "))
    };
    "id,text\n".to_owned() + &(0..60).map(document).collect::<String>()
}

const TABLE: &str = "--read csv --text text --tag id";

/// A desk with documents and a model of them.
fn with_model(flags: &str) -> Desk {
    let desk = Desk::new();
    desk.write("docs.csv", documents());
    let settings = "--dim 12 --epochs 40 --sample 0 --learning-rate 0.1 --min-count 1 --threads 1";
    desk.run(&format!("vectors train doc2vec -i docs.csv {TABLE} -o model.safetensors {settings} {flags}"))
        .done();
    desk
}

/// The words that `vectors neighbors` finds.
fn neighbours(desk: &Desk, arguments: &str) -> Vec<String> {
    let near = desk.run(&format!("vectors neighbors {arguments} --json")).done().json();
    let list = near[0]["neighbors"].as_array().unwrap();
    list.iter().map(|near| near["word"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn documents_are_near_to_those_of_their_topic() {
    // Six words around say all that there is to say of the seventh: once those are learned, nothing is left for a
    // document to learn anew.
    for flags in ["", "--words", "--block 4", "--algorithm dm --no-relearn"] {
        let near = neighbours(&with_model(flags), "model.safetensors sea10 -k 10");
        let n_sea = near.iter().filter(|name| name.starts_with("sea")).count();
        assert!(n_sea >= 8, "{flags}: {near:?}");
    }
}

#[test]
fn new_documents_come_to_their_topic() {
    let desk = with_model("");
    desk.write("new.csv", "id,text\nnew,a goat on the summit in snow and rock\nnone,nothing known\n");
    // Vectors of new documents beside those that were trained on, in one file.
    desk.run(&format!("vectors infer model.safetensors -i new.csv {TABLE} -o new.vec")).done();
    desk.run("vectors convert model.safetensors all.vec").done();
    let rows = |name: &str| desk.read(name).lines().skip(1).map(str::to_owned).collect::<Vec<_>>();
    let (new, all) = (rows("new.vec"), rows("all.vec"));
    assert_eq!((new.len(), all.len()), (2, 60));
    assert!(new[1].split_whitespace().skip(1).all(|number| number.parse() == Ok(0.0)), "{}", new[1]);
    desk.write("both.vec", format!("61 12\n{}\n{}\n", all.join("\n"), new[0]));
    let near = neighbours(&desk, "both.vec new -k 10");
    assert!(near.iter().all(|name| name.starts_with("hills")), "{near:?}");
}

#[test]
fn the_same_text_has_the_same_vector_wherever_it_is() {
    let desk = with_model("--algorithm dm");
    let text = "the goat climbs a hill\n";
    desk.write("one.txt", text);
    desk.write("many.txt", format!("a boat\n{text}{}", "a wave on the tide\n".repeat(20)));
    let infer = |name: &str, flags: &str| {
        let ended = desk.run(&format!("vectors infer model.safetensors -i {name} {flags}")).done();
        ended.stdout.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let one = infer("one.txt", "");
    assert_eq!(one[0].split(' ').count(), 12);
    assert_eq!(infer("many.txt", "--threads 3")[1], one[0]);
    assert_ne!(infer("one.txt", "--seed 9"), one);
    let stdin = "vectors infer model.safetensors -i -";
    let piped = desk.run_with_input(stdin, &format!("a boat\n{text}").repeat(1000)).done();
    assert_eq!((piped.stdout.lines().count(), piped.stdout.lines().nth(1999)), (2000, Some(&*one[0])));
    desk.run(&format!("{stdin} --read csv")).failed(2, "a document a line");
    let line: serde_json::Value = serde_json::from_str(&infer("one.txt", "--json")[0]).unwrap();
    assert_eq!((&line["tag"], line["vector"].as_array().unwrap().len()), (&"0".into(), 12));
}

#[test]
fn documents_of_one_name_share_a_vector() {
    let desk = Desk::new();
    desk.write("docs.csv", documents().replace("sea10,", "sea0,"));
    let train = format!(
        "vectors train doc2vec -i docs.csv {TABLE} -o model.safetensors --dim 4 --min-count 1 --json"
    );
    let report = desk.run(&train).done().json();
    assert_eq!((report["vocabulary"].as_u64(), report["dim"].as_u64()), (Some(59), Some(4)));
    let output = "-o new.npy";
    let infer = format!("vectors infer model.safetensors -i docs.csv {TABLE}");
    desk.run(&format!("{infer} {output}")).failed(1, "sea0");
    assert!(!desk.names().contains(&"new.npy".to_owned()));
    assert_eq!(desk.run(&infer).done().stdout.lines().count(), 60);
}

#[test]
fn what_is_no_model_or_has_no_such_column_is_refused() {
    let desk = with_model("");
    desk.write("text.txt", "a boat\n");
    desk.run("vectors convert model.safetensors documents.vec").done();
    desk.run("vectors convert model.safetensors documents.safetensors").done();
    let check = |arguments: &str, code, message: &str| {
        let before = desk.names();
        desk.run(arguments).failed(code, message);
        assert_eq!(desk.names(), before, "left behind");
    };
    check("vectors infer documents.vec -i text.txt", 1, "documents.vec");
    check("vectors infer documents.safetensors -i text.txt", 1, "documents.safetensors");
    check("vectors infer none.safetensors -i text.txt", 1, "none.safetensors");
    check("vectors infer model.safetensors -i none.txt", 1, "none.txt");
    check(
        "vectors infer model.safetensors -i text.txt --tag id",
        2,
        "--tag id: only csv, tsv and jsonl have columns",
    );
    check(
        "vectors infer model.safetensors -i text.txt --epochs 0",
        2,
        "`epochs` is 0, expected from 1 to 1000000",
    );
    check("vectors infer model.safetensors -i text.txt -o v.npy.gz", 2, "v.npy.gz");
    check("vectors infer model.safetensors -i docs.csv --read csv --text text --tag name", 1, "name");
    check(
        "vectors train doc2vec -i text.txt --block 0 -o m.safetensors",
        2,
        "`block` is 0, expected from 1 to 1000",
    );
    desk.write("titles.csv", "id,text\ntwo words,a boat\n");
    let titles = format!("-i titles.csv {TABLE}");
    check(&format!("vectors infer model.safetensors {titles} -o v.vec"), 1, "`two words` cannot be written");
    check(
        &format!("vectors train doc2vec {titles} --min-count 1 -o m.vec"),
        1,
        "`two words` cannot be written",
    );
}

#[test]
fn damaged_models_are_refused() {
    let desk = with_model("");
    let model = std::fs::read(desk.path("model.safetensors")).unwrap();
    desk.write("text.txt", "a boat\n");
    for length in [0, 7, 100, model.len() / 2, model.len() - 1] {
        desk.write("cut.safetensors", &model[..length]);
        desk.run("vectors infer cut.safetensors -i text.txt").failed(1, "cut.safetensors");
    }
}
