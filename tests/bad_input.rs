//! Bad input: one clear message, the right exit code, no panic, and nothing written that was not there before.

use crate::support::{Desk, Ended};
use std::fs;
use std::io::Read as _;
use std::process::Stdio;

/// Runs `arguments` among `files`, which must fail with `code` and one message that holds `message`.
#[track_caller]
fn check(files: &[(&str, &[u8])], arguments: &str, code: i32, message: &str) {
    let desk = Desk::new();
    for (name, bytes) in files {
        desk.write(name, bytes);
    }
    check_at(&desk, arguments, code, message);
}

#[track_caller]
fn check_at(desk: &Desk, arguments: &str, code: i32, message: &str) {
    let before = desk.names();
    desk.run(arguments).failed(code, message);
    assert_eq!(desk.names(), before, "left behind");
}

/// Trains vectors on `text.txt`.
const TRAIN: &str = "vectors train skipgram -i text.txt -o vectors.bin --min-count 1 --dim 4";

#[test]
fn files_that_are_not_there() {
    check(&[], TRAIN, 1, "cannot read text.txt");
    check(&[], "run job.toml", 1, "cannot read job.toml");
    check(&[], "lm eval model.ngram -i text.txt", 1, "cannot read model.ngram");
    check(&[], "vectors info vectors.bin", 1, "cannot read vectors.bin");
    check(&[], "classify predict --model model", 1, "model");
    check(&[], "metric report truth.txt", 1, "cannot read truth.txt");
    check(&[], "eval nowhere", 1, "nowhere is no bundle");
}

#[test]
fn folders_in_the_place_of_files() {
    let desk = Desk::new();
    fs::create_dir(desk.path("text.txt")).unwrap();
    check_at(&desk, TRAIN, 1, "text.txt is a folder, expected a file");
    check_at(&desk, "lm train ngram -i text.txt -o model", 1, "text.txt is a folder, expected a file");
    check_at(&desk, "vectors info text.txt", 1, "text.txt");
    check_at(&desk, "run text.txt", 1, "text.txt");
}

#[test]
fn files_in_the_place_of_folders() {
    check(&[("out", b"x")], "run -o out", 2, "out is a file, expected a folder");
    check(&[("text.txt", b"a b"), ("out", b"x")], "man out", 1, "out");
}

#[test]
fn empty_files() {
    let empty: &[(&str, &[u8])] = &[("text.txt", b"")];
    check(empty, TRAIN, 1, "text.txt");
    check(empty, "lm train ngram -i text.txt -o model", 1, "cannot learn from text.txt: the text is empty");
    check(empty, "corpus stats -i text.txt", 1, "text.txt");
    check(empty, "vectors info text.txt", 1, "text.txt");
    check(empty, "metric report text.txt", 1, "text.txt is empty");
    check(empty, "run text.txt", 2, "text.txt");
}

#[test]
fn binary_files() {
    let binary: &[(&str, &[u8])] = &[("text.txt", b"\x7fELF\x02\x01\x01\0\0\0\0\0")];
    check(binary, TRAIN, 1, "text.txt is a program, expected text");
    check(binary, "vectors info text.txt", 1, "text.txt");
    check(binary, "lm eval text.txt -i text.txt", 1, "text.txt");
    check(binary, "vocab info text.txt", 1, "text.txt");
}

/// `a rose is a rose` and a line feed, by gzip.
const GZIP: &[u8] = b"\x1f\x8b\x08\0\0\0\0\0\x02\x03KT(\xca/NU\xc8,VH\x04\xb3\xb8\0~\xc6+\x16\x11\0\0\0";

#[test]
fn compressed_files_that_are_cut_short() {
    check(
        &[("text.txt", &GZIP[..GZIP.len() - 12])],
        TRAIN,
        1,
        "text.txt: the gzip data are damaged or cut short",
    );
    check(&[("text.txt", &GZIP[..GZIP.len() - 12])], "lm train ngram -i text.txt -o model", 1, "text.txt");
}

#[test]
fn bytes_that_are_no_text() {
    let text: &[(&str, &[u8])] = &[("text.txt", b"a rose is \xffa rose\n")];
    check(text, TRAIN, 1, "text.txt: byte 10 is not valid UTF-8");
    check(text, "lm train ngram -i text.txt -o model", 1, "text.txt: line 1: invalid UTF-8 in a word");
    let desk = Desk::new();
    desk.write(text[0].0, text[0].1);
    let ended = desk.run(&format!("{TRAIN} --replace-invalid")).done();
    assert!(ended.stderr.contains("1 invalid byte"), "{}", ended.stderr);
}

