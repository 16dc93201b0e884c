//! ARPA text: what is read, what is refused, and files of it.

#![allow(clippy::unwrap_used)]

use sememe_kernels::Silent;
use sememe_lm::{DiscountPolicy, LanguageModel, LmError, NgramModel, NgramSettings, train_text};
use sememe_vocab::WordId;
use std::error::Error;
use std::fs;

const ARPA: &str = "\
\\data\\
ngram 1=5
ngram 2=3
ngram 3=1

\\1-grams:
-1\t<unk>
-99\t<s>\t-0.5
-0.5\t</s>
-0.25\ta\t-0.125
-0.75\tb\t-0.25

\\2-grams:
-0.5\t<s> a\t-0.75
-0.375\ta b\t0
-0.25\tb </s>

\\3-grams:
-0.125\t<s> a b

\\end\\
";

/// log10 p of each word after the beginning of a sentence.
#[track_caller]
fn check(arpa: &str, sentence: &str, want: &[f32]) {
    let model = NgramModel::read_arpa(arpa.as_bytes()).unwrap();
    let mut state = model.start();
    let score = |word| model.score(&mut state, model.id(word)) * std::f32::consts::LOG10_E;
    let got: Vec<f32> = sentence.split(' ').map(score).collect();
    assert!(
        got.len() == want.len() && got.iter().zip(want).all(|(g, w)| (g - w).abs() < 1e-6 * w.abs().max(1.0)),
        "{got:?}"
    );
}

#[test]
fn longer_ngrams_win_and_others_back_off() {
    check(ARPA, "a b </s>", &[-0.5, -0.125, -0.25]);
    check(ARPA, "b </s>", &[-0.5 - 0.75, -0.25]);
    check(ARPA, "a a", &[-0.5, -0.75 - 0.125 - 0.25]);
    check(ARPA, "a zebra b", &[-0.5, -0.75 - 0.125 - 1.0, -0.75]);
}

#[test]
fn other_tools_are_understood() {
    check(&ARPA.replace("<unk>", "<UNK>"), "zebra", &[-1.5]);
    check(&ARPA.replace("-1\t<unk>\n", "").replace("1=5", "1=4"), "zebra", &[-100.5]);
    check(&ARPA.replace('\t', " ").replace('\n', "\r\n"), "a b", &[-0.5, -0.125]);
    check(&format!("\n# made by hand\n{ARPA}\n\n"), "a b", &[-0.5, -0.125]);
}

#[test]
fn missing_suffixes_are_passed_over() {
    let pruned = ARPA.replace("-0.375\ta b\t0\n", "").replace("2=3", "2=2");
    check(&pruned, "a b </s>", &[-0.5, -0.125, -0.25]);
}

#[track_caller]
fn check_refused(arpa: &str, want: &str) {
    let error = NgramModel::read_arpa(arpa.as_bytes()).err().expect("the text is no model");
    assert_eq!(error.to_string(), want);
}

#[track_caller]
fn check_change(from: &str, to: &str, want: &str) {
    assert!(ARPA.contains(from), "{from}");
    check_refused(&ARPA.replacen(from, to, 1), want);
}

#[test]
fn wrong_headers_are_refused() {
    check_refused("", "line 1: expected `\\data\\`, found the end of the file");
    check_refused("hello", "line 1: expected `\\data\\`, found `hello`");
    check_change(
        "ngram 2",
        "ngram 3",
        "line 3: expected `ngram 2=COUNT`, orders up to 32, found `ngram 3=3`",
    );
    check_change("2=3", "2=x", "line 3: expected `ngram 2=COUNT`, orders up to 32, found `ngram 2=x`");
    check_change(
        "2=3",
        "2=4294967295",
        "n-grams exceed 4294967295, the most that the in-memory engine takes",
    );
    check_change("\\1-grams:", "\\2-grams:", "line 6: expected `\\1-grams:`, found `\\2-grams:`");
}

#[test]
fn wrong_counts_are_refused() {
    let line = "a line of log10 p, the 2 words of an n-gram, and its back-off";
    check_change("2=3", "2=4", &format!("line 17: expected {line}, found ``"));
    check_change("2=3", "2=2", "line 16: expected `\\3-grams:`, found `-0.25\tb </s>`");
    let cut = &ARPA[..ARPA.find("\\3-grams").unwrap()];
    check_refused(cut, "line 18: expected `\\3-grams:`, found the end of the file");
    check_change("\n\\end\\", "", "line 21: expected `\\end\\`, found the end of the file");
    check_refused(&format!("{ARPA}more"), "line 22: expected nothing after `\\end\\`, found `more`");
}

