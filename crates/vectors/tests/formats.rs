//! Every format: what is accepted, and what is refused with which message.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use sememe_kernels::{Matrix, Observer, Progress, Silent};
use sememe_vectors::{Embeddings, LoadOptions, VectorFormat, VectorsError, detect, load, save};
use sememe_vocab::{Vocab, WordId};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

fn write(bytes: &[u8]) -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("vectors");
    std::fs::write(&path, bytes).unwrap();
    (dir, path)
}

fn show(embeddings: &Embeddings) -> Vec<(String, Vec<f32>)> {
    embeddings.iter().map(|(word, row)| (word.to_owned(), row.to_vec())).collect()
}

/// Reads `bytes` in the format that is detected.
#[track_caller]
fn check(bytes: &[u8], format: VectorFormat, want: &[(&str, &[f32])]) {
    let (_dir, path) = write(bytes);
    assert_eq!(detect(&path).unwrap(), format);
    let want: Vec<_> = want.iter().map(|(word, row)| ((*word).to_owned(), row.to_vec())).collect();
    assert_eq!(show(&load(&path, None).unwrap().0), want);
}

/// The message for `bytes`, without the folder of the file, and its cause.
fn message(path: &Path, format: VectorFormat) -> String {
    let error = load(path, Some(format)).unwrap_err();
    let mut text = error.to_string().replace(path.to_str().unwrap(), "FILE");
    let mut source = std::error::Error::source(&error);
    while let Some(error) = source {
        text += &format!(": {error}");
        source = error.source();
    }
    text
}

#[track_caller]
fn refused(bytes: &[u8], format: VectorFormat, want: &str) {
    let (_dir, path) = write(bytes);
    assert_eq!(message(&path, format), want);
}

fn float_bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|x| x.to_le_bytes()).collect()
}

/// A binary file: header, then word and vector of each entry with `end` after it.
fn binary(header: &str, entries: &[(&[u8], &[f32])], end: &str) -> Vec<u8> {
    let mut bytes = header.as_bytes().to_vec();
    for (word, row) in entries {
        bytes.extend([word, &b" "[..], &float_bytes(row), end.as_bytes()].concat());
    }
    bytes
}

fn embeddings(words: &[(&str, u64)], n_special: usize, dim: usize, values: &[f32]) -> Embeddings {
    let vocab = Vocab::from_words(words.iter().copied(), n_special).unwrap();
    Embeddings::new(vocab, Matrix::from_vec(words.len(), dim, values.to_vec()).unwrap()).unwrap()
}

#[test]
fn text_of_word2vec_fasttext_and_gensim_is_read() {
    let want: &[(&str, &[f32])] = &[("the", &[0.5, -2e-3]), ("世界", &[1., 0.])];
    check("2 2\nthe 0.5 -2e-3\n世界 1 0\n".as_bytes(), VectorFormat::Word2vecText, want);
    check("2 2\nthe 0.500000 -0.002000 \n世界 1.0 0.0 \n".as_bytes(), VectorFormat::Word2vecText, want);
    check("2 2\r\nthe 0.5 -0.002\r\n世界 1 0".as_bytes(), VectorFormat::Word2vecText, want);
    check("2 2\nthe\t0.5\t-0.002\n\n世界 +1 -0\n\n".as_bytes(), VectorFormat::Word2vecText, want);
    check(b"0 7\n", VectorFormat::Word2vecText, &[]);
}

#[test]
fn glove_text_may_hold_words_with_spaces() {
    check(
        ". . . 0.5 1\nat x@y.z 2 3\nodd\u{a0}one 4 5\n".as_bytes(),
        VectorFormat::GloveText,
        &[(". . .", &[0.5, 1.]), ("at x@y.z", &[2., 3.]), ("odd\u{a0}one", &[4., 5.])],
    );
}

#[test]
fn binary_is_read_with_and_without_line_feeds() {
    let entries: &[(&[u8], &[f32])] = &[(b"the", &[0.5, -2.]), ("世界".as_bytes(), &[1e-9, 0.])];
    let want: &[(&str, &[f32])] = &[("the", &[0.5, -2.]), ("世界", &[1e-9, 0.])];
    check(&binary("2 2\n", entries, "\n"), VectorFormat::Word2vecBinary, want);
    check(&binary("2 2\n", entries, ""), VectorFormat::Word2vecBinary, want);
}

