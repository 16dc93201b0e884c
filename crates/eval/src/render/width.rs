//! The room that text takes, in columns of a terminal: 2 for Chinese characters, 0 for combining marks.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The width of a text in columns.
pub(crate) fn columns(text: &str) -> usize {
    text.width()
}

/// The text with blanks up to `width` columns.
pub(super) fn pad_right(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(columns(text))))
}

/// The text behind blanks, up to `width` columns.
pub(super) fn pad_left(text: &str, width: usize) -> String {
    format!("{}{text}", " ".repeat(width.saturating_sub(columns(text))))
}

/// The text, cut to at most `width` columns with `…` as the last one.
pub(crate) fn clip(text: &str, width: usize) -> String {
    if columns(text) <= width {
        return text.to_owned();
    }
    let (mut out, mut used) = (String::new(), 1);
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used > width {
            break;
        }
        out.push(c);
    }
    out.push('…');
    out
}

/// The text on one line, without characters that move the cursor or colour what follows.
pub(super) fn one_line(text: &str) -> String {
    let clean = |c: char| if c.is_control() { ' ' } else { c };
    text.chars().map(clean).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_characters_are_two_columns_wide() {
        assert_eq!(columns("中文ab"), 6);
        assert_eq!(pad_left("中文", 6), "  中文");
    }

    #[test]
    fn clipping_never_exceeds_the_width() {
        for (text, width, want) in [("abcdef", 4, "abc…"), ("中文字", 4, "中…"), ("abc", 3, "abc")] {
            assert_eq!(clip(text, width), want);
        }
    }

    #[test]
    fn escape_sequences_do_not_reach_the_terminal() {
        assert_eq!(one_line("a\u{1b}[31m\nb"), "a [31m b");
    }
}
