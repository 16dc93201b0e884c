use super::CleanStep::*;
use super::*;
use proptest::prelude::*;

/// Cleans both ways and expects the same of both.
#[track_caller]
fn check(steps: &[CleanStep], text: &str, want: &str) {
    let cleaner = Cleaner::new(steps).unwrap();
    assert_eq!(cleaner.clean(text), want, "cleaned from {text:?}");
    check_alignment(&cleaner, text);
}

/// Ranges reach the original in order, at the bounds of characters, and equal characters that were not changed.
#[track_caller]
fn check_alignment(cleaner: &Cleaner, text: &str) {
    let aligned = cleaner.clean_aligned(text);
    assert_eq!(aligned.text(), cleaner.clean(text), "aligned from {text:?}");
    let (mut start, mut end) = (0, 0);
    for (at, c) in aligned.text().char_indices() {
        let original = aligned.original(at..at + c.len_utf8());
        assert!(text.get(original.clone()).is_some(), "{original:?} of {text:?}");
        assert!(start <= original.start && end <= original.end, "{original:?} comes too early in {text:?}");
        (start, end) = (original.start, original.end);
    }
}

/// The original of the first `part` in the cleaned text.
#[track_caller]
fn check_original(steps: &[CleanStep], text: &str, part: &str, want: &str) {
    let cleaner = Cleaner::new(steps).unwrap();
    let aligned = cleaner.clean_aligned(text);
    let start = aligned.text().find(part).unwrap();
    assert_eq!(&text[aligned.original(start..start + part.len())], want);
}

#[test]
fn normal_forms() {
    check(&[Nfc], "cafe\u{301} Å ﬁ", "café Å ﬁ");
    check(&[Nfkc], "ﬁ ① ＡＢ ㎏ ½", "fi 1 AB kg 1⁄2");
    check(&[Nfkc], "ﾊﾟ", "パ");
    check(&[Nfc], "\u{1112}\u{1161}\u{11ab}", "한");
}

#[test]
fn small_letters() {
    check(&[Lowercase], "Hello ÄÖ ΟΔΟΣ ΣΑΣ İ 我A", "hello äö οδος σας i\u{307} 我a");
    check(&[Lowercase], "nothing to do", "nothing to do");
}

#[test]
fn accents_go() {
    check(&[StripAccents], "café naïve Ångström ø ł e\u{301}", "cafe naive Angstrom ø ł e");
    check(&[StripAccents], "한국 我們", "한국 我們");
}

#[test]
fn widths() {
    check(&[HalfWidth], "ＡＢ１２！　￥", "AB12! ¥");
    check(&[FullWidth], "AB 12!我", "ＡＢ　１２！我");
}

#[test]
fn traditional_becomes_simplified_by_phrases() {
    check(&[Simplify], "漢語的乾坤與乾淨, abc", "汉语的乾坤与干净, abc");
    check(&[Simplify], "已经是简体。", "已经是简体。");
}

#[test]
fn digits() {
    check(&[Digits], "3.14 在２０２６年", "0.00 在0000年");
    check(&[SpellDigits], "a42", "a four  two ");
}

#[test]
fn urls_end_before_the_sentence_does() {
    check(&[Urls], "See https://a.b/c?d=1#e, or www.x.org.", "See  , or  .");
    check(&[Urls], "(http://a.b/c) 看http://a.cn/看这里 HTTP://X.Y", "( ) 看 看这里  ");
    check(&[Urls], "https:// wwww.a awww.b http://", "https:// wwww.a awww.b http://");
    check(&[Urls], "en.wikipedia.org ftp://h/x_(y)", "en.wikipedia.org  ");
}

#[test]
fn emails() {
    check(&[Emails], "Write to first.last+tag@mail.example.com.", "Write to  .");
    check(&[Emails], "@user a@b a@b.c1 发a@b.cn到", "@user a@b a@b.c1 发 到");
}

#[test]
fn markup() {
    check(&[Html], "one<br />two <b>b</b>old H<sub>2</sub>O", "one two bold H2O");
    check(&[Html], "a &lt;b&gt; &amp;amp; &#20013;&#x6587; &nosuch; & &;", "a <b> &amp; 中文 &nosuch; & &;");
    check(&[Html], "x<script>if (a<b) {}</SCRIPT >y<!-- <p> -->z<style>q</style>", "x y z ");
    check(&[Html], "1 < 2, a <b", "1 < 2, a <b");
    check(&[Html], "<!-- open <p>x", "<!-- open  x");
    check(&[Html], "&#0;&#xD800;&#99999999999;", "&#0;&#xD800;&#99999999999;");
}

