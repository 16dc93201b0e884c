use super::*;
use crate::{Pipeline, PipelineSettings, SentenceSplit};
use proptest::prelude::*;
use std::path::Path;

fn words(text: &str) -> Vec<String> {
    text.split(' ').map(str::to_owned).collect()
}

/// Phrases given as `first last | first last`, a string for each pass.
fn phrases(delimiter: &str, connectors: &str, passes: &[&str]) -> Result<Phrases, TextError> {
    let phrase = |text: &str| Phrase { words: words(text.trim()), score: 1.5, count: 7 };
    let passes = passes.iter().map(|pass| pass.split('|').map(phrase).collect()).collect();
    let connectors: Vec<String> = connectors.split_whitespace().map(str::to_owned).collect();
    Phrases::new(delimiter, &connectors, passes)
}

#[track_caller]
fn check(connectors: &str, passes: &[&str], sentence: &str, want: &str) {
    let pipeline = Pipeline::new(&PipelineSettings::default()).unwrap();
    let pipeline = pipeline.with_phrases(phrases("_", connectors, passes).unwrap());
    let mut found = Vec::new();
    pipeline.tokens(sentence, &mut |token| found.push(token.to_owned()));
    assert_eq!(found.join(" "), want);
}

#[test]
fn phrases_are_taken_from_left_to_right() {
    check("", &["a b | b c"], "a b c a c b c", "a_b c a c b_c");
    check("", &["a a"], "a a a b a", "a_a a b a");
    check("", &["a b"], "", "");
    check("", &["a b"], "b a x a", "b a x a");
}

#[test]
fn a_joined_word_begins_no_other_in_the_same_pass() {
    check("", &["a b | a_b c"], "a b c", "a_b c");
    check("", &["a b", "a_b c"], "a b c", "a_b_c");
    check("", &["a b", "x y", "a_b x_y"], "x y a b x y", "x_y a_b_x_y");
}

#[test]
fn connectors_stand_inside_only() {
    let of_the = ["bank of america | end of the world | world war"];
    check("of the", &of_the, "the bank of america of", "the bank_of_america of");
    check("of the", &of_the, "the end of the world war", "the end_of_the_world war");
    check("of the", &of_the, "bank america end the of world war", "bank america end the of world_war");
    check("of the", &["a the the the the b"], "a the the the the b", "a_the_the_the_the_b");
    check("of the", &["a the the the the b"], "a the the the the the b", "a the the the the the b");
}

#[test]
fn the_same_text_is_the_same_word() {
    let phrases = phrases("", "", &["x y | 自然 语言", "自然语言 处理 | xy z"]).unwrap();
    assert_eq!(phrases.number("自然语言"), phrases.number(&["自然", "语言"].concat()));
    let pipeline = Pipeline::new(&PipelineSettings::default()).unwrap().with_phrases(phrases);
    let mut found = Vec::new();
    pipeline
        .tokens("自然 语言 处理 自然语言 处理 xy z", &mut |token| found.push(token.to_owned()));
    assert_eq!(found, ["自然语言处理", "自然语言处理", "xyz"]);
}

#[test]
fn phrases_end_at_the_end_of_a_sentence() {
    let settings = PipelineSettings { sentences: SentenceSplit::Lines, ..PipelineSettings::default() };
    let pipeline = Pipeline::new(&settings).unwrap().with_phrases(phrases("_", "", &["a b"]).unwrap());
    let mut found = Vec::new();
    pipeline.for_each_sentence("b a\nb  a b", &mut |sentence| {
        found.push(sentence.iter().map(|token| (token.start, token.text.to_owned())).collect::<Vec<_>>());
    });
    let owned = |sentence: &[(usize, &str)]| {
        sentence.iter().map(|&(start, text)| (start, text.to_owned())).collect::<Vec<_>>()
    };
    assert_eq!(found, [owned(&[(0, "b"), (2, "a")]), owned(&[(0, "b"), (3, "a_b")])]);
}

#[test]
fn phrases_lead_back_to_the_document() {
    let pipeline = Pipeline::new(&PipelineSettings::default()).unwrap();
    let pipeline = pipeline.with_phrases(phrases("_", "of", &["cup of tea"]).unwrap());
    let document = "a cup  of\ttea";
    let mut found = Vec::new();
    pipeline.for_each_aligned_sentence(document, &mut |sentence| {
        found
            .extend(sentence.iter().map(|aligned| (aligned.token.text.to_owned(), aligned.original.clone())));
    });
    assert_eq!(found, [("a".to_owned(), 0..1), ("cup_of_tea".to_owned(), 2..13)]);
}

