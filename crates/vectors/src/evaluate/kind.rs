//! What a file of a test set holds.

use super::categories::holds_classes;
use super::lines::for_each_line;
use super::questions::{holds_questions, names_questions};
use super::similarity::parse;
use crate::VectorsError;
use crate::error::{Place, Problem, excerpt};
use std::path::Path;

/// What can be measured with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SetKind {
    /// Judged pairs of words: [`WordPairs`](super::WordPairs).
    Similarity,
    /// Analogy questions: [`AnalogyQuestions`](super::AnalogyQuestions).
    Analogies,
    /// Words with classes: [`WordClasses`](super::WordClasses).
    Categories,
}

impl SetKind {
    /// Finds out by the first lines of a file.
    ///
    /// # Errors
    /// If the file cannot be read, or is none of these.
    pub fn of(path: &Path) -> Result<Self, VectorsError> {
        let mut lines: Vec<String> = Vec::new();
        for_each_line(path, |line, _| {
            if lines.len() < 2 && !line.starts_with('#') {
                lines.push(line.to_owned());
            }
            Ok(())
        })?;
        Self::of_lines(&lines).ok_or_else(|| {
            let want = "judged pairs of words, analogy questions, or words with categories";
            let found = excerpt(lines.first().map_or(&[][..], |line| line.as_bytes()));
            let problem = Problem::Fields { want, found };
            VectorsError::Entry { path: path.to_owned(), place: Place::Line(1), problem }
        })
    }

    fn of_lines(lines: &[String]) -> Option<Self> {
        let first = lines.first()?;
        if holds_classes(first) {
            return Some(Self::Categories);
        }
        // A heading of judged pairs may be four words, so the line after it is asked before.
        let judged = |line: &String| parse(line).is_some();
        if !names_questions(first) && (judged(first) || lines.get(1).is_some_and(judged)) {
            return Some(Self::Similarity);
        }
        holds_questions(first, lines.get(1).map(String::as_str)).then_some(Self::Analogies)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, want: Option<SetKind>) {
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        assert_eq!(SetKind::of_lines(&lines), want, "{text}");
    }

    #[test]
    fn sets_are_told_by_their_first_lines() {
        check("sun\tlight\t7.5\nsea\tsalt\t3", Some(SetKind::Similarity));
        check("Word 1,Word 2,Human (mean)\nsun,light,7", Some(SetKind::Similarity));
        check("w1\tw2\tPOS\tS\nold\tnew\tA\t1.58", Some(SetKind::Similarity));
        check(": capitals\nAthens Greece Oslo Norway", Some(SetKind::Analogies));
        check("Athens Greece Oslo Norway", Some(SetKind::Analogies));
        check(",type,word1,word2,word3,target\n0,JJ,a,b,c,d", Some(SetKind::Analogies));
        check("foot\tfeet/foots\nox\toxen", Some(SetKind::Analogies));
        check(",category,word\n0,bird,robin", Some(SetKind::Categories));
        check("a line of some text\nand one more line", None);
        check("", None);
        check("These are the sets.", None);
        check("Word sets\n=========\nThese are sets of words.", None);
        check("What is in here\nSets of words by several authors.", None);
    }
}
