//! The words of UAX #29, quickly where the text is ASCII.

use crate::Token;
use memchr::memchr_iter;
use unicode_segmentation::UnicodeSegmentation;

/// Words: what stands between word bounds and holds a letter or a digit.
pub(super) fn words<'t>(text: &'t str, sink: &mut dyn FnMut(Token<'t>)) {
    for_each_stretch(text, |start, stretch| {
        // The iterator itself is quick on ASCII.
        let words = stretch.unicode_word_indices();
        words.for_each(|(at, text)| sink(Token { text, start: start + at }));
    });
}

/// Words, and what stands between them but white space.
pub(super) fn words_and_punctuation<'t>(text: &'t str, sink: &mut dyn FnMut(Token<'t>)) {
    for_each_stretch(text, |start, stretch| {
        if stretch.is_ascii() {
            ascii_words_and_punctuation(start, stretch, sink);
        } else {
            let pieces = stretch.split_word_bound_indices();
            let pieces = pieces.filter(|(_, piece)| !piece.starts_with(char::is_whitespace));
            pieces.for_each(|(at, text)| sink(Token { text, start: start + at }));
        }
    });
}

fn ascii_words_and_punctuation<'t>(start: usize, stretch: &'t str, sink: &mut dyn FnMut(Token<'t>)) {
    let mut end = 0;
    for (at, text) in stretch.unicode_word_indices() {
        punctuation(start + end, &stretch[end..at], sink);
        sink(Token { text, start: start + at });
        end = at + text.len();
    }
    punctuation(start + end, &stretch[end..], sink);
}

/// Between words, only underscores stay together (WB13a).
fn punctuation<'t>(start: usize, gap: &'t str, sink: &mut dyn FnMut(Token<'t>)) {
    let mut at = 0;
    while let Some(&byte) = gap.as_bytes().get(at) {
        let n_underscores = gap[at..].bytes().take_while(|byte| *byte == b'_').count();
        let len = n_underscores.max(1);
        if !char::from(byte).is_whitespace() {
            sink(Token { text: &gap[at..at + len], start: start + at });
        }
        at += len;
    }
}

/// Cuts `text` into stretches of ASCII and others, each ending behind a space that ASCII follows. There is always a
/// word bound there, and nothing before it acts on what comes behind.
fn for_each_stretch<'t>(text: &'t str, mut sink: impl FnMut(usize, &'t str)) {
    let bytes = text.as_bytes();
    let ends = |space: &usize| bytes.get(space + 1).is_none_or(u8::is_ascii);
    let mut start = 0;
    while start < bytes.len() {
        let wide = bytes[start..].iter().position(|byte| !byte.is_ascii()).map(|n| start + n);
        let end = match wide {
            None => bytes.len(),
            Some(wide) => {
                let before = bytes[start..wide].len().saturating_sub(1);
                let last_before = bytes[start..start + before].iter().rposition(|byte| *byte == b' ');
                let first_behind = || memchr_iter(b' ', &bytes[wide..]).map(|n| wide + n).find(ends);
                let space = last_before.map(|n| start + n).or_else(first_behind);
                space.map_or(bytes.len(), |space| space + 1)
            }
        };
        sink(start, &text[start..end]);
        start = end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn found(split: for<'t> fn(&'t str, &mut dyn FnMut(Token<'t>)), text: &str) -> Vec<(usize, String)> {
        let mut found = Vec::new();
        split(text, &mut |token| found.push((token.start, token.text.to_owned())));
        found
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]
        #[test]
        fn stretches_make_no_difference(text in r"([ a-z0-9_.,:'\r\n\-]|[é我\u{301}\u{345}\u{200d}🇩🇪😀\u{3000}]|\PC){0,30}") {
            let owned = |(start, text): (usize, &str)| (start, text.to_owned());
            prop_assert_eq!(found(words, &text), text.unicode_word_indices().map(owned).collect::<Vec<_>>());
            let pieces = text.split_word_bound_indices().filter(|(_, piece)| !piece.starts_with(char::is_whitespace));
            prop_assert_eq!(found(words_and_punctuation, &text), pieces.map(owned).collect::<Vec<_>>());
        }
    }
}
