//! A vocabulary as text: for people, and for `diff`.
//!
//! ```text
//! #sememe-vocab → 1 → special=1 → out-of-vocabulary=unknown
//! <unk> → 0
//! rose → 3
//! ```
//! Here → stands for TAB. The first line names the version, the number of special words and the policy; then comes a line of word,
//! TAB and count for each word, in the order of the ids. Within a word TAB, line feed, carriage return and
//! backslash are written as `\t`, `\n`, `\r` and `\\`.

use crate::{OutOfVocabulary, Vocab, VocabError, atomic};
use std::borrow::Cow;
use std::fmt::Write;
use std::fs;
use std::path::Path;

const HEADER: &str = "#sememe-vocab\t1\tspecial=";
const POLICY: &str = "\tout-of-vocabulary=";
const ESCAPES: [(char, &str); 4] = [('\\', "\\\\"), ('\t', "\\t"), ('\n', "\\n"), ('\r', "\\r")];

impl Vocab {
    /// Writes the text form: a header, then a line of word, TAB and count for each word.
    ///
    /// # Errors
    /// If the file cannot be written; then what stood there before stays.
    pub fn save_text(&self, path: &Path) -> Result<(), VocabError> {
        atomic::write(path, self.to_text().as_bytes())
    }

    /// Reads the text form.
    ///
    /// # Errors
    /// If the file cannot be read, is not UTF-8, has no header, or has a line that is wrong.
    pub fn load_text(path: &Path) -> Result<Self, VocabError> {
        let text = fs::read_to_string(path).map_err(VocabError::io(path))?;
        from_text(path, &text)
    }

    fn to_text(&self) -> String {
        let mut text = format!("{HEADER}{}{POLICY}{}\n", self.n_special(), self.out_of_vocabulary().name());
        for (word, count) in self.words().zip(self.counts()) {
            // Writing into a string cannot fail.
            let _ = writeln!(text, "{}\t{count}", escape(word));
        }
        text
    }
}

fn from_text(path: &Path, text: &str) -> Result<Vocab, VocabError> {
    let wrong = |line, reason: String| VocabError::Line { path: path.to_owned(), line, reason };
    let mut lines = text.split_terminator('\n').map(|line| line.strip_suffix('\r').unwrap_or(line));
    let (n_special, policy) = lines.next().and_then(parse_header).ok_or_else(|| {
        wrong(1, format!("expected a line `{HEADER}N{POLICY}NAME`").escape_debug().to_string())
    })?;
    let rows: Result<Vec<_>, _> =
        lines.zip(2..).map(|(line, n)| parse_row(line).map_err(|e| wrong(n, e))).collect();
    Vocab::from_words(rows?, n_special)?.with_out_of_vocabulary(policy)
}

fn parse_header(line: &str) -> Option<(usize, OutOfVocabulary)> {
    let (n_special, policy) = line.strip_prefix(HEADER)?.split_once(POLICY)?;
    Some((n_special.parse().ok()?, OutOfVocabulary::from_name(policy)?))
}

fn parse_row(line: &str) -> Result<(Cow<'_, str>, u64), String> {
    let (word, count) =
        line.rsplit_once('\t').ok_or_else(|| format!("expected word, TAB, count, found `{line}`"))?;
    let count = count.parse().map_err(|_| format!("expected a count after the TAB, found `{count}`"))?;
    Ok((unescape(word)?, count))
}

fn escape(word: &str) -> Cow<'_, str> {
    if !word.contains(ESCAPES.map(|(c, _)| c)) {
        return Cow::Borrowed(word);
    }
    let mut escaped = String::with_capacity(word.len() + 2);
    for c in word.chars() {
        match ESCAPES.iter().find(|(special, _)| *special == c) {
            Some((_, escape)) => escaped.push_str(escape),
            None => escaped.push(c),
        }
    }
    Cow::Owned(escaped)
}

fn unescape(word: &str) -> Result<Cow<'_, str>, String> {
    if !word.contains('\\') {
        return Ok(Cow::Borrowed(word));
    }
    let (mut plain, mut rest) = (String::with_capacity(word.len()), word);
    while let Some(at) = rest.find('\\') {
        plain.push_str(&rest[..at]);
        let known = ESCAPES.iter().find(|(_, escape)| rest[at..].starts_with(escape));
        let &(c, escape) = known.ok_or_else(|| format!("`{word}` has a backslash that escapes nothing"))?;
        plain.push(c);
        rest = &rest[at + escape.len()..];
    }
    plain.push_str(rest);
    Ok(Cow::Owned(plain))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const GOOD: &str = "#sememe-vocab\t1\tspecial=1\tout-of-vocabulary=unknown\n";

    #[track_caller]
    fn check(text: &str, want: &str) {
        assert_eq!(from_text(Path::new("v"), text).unwrap_err().to_string(), want);
    }

    #[test]
    fn the_form_is_as_documented() {
        let vocab = Vocab::from_words([("<unk>", 0), ("rose", 3), ("a\tb\\", 1)], 1).unwrap();
        assert_eq!(vocab.to_text(), format!("{GOOD}<unk>\t0\nrose\t3\na\\tb\\\\\t1\n"));
    }

    #[test]
    fn wrong_lines_are_named() {
        let header = "expected a line `#sememe-vocab\\t1\\tspecial=N\\tout-of-vocabulary=NAME`";
        check("", &format!("v:1: {header}"));
        check("a\t1\n", &format!("v:1: {header}"));
        check(&format!("{GOOD}<unk>\t0\na 1\n"), "v:3: expected word, TAB, count, found `a 1`");
        check(&format!("{GOOD}a\t-1\n"), "v:2: expected a count after the TAB, found `-1`");
        check(&format!("{GOOD}a\\b\t1\n"), "v:2: `a\\b` has a backslash that escapes nothing");
        check(GOOD, "1 special words expected, but there are only 0 words in all");
    }

    #[test]
    fn a_file_from_windows_is_read() {
        let text = format!("{GOOD}<unk>\t0\n").replace('\n', "\r\n");
        assert_eq!(from_text(Path::new("v"), &text).unwrap().words().next(), Some("<unk>"));
    }

    proptest! {
        #[test]
        fn the_text_form_comes_back(words in prop::collection::btree_set("[\\PC\t\n\r\\\\]{0,6}", 0..30)) {
            let vocab = Vocab::from_words(words.iter().zip(0..), 0).unwrap();
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("vocab.txt");
            vocab.save_text(&path).unwrap();
            prop_assert_eq!(Vocab::load_text(&path).unwrap(), vocab);
        }

        #[test]
        fn any_text_is_an_answer_or_an_error(text in "\\PC{0,40}") {
            let _ = from_text(Path::new("v"), &text);
            let _ = from_text(Path::new("v"), &format!("{GOOD}{text}"));
        }
    }
}
