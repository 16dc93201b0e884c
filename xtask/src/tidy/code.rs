//! Rust source without its comments and literals, so that rules look at code alone.

/// `source` with every comment and the inside of every string and character literal blanked, line by line.
pub(crate) fn code_only(source: &str) -> String {
    let mut code = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let blank = blank_length(rest);
        let length = blank.unwrap_or(first.len_utf8());
        let (piece, after) = rest.split_at(length);
        match blank {
            Some(_) => code.extend(piece.chars().filter(|&c| c == '\n').chain([' '])),
            None => code.push_str(piece),
        }
        rest = after;
    }
    code
}

/// The bytes of the comment or literal that `rest` begins with.
///
/// No identifier ends right before a quote or `#` but the prefixes of literals, so that every `r` there is one.
fn blank_length(rest: &str) -> Option<usize> {
    match rest.as_bytes() {
        [b'/', b'/', ..] => Some(rest.find('\n').unwrap_or(rest.len())),
        [b'/', b'*', ..] => Some(block_comment(rest)),
        [b'"', ..] => Some(string(rest)),
        [b'r', b'"' | b'#', ..] => raw_string(rest),
        [b'\'', ..] => character(rest),
        _ => None,
    }
}

/// Whether `c` may stand inside an identifier.
pub(crate) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Block comments nest.
fn block_comment(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let (mut depth, mut at) = (0, 0);
    while at < bytes.len() {
        match &bytes[at..] {
            [b'/', b'*', ..] => (depth, at) = (depth + 1, at + 2),
            [b'*', b'/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    bytes.len()
}

fn string(rest: &str) -> usize {
    let mut escaped = false;
    let end = rest.char_indices().skip(1).find(|&(_, c)| {
        let quote = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        quote
    });
    end.map_or(rest.len(), |(at, _)| at + 1)
}

fn raw_string(rest: &str) -> Option<usize> {
    let hashes = rest[1..].bytes().take_while(|&byte| byte == b'#').count();
    let inside = rest[1 + hashes..].strip_prefix('"')?;
    let close = format!("\"{}", "#".repeat(hashes));
    let end = inside.find(&close).map_or(inside.len(), |at| at + close.len());
    Some(rest.len() - inside.len() + end)
}

/// A character literal; a lifetime has no second quote.
fn character(rest: &str) -> Option<usize> {
    let mut inside = rest.char_indices().skip(1);
    match inside.next()?.1 {
        '\\' => rest[3..].find('\'').map(|at| 3 + at + 1),
        _ => inside.next().filter(|&(_, c)| c == '\'').map(|(at, _)| at + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(source: &str, want: &str) {
        assert_eq!(code_only(source), want);
    }

    #[test]
    fn comments_are_blanked() {
        check("a // unsafe\nb", "a  \nb");
        check("a /* x /* y */ z */ b", "a   b");
        check("/* open", " ");
    }

    #[test]
    fn strings_are_blanked() {
        check(r#"f("unsafe \" // x", y)"#, "f( , y)");
        check(r##"f(r#"a " b"#, y)"##, "f( , y)");
        check(r##"f(br"\", y)"##, "f(b , y)");
        check("\"open", " ");
    }

    #[test]
    fn lines_stay_where_they_are() {
        check("\"a\nb\"\nc", "\n \nc");
    }

    #[test]
    fn characters_are_blanked_and_lifetimes_are_not() {
        check("x == '\"' || y == '\\''", "x ==   || y ==  ");
        check("fn f<'a>(x: &'a str) {}", "fn f<'a>(x: &'a str) {}");
        check("'é' '\\u{e9}'", "   ");
    }

    #[test]
    fn raw_identifiers_stay() {
        check("r#type for_r", "r#type for_r");
    }
}
