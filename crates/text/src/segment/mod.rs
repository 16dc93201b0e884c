//! Splitting text into tokens.

mod block;
mod chinese;
mod runs;
mod uax29;

use crate::{Token, Tokenize};
use chinese::Chinese;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use unicode_segmentation::UnicodeSegmentation;

/// How a text is cut into tokens. White space is never a token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Segment {
    /// At white space as Unicode defines it, no-break and full-width spaces among it.
    #[default]
    Whitespace,
    /// At NUL, tab, line feed, carriage return and space, and nowhere else.
    AsciiWhitespace,
    /// The words of UAX #29. Punctuation is left out; each Han character is a word.
    Words,
    /// The words of UAX #29 and, as tokens of their own, everything between them but white space.
    WordsAndPunctuation,
    /// The longest runs of letters, digits and `_` of any script: what Python's regular expression `\w+` finds,
    /// but that vowel signs, as in Indic scripts, are letters.
    WordCharacters,
    /// The longest runs of `a` to `z` and `A` to `Z`, and every digit `0` to `9` by itself.
    LettersAndDigits,
    /// Chinese words by dictionary and hidden Markov model, as Python's `jieba.cut(text, HMM=True)` finds
    /// them. Latin words and numbers stay whole, and punctuation is kept.
    Chinese,
    /// As [`Segment::Chinese`], without the tokens that have no letter or digit.
    ChineseWords,
    /// Characters as a reader sees them: the grapheme clusters of UAX #29.
    Characters,
}

/// Cuts text as its [`Segment`] says. A copy is cheap: copies share the dictionary.
#[derive(Clone, Debug)]
pub struct Segmenter {
    segment: Segment,
    /// Present if, and only if, the segment needs it.
    chinese: Option<Arc<Chinese>>,
}

impl Segmenter {
    /// Loads what `segment` needs: for Chinese a dictionary of 350,000 words, a good tenth of a second.
    pub fn new(segment: Segment) -> Self {
        let needs_dictionary = matches!(segment, Segment::Chinese | Segment::ChineseWords);
        Self { segment, chinese: needs_dictionary.then(|| Arc::new(Chinese::new())) }
    }

    /// How it cuts.
    pub fn segment(&self) -> Segment {
        self.segment
    }
}

impl Tokenize for Segmenter {
    fn tokenize<'t>(&self, text: &'t str, sink: &mut dyn FnMut(Token<'t>)) {
        self.split(text, sink);
    }
}

impl Segmenter {
    /// As [`Tokenize::tokenize`]; what `sink` does becomes part of the loop.
    #[inline]
    pub(crate) fn split<'t>(&self, text: &'t str, mut sink: impl FnMut(Token<'t>)) {
        match self.segment {
            Segment::Whitespace => runs::whitespace(text, sink),
            Segment::AsciiWhitespace => runs::ascii_whitespace(text, sink),
            Segment::Words => uax29::words(text, &mut sink),
            Segment::WordsAndPunctuation => uax29::words_and_punctuation(text, &mut sink),
            Segment::WordCharacters => runs::word_characters(text, sink),
            Segment::LettersAndDigits => runs::letters_and_digits(text, sink),
            Segment::Chinese => self.cut(text, &mut sink),
            Segment::ChineseWords => self.cut(text, &mut |token| {
                if token.text.contains(char::is_alphanumeric) {
                    sink(token);
                }
            }),
            Segment::Characters => characters(text, sink),
        }
    }

    fn cut<'t>(&self, text: &'t str, sink: &mut dyn FnMut(Token<'t>)) {
        if let Some(chinese) = &self.chinese {
            chinese.tokenize(text, sink);
        }
    }
}

