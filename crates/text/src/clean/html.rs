//! Tags and entities of HTML.

use super::aligned::{Log, Rewrite};
use memchr::{memchr_iter, memchr2};

/// Takes tags out and decodes entities.
///
/// This is no parser of documents but a filter for text with markup in it: what does not look like a tag or an
/// entity stays as it is.
pub(super) fn strip<L: Log>(text: &mut Rewrite<'_, L>) {
    let mut ends = Ends::default();
    while let Some(start) = memchr2(b'<', b'&', text.rest().as_bytes()) {
        text.keep(start);
        let rest = text.rest();
        if let Some((len, replacement)) = markup(rest, &mut ends) {
            text.replace(len, replacement);
        } else if let Some((len, c)) = entity(rest) {
            text.replace(len, c.encode_utf8(&mut [0; 4]));
        } else {
            text.keep(1);
        }
    }
}

/// Looks for the ends of what was opened, but only once for an end that is not there: every further search would
/// go through the rest of the text again.
#[derive(Default)]
struct Ends {
    missing: Vec<&'static str>,
}

impl Ends {
    /// The place behind the first `end` in `text`, capitals or not.
    fn find(&mut self, text: &str, end: &'static str) -> Option<usize> {
        if self.missing.contains(&end) {
            return None;
        }
        let (bytes, end_bytes) = (text.as_bytes(), end.as_bytes());
        let is_end = |at: &usize| {
            bytes.get(*at..at + end.len()).is_some_and(|found| found.eq_ignore_ascii_case(end_bytes))
        };
        let found = memchr_iter(end_bytes[0], bytes).find(is_end);
        if found.is_none() {
            self.missing.push(end);
        }
        Some(found? + end.len())
    }
}

/// The tag, comment or element without text that `text` starts with: its length and what takes its place.
fn markup(text: &str, ends: &mut Ends) -> Option<(usize, &'static str)> {
    let inside = text.strip_prefix('<')?;
    if inside.starts_with("!--") {
        return Some((ends.find(text, "-->")?, " "));
    }
    let name = inside.strip_prefix('/').unwrap_or(inside);
    if !name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '!' || c == '?') {
        return None;
    }
    let len = ends.find(text, ">")?;
    let name = &name[..name.bytes().take_while(u8::is_ascii_alphanumeric).count()];
    let hidden = if inside.starts_with('/') { None } else { hidden_len(&text[len..], name, ends) };
    Some((len + hidden.unwrap_or(0), if is_inline(name) { "" } else { " " }))
}

/// Bytes up to and with the end tag, if `name` is an element whose content is not text.
fn hidden_len(text: &str, name: &str, ends: &mut Ends) -> Option<usize> {
    let hidden = [("script", "</script"), ("style", "</style")];
    let (_, end) = hidden.into_iter().find(|(hidden, _)| hidden.eq_ignore_ascii_case(name))?;
    let start = ends.find(text, end)?;
    Some(start + ends.find(&text[start..], ">")?)
}

/// Elements that stand inside a word or line.
fn is_inline(name: &str) -> bool {
    const INLINE: [&str; 20] = [
        "a", "abbr", "b", "big", "cite", "code", "em", "font", "i", "ins", "kbd", "mark", "s", "small",
        "span", "strong", "sub", "sup", "tt", "u",
    ];
    INLINE.iter().any(|inline| inline.eq_ignore_ascii_case(name))
}

/// The entity that `text` starts with: its length and its character.
fn entity(text: &str) -> Option<(usize, char)> {
    let name = text.strip_prefix('&')?;
    let body = name.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'#').take(MAX_ENTITY);
    let end = 1 + body.count();
    if text.as_bytes().get(end) != Some(&b';') {
        return None;
    }
    let name = &text[1..end];
    let c = match name.strip_prefix('#') {
        Some(number) => numeric(number)?,
        None => ENTITIES.iter().find(|(known, _)| *known == name)?.1,
    };
    Some((end + 1, c))
}

fn numeric(number: &str) -> Option<char> {
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => number.parse().ok()?,
    };
    char::from_u32(code).filter(|c| *c != '\0')
}

const MAX_ENTITY: usize = 10;

const ENTITIES: [(&str, char); 60] = [
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("nbsp", '\u{A0}'),
    ("ensp", '\u{2002}'),
    ("emsp", '\u{2003}'),
    ("thinsp", '\u{2009}'),
    ("shy", '\u{AD}'),
    ("ndash", '–'),
    ("mdash", '—'),
    ("hellip", '…'),
    ("lsquo", '‘'),
    ("rsquo", '’'),
    ("ldquo", '“'),
    ("rdquo", '”'),
    ("laquo", '«'),
    ("raquo", '»'),
    ("bull", '•'),
    ("middot", '·'),
    ("copy", '©'),
    ("reg", '®'),
    ("trade", '™'),
    ("deg", '°'),
    ("plusmn", '±'),
    ("times", '×'),
    ("divide", '÷'),
    ("frac12", '½'),
    ("euro", '€'),
    ("pound", '£'),
    ("yen", '¥'),
    ("cent", '¢'),
    ("sect", '§'),
    ("para", '¶'),
    ("iexcl", '¡'),
    ("iquest", '¿'),
    ("szlig", 'ß'),
    ("agrave", 'à'),
    ("aacute", 'á'),
    ("acirc", 'â'),
    ("atilde", 'ã'),
    ("auml", 'ä'),
    ("aring", 'å'),
    ("aelig", 'æ'),
    ("ccedil", 'ç'),
    ("egrave", 'è'),
    ("eacute", 'é'),
    ("ecirc", 'ê'),
    ("euml", 'ë'),
    ("iacute", 'í'),
    ("iuml", 'ï'),
    ("ntilde", 'ñ'),
    ("oacute", 'ó'),
    ("ocirc", 'ô'),
    ("ouml", 'ö'),
    ("oslash", 'ø'),
    ("uacute", 'ú'),
    ("uuml", 'ü'),
    ("Eacute", 'É'),
];
