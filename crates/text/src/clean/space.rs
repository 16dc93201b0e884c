//! White space and characters of no width.

use super::aligned::{Log, Rewrite};

pub(super) fn squeeze<L: Log>(text: &mut Rewrite<'_, L>) {
    let mut at_start = true;
    while !text.rest().is_empty() {
        let rest = text.rest();
        let visible = rest.find(is_space).unwrap_or(rest.len());
        text.keep(visible);
        at_start &= visible == 0;
        squeeze_run(text, at_start);
    }
}

/// Deals with the run of space that comes next.
fn squeeze_run<L: Log>(text: &mut Rewrite<'_, L>, at_start: bool) {
    let rest = text.rest();
    let len = rest.find(|c| !is_space(c)).unwrap_or(rest.len());
    let run = &rest[..len];
    let new = match run {
        _ if at_start || len == rest.len() => "",
        _ if run.contains(is_line_break) => "\n",
        _ if run.contains(char::is_whitespace) => " ",
        _ => "",
    };
    if run == new { text.keep(len) } else { text.replace(len, new) }
}

fn is_space(c: char) -> bool {
    c.is_whitespace() || is_zero_width(c)
}

/// Soft hyphen, zero-width space, word joiner, byte order mark. Joiners of emoji and letters are not among them.
fn is_zero_width(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{200B}' | '\u{2060}' | '\u{FEFF}')
}

fn is_line_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}