#[test]
fn the_first_of_equal_words_is_kept_and_the_others_counted() {
    let (_dir, path) = write(b"4 1\na 1\nb 2\na 3\nb 4\n");
    let (embeddings, report) = load(&path, None).unwrap();
    assert_eq!(show(&embeddings), [("a".to_owned(), vec![1.]), ("b".to_owned(), vec![2.])]);
    assert_eq!((report.words, report.duplicates, report.dim), (2, 2, 1));
}

#[test]
fn words_beyond_the_wanted_are_not_looked_at() {
    let first = |bytes: &[u8]| {
        let (_dir, path) = write(bytes);
        let options = LoadOptions { max_words: Some(1), ..LoadOptions::default() };
        options.load(&path, &mut Silent).map(|(embeddings, _)| show(&embeddings))
    };
    let want = [("a".to_owned(), vec![1.])];
    assert_eq!(first(b"2 1\na 1\nbroken").unwrap(), want);
    assert_eq!(first(b"a 1\nbroken").unwrap(), want);
    assert_eq!(first(&binary("2 1\n", &[(b"a", &[1.])], "\nbroken")).unwrap(), want);
}

#[test]
fn words_that_are_not_utf8_are_refused_or_replaced() {
    let binary = binary("1 1\n", &[(b"ca\xffe", &[1.])], "\n");
    for bytes in [&b"1 1\nca\xffe 1\n"[..], &binary] {
        let (_dir, path) = write(bytes);
        let error = load(&path, None).unwrap_err().to_string();
        assert!(
            error.ends_with("expected a word in UTF-8, found `ca\u{fffd}e` with an invalid byte at 6"),
            "{error}"
        );
        let options = LoadOptions { replace_invalid: true, ..LoadOptions::default() };
        let (embeddings, report) = options.load(&path, &mut Silent).unwrap();
        assert_eq!((embeddings.vocab().word(WordId(0)), report.replaced), ("ca\u{fffd}e", 1));
    }
}

#[test]
fn damaged_text_is_refused_with_its_line() {
    let refused = |text: &str, want| refused(text.as_bytes(), VectorFormat::Word2vecText, want);
    refused(
        "hello\n",
        "FILE:1: expected the number of words and a dimension from 1 to 1048576, found `hello`",
    );
    refused("", "FILE:1: expected the number of words and a dimension from 1 to 1048576, found ``");
    refused(
        "1 0\na\n",
        "FILE:1: expected the number of words and a dimension from 1 to 1048576, found `1 0`",
    );
    refused("2 2\na 1 2\n", "FILE: the header promises 2 words, found 1");
    refused("1 2\na 1 2\nb 1 2\n", "FILE: the header promises 1 words, found 2");
    refused("99999999999 2\na 1 2\n", "FILE: the header promises 99999999999 words, found 1");
    refused("2 2\na 1 2\nb 1\n", "FILE:3: expected 2 numbers, found 1");
    refused("2 2\na 1 2 3\nb 1 2\n", "FILE:2: expected 2 numbers, found 3");
    refused("1 2\na 1 x\n", "FILE:2: expected a number in column 1, found `x`");
    refused("1 2\n\na 1 NaN\n", "FILE:3: expected a finite number in column 1, found NaN");
    refused("1 2\na -1e99 1\n", "FILE:2: expected a finite number in column 0, found -inf");
    refused("1 2\n 1 2\n", "FILE:2: expected a word before the numbers, found none");
}

#[test]
fn damaged_glove_text_is_refused_with_its_line() {
    let refused = |text: &str, want| refused(text.as_bytes(), VectorFormat::GloveText, want);
    refused("", "FILE:1: expected a word and its numbers, found ``");
    refused("hello world\n", "FILE:1: expected a word and its numbers, found `hello world`");
    refused("0", "FILE:1: expected a word and its numbers, found `0`");
    refused("a 1 2\nb 1\n", "FILE:2: expected 2 numbers, found 1");
    refused("a 1 2\nb 1 2 3\n", "FILE:2: expected 2 numbers, found 3");
}

