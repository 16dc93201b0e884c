//! The n-grams of a text, lent one by one.

use std::ops::{Range, RangeInclusive};

/// What n-grams are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Tokens, with a space between them.
    Words,
    /// Characters of the whole text.
    Chars,
    /// Characters of each word, with a space before and behind it.
    CharsAtWordBounds,
}

/// A text taken apart, whose memory is used again for the next one.
///
/// Every n-gram is a slice of it, so that none is put together.
#[derive(Default)]
pub(crate) struct Parts {
    text: String,
    ranges: Vec<Range<usize>>,
}

impl Parts {
    pub(crate) fn clear(&mut self) {
        self.text.clear();
        self.ranges.clear();
    }

    /// Appends a token, after a space if it is not the first.
    pub(crate) fn push_word(&mut self, word: &str) {
        if !self.ranges.is_empty() {
            self.text.push(' ');
        }
        self.push(word);
    }

    fn push(&mut self, part: &str) {
        let start = self.text.len();
        self.text.push_str(part);
        self.ranges.push(start..self.text.len());
    }

    fn push_chars(&mut self, text: &str) {
        text.chars().for_each(|c| self.push(c.encode_utf8(&mut [0; 4])));
    }

    /// The n-grams of the parts, for every n of `lengths`.
    pub(crate) fn for_each_ngram(&self, lengths: RangeInclusive<usize>, sink: &mut dyn FnMut(&str)) {
        let (low, high) = lengths.into_inner();
        for n in low..=high.min(self.ranges.len()) {
            for parts in self.ranges.windows(n) {
                sink(&self.text[parts[0].start..parts[n - 1].end]);
            }
        }
    }

    /// The character n-grams of `text`, in which white space of two characters or more counts as one space.
    pub(crate) fn for_each_char_ngram(
        &mut self,
        text: &str,
        lengths: RangeInclusive<usize>,
        sink: &mut dyn FnMut(&str),
    ) {
        self.clear();
        let mut rest = text;
        while let Some(start) = rest.find(is_space) {
            let tail = rest[start..].trim_start_matches(is_space);
            let space = &rest[start..rest.len() - tail.len()];
            self.push_chars(&rest[..start]);
            self.push_chars(if space.chars().nth(1).is_some() { " " } else { space });
            rest = tail;
        }
        self.push_chars(rest);
        self.for_each_ngram(lengths, sink);
    }

    /// The character n-grams of each word of `text`, a space added at either end. A word that is not longer
    /// than n counts as a whole, once.
    pub(crate) fn for_each_bounded_ngram(
        &mut self,
        text: &str,
        lengths: RangeInclusive<usize>,
        sink: &mut dyn FnMut(&str),
    ) {
        let (low, high) = lengths.into_inner();
        for word in text.split(is_space).filter(|word| !word.is_empty()) {
            self.clear();
            self.push(" ");
            self.push_chars(word);
            self.push(" ");
            let whole = self.ranges.len();
            if low < whole {
                self.for_each_ngram(low..=high.min(whole - 1), sink);
            }
            if high >= whole {
                sink(&self.text);
            }
        }
    }
}

/// What Python takes for white space: the separators of files, groups, records and units too.
fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\x1c'..='\x1f').contains(&c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(unit: Unit, text: &str, lengths: RangeInclusive<usize>, want: &[&str]) {
        let (mut parts, mut found) = (Parts::default(), Vec::new());
        let mut sink = |ngram: &str| found.push(ngram.to_owned());
        match unit {
            Unit::Words => {
                text.split(' ').for_each(|word| parts.push_word(word));
                parts.for_each_ngram(lengths, &mut sink);
            }
            Unit::Chars => parts.for_each_char_ngram(text, lengths, &mut sink),
            Unit::CharsAtWordBounds => parts.for_each_bounded_ngram(text, lengths, &mut sink),
        }
        assert_eq!(found, want);
    }

    #[test]
    fn words_are_joined_by_spaces() {
        check(Unit::Words, "a bc d", 1..=2, &["a", "bc", "d", "a bc", "bc d"]);
        check(Unit::Words, "a bc d", 3..=9, &["a bc d"]);
        check(Unit::Words, "a", 2..=3, &[]);
    }

    #[test]
    fn characters_run_through_the_text() {
        check(Unit::Chars, "我爱 b", 2..=3, &["我爱", "爱 ", " b", "我爱 ", "爱 b"]);
        check(Unit::Chars, "a\t\u{3000}b\nc", 1..=1, &["a", " ", "b", "\n", "c"]);
        check(Unit::Chars, "  ", 1..=1, &[" "]);
    }

    #[test]
    fn short_words_count_once() {
        check(
            Unit::CharsAtWordBounds,
            " abc\x1f我 ",
            2..=4,
            &[" a", "ab", "bc", "c ", " ab", "abc", "bc ", " abc", "abc ", " 我", "我 ", " 我 "],
        );
        check(Unit::CharsAtWordBounds, "ab", 4..=6, &[" ab "]);
        check(Unit::CharsAtWordBounds, "ab", 5..=6, &[" ab "]);
        check(Unit::CharsAtWordBounds, "ab", 1..=3, &[" ", "a", "b", " ", " a", "ab", "b ", " ab", "ab "]);
    }
}