#[test]
fn a_line_without_end() {
    let desk = Desk::new();
    desk.write("text.txt", "ab ".repeat(70_000_000));
    check_at(&desk, TRAIN, 1, "text.txt:1: a document of more than 104857600 bytes");
    check_at(&desk, "corpus stats --max-document 1K -i text.txt", 1, "a document of more than 1024 bytes");
    desk.run("corpus stats --max-document 1G -i text.txt").done();
}

#[test]
fn tables_that_lack_columns_and_fields() {
    let table: &[(&str, &[u8])] = &[("text.txt", b"label,review\ngood,a rose\nbad,a thorn\n")];
    let read = |columns: &str| format!("{TRAIN} --read csv {columns}");
    check(
        table,
        &read("--text reveiw"),
        1,
        "there is no column `reveiw`; the columns are `label`, `review`; did you mean `review`?",
    );
    check(table, &read("--text 2"), 1, "column `2`");
    let ragged: &[(&str, &[u8])] = &[("text.txt", b"label,review\ngood,a rose\nbad\n")];
    check(ragged, &read("--text review"), 1, "text.txt:3: expected 2 fields, found 1");
    let open: &[(&str, &[u8])] = &[("text.txt", b"label,review\ngood,\"a rose\nbad,a thorn\n")];
    check(open, &read("--text review"), 1, "text.txt:2: a quotation mark in the row that starts here");
    check(
        &[("text.txt", b"{\"text\": \"a\"}\n{\"text\"\n")],
        &format!("{TRAIN} --read jsonl"),
        1,
        "text.txt:2: ",
    );
    check(&[("text.txt", b"a\n")], &format!("{TRAIN} --read cvs"), 2, "cvs");
}

#[test]
fn labels_that_are_missing() {
    let desk = Desk::new();
    desk.write("train.txt", "__label__good a rose\na thorn\n");
    let train = "classify train --read label -o model";
    let message = "train.txt: document 2: expected one label, found 0";
    check_at(&desk, &format!("{train} -i train.txt"), 1, message);
    desk.write("more.txt", "__label__bad a thorn\n");
    let message = "more.txt and 1 more: document 3: expected one label, found 0";
    check_at(&desk, &format!("{train} -i more.txt train.txt"), 1, message);
}

#[test]
fn texts_that_cannot_be_labelled() {
    let desk = Desk::new();
    desk.write("train.txt", "__label__good a rose\n__label__bad a thorn\n");
    desk.run("classify train --read label -i train.txt -o model").done();
    let predict = "classify predict --model model -i text.txt";
    desk.write("text.txt", b"a \xff rose\n");
    check_at(&desk, predict, 1, "cannot read text.txt: ");
    desk.write("text.txt", &GZIP[..GZIP.len() - 12]);
    check_at(&desk, predict, 1, "cannot read text.txt: ");
}

#[test]
fn labels_that_training_never_saw() {
    let desk = Desk::new();
    let rows =
        "label,text\ngood,a fine rose\nbad,a sharp thorn\n".to_owned() + &"good,fine\nbad,sharp\n".repeat(5);
    desk.write("train.csv", rows);
    desk.write("test.csv", "label,text\nawful,a thorn\n");
    let read = "--read csv --text text --label label";
    desk.run(&format!("classify train -i train.csv {read} -o model")).done();
    check_at(&desk, &format!("classify test --model model -i test.csv {read}"), 1, "awful");
    check_at(&desk, "classify train -i train.csv -o other", 1, "label");
}

#[test]
fn damaged_vectors() {
    let info = "vectors info vectors.vec";
    check(
        &[("vectors.vec", b"3 2\na 1 2\nb 3 4\n")],
        info,
        1,
        "vectors.vec: the header promises 3 words, found 2",
    );
    check(
        &[("vectors.vec", b"2 3\na 1 2 3\nb 3 4\n")],
        info,
        1,
        "vectors.vec:3: expected 3 numbers, found 2",
    );
    check(
        &[("vectors.vec", b"2 2\na 1 2\nb 3 nan\n")],
        info,
        1,
        "vectors.vec:3: expected a finite number in column 1, found NaN",
    );
    check(
        &[("vectors.vec", b"2 2\na 1 2\nb 3 x\n")],
        info,
        1,
        "vectors.vec:3: expected a number in column 1, found `x`",
    );
    check(
        &[("vectors.vec", b"what is this\n")],
        info,
        1,
        "vectors.vec: expected vectors of word2vec, GloVe, fastText",
    );
    check(&[("vectors.vec", b"99999999999999 99999999\na 1\n")], info, 1, "vectors.vec");
}