#[test]
fn damaged_binary_is_refused_with_its_entry() {
    let entries: &[(&[u8], &[f32])] = &[(b"the", &[1., 2.]), (b"of", &[3., 4.])];
    let refused = |bytes: &[u8], want| refused(bytes, VectorFormat::Word2vecBinary, want);
    let whole = binary("2 2\n", entries, "\n");
    let in_vector = "FILE: entry 2 at byte 17: expected 8 bytes of vector, found the end of the file after 5";
    refused(&whole[..whole.len() - 4], in_vector);
    let in_word = "FILE: entry 2 at byte 17: expected 8 bytes of vector, found the end of the file after 0";
    refused(&whole[..18], in_word);
    refused(&whole[..17], "FILE: the header promises 2 words, found 1");
    refused(&binary("3 2\n", entries, "\n"), "FILE: the header promises 3 words, found 2");
    refused(&binary("1 2\n", entries, "\n"), "FILE: the header promises 1 words, found 2");
    refused(
        &binary("1 2\n", &[(b"the", &[1., f32::INFINITY])], "\n"),
        "FILE: entry 1 at byte 4: expected a finite number in column 1, found inf",
    );
    refused(
        &binary("1 1\n", &[(b"", &[1.])], "\n"),
        "FILE: entry 1 at byte 4: expected a word before the numbers, found none",
    );
    refused(
        &binary("4000000000 1000000\n", entries, "\n"),
        "FILE: entry 1 at byte 19: expected 4000000 bytes of vector, found the end of the file after 21",
    );
}

#[test]
fn what_is_no_file_of_vectors_is_refused() {
    let (dir, path) = write(b"hello\n");
    let refused = |path: &Path, want: &str| {
        let error = load(path, None).unwrap_err().to_string();
        assert_eq!(error, want.replace("FILE", path.to_str().unwrap()));
    };
    refused(
        &path,
        "FILE: expected vectors of word2vec, GloVe, fastText, finalfusion, numpy or safetensors, found a file starting with `hello\\n`",
    );
    refused(dir.path(), "FILE is a folder, expected a file");
    refused(&dir.path().join("missing"), "cannot read FILE");
}

/// The bytes of a safetensors file with `header` before `data`.
fn tensors(header: &str, data: &[u8]) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), data].concat()
}

