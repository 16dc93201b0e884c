mod bad_input;

use super::*;
use proptest::prelude::*;
use std::error::Error;
use std::io::Write;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A folder with one file.
fn file(bytes: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    std::fs::write(&path, bytes).unwrap();
    (folder, path)
}

fn options(format: &str) -> ReadOptions {
    ReadOptions { format: serde_json::from_str(format).unwrap(), n_shards: 1, ..ReadOptions::default() }
}

type Row = (String, Option<String>, Option<String>);

/// Text, label and id of every document.
fn read(paths: &[PathBuf], options: &ReadOptions) -> Result<(Vec<Row>, ReadStats), TextError> {
    let documents = FileDocuments::cut(paths, options, 1)?;
    assert!(documents.n_shards() <= options.n_shards);
    let mut rows = Vec::new();
    for shard in 0..documents.n_shards() {
        documents.for_each(shard, &mut |document| {
            let owned = |text: Option<&str>| text.map(str::to_owned);
            rows.push((document.text.to_owned(), owned(document.label), owned(document.id)));
            ControlFlow::Continue(())
        })?;
    }
    let stats = documents.stats();
    assert_eq!(stats.documents, rows.len() as u64);
    Ok((rows, stats))
}

/// Reads `bytes` in 1 to 6 shards; `want` has ` | ` between documents and `=label`, `#id` behind the text.
#[track_caller]
fn check(format: &str, bytes: &[u8], want: &str) {
    for n_shards in 1..=6 {
        let (_folder, path) = file(bytes);
        let (rows, _) = read(&[path], &ReadOptions { n_shards, ..options(format) }).unwrap();
        assert_eq!(show(&rows), want, "in {n_shards} shards");
    }
}

fn show(rows: &[Row]) -> String {
    let show = |(text, label, id): &Row| {
        let label = label.as_ref().map_or(String::new(), |label| format!("={label}"));
        text.clone() + &label + &id.as_ref().map_or(String::new(), |id| format!("#{id}"))
    };
    rows.iter().map(show).collect::<Vec<_>>().join(" | ")
}

/// The message of the error and of its causes, without the folder.
fn message(error: &TextError, folder: &Path) -> String {
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        message += &format!(": {error}");
        cause = error.source();
    }
    message.replace(&format!("{}/", folder.display()), "")
}

#[track_caller]
fn check_error_with(options: &ReadOptions, bytes: &[u8], want: &str) {
    for n_shards in [1, 3] {
        let (folder, path) = file(bytes);
        let error = read(&[path], &ReadOptions { n_shards, ..options.clone() }).unwrap_err();
        let found = message(&error, folder.path());
        assert!(found.starts_with(want), "found {found:?} in {n_shards} shards");
    }
}

#[track_caller]
fn check_error(format: &str, bytes: &[u8], want: &str) {
    check_error_with(&options(format), bytes, want);
}

const LINES: &str = "\"lines\"";
const TEXT_TABLE: &str = r#"{"csv": {"text": ["text"]}}"#;
const JSONL: &str = r#"{"jsonl": {}}"#;
const CONLL_TAGS: &str = r#"{"conll": {}}"#;

#[test]
fn lines_are_documents() {
    check(LINES, b"one\ntwo\r\n\nthree", "one | two | three");
    check(LINES, b"one\n", "one");
    check(LINES, b"\n\n", "");
    check(LINES, "\u{feff}一\n二".as_bytes(), "一 | 二");
}

#[test]
fn a_file_can_be_a_document() {
    let (_folder, path) = file(b"one\ntwo\n");
    let (rows, _) = read(std::slice::from_ref(&path), &options("\"file\"")).unwrap();
    assert_eq!(rows, [("one\ntwo\n".to_owned(), None, Some(path.display().to_string()))]);
}

#[test]
fn a_folder_is_its_files_in_order_with_labels() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["pos/b", "pos/a", "neg/c", ".hidden", "d"] {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, name).unwrap();
    }
    for n_shards in 1..6 {
        let options = ReadOptions { n_shards, ..options("\"file\"") };
        let (rows, _) = read(&[folder.path().to_owned()], &options).unwrap();
        let rows: Vec<Row> = rows.into_iter().map(|(text, label, _)| (text, label, None)).collect();
        assert_eq!(show(&rows), "d | neg/c=neg | pos/a=pos | pos/b=pos");
    }
}

