use super::*;
use proptest::prelude::*;
use std::io::Write as _;
use tempfile::TempDir;

/// A file in a folder of its own.
fn file(bytes: &[u8]) -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("text");
    std::fs::write(&path, bytes).unwrap();
    (dir, path)
}

fn read(path: &Path, options: &ReadOptions) -> Result<Vec<String>, TextError> {
    let documents = FileDocuments::open(&[path], options)?;
    let mut found = Vec::new();
    for shard in 0..documents.n_shards() {
        documents.for_each(shard, &mut |document| {
            let parts = [document.label, document.id, document.time].into_iter().flatten();
            let parts: Vec<&str> = parts.chain([document.text]).collect();
            found.push(parts.join("|"));
            ControlFlow::Continue(())
        })?;
    }
    Ok(found)
}

#[track_caller]
fn check(format: Format, text: &str, want: &[&str]) {
    let (_dir, path) = file(text.as_bytes());
    let options = ReadOptions { format, ..ReadOptions::default() };
    assert_eq!(read(&path, &options).unwrap(), want);
}

/// The message of an error, with the folder taken out of it.
#[track_caller]
fn check_error(options: &ReadOptions, bytes: &[u8], want: &str) {
    let (dir, path) = file(bytes);
    let message = read(&path, options).unwrap_err().to_string();
    assert_eq!(message.replace(&format!("{}/", dir.path().display()), ""), want);
}

fn csv(text: &[&str], label: &str) -> Table {
    let text = text.iter().map(|&name| Column::from(name)).collect();
    Table { text, label: Some(Column::from(label)), ..Table::default() }
}

#[test]
fn lines_are_documents() {
    check(Format::Lines, "a b\r\n\n中文\nlast", &["a b", "中文", "last"]);
    check(Format::Lines, "", &[]);
    check(Format::Lines, "\u{feff}a\n", &["a"]);
}

#[test]
fn wiki_documents_have_ids() {
    let text =
        "<doc id=\"12\" url=\"u\" title=\"A \"b\"\">\nTitle\n\nText.\n</doc>\n\n<doc id=\"13\">\nx\n</doc>\n";
    check(Format::Wiki, text, &["12|Title\n\nText.", "13|x"]);
}

#[test]
fn json_fields_may_be_nested() {
    let fields = Fields {
        text: vec!["title".to_owned(), "body.text".to_owned()],
        label: Some("tags".to_owned()),
        ..Fields::default()
    };
    let text = r#"{"title": "A", "body": {"text": "b\nc"}, "tags": ["x", "y"]}"#;
    check(Format::Jsonl(fields), text, &["x\ty|A b\nc"]);
}

#[test]
fn tables_have_named_and_numbered_columns() {
    let text = "label,title,body\n1,\"a, \"\"b\"\"\",\"two\nlines\"\n2,中,文\n";
    check(Format::Csv(csv(&["title", "2"], "label")), text, &["1|a, \"b\" two\nlines", "2|中 文"]);
    let table = Table { header: false, ..csv(&["1"], "0") };
    check(Format::Tsv(table), "x\t\"a\ny\tb\"\n", &["x|\"a", "y|b\""]);
}

#[test]
fn fasttext_lines_have_labels_anywhere() {
    check(Format::Label, "__label__a x  y __label__b\nno label\n\n", &["a\tb|x y", "no label"]);
}

#[test]
fn conll_sentences_are_joined() {
    let text = "-DOCSTART- -X- O O\n\nEU NNP B-ORG\nrejects VBZ O\n\n\nA DT O\n";
    check(Format::Conll(Conll::default()), text, &["B-ORG O|EU rejects", "O|A"]);
    let columns = Conll { token: 0, tag: None };
    check(Format::Conll(columns), "a\nb\n", &["a b"]);
}

