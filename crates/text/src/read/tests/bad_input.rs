//! What is refused, and with which words.

use super::*;

#[test]
fn wiki_lines_out_of_place_are_refused() {
    check_error("\"wiki\"", b"Just text\n", "file:1: expected `<doc …>`, found `Just text`");
    let unclosed = "<doc id=\"1\">\nA\n".repeat(2);
    check_error("\"wiki\"", unclosed.as_bytes(), "file:");
    check_error("\"wiki\"", b"<doc id=\"1\">\nA\n", "file:2: expected `</doc>`, found the end of the file");
    let late = WIKI.repeat(3) + "astray\n";
    check_error("\"wiki\"", late.as_bytes(), "file:28: expected `<doc …>`, found `astray`");
}

#[test]
fn json_without_the_text_is_refused() {
    let want = "file:1: there is no field `text`; the fields are `id`, `txt`; did you mean `txt`?";
    check_error(JSONL, b"{\"txt\": 1, \"id\": 2}", want);
    let want = "file:2: there is no field `text`; the fields are `body`";
    check_error(JSONL, b"{\"text\": 1}\n{\"body\": 1}", want);
    check_error(JSONL, b"{\"text\": 1}\nnot json", "file:2: expected a JSON object: expected ident");
    check_error(JSONL, b"{\"text\": \"a\"} x", "file:1: expected a JSON object: trailing characters");
    check_error(JSONL, b"[1]", "file:1: expected a JSON object: invalid type: sequence");
    let label = r#"{"jsonl": {"label": "class"}}"#;
    check_error(label, b"{\"text\": 1}", "file:1: there is no field `class`; the fields are `text`");
}

#[test]
fn tables_without_the_column_are_refused() {
    let named = r#"{"csv": {"text": ["Txt"]}}"#;
    check_error(
        named,
        TABLE.as_bytes(),
        "file: there is no column `Txt`; the columns are `id`, `text`, `label`; did you mean `text`?",
    );
    let numbered = r#"{"csv": {"text": [3]}}"#;
    check_error(
        numbered,
        TABLE.as_bytes(),
        "file: there is no column `3`; the columns are `id`, `text`, `label`",
    );
    let bare = r#"{"csv": {"text": ["text"], "header": false}}"#;
    check_error(bare, b"a,b", "file: there is no column `text`; the columns are `0`, `1`");
}

#[test]
fn ragged_rows_are_refused() {
    check_error(TEXT_TABLE, b"text,n\n\n\na,1\n\nb\nc,2\n", "file:6: expected 2 fields, found 1");
    check_error(TEXT_TABLE, b"text,n\r\na,1\r\nb,1,2\r\nc,2\r\n", "file:3: expected 2 fields, found 3");
    check_error(TEXT_TABLE, b"text,n\n\"a\nb\",1\nb,1,2\nc,2\n", "file:4: expected 2 fields, found 3");
    let late = format!("text,n\n{}b\n", "a,1\n".repeat(50));
    check_error(TEXT_TABLE, late.as_bytes(), "file:52: expected 2 fields, found 1");
    check_error(TEXT_TABLE, b"text,n\na,1\n\r\n\r\nb", "file:5: expected 2 fields, found 1");
}

#[test]
fn open_quotation_marks_are_refused() {
    let want = |line: u64| format!("file:{line}: a quotation mark in the row that starts here is not closed");
    check_error(TEXT_TABLE, b"text,n\na,1\n\"b,2\nc,3\n", &want(3));
    check_error(TEXT_TABLE, b"text,n\na,1\n\n\"b\n\n,2\nc,3", &want(4));
    check_error(TEXT_TABLE, b"text,\"n\na,1\n", &want(1));
    let late = format!("text,n\n{}\"b,2\n{}", "a,1\n".repeat(50), "c,3\n".repeat(50));
    check_error(TEXT_TABLE, late.as_bytes(), &want(52));
}

#[test]
fn conll_lines_with_too_few_columns_are_refused() {
    let columns = r#"{"conll": {"tag": 2}}"#;
    check_error(columns, b"a b c\n\nd e\n", "file:3: expected 3 fields, found 2");
    let columns = r#"{"conll": {"tag": -4}}"#;
    check_error(columns, b"a b c\n", "file:1: expected 4 fields, found 3");
}

#[test]
fn damaged_archives_are_refused() {
    let text: String = (0..40_000).map(|i| format!("{i}\n")).collect();
    let whole = gzip(text.as_bytes());
    let want = "file: the gzip data are damaged or cut short: ";
    check_error(LINES, &whole[..whole.len() / 2], want);
    check_error(LINES, &whole[..12], want);
    let mut damaged = whole.clone();
    damaged[whole.len() / 2] ^= 0xFF;
    check_error(LINES, &damaged, want);
    let whole = zstd::encode_all(text.as_bytes(), 0).unwrap();
    check_error(LINES, &whole[..whole.len() / 2], "file: the zstd data are damaged or cut short: ");
}