const WIKI: &str = "<doc id=\"1\" url=\"u\" title=\"A\">\nA\n\nText of <doc> A.\n</doc>\n\n\
    <doc id=\"22\" url=\"u\" title=\"B\">\nB\n</doc>\n";

#[test]
fn wiki_documents_have_titles_and_ids() {
    check("\"wiki\"", WIKI.as_bytes(), "A\n\nText of <doc> A.#1 | B#22");
    check("\"wiki\"", WIKI.replace('\n', "\r\n").as_bytes(), "A\n\nText of <doc> A.#1 | B#22");
}

#[test]
fn json_has_fields() {
    let rows = br#"{"text": "one\n\"1\"", "label": "a", "id": 0}
{"label": 7, "id": true, "text": "two"}

{"text": "three", "label": ["a", "b"], "id": null}
{"text": "four", "label": null, "id": 4.50, "t\u0065xt": "five"}
"#;
    let format = r#"{"jsonl": {"label": "label", "id": "id"}}"#;
    check(format, rows, "one\n\"1\"=a#0 | two=7#true | three=a\tb | five#4.5");
}

#[test]
fn json_fields_may_be_nested_and_joined() {
    let format = r#"{"jsonl": {"text": ["title", "body.text", "a.b"]}}"#;
    check(format, br#"{"title": "A", "body": {"text": "b\nc"}, "a.b": "d"}"#, "A b\nc d");
}

const TABLE: &str = "id,text,label\n1,\"one, \"\"1\"\"\nnew line\",a\r\n\n2,two,b\n3,,a\n";

#[test]
fn tables_have_columns() {
    let named = r#"{"csv": {"text": ["text"], "label": "label", "id": "id"}}"#;
    check(named, TABLE.as_bytes(), "one, \"1\"\nnew line=a#1 | two=b#2 | =a#3");
    let numbered = r#"{"tsv": {"text": [2, 0], "header": false}}"#;
    check(numbered, b"\"a\tx\tb\nc\ty\td", "b \"a | d c");
    check(r#"{"csv": {"text": ["title", "text"]}}"#, b"title,text\na,b\n", "a b");
}

#[test]
fn labels_stand_anywhere() {
    let lines = b"__label__pos good film\n__label__a\tboth  x __label__b\nnone at all\n__label__x\n\n";
    check("\"label\"", lines, "good film=pos | both x=a\tb | none at all | =x");
}

const CONLL: &str = "-DOCSTART- -X- O\n\nEU NNP B-ORG\nrejects VBZ O\n\n\nPeter\tNNP  B-PER\n";

#[test]
fn conll_sentences_are_documents() {
    check(CONLL_TAGS, CONLL.as_bytes(), "EU rejects=B-ORG O | Peter=B-PER");
    check(CONLL_TAGS, CONLL.replace('\n', "\r\n").as_bytes(), "EU rejects=B-ORG O | Peter=B-PER");
    let columns = r#"{"conll": {"token": 1, "tag": -3}}"#;
    check(columns, CONLL.as_bytes(), "NNP VBZ=EU rejects | NNP=Peter");
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn compressed_files_are_known_by_their_first_bytes() {
    check(LINES, &gzip(b"one\ntwo\n"), "one | two");
    check(LINES, &[gzip(b"one\nt"), gzip(b"wo\n")].concat(), "one | two");
    check(LINES, &zstd::encode_all(&b"one\ntwo\n"[..], 0).unwrap(), "one | two");
}

#[test]
fn invalid_bytes_can_be_replaced_and_are_counted() {
    let (_folder, path) = file(b"a\xFFb\n\xE6\x88\nc\0\xC3");
    for n_shards in 1..4 {
        let options = ReadOptions { invalid: InvalidPolicy::Replace, n_shards, ..options(LINES) };
        let (rows, stats) = read(std::slice::from_ref(&path), &options).unwrap();
        assert_eq!(show(&rows), "a\u{fffd}b | \u{fffd} | c\0\u{fffd}");
        assert_eq!(stats, ReadStats { documents: 3, bytes: 10, replaced: 3 });
    }
}

#[track_caller]
fn check_encoding(name: &str, bytes: &[u8], want: &str) {
    let (_folder, path) = file(bytes);
    let options = ReadOptions { encoding: Encoding::from_name(name).unwrap(), n_shards: 3, ..options(LINES) };
    assert_eq!(show(&read(&[path], &options).unwrap().0), want);
}

#[test]
fn other_encodings_are_read_by_name() {
    check_encoding("latin-1", b"caf\xE9\n\xA31", "café | £1");
    check_encoding("gb18030", b"\xCE\xD2\n\xB0\xAE", "我 | 爱");
    check_encoding("utf-16le", b"\x11\x62\n\0a\0", "我 | a");
    check_encoding("utf-16be", b"\xFE\xFF\x62\x11\0\n\0a", "我 | a");
    check_encoding("utf-16", b"\xFE\xFF\x62\x11\0\n\0a", "我 | a");
}

#[test]
fn reading_stops_when_the_sink_breaks() {
    let (_folder, path) = file(b"a\nb\nc\n");
    let documents = FileDocuments::open(&[path], &options(LINES)).unwrap();
    let mut found = String::new();
    for _ in 0..2 {
        let mut sink = |document: Document<'_>| {
            found += document.text;
            if document.text == "b" { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        documents.for_each(0, &mut sink).unwrap();
        assert_eq!(documents.stats().documents, 2);
    }
    assert_eq!(found, "abab");
}

#[test]
fn several_files_come_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let contents =
        [("a", b"1\n2".to_vec()), ("b", gzip(b"3\n4\n")), ("c", Vec::new()), ("d", b"5\n".to_vec())];
    let paths = contents.map(|(name, bytes)| {
        std::fs::write(folder.path().join(name), bytes).unwrap();
        folder.path().join(name)
    });
    for n_shards in 1..9 {
        let (rows, _) = read(&paths, &ReadOptions { n_shards, ..options(LINES) }).unwrap();
        assert_eq!(show(&rows), "1 | 2 | 3 | 4 | 5");
    }
}

#[test]
fn shards_are_about_equal() {
    let (_folder, path) = file("word word\n".repeat(10_000).as_bytes());
    let documents = FileDocuments::cut(&[path], &ReadOptions { n_shards: 4, ..options(LINES) }, 1).unwrap();
    assert_eq!(documents.n_shards(), 4);
    for shard in 0..4 {
        let mut n = 0;
        documents
            .for_each(shard, &mut |_| {
                n += 1;
                ControlFlow::Continue(())
            })
            .unwrap();
        assert!((2_499..=2_501).contains(&n), "{n} documents in shard {shard}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn lines_do_not_depend_on_shards(text in "[a-z我\n]{1,200}", n_shards in 1..9usize) {
        let (_folder, path) = file(text.as_bytes());
        let (rows, _) = read(&[path], &ReadOptions { n_shards, ..options(LINES) }).unwrap();
        prop_assert_eq!(rows.into_iter().map(|row| row.0).collect::<Vec<_>>(), text.lines().filter(|line| !line.is_empty()).collect::<Vec<_>>());
    }

    #[test]
    fn tables_do_not_depend_on_shards(rows in prop::collection::vec("[a-z,\"\n]{1,20}", 0..20), n_shards in 1..9usize) {
        let quoted: String = rows.iter().map(|row| format!("\"{}\"\r\n", row.replace('"', "\"\""))).collect();
        let (_folder, path) = file(format!("text\n{quoted}").as_bytes());
        let (found, _) = read(&[path], &ReadOptions { n_shards, ..options(TEXT_TABLE) }).unwrap();
        prop_assert_eq!(found.into_iter().map(|row| row.0).collect::<Vec<_>>(), rows);
    }

    #[test]
    fn no_bytes_make_a_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), n_shards in 1..4usize) {
        let (_folder, path) = file(&bytes);
        for format in FORMATS {
            let invalid = InvalidPolicy::Replace;
            let options = ReadOptions { invalid, n_shards, ..options(format) };
            let _ = read(std::slice::from_ref(&path), &options);
        }
    }
}

const FORMATS: [&str; 8] = [
    LINES,
    JSONL,
    CONLL_TAGS,
    "\"file\"",
    "\"wiki\"",
    "\"label\"",
    r#"{"csv": {}}"#,
    r#"{"tsv": {"header": false}}"#,
];