#[test]
fn safetensors_of_others_are_refused_with_the_tensor() {
    let rows = float_bytes(&[1., 2.]);
    let refused = |header: &str, data: &[u8], want| {
        refused(&tensors(header, data), VectorFormat::Safetensors, want);
    };
    let embeddings = r#""embeddings":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}"#;
    refused("{}", b"x", "FILE is not a valid safetensors file: incomplete metadata, file not fully covered");
    refused(
        "{}",
        b"",
        "FILE: tensor `embeddings`: expected F32, F64, F16, BF16 or I8 [rows, dimension], found no such tensor",
    );
    refused(
        r#"{"embeddings":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#,
        &rows,
        "FILE: tensor `embeddings`: expected F32, F64, F16, BF16 or I8 [rows, dimension], found F32[2]",
    );
    let ones = "1,".repeat(500);
    refused(
        &format!(r#"{{"embeddings":{{"dtype":"F32","shape":[{ones}2],"data_offsets":[0,8]}}}}"#),
        &rows,
        "FILE: tensor `embeddings`: expected F32, F64, F16, BF16 or I8 [rows, dimension], \
         found F32[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, …",
    );
    refused(
        &format!("{{{embeddings}}}"),
        &rows,
        "FILE: tensor `words`: expected the words in UTF-8, found no such tensor",
    );
    let words = r#""words":{"dtype":"U8","shape":[1],"data_offsets":[8,9]}"#;
    let ends = r#""word_ends":{"dtype":"I64","shape":[1],"data_offsets":[9,17]}"#;
    let data = |end: i64, word: u8| [&rows[..], &[word], &end.to_le_bytes()].concat();
    let header = format!("{{{embeddings},{words},{ends}}}");
    refused(
        &header,
        &data(2, b'a'),
        "FILE: tensor `word_ends`: expected rising offsets of the ends of words, found 2 after 0",
    );
    refused(
        &header,
        &data(1, 0xff),
        "FILE: tensor `words`: expected the words in UTF-8, found invalid utf-8 sequence of 1 bytes from index 0",
    );
    refused(
        &header.replacen('{', r#"{"__metadata__":{"n_special":"one\u001b[2J"},"#, 1),
        &data(1, b'a'),
        "FILE: tensor `__metadata__`: expected a number as `n_special`, found one\\u{1b}[2J",
    );
}

#[test]
fn numbers_of_safetensors_that_are_not_finite_are_found_when_loading() {
    let (_dir, path) = write(b"");
    save(&embeddings(&[("a", 1), ("b", 1)], 0, 1, &[1., 2.]), &path, VectorFormat::Safetensors).unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    let two = bytes.windows(4).position(|window| window == 2f32.to_le_bytes()).unwrap();
    bytes[two..two + 4].copy_from_slice(&f32::NAN.to_le_bytes());
    std::fs::write(&path, &bytes).unwrap();
    assert_eq!(
        message(&path, VectorFormat::Safetensors),
        "FILE: row 2: expected a finite number in column 0, found NaN"
    );
    assert!(matches!(
        Embeddings::map(&path).unwrap().check_finite(),
        Err(VectorsError::NotFinite { column: 0, .. })
    ));
}

#[test]
fn safetensors_keeps_counts_special_words_and_any_word() {
    let words = [("<unk>", 0), ("a b", 7), ("", 3), ("\n", u64::from(u32::MAX) + 1), ("世", 1)];
    let saved = embeddings(&words, 1, 1, &[0., 1., 2., 3., 4.]);
    let (_dir, path) = write(b"");
    save(&saved, &path, VectorFormat::Safetensors).unwrap();
    assert_eq!(detect(&path).unwrap(), VectorFormat::Safetensors);
    for loaded in [load(&path, None).unwrap().0, Embeddings::map(&path).unwrap()] {
        assert_eq!(show(&loaded), show(&saved));
        assert_eq!(loaded.vocab().n_special(), 1);
        assert_eq!(loaded.vocab().count(WordId(3)), u64::from(u32::MAX) + 1);
    }
}

#[test]
fn a_word_with_white_space_has_no_place_in_text() {
    let (dir, path) = write(b"kept");
    let refused = |word: &str, format, want: &str| {
        let error = save(&embeddings(&[(word, 1)], 0, 1, &[1.]), &path, format).unwrap_err();
        assert_eq!(error.to_string(), want);
    };
    refused(
        "a b",
        VectorFormat::Word2vecText,
        "the word `a b` cannot be written as word2vec text: it holds white space",
    );
    refused("", VectorFormat::GloveText, "the word `` cannot be written as GloVe text: it is empty");
    refused(
        "\n",
        VectorFormat::Word2vecBinary,
        "the word `\\n` cannot be written as word2vec binary: it holds white space",
    );
    let nan = embeddings(&[("a", 1)], 0, 1, &[f32::NAN]);
    assert!(matches!(save(&nan, &path, VectorFormat::Safetensors), Err(VectorsError::NotFinite { .. })));
    assert_eq!(std::fs::read(&path).unwrap(), b"kept");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn text_and_binary_may_be_compressed() {
    let saved = embeddings(&[("a", 0), ("b", 0)], 0, 2, &[1., 2., 3., 4.]);
    let dir = tempfile::tempdir().unwrap();
    for format in [VectorFormat::Word2vecText, VectorFormat::Word2vecBinary, VectorFormat::GloveText] {
        for name in ["vectors.gz", "vectors.zst"] {
            let path = dir.path().join(name);
            save(&saved, &path, format).unwrap();
            let (loaded, report) = load(&path, None).unwrap();
            assert_eq!((show(&loaded), report.format), (show(&saved), format));
        }
    }
    let path = dir.path().join("vectors.gz");
    let error = save(&saved, &path, VectorFormat::Safetensors).unwrap_err();
    assert!(matches!(error, VectorsError::Compressed { .. }));
    let error = load(&path, Some(VectorFormat::Safetensors)).unwrap_err();
    assert!(matches!(error, VectorsError::Compressed { .. }));
}

#[test]
fn a_truncated_gzip_file_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("vectors.gz");
    let values: Vec<f32> = (0..2000).map(|i| (i as f32).sin()).collect();
    save(&embeddings(&[("a", 0)], 0, 2000, &values), &path, VectorFormat::GloveText).unwrap();
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    assert!(load(&path, Some(VectorFormat::GloveText)).is_err());
}

#[test]
fn equal_vectors_give_equal_files() {
    let saved = embeddings(&[("a", 2), ("b", 1)], 0, 2, &[1., 2., 3., 4.]);
    let bytes = || {
        let (_dir, path) = write(b"");
        save(&saved, &path, VectorFormat::Safetensors).unwrap();
        std::fs::read(&path).unwrap()
    };
    assert_eq!(bytes(), bytes());
}

#[test]
fn loading_can_be_interrupted() {
    struct Stop;
    impl Observer for Stop {
        fn progress(&mut self, _: &Progress) -> ControlFlow<()> {
            ControlFlow::Break(())
        }
    }
    let rows: String = (0..1 << 17).map(|i| format!("word{i} 0.125 0.25\n")).collect();
    let (_dir, path) = write(rows.as_bytes());
    let error = LoadOptions::default().load(&path, &mut Stop).unwrap_err();
    assert!(matches!(error, VectorsError::Interrupted));
}