fn characters<'t>(text: &'t str, mut sink: impl FnMut(Token<'t>)) {
    let pieces = text.grapheme_indices(true).filter(|(_, piece)| !piece.starts_with(char::is_whitespace));
    pieces.for_each(|(start, text)| sink(Token { text, start }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tokens(segment: Segment, text: &str) -> Vec<(usize, String)> {
        let mut found = Vec::new();
        Segmenter::new(segment).tokenize(text, &mut |token| found.push((token.start, token.text.to_owned())));
        found
    }

    /// `want` is the tokens with `|` between them.
    #[track_caller]
    fn check(segment: Segment, text: &str, want: &str) {
        let found = tokens(segment, text);
        for (start, token) in &found {
            assert_eq!(&text[*start..*start + token.len()], token);
        }
        let found: Vec<String> = found.into_iter().map(|(_, token)| token).collect();
        assert_eq!(found.join("|"), want);
    }

    #[test]
    fn whitespace_is_that_of_unicode() {
        check(Segment::Whitespace, " a  b\tc\r\nd\u{a0}e\u{3000}f\u{2009}g\u{85}h ", "a|b|c|d|e|f|g|h");
        check(Segment::Whitespace, "zero\u{200b}width", "zero\u{200b}width");
        check(Segment::Whitespace, "我 爱。你", "我|爱。你");
        check(Segment::Whitespace, "", "");
        check(Segment::Whitespace, " \u{3000}", "");
    }

    #[test]
    fn ascii_whitespace_leaves_other_spaces_alone() {
        check(Segment::AsciiWhitespace, "a\0b\tc\u{a0}d\u{b}e f\r", "a|b|c\u{a0}d\u{b}e|f");
    }

    #[test]
    fn words_have_no_punctuation() {
        check(Segment::Words, "Don't panic: 3.14, e-mail!", "Don't|panic|3.14|e|mail");
        check(Segment::Words, "我爱Rust。", "我|爱|Rust");
    }

    #[test]
    fn words_and_punctuation_lose_only_white_space() {
        check(Segment::WordsAndPunctuation, "Don't (panic)!\n", "Don't|(|panic|)|!");
    }

    #[test]
    fn word_characters_are_what_a_pattern_would_find() {
        check(Segment::WordCharacters, "don't stop_me, 1.5 é我們!", "don|t|stop_me|1|5|é我們");
        check(Segment::WordCharacters, "…—“”", "");
    }

    #[test]
    fn letters_and_digits_are_ascii() {
        check(Segment::LettersAndDigits, "route66, é2x我z", "route|6|6|2|x|z");
    }

    #[test]
    fn chinese_and_latin_words_stand_in_one_line() {
        check(
            Segment::Chinese,
            "我来到北京清华大学，iPhone 15 卖5999元。 OK",
            "我|来到|北京|清华大学|，|iPhone|15|卖|5999|元|。|OK",
        );
        check(Segment::Chinese, "他来到了网易杭研大厦", "他|来到|了|网易|杭研|大厦");
        check(
            Segment::Chinese,
            "上zh.a-b.org看3.14%和C++，a--1.x",
            "上|zh|.|a|-|b|.|org|看|3.14%|和|C++|，|a|--|1|.|x",
        );
    }

    #[test]
    fn chinese_words_have_no_punctuation() {
        check(Segment::ChineseWords, "“我们走”，她说：C++!", "我们|走|她|说|C++");
    }

    #[test]
    fn characters_keep_their_marks() {
        check(Segment::Characters, "e\u{301}a 我\r\n", "e\u{301}|a|我");
    }

    const ALL: [Segment; 9] = [
        Segment::Whitespace,
        Segment::AsciiWhitespace,
        Segment::Words,
        Segment::WordsAndPunctuation,
        Segment::WordCharacters,
        Segment::LettersAndDigits,
        Segment::Characters,
        Segment::Chinese,
        Segment::ChineseWords,
    ];

    fn check_order(segmenter: &Segmenter, text: &str) {
        let mut end = 0;
        segmenter.tokenize(text, &mut |token| {
            assert!(end <= token.start && !token.text.is_empty());
            assert_eq!(&text[token.range()], token.text);
            end = token.range().end;
        });
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn splitting_is_as_the_standard_library_splits(text in r"[ a-z\t\n\x{0}\x{a0}\x{3000}\x{2003}é我。]{0,40}") {
            let found = |segment| tokens(segment, &text).into_iter().map(|(_, token)| token).collect::<Vec<_>>();
            prop_assert_eq!(found(Segment::Whitespace), text.split_whitespace().collect::<Vec<_>>());
            let ascii = text.split(['\0', '\t', '\n', '\r', ' ']).filter(|token| !token.is_empty());
            prop_assert_eq!(found(Segment::AsciiWhitespace), ascii.collect::<Vec<_>>());
        }
    }

    #[test]
    fn tokens_stand_in_order_inside_any_text() {
        let segmenters = ALL.map(Segmenter::new);
        proptest!(ProptestConfig::with_cases(64), |(text in r"(\PC|[ a-zé我\u{e000}\u{200b}。\n]){0,40}")| {
            segmenters.iter().for_each(|segmenter| check_order(segmenter, &text));
        });
    }
}