#[test]
fn a_folder_holds_a_document_a_file() {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in [("b", "two"), ("a", "one\nline")] {
        std::fs::write(dir.path().join(name), text).unwrap();
    }
    let options = ReadOptions { format: Format::File, ..ReadOptions::default() };
    let found = read(dir.path(), &options).unwrap();
    assert!(found[0].ends_with("a|one\nline\n") || found[0].ends_with("a|one\nline"), "{found:?}");
    assert_eq!(found.len(), 2);
    let message = read(dir.path(), &ReadOptions::default()).unwrap_err().to_string();
    assert!(message.ends_with("is a folder, expected a file"), "{message}");
}

#[test]
fn compression_is_found_by_content() {
    for name in ["a.gz", "a.zst", "a.txt"] {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(name);
        let mut writer = TextWriter::create(&path).unwrap();
        writer.write_all("eins\nzwei\n".repeat(1000).as_bytes()).unwrap();
        assert!(!path.exists(), "not there before it is whole");
        writer.finish().unwrap();
        let other = dir.path().join("other");
        std::fs::rename(&path, &other).unwrap();
        assert_eq!(read(&other, &ReadOptions::default()).unwrap().len(), 2000);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "no temporary file is left");
    }
}

#[test]
fn compressed_data_that_end_early_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["a.gz", "a.zst"] {
        let path = dir.path().join(name);
        let mut writer = TextWriter::create(&path).unwrap();
        (0..10_000).for_each(|i| writeln!(writer, "line {}", i * i).unwrap());
        writer.finish().unwrap();
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
        let message = read(&path, &ReadOptions::default()).unwrap_err().to_string();
        assert!(message.ends_with("data are damaged or cut short"), "{message}");
    }
}

#[test]
fn other_encodings_are_read_by_name() {
    let options =
        |name| ReadOptions { encoding: Encoding::from_name(name).unwrap(), ..ReadOptions::default() };
    let utf16: Vec<u8> = "\u{feff}中文\nab".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (name, bytes, want) in [
        ("utf-16le", &utf16[..], &["中文", "ab"][..]),
        ("latin1", b"caf\xe9\n", &["café"]),
        ("gb18030", b"\xd6\xd0\xce\xc4\n", &["中文"]),
    ] {
        let (_dir, path) = file(bytes);
        assert_eq!(read(&path, &options(name)).unwrap(), want, "{name}");
    }
}

#[test]
fn invalid_bytes_are_named_or_counted() {
    let refuse = ReadOptions::default();
    let want = "text: byte 4 is not valid UTF-8; name the right encoding, or replace invalid bytes";
    check_error(&refuse, b"ab\nx\xffy\n", want);
    let long = [b"ab\n".repeat(50_000), b"\xe4\xb8".to_vec()].concat();
    let want = "text: byte 150000 is not valid UTF-8; name the right encoding, or replace invalid bytes";
    check_error(&refuse, &long, want);
    let (_dir, path) = file(b"ab\nx\xffy\xe4\xb8\n");
    let options = ReadOptions { invalid: InvalidPolicy::Replace, ..ReadOptions::default() };
    let documents = FileDocuments::open(&[&path], &options).unwrap();
    let mut found = Vec::new();
    for _ in 0..2 {
        found.clear();
        let take = &mut |document: Document<'_>| {
            found.push(document.text.to_owned());
            ControlFlow::Continue(())
        };
        documents.for_each(0, take).unwrap();
    }
    assert_eq!((found, documents.n_replaced()), (vec!["ab".to_owned(), "x\u{fffd}y\u{fffd}".to_owned()], 2));
}

