//! Files of analogy questions.

use super::lines::for_each_line;
use crate::VectorsError;
use crate::error::{Problem, excerpt};
use std::path::Path;

/// Questions "a is to b as c is to what?" with their answers, in named sections.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AnalogyQuestions {
    /// The sections, in the order of the file.
    pub sections: Vec<QuestionSection>,
}

/// Questions of one kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QuestionSection {
    /// The name; empty if the file has no sections.
    pub name: String,
    /// a, b, c and the answer.
    pub questions: Vec<[String; 4]>,
}

impl AnalogyQuestions {
    /// Reads a file in the form of word2vec's `questions-words.txt`: lines of four words, and lines `: name`
    /// that begin a section.
    ///
    /// # Errors
    /// If the file cannot be read, or a line has more or fewer words.
    pub fn read(path: &Path) -> Result<Self, VectorsError> {
        let mut questions = Self::default();
        for_each_line(path, |line, _| questions.push(line))?;
        Ok(questions)
    }

    fn push(&mut self, line: &str) -> Result<(), Problem> {
        if let Some(name) = line.strip_prefix(':') {
            let name = name.trim().to_owned();
            self.sections.push(QuestionSection { name, questions: Vec::new() });
            return Ok(());
        }
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let wrong =
            |_| Problem::Fields { want: "four words or `: section`", found: excerpt(line.as_bytes()) };
        let question = words.try_into().map_err(wrong)?;
        match self.sections.last_mut() {
            Some(section) => section.questions.push(question),
            None => self.sections.push(QuestionSection { name: String::new(), questions: vec![question] }),
        }
        Ok(())
    }

    /// The number of questions in all sections.
    pub fn len(&self) -> usize {
        self.sections.iter().map(|section| section.questions.len()).sum()
    }

    /// Whether there are no questions.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<(String, usize)>, Problem> {
        let mut questions = AnalogyQuestions::default();
        text.lines().try_for_each(|line| questions.push(line))?;
        Ok(questions.sections.into_iter().map(|s| (s.name, s.questions.len())).collect())
    }

    #[test]
    fn sections_have_names_and_questions() {
        let want = [("x y".to_owned(), 1), ("z".to_owned(), 2)];
        assert_eq!(read(": x y\na b c d\n: z\na b\tc d\ne f g h").unwrap(), want);
        assert_eq!(read("a b c d").unwrap(), [(String::new(), 1)]);
    }

    #[test]
    fn three_words_are_no_question() {
        let error = read(": x\na b c").unwrap_err().to_string();
        assert_eq!(error, "expected four words or `: section`, found `a b c`");
    }
}