#[track_caller]
fn check_refused(connectors: &str, pass: &str, want: &str) {
    assert_eq!(
        phrases("_", connectors, &[pass]).unwrap_err().to_string(),
        format!("no sound phrases: {want}")
    );
}

#[test]
fn phrases_that_cannot_be_are_refused() {
    check_refused("", "a", "`a` has fewer than two words");
    check_refused("", "a b c", "`a b c` has a word between its ends that is no connector");
    check_refused("of", "a of of of of of b", "`a of of of of of b` has too many connectors");
    check_refused("of", "of b", "`of b` ends in a connector");
    check_refused("", "a b | a b", "`a b` stands twice in a pass");
    check_refused("", "a\tb c", "`a\\tb c` has a word that is empty or holds a tab or a line end");
    check_refused("of of", "a b", "the connector `of` is empty, holds white space or stands twice");
}

#[test]
fn the_form_is_as_documented() {
    let phrases = phrases("_", "of the", &["x y | a of b", "x_y z"]).unwrap();
    let want = "#sememe-phrases\t1\tdelimiter=_\tconnectors=of the\n\
                1\t1.5\t7\ta\tof\tb\n1\t1.5\t7\tx\ty\n2\t1.5\t7\tx_y\tz\n";
    assert_eq!(phrases.to_text(), want);
    assert_eq!(Phrases::from_text(want, Path::new("p")).unwrap(), phrases);
}

#[track_caller]
fn check_file(text: &str, want: &str) {
    let error = Phrases::from_text(text, Path::new("p")).unwrap_err().to_string();
    assert_eq!(error, want);
}

#[test]
fn wrong_lines_are_named() {
    const GOOD: &str = "#sememe-phrases\t1\tdelimiter=_\tconnectors=\n";
    let line = "pass, score, count and at least two words, with tabs between";
    check_file("", "p:1: expected `#sememe-phrases\\t1\\tdelimiter=…\\tconnectors=…`, found ``");
    check_file(&format!("{GOOD}1\t2\t3\ta\n"), &format!("p:2: expected {line}, found `1\\t2\\t3\\ta`"));
    check_file(
        &format!("{GOOD}0\t2\t3\ta\tb\n"),
        &format!("p:2: expected {line}, found `0\\t2\\t3\\ta\\tb`"),
    );
    check_file(
        &format!("{GOOD}1\tNaN\t3\ta\tb\n"),
        &format!("p:2: expected {line}, found `1\\tNaN\\t3\\ta\\tb`"),
    );
    check_file(
        &format!("{GOOD}1\t2\t3\ta\tb\n1\t2\t3\ta\tx\tb\n"),
        "p:3: expected a phrase, found `no sound phrases: `a x b` has a word between its ends that is no connector`",
    );
}

proptest! {
    #[test]
    fn files_come_back(
        pairs in prop::collection::btree_set(("[a-c_爱 ]{1,3}", "[a-c_ ]{1,3}"), 0..20),
        score in -1e300f64..1e300,
        delimiter in "[_ +]{0,2}",
    ) {
        let phrase = |(a, b): (String, String)| Phrase { words: vec![a, b], score, count: 3 };
        let passes = vec![Vec::new(), pairs.into_iter().map(phrase).collect()];
        let phrases = Phrases::new(&delimiter, &words("of the"), passes).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("phrases.txt.gz");
        phrases.save(&path).unwrap();
        let back = Phrases::load(&path).unwrap();
        prop_assert_eq!(back.to_text(), phrases.to_text());
        prop_assert_eq!(back.len(), phrases.len());
    }

    #[test]
    fn any_text_is_an_answer_or_an_error(text in "\\PC{0,40}") {
        let _ = Phrases::from_text(&text, Path::new("p"));
        let line = text.replace(' ', "\t");
        let _ = Phrases::from_text(&format!("#sememe-phrases\t1\tdelimiter=_\tconnectors=of\n1\t{line}"), Path::new("p"));
    }

    #[test]
    fn joining_loses_no_token(sentence in prop::collection::vec("[abc]|of", 0..30)) {
        let phrases = phrases("_", "of", &["a b | b of c | c c", "a_b c_c | b_of_c a_b"]).unwrap();
        let mut units: Vec<Unit> =
            (0..).zip(&sentence).map(|(at, word)| Unit::new(at, phrases.number(word))).collect();
        phrases.join(&mut units);
        let covered: Vec<usize> = units.iter().flat_map(|unit| unit.tokens()).collect();
        prop_assert_eq!(covered, (0..sentence.len()).collect::<Vec<_>>());
        for unit in units.iter().filter(|unit| unit.is_phrase()) {
            prop_assert_eq!(unit.word(), phrases.number(&sentence[unit.tokens()].join("_")));
        }
    }
}