#[test]
fn bad_files_are_named() {
    let lines = ReadOptions::default();
    check_error(&lines, b"\x7fELF\x00", "text looks like a binary file: byte 4 is 0; expected text in UTF-8");
    let short = ReadOptions { max_document_bytes: 1000, ..lines.clone() };
    let long = [b"a\n".to_vec(), vec![b'x'; 300_000]].concat();
    let too_long = "a document of more than 1000 bytes; raise the limit, or is this the right format?";
    check_error(&short, &long, &format!("text:2: {too_long}"));
    let table = ReadOptions { format: Format::Csv(csv(&["text"], "label")), ..short.clone() };
    check_error(&table, b"label,text\na,b\nc\n", "text:3: expected 2 fields, found 1");
    check_error(
        &table,
        b"label,txt\n",
        "text: there is no column `text`; the columns are `label`, `txt`; did you mean `txt`?",
    );
    let open = [b"label,text\na,\"".to_vec(), vec![b'x'; 300_000]].concat();
    check_error(&table, &open, &format!("text:2: {too_long}"));
    let wiki = ReadOptions { format: Format::Wiki, ..lines.clone() };
    check_error(
        &wiki,
        b"<doc id=\"1\">\nx\n",
        "text:3: expected `</doc>` before the end of the file, found an empty line",
    );
    check_error(&wiki, b"stray\n", "text:1: expected `<doc …>`, found `stray`");
    let json = ReadOptions { format: Format::Jsonl(Fields::default()), ..lines.clone() };
    check_error(&json, b"{\"text\": 1}\n[]\n", "text:2: expected a JSON object, found `[]`");
    check_error(&json, b"{\"txt\": 1}\n", "text:1: expected a field `text`, found `{\"txt\": 1}`");
    let conll = ReadOptions { format: Format::Conll(Conll { token: 3, tag: None }), ..lines };
    check_error(&conll, b"a b\n", "text:1: expected columns 3 and 3, found `a b`");
    let message = read(Path::new("/no/such/file"), &ReadOptions::default()).unwrap_err().to_string();
    assert_eq!(message, "cannot read /no/such/file");
}

#[test]
fn lines_of_later_shards_have_their_number_in_the_file() {
    let text = "{\"text\": \"0123456789\"}\n".repeat(2_000) + "oops\n";
    let (_dir, path) = file(text.as_bytes());
    let options = ReadOptions { format: Format::Jsonl(Fields::default()), ..ReadOptions::default() };
    assert!(FileDocuments::open(&[&path], &options).unwrap().n_shards() > 3);
    let message = read(&path, &options).unwrap_err().to_string();
    assert!(message.ends_with("text:2001: expected a JSON object"), "{message}");
}

/// Every way of cutting gives the documents of the whole.
#[track_caller]
fn check_shards(format: &Format, text: &str) {
    let (_dir, path) = file(text.as_bytes());
    let options = |n_shards| ReadOptions { format: format.clone(), n_shards, ..ReadOptions::default() };
    let whole = read(&path, &options(1)).unwrap();
    for n in [2, 3, 7, 20] {
        assert_eq!(read(&path, &options(n)).unwrap(), whole, "{n} shards");
    }
}

#[test]
fn shards_together_are_the_file() {
    let mut rng = 1u64;
    let mut word = || {
        rng = rng.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        ["a", "中文", "word\r", "", "x y"][(rng >> 33) as usize % 5]
    };
    let lines: String = (0..4_000).map(|_| format!("{}\n", word())).collect();
    check_shards(&Format::Lines, &lines.repeat(3));
    let conll: String = (0..9_000).map(|_| word().to_owned() + "\n").collect();
    check_shards(&Format::Conll(Conll { token: 0, tag: None }), &conll);
    let wiki: String =
        (0..1_000).map(|i| format!("<doc id=\"{i}\">\n{}\nmore text\n</doc>\n", word())).collect();
    check_shards(&Format::Wiki, &wiki);
}

proptest! {
    #[test]
    fn any_bytes_give_documents_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..300), format in 0usize..8) {
        let (_dir, path) = file(&bytes);
        let format = match format {
            0 => Format::Lines,
            1 => Format::File,
            2 => Format::Wiki,
            3 => Format::Jsonl(Fields::default()),
            4 => Format::Csv(Table::default()),
            5 => Format::Tsv(Table { header: false, ..Table::default() }),
            6 => Format::Label,
            _ => Format::Conll(Conll::default()),
        };
        for invalid in [InvalidPolicy::Refuse, InvalidPolicy::Replace] {
            let _ = read(&path, &ReadOptions { format: format.clone(), invalid, ..ReadOptions::default() });
        }
    }
}