#[test]
fn white_space_keeps_line_breaks() {
    check(&[Whitespace], "  a \t b\u{a0}\u{3000}c \r\n\n d\u{200b}e\u{feff} ", "a b c\nde");
    check(&[Whitespace], " \n ", "");
}

#[test]
fn text8_has_words_of_small_letters_only() {
    check(&[Text8], "The Year 1984: 2nd-best café!\n", "the year one nine eight four two nd best caf");
    check(&[Text8], "我們", "");
    check(&[Text8], "A1b", "a one b");
}

#[test]
fn steps_follow_one_another() {
    check(&[Html, Lowercase, Whitespace], "<p>A &amp; B</p>\n<p>C</p>", "a & b\nc");
}

#[test]
fn places_lead_back_through_all_steps() {
    let steps = [Html, Nfkc, Simplify, Lowercase, Whitespace];
    check_original(&steps, "<p>  漢&#35486; <b>CAFE\u{301}</b></p>", "café", "CAFE\u{301}");
    check_original(&steps, "<p>  漢&#35486; <b>CAFE\u{301}</b></p>", "汉语", "漢&#35486;");
    check_original(&[Text8], "In 1984!", "nine eight", "98");
    check_original(&[SpellDigits, Text8], "x 42", "four", "4");
    check_original(&[StripAccents], "(é)", "e", "é");
    // The space comes from inside of what the normal form changed as a whole.
    check_original(&[Nfkc, Text8], "a１", " ", "a１");
}

#[test]
fn ranges_outside_the_text_are_harmless() {
    let aligned = Aligned::unchanged("abc");
    assert_eq!(aligned.original(1..1), 1..1);
    assert_eq!(aligned.original(2..9), 2..3);
    assert_eq!(aligned.original(7..9), 3..3);
    assert_eq!(Aligned::unchanged("").original(0..0), 0..0);
}

#[test]
fn unclosed_markup_takes_linear_time() {
    for unit in ["<a ", "<!--", "<script>", "&", "a@", "http://"] {
        let text = unit.repeat(100_000);
        Cleaner::new(&[Html, Urls, Emails]).unwrap().clean(&text);
    }
}

const ALL: [CleanStep; 14] = [
    Nfc,
    Nfkc,
    Lowercase,
    StripAccents,
    HalfWidth,
    FullWidth,
    Simplify,
    Digits,
    SpellDigits,
    Urls,
    Emails,
    Html,
    Whitespace,
    Text8,
];

const ANY_TEXT: &str =
    r"(\PC|[ A-Za-z0-9<>&;/#@.\n\t]|[àÉ\u{301}\u{327}Σσ漢語乾１Ａﾊﾟ\u{3000}\u{200b}]|http://|&amp;|<b>){0,60}";

#[test]
fn every_step_keeps_track_of_every_text() {
    let cleaners = ALL.map(|step| Cleaner::new(&[step]).unwrap());
    proptest!(ProptestConfig::with_cases(200), |(text in ANY_TEXT)| {
        cleaners.iter().for_each(|cleaner| check_alignment(cleaner, &text));
    });
}

#[test]
fn any_two_steps_keep_track_of_every_text() {
    let pair = (prop::sample::select(&ALL[..]), prop::sample::select(&ALL[..]));
    proptest!(ProptestConfig::with_cases(200), |(text in ANY_TEXT, (first, second) in pair)| {
        check_alignment(&Cleaner::new(&[first, second]).unwrap(), &text);
    });
}

proptest! {
    #[test]
    fn normal_forms_are_those_of_the_whole_text(text in ANY_TEXT) {
        use unicode_normalization::UnicodeNormalization;
        let clean = |step| Cleaner::new(&[step]).unwrap().clean(&text).into_owned();
        prop_assert_eq!(clean(Nfc), text.nfc().collect::<String>());
        prop_assert_eq!(clean(Nfkc), text.nfkc().collect::<String>());
    }

    #[test]
    fn untouched_text_maps_to_itself(text in "[a-z 我]{0,30}", from in 0..30usize, len in 0..30usize) {
        let cleaner = Cleaner::new(&[Nfc, Html, Lowercase]).unwrap();
        let aligned = cleaner.clean_aligned(&text);
        let range = from.min(text.len())..(from + len).min(text.len());
        prop_assert_eq!(aligned.original(range.clone()), range);
    }
}