#[test]
fn wrong_numbers_are_refused() {
    check_change("-0.25\ta", "0.25\ta", "line 10: expected log10 p, at most 0, found `0.25\ta\t-0.125`");
    check_change("-0.25\ta", "nan\ta", "line 10: expected log10 p, at most 0, found `nan\ta\t-0.125`");
    check_change("-0.25\ta", "x\ta", "line 10: expected log10 p, at most 0, found `x\ta\t-0.125`");
    let backoff = "nothing more than a finite back-off, 0 in the highest order";
    check_change("a\t-0.75", "a\tinf", &format!("line 14: expected {backoff}, found `-0.5\t<s> a\tinf`"));
    check_change(
        "<s> a b",
        "<s> a b\t-1",
        &format!("line 19: expected {backoff}, found `-0.125\t<s> a b\t-1`"),
    );
}

#[test]
fn wrong_words_are_refused() {
    check_change("b </s>", "c </s>", "line 16: expected 1-grams only, not `c`, found `-0.25\tc </s>`");
    check_change(
        "<s> a b",
        "b a b",
        "line 19: expected an n-gram whose first 2 words are one, found `-0.125\tb a b`",
    );
    check_change(
        "b </s>",
        "a b",
        "line 16: expected every n-gram once, found an n-gram of an earlier line again",
    );
    check_change("\tb\t", "\ta\t", "line 11: expected every n-gram once, found `a` again");
    check_change("</s>\n", "z\n", "line 11: expected `</s>` among the 1-grams, found none");
    check_change(
        "\tb\t",
        "\tb c d\t",
        "line 11: expected nothing more than a finite back-off, 0 in the highest order, found `-0.75\tb c d\t-0.25`",
    );
}

#[test]
fn invalid_utf8_is_refused_with_its_line() {
    let mut bytes = ARPA.as_bytes().to_vec();
    let place = ARPA.find("\tb\t").unwrap() + 1;
    bytes[place] = 0xff;
    let error = NgramModel::read_arpa(&bytes[..]).err().unwrap();
    assert!(matches!(error, LmError::Utf8 { line: 11 }), "{error}");
}

fn model() -> NgramModel {
    let settings =
        NgramSettings { order: 3, discount_fallback: DiscountPolicy::FALLBACK, ..NgramSettings::default() };
    train_text("a b a c\nb ä 中\nc a b\n".as_bytes(), &settings, &mut Silent).unwrap()
}

#[test]
fn files_hold_the_model_plain_or_compressed() {
    let (folder, model) = (tempfile::tempdir().unwrap(), model());
    let mut text = Vec::new();
    model.write_arpa(&mut text).unwrap();
    for name in ["model.arpa", "model.arpa.gz"] {
        let path = folder.path().join(name);
        model.save_arpa(&path).unwrap();
        assert_eq!(fs::read(&path).unwrap() == text, name == "model.arpa");
        let mut again = Vec::new();
        NgramModel::load_arpa(&path).unwrap().write_arpa(&mut again).unwrap();
        assert_eq!(again.len(), text.len());
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "temporary files are left");
}

#[test]
fn binary_files_hold_the_model() {
    let (folder, model) = (tempfile::tempdir().unwrap(), model());
    let path = folder.path().join("model.bin");
    model.save(&path).unwrap();
    model.save(&path).unwrap();
    let back = NgramModel::load(&path).unwrap();
    let mut ln_p = [vec![0.0; model.vocab().len()], vec![0.0; model.vocab().len()]];
    let mut states = (model.start(), back.start());
    for word in [3, 4, 0, 5, 3] {
        model.next(&states.0, &mut ln_p[0]);
        back.next(&states.1, &mut ln_p[1]);
        assert_eq!(ln_p[0], ln_p[1]);
        model.score(&mut states.0, WordId(word));
        back.score(&mut states.1, WordId(word));
    }
}

#[test]
fn errors_name_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("none.arpa");
    let error = NgramModel::load_arpa(&path).err().unwrap();
    assert_eq!(error.to_string(), format!("cannot read {}", path.display()));
    fs::write(&path, "\\data\\\nngram 1=one\n").unwrap();
    let source = NgramModel::load_arpa(&path).err().unwrap();
    assert!(source.source().unwrap().to_string().starts_with("line 2: expected `ngram 1=COUNT`"));
    assert!(
        NgramModel::load(&path)
            .err()
            .unwrap()
            .source()
            .unwrap()
            .to_string()
            .contains("does not begin as one")
    );
    assert!(matches!(model().save(&folder.path().join("no/such/folder")), Err(LmError::Write { .. })));
    assert!(matches!(NgramModel::load(folder.path()), Err(LmError::File { .. })));
}

#[test]
fn truncated_gzip_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.arpa.gz");
    model().save_arpa(&path).unwrap();
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    assert!(matches!(NgramModel::load_arpa(&path), Err(LmError::File { .. })));
}
