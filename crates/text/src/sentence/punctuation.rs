//! The ends of sentences inside a line.

use super::abbreviations;
use std::ops::Range;

/// Calls `sink` with the sentences of the line that is `line` of `text`; together they are the whole line.
pub(super) fn split(text: &str, line: Range<usize>, mut sink: impl FnMut(Range<usize>)) {
    let (mut start, mut at) = (line.start, line.start);
    while let Some(found) = text[at..line.end].find(is_stop) {
        let stops = at + found;
        let closers = stops + prefix_len(&text[stops..line.end], is_stop);
        let end = closers + prefix_len(&text[closers..line.end], is_closer);
        let stop =
            Stop { before: &text[start..stops], stops: &text[stops..closers], after: &text[end..line.end] };
        if stop.ends_sentence() {
            sink(start..end);
            start = end;
        }
        at = end;
    }
    sink(start..line.end);
}

/// A run of stops and what stands around it.
struct Stop<'t> {
    /// The sentence before the stops.
    before: &'t str,
    stops: &'t str,
    /// The rest of the line, after closing quotes and brackets.
    after: &'t str,
}

impl Stop<'_> {
    fn ends_sentence(&self) -> bool {
        let Some(next) = self.after.chars().next() else { return true };
        if self.stops.contains(is_chinese_stop) || (self.stops.contains('…') && self.is_in_chinese(next)) {
            return true;
        }
        if !next.is_whitespace() {
            return self.ends_without_space(next);
        }
        let next = self.after.trim_start().trim_start_matches(is_opener);
        match next.chars().next() {
            Some(next) if next.is_lowercase() => false,
            _ => self.stops != "." || !abbreviations::is_likely(self.before, next),
        }
    }

    /// Half-width stops in Chinese text: `3.5亿` does not end a sentence, `走了.我` and `OK!我` do.
    fn ends_without_space(&self, next: char) -> bool {
        is_chinese(next) && (self.stops.contains(['!', '?']) || self.before.ends_with(is_chinese))
    }

    fn is_in_chinese(&self, next: char) -> bool {
        is_chinese(next) || self.before.ends_with(is_chinese)
    }
}

fn prefix_len(text: &str, is_in: impl Fn(char) -> bool) -> usize {
    text.find(|c| !is_in(c)).unwrap_or(text.len())
}

fn is_stop(c: char) -> bool {
    matches!(c, '.' | '!' | '?' | '…') || is_chinese_stop(c)
}

fn is_chinese_stop(c: char) -> bool {
    matches!(c, '。' | '！' | '？' | '｡')
}

fn is_closer(c: char) -> bool {
    matches!(c, '"' | '\'' | ')' | ']' | '}' | '”' | '’' | '»')
        || matches!(c, '」' | '』' | '》' | '〉' | '】' | '〕' | '）')
}

fn is_opener(c: char) -> bool {
    matches!(c, '"' | '\'' | '(' | '[' | '{' | '“' | '‘' | '«' | '「' | '『' | '《' | '〈' | '【' | '（')
}

/// Han and kana, the punctuation that goes with them, and opening quotes, which both scripts use.
fn is_chinese(c: char) -> bool {
    matches!(c, '\u{2E80}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{FF00}'..='\u{FFEF}' | '\u{20000}'..='\u{3FFFF}')
        || matches!(c, '“' | '‘' | '—')
}