#[test]
fn damaged_models() {
    let desk = Desk::new();
    desk.write("text.txt", "a rose is a rose\nis a rose a rose\n");
    desk.run("lm train ngram -i text.txt -o model --order 2 --discount-fallback").done();
    let whole = fs::read(desk.path("model")).unwrap();
    let eval = "lm eval model -i text.txt";
    desk.write("model", &whole[..whole.len() / 2]);
    check_at(&desk, eval, 1, "model");
    let mut flipped = whole;
    let middle = flipped.len() / 2;
    flipped[middle] ^= 0x40;
    desk.write("model", &flipped);
    check_at(&desk, eval, 1, "model");
    desk.write("model", "\\data\\\nngram 1=2\n\n\\1-grams:\n-1\ta\n");
    check_at(&desk, eval, 1, "model");
}

#[test]
fn job_files_with_slips() {
    let job = |text: &str, message: &str| check(&[("job.toml", text.as_bytes())], "run job.toml", 2, message);
    job("name = \"x\"\n[corpsu]\nfiles = []\n", "job.toml:2: unknown field `corpsu`");
    job("name = \"x\"\n[corpus]\nfiles = [\"a\"]\n[vectors]\nwindwo = 5\n", "did you mean `window`?");
    job(
        "name = \"x\"\n[corpus]\nfiles = [\"a\"]\n[vectors]\narchitecture = \"skipgarm\"\n",
        "did you mean `skipgram`?",
    );
    job("name = \"x\"\n[corpus]\nfiles = [\"a\"]\n[vectors]\ndim = \"many\"\n", "job.toml:5: ");
    let vectors = "name = \"x\"\n[corpus]\nfiles = [\"a\"]\n[vectors]\n";
    job(&format!("{vectors}trainer = \"gloves\"\n"), "did you mean `glove`?");
    job(&format!("{vectors}x_max = 5\ntrainer = \"svd\"\n"), "job.toml:5: unknown field `x_max`");
    job(&format!("{vectors}tariner = \"svd\"\n"), "did you mean `trainer`?");
    job(&format!("{vectors}trainer = \"svd\"\nshift = 0\n"), "`shift` is 0");
    job("name = \"x\"\n", "nothing to do");
    job("name = \"\"\n[corpus]\nfiles = [\"a\"]\n", "job.toml: name is \"\"");
    job("name = \"x/y\"\n[corpus]\nfiles = [\"a\"]\n", "job.toml: name is \"x/y\"");
    job("name = \"x\"\n[corpus]\nfiles = []\n", "corpus.files names no file");
    job("name = \"x\"\n[corpus]\nfiles = [\"a\"]\nshards = 0\n", "corpus.shards is 0");
    job("name = \"x\"\n[classifier.train]\nfiles = []\n", "classifier.train.files names no file");
    job("name = \n", "job.toml:1: ");
    job("name = \"x\"\n[corpus]\nfiles = [\"a\"]\n[vectors]\ndim = 0\n", "`dim` is 0");
    job("name = \"x\"\n[corpus]\nfiles = [\"a\"]\n[language_model]\norder = 0\n", "`order` is 0");
    check(&[("job.toml", b"name = \"x\"\n[corpus]\nfiles = [\"a\"]\n")], "run job.toml", 1, "cannot find a");
    check(&[], "run --set vectors.widnow=3", 2, "did you mean `window`?");
    check(&[], "run --set vectors", 2, "expected section.key=value");
}

#[test]
fn settings_out_of_range() {
    let text: &[(&str, &[u8])] = &[("text.txt", b"a rose is a rose\n")];
    for (flag, message) in [
        ("--dim 0", "`dim` is 0"),
        ("--window 0", "`window` is 0"),
        ("--epochs 0", "`epochs` is 0"),
        ("--learning-rate 0", "`learning_rate` is 0"),
        ("--threads 0", "threads"),
        ("--threads 100000", "threads"),
    ] {
        let train = "vectors train skipgram -i text.txt -o vectors.bin --min-count 1";
        check(text, &format!("{train} {flag}"), 2, message);
    }
    check(text, "classify train -i text.txt -o model --words 2 1", 2, "words");
    check(text, "lm train ngram -i text.txt -o model --order 0", 2, "`order` is 0");
    check(text, "lm train ngram -i text.txt -o model --order 3 --prune 2 1", 2, "`prune` is [2, 1]");
    check(
        text,
        "lm train ngram -i text.txt -o model --order 3",
        1,
        "cannot estimate the Kneser-Ney discounts",
    );
}

#[test]
fn more_threads_than_cores_are_only_worth_a_note() {
    let desk = Desk::new();
    desk.write("text.txt", "a rose is a rose\n");
    let ended = desk.run(&format!("{TRAIN} --threads 200")).done();
    assert!(ended.stderr.contains("200 threads on "), "{}", ended.stderr);
}

