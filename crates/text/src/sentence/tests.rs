use super::*;
use proptest::prelude::*;

/// `want` is the sentences with `|` between them.
#[track_caller]
fn check(split: SentenceSplit, text: &str, want: &str) {
    let mut found = Vec::new();
    SentenceSplitter::new(split).split(text, &mut |range| found.push(&text[range]));
    assert_eq!(found.join("|"), want);
}

#[track_caller]
fn check_ends(text: &str, want: &str) {
    check(SentenceSplit::Punctuation, text, want);
}

#[test]
fn a_document_can_be_one_sentence() {
    check(SentenceSplit::None, " One. Two.\nThree. ", "One. Two.\nThree.");
    check(SentenceSplit::None, " \n ", "");
}

#[test]
fn a_line_can_be_a_sentence() {
    check(SentenceSplit::Lines, "One. Two.\r\n\n  \nThree.", "One. Two.|Three.");
}

#[test]
fn stops_end_sentences() {
    check_ends("One. Two! Three? Four", "One.|Two!|Three?|Four");
    check_ends("A title\nIts text.", "A title|Its text.");
    check_ends("Really?! Yes... And then… No.", "Really?!|Yes...|And then…|No.");
    check_ends("This is the end . Next one", "This is the end .|Next one");
}

#[test]
fn small_letters_go_on() {
    check_ends("He said “Why?” and left. ", "He said “Why?” and left.");
    check_ends("well... maybe", "well... maybe");
}

#[test]
fn closing_marks_go_with_the_sentence() {
    check_ends("“Go.” He went. (He did.) \"So?\" Yes.", "“Go.”|He went.|(He did.)|\"So?\"|Yes.");
}

#[test]
fn abbreviations_do_not_end_sentences() {
    check_ends("Mr. Smith met Dr. Wu. They left.", "Mr. Smith met Dr. Wu.|They left.");
    check_ends("Fruit, e.g. Apples, i.e. Food.", "Fruit, e.g. Apples, i.e. Food.");
    check_ends("J. R. R. Tolkien vs. George W. Bush", "J. R. R. Tolkien vs. George W. Bush");
    check_ends(
        "The U.S. Army left the U.S. The rest stayed.",
        "The U.S. Army left the U.S.|The rest stayed.",
    );
    check_ends(
        "Acme Inc. Chairman spoke. He is at Acme Inc. He spoke.",
        "Acme Inc. Chairman spoke.|He is at Acme Inc.|He spoke.",
    );
    check_ends("See No. 5 and Fig. 3. No. It is not.", "See No. 5 and Fig. 3.|No.|It is not.");
    check_ends("So am I. Ann is too.", "So am I.|Ann is too.");
}

#[test]
fn numbers_do_not_end_sentences() {
    check_ends("It cost $3.50 in 1999. Then 4.", "It cost $3.50 in 1999.|Then 4.");
    check_ends("1. Introduction", "1. Introduction");
    check_ends("Visit example.com. Now", "Visit example.com.|Now");
}

#[test]
fn chinese_needs_no_space() {
    check_ends("他走了。我也走了！真的？是……好的", "他走了。|我也走了！|真的？|是……|好的");
    check_ends("他说：“走吧。”我们走了。", "他说：“走吧。”|我们走了。");
    check_ends("「好！」（完。）完", "「好！」|（完。）|完");
    check_ends("约3.5亿元.我知道!你呢?", "约3.5亿元.|我知道!|你呢?");
    check_ends("我用Rust。It works. 好。", "我用Rust。|It works.|好。");
}

proptest! {
    #[test]
    fn sentences_hold_all_but_white_space(text in r"([ A-Za-z.!?\n]|[。！？…“”我（）]|Mr\. |U\.S\. |\PC){0,60}") {
        for split in [SentenceSplit::None, SentenceSplit::Lines, SentenceSplit::Punctuation] {
            let mut found = String::new();
            let mut end = 0;
            SentenceSplitter::new(split).split(&text, &mut |range| {
                assert!(end <= range.start && range.start < range.end);
                end = range.end;
                found.extend(text[range].split_whitespace());
            });
            prop_assert_eq!(found, text.split_whitespace().collect::<String>());
        }
    }
}