#[test]
fn files_that_are_no_text_are_refused() {
    check_error(LINES, b"", "file is empty");
    check_error(LINES, b"text\n\0\x01", "file looks like a binary file: byte 5 is 0; expected text in UTF-8");
    check_error(LINES, &gzip(b"a\0"), "file looks like a binary file: byte 1 is 0; expected text in UTF-8");
    check_error(LINES, b"PK\x03\x04 ...", "file is a ZIP archive, expected text; unpack or convert it first");
    check_error(
        LINES,
        b"\xFF\xFEa\0",
        "file starts with the byte order mark of UTF-16LE, expected UTF-8; name the right encoding",
    );
}

#[test]
fn paths_that_are_no_files_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let check = |path: &Path, format: &str, want: &str| {
        let error = read(&[path.to_owned()], &options(format)).unwrap_err();
        assert!(message(&error, folder.path()).starts_with(want), "{error}");
    };
    check(&folder.path().join("none"), LINES, "cannot read none: No such file");
    std::fs::create_dir(folder.path().join("sub")).unwrap();
    check(&folder.path().join("sub"), LINES, "sub is a folder, expected a file");
    check(&folder.path().join("sub"), "\"file\"", "sub holds no files");
    assert!(matches!(FileDocuments::open::<PathBuf>(&[], &options(LINES)), Err(TextError::NoFiles)));
}

#[cfg(unix)]
#[test]
fn devices_and_endless_links_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(folder.path(), folder.path().join("up")).unwrap();
    let error = read(&[folder.path().to_owned()], &options("\"file\"")).unwrap_err();
    assert!(matches!(error, TextError::FolderWithoutFiles { .. } | TextError::Io { .. }), "{error}");
    let error = read(&["/dev/null".into()], &options(LINES)).unwrap_err();
    assert_eq!(error.to_string(), "/dev/null is neither a file nor a folder");
}

#[test]
fn invalid_bytes_are_refused_with_their_place() {
    let invalid = "file: byte 7 is not valid UTF-8; name the right encoding, or replace invalid bytes";
    check_error(LINES, b"one\ntwo\xFF\nthree\n", invalid);
    check_error(LINES, b"one\ntwo\xE6\x88\n", invalid);
    check_error(LINES, b"one\ntwo\xE6\x88", invalid);
    check_error(LINES, &gzip(b"one\ntwo\xFF"), invalid);
    check_error(TEXT_TABLE, b"text,a\nb\xFF,c\n", "file: byte 8 is not valid UTF-8");
    let far = [&b"x\n".repeat(100_000)[..], b"\xFF\n"].concat();
    check_error(LINES, &far, "file: byte 200000 is not valid UTF-8");
}

#[test]
fn invalid_bytes_of_other_encodings_are_found() {
    let gb18030 = ReadOptions { encoding: Encoding::from_name("gb18030").unwrap(), ..options(LINES) };
    check_error_with(&gb18030, b"a\n\xCE\xD2\xFFb", "file: byte 4 is not valid gb18030");
    let utf16 = ReadOptions { encoding: Encoding::from_name("utf-16le").unwrap(), ..options(LINES) };
    check_error_with(&utf16, b"a\0\x00\xD8b\0", "file: byte 2 is not valid UTF-16LE");
}

#[test]
fn documents_that_are_too_long_are_refused() {
    let small = |format: &str| ReadOptions { max_document_bytes: 100_000, ..options(format) };
    let long = "x".repeat(400_000);
    let want = |line: u64| format!("file:{line}: a document of more than 100000 bytes, which is all that");
    check_error_with(&small(LINES), format!("a\n{long}\n").as_bytes(), &want(2));
    check_error_with(&small("\"file\""), long.as_bytes(), &want(1));
    check_error_with(&small(TEXT_TABLE), format!("text\na\n\"{long}\"\n").as_bytes(), &want(3));
    check_error_with(&small(TEXT_TABLE), format!("text\n\"{long}\n").as_bytes(), &want(2));
    let wiki = format!("<doc id=\"1\">\n{}", "some text\n".repeat(40_000));
    check_error_with(&small("\"wiki\""), wiki.as_bytes(), &want(1));
    check_error_with(&small(CONLL_TAGS), format!("\n{}", "word O\n".repeat(40_000)).as_bytes(), &want(2));
}

#[test]
fn delimiters_are_checked() {
    for delimiter in ["，", "\\\"", "\\n"] {
        let format = format!(r#"{{"csv": {{"delimiter": "{delimiter}"}}}}"#);
        check_error(&format, b"a", "expected an ASCII character other than quotation marks and line ends");
    }
}