#[test]
fn output_that_exists_is_kept() {
    let desk = Desk::new();
    desk.write("text.txt", "a rose is a rose\n");
    desk.write("vectors.bin", "mine");
    check_at(&desk, TRAIN, 2, "vectors.bin exists; ");
    assert_eq!(desk.read("vectors.bin"), "mine");
    desk.run(&format!("{TRAIN} --force")).done();
    assert_ne!(fs::read(desk.path("vectors.bin")).unwrap(), b"mine");
    check_at(&desk, "lm train ngram -i text.txt -o text.txt", 2, "text.txt exists; ");
    check_at(&desk, "vocab build -i text.txt -o text.txt", 2, "text.txt exists; ");
}

#[test]
fn folders_of_somebody_else_are_left_alone() {
    let desk = Desk::new();
    for folder in ["notes", "notes/corpus", "notes/vocab"] {
        fs::create_dir(desk.path(folder)).unwrap();
    }
    desk.write("notes/README.md", "mine");
    desk.write("notes/corpus/letter.txt", "dear");
    desk.write("train.csv", "label,text\ngood,a fine rose\nbad,a sharp thorn\n");
    check_at(&desk, "run -o notes", 2, "notes is not empty and holds no bundle");
    check_at(&desk, "run -o notes --force", 2, "notes is not empty and holds no bundle");
    let train = "classify train -i train.csv --read csv --text text --label label -o";
    check_at(&desk, &format!("{train} notes --force"), 2, "notes holds no classifier and is not empty");
    assert_eq!(
        (desk.read("notes/README.md"), desk.read("notes/corpus/letter.txt")),
        ("mine".into(), "dear".into())
    );
    desk.run(&format!("{train} model")).done();
    check_at(&desk, &format!("{train} model"), 2, "model exists; ");
    desk.run(&format!("{train} model --kind logistic --force")).done();
    desk.run("classify predict --model model -i train.csv").done();
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let desk = Desk::new();
    desk.write("text.txt", "a rose is a rose\nis a rose a rose\n");
    desk.run("lm train ngram -i text.txt -o model --order 2 --discount-fallback").done();
    let mut command = desk.command("lm generate model -n 20000");
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!((child.wait().unwrap().code(), said.as_str()), (Some(0), ""));
}

#[cfg(target_os = "linux")]
mod full_disk {
    use super::*;
    use std::process::Command;

    /// A disk of one megabyte, gone with the value.
    struct TinyDisk(std::path::PathBuf);

    impl TinyDisk {
        /// Only the administrator can make one, and in some containers nobody.
        fn mount(desk: &Desk) -> Option<Self> {
            let path = desk.path("disk");
            fs::create_dir(&path).unwrap();
            let mut mount = Command::new("mount");
            mount.args(["-t", "tmpfs", "-o", "size=1m", "tmpfs"]).arg(&path);
            let mounted = mount.stderr(Stdio::null()).status().is_ok_and(|status| status.success());
            mounted.then_some(Self(path))
        }
    }

    impl Drop for TinyDisk {
        fn drop(&mut self) {
            let _ = Command::new("umount").arg(&self.0).status();
        }
    }

    #[test]
    fn standard_output_that_is_full_is_a_failure() {
        let desk = Desk::new();
        desk.write("text.txt", "a rose is a rose\n");
        let full = fs::File::options().write(true).open("/dev/full").unwrap();
        let mut command = desk.command("corpus stats -i text.txt");
        Ended::of(command.stdout(full)).failed(1, "No space left on device");
    }

    #[test]
    fn a_full_disk_leaves_no_half_file() {
        let desk = Desk::new();
        let Some(_disk) = TinyDisk::mount(&desk) else {
            eprintln!("skipped: no small disk can be mounted here");
            return;
        };
        let words = (0..20_000).map(|i| format!("word{i} ")).collect::<String>();
        desk.write("text.txt", words + "\n");
        for command in [
            "vectors train skipgram -i text.txt -o disk/vectors.bin --min-count 1 --dim 50 --epochs 1",
            "lm train ngram -i text.txt -o disk/model --order 2 --discount-fallback",
            "lm train ngram -i text.txt --arpa disk/model.arpa --order 2 --discount-fallback",
        ] {
            check_at(&desk, command, 1, "No space left on device");
        }
        Ended::of(&mut desk.small_demo_in("disk/out", "--set demo.documents=4000"))
            .failed(1, "No space left on device");
        let kept = desk.names().into_iter().filter(|name| name.ends_with("stage.json"));
        for record in kept {
            let text = desk.read(&record);
            assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{record}");
        }
    }
}
