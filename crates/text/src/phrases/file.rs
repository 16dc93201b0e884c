//! Phrases as a text file: for people, for `diff`, and small enough to be read whole.
//!
//! ```text
//! #sememe-phrases → 1 → delimiter=_ → connectors=a the of
//! 1 → 251.25 → 42 → new → york
//! 2 → 130.5 → 12 → new_york → times
//! ```
//! Here → stands for TAB. The first line names the version, what stands between the words of a joined phrase, and
//! the connectors. Then comes a line for each phrase: its pass, score, count and words, by pass and within it by the
//! bytes of the words.

use super::{Phrase, Phrases};
use crate::{TextError, TextWriter, open_text};
use std::io::{self, BufRead, Write};
use std::path::Path;

const HEADER: &str = "#sememe-phrases\t1\tdelimiter=";
const CONNECTORS: &str = "\tconnectors=";
/// More passes than this are a mistake.
const MAX_PASSES: usize = 100;

/// Refuses phrases that could not be found or written.
pub(super) fn check(delimiter: &str, connectors: &[String], passes: &[Vec<Phrase>]) -> Result<(), TextError> {
    let wrong = |reason: String| Err(TextError::Phrases { reason });
    if delimiter.contains(['\t', '\n', '\r']) {
        return wrong("the delimiter holds a tab or a line end".to_owned());
    }
    if connectors.len() > Phrases::MAX_CONNECTORS || passes.len() > MAX_PASSES {
        let (found, most) = (connectors.len(), Phrases::MAX_CONNECTORS);
        return wrong(format!(
            "{found} connectors in {} passes, expected up to {most} in {MAX_PASSES}",
            passes.len()
        ));
    }
    for (at, word) in connectors.iter().enumerate() {
        if word.is_empty() || word.contains(char::is_whitespace) || connectors[..at].contains(word) {
            return wrong(format!("the connector `{word}` is empty, holds white space or stands twice"));
        }
    }
    passes.iter().flatten().try_for_each(|phrase| check_phrase(&phrase.words, connectors))
}

fn check_phrase(words: &[String], connectors: &[String]) -> Result<(), TextError> {
    let reason = match words {
        [] | [_] => "has fewer than two words",
        [_, joint @ .., _] if joint.len() > Phrases::MAX_JOINT => "has too many connectors",
        [_, joint @ .., _] if joint.iter().any(|word| !connectors.contains(word)) => {
            "has a word between its ends that is no connector"
        }
        [first, .., last] if connectors.contains(first) || connectors.contains(last) => "ends in a connector",
        _ if words.iter().any(|word| word.is_empty() || word.contains(['\t', '\n', '\r'])) => {
            "has a word that is empty or holds a tab or a line end"
        }
        _ => return Ok(()),
    };
    Err(TextError::Phrases { reason: format!("`{}` {reason}", words.join(" ").escape_debug()) })
}

impl Phrases {
    /// Writes the text form; a name that ends in `.gz` or `.zst` is compressed.
    ///
    /// # Errors
    /// If the file cannot be written; then what stood there before stays.
    pub fn save(&self, path: &Path) -> Result<(), TextError> {
        let mut file = TextWriter::create(path)?;
        self.write(&mut file).map_err(|source| TextError::Write { path: path.to_owned(), source })?;
        file.finish()
    }

    /// Reads the text form, compressed or not.
    ///
    /// # Errors
    /// If the file cannot be read, has no header, or has a line that is wrong.
    pub fn load(path: &Path) -> Result<Self, TextError> {
        Self::read(open_text(path)?, path)
    }

    /// The text form.
    pub fn to_text(&self) -> String {
        let mut text = Vec::new();
        // Writing into memory cannot fail, and all that is written is UTF-8.
        let _ = self.write(&mut text);
        String::from_utf8_lossy(&text).into_owned()
    }

    /// Reads what [`Phrases::to_text`] gave; errors name `path` as its place.
    ///
    /// # Errors
    /// If there is no header, or a line is wrong.
    pub fn from_text(text: &str, path: &Path) -> Result<Self, TextError> {
        Self::read(text.as_bytes(), path)
    }

    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(out, "{HEADER}{}{CONNECTORS}{}", self.delimiter, self.connectors.join(" "))?;
        for (pass, phrases) in (1..).zip(&self.passes) {
            for Phrase { words, score, count } in phrases {
                writeln!(out, "{pass}\t{score}\t{count}\t{}", words.join("\t"))?;
            }
        }
        Ok(())
    }

    fn read(file: impl BufRead, path: &Path) -> Result<Self, TextError> {
        let mut lines = (1..).zip(file.lines());
        let (_, header) = lines.next().unwrap_or((1, Ok(String::new())));
        let header = header.map_err(|source| TextError::Io { path: path.to_owned(), source })?;
        let (delimiter, connectors) = parse_header(&header).ok_or_else(|| {
            let expected = format!("`{HEADER}…{CONNECTORS}…`").escape_debug().to_string();
            wrong(path, 1, expected, &header)
        })?;
        let mut passes: Vec<Vec<Phrase>> = Vec::new();
        for (number, line) in lines {
            let line = line.map_err(|source| TextError::Io { path: path.to_owned(), source })?;
            let (pass, phrase) = parse_line(&line).ok_or_else(|| {
                let expected = "pass, score, count and at least two words, with tabs between";
                wrong(path, number, expected.to_owned(), &line)
            })?;
            check_phrase(&phrase.words, &connectors)
                .map_err(|error| wrong(path, number, "a phrase".to_owned(), &error.to_string()))?;
            passes.resize(passes.len().max(pass), Vec::new());
            passes[pass - 1].push(phrase);
        }
        Self::new(delimiter, &connectors, passes)
    }
}

fn parse_header(line: &str) -> Option<(&str, Vec<String>)> {
    let (delimiter, connectors) = line.strip_prefix(HEADER)?.split_once(CONNECTORS)?;
    Some((delimiter, connectors.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect()))
}

/// The pass, from 1, and the phrase.
fn parse_line(line: &str) -> Option<(usize, Phrase)> {
    let mut fields = line.split('\t');
    let pass = fields.next()?.parse().ok().filter(|pass| (1..=MAX_PASSES).contains(pass))?;
    let score = fields.next()?.parse().ok().filter(|score: &f64| score.is_finite())?;
    let count = fields.next()?.parse().ok()?;
    let words: Vec<String> = fields.map(str::to_owned).collect();
    (words.len() > 1).then_some((pass, Phrase { words, score, count }))
}

fn wrong(path: &Path, line: u64, expected: String, found: &str) -> TextError {
    let found = format!("`{}`", found.chars().take(80).collect::<String>().escape_debug());
    TextError::Format { path: path.to_owned(), line, expected, found }
}
