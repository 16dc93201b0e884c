//! Files of analogy questions.

use super::lines::for_each_line;
use super::table::Columns;
use crate::VectorsError;
use crate::error::{Problem, excerpt};
use std::collections::HashMap;
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
    /// The questions, in the order of the file.
    pub questions: Vec<AnalogyQuestion>,
}

/// One question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnalogyQuestion {
    /// a, b and c.
    pub given: [String; 3],
    /// Words that are right: one but in files of pairs.
    pub answers: Vec<String>,
}

impl AnalogyQuestion {
    /// a, b, c and the answer.
    pub fn new([a, b, c, answer]: [String; 4]) -> Self {
        Self { given: [a, b, c], answers: vec![answer] }
    }
}

/// How a file holds its questions.
#[derive(Debug, PartialEq, Eq)]
enum Layout {
    /// Lines of four words, as in word2vec's `questions-words.txt` and in CA8.
    Fours,
    /// A table with columns of the four words, and perhaps one of the kind: MSR, SemEval, JAIR as collected by
    /// word-benchmarks.
    Table(Columns<4>, Option<Columns<1>>),
    /// Lines of a word and those that stand in a relation to it, as in BATS.
    Pairs,
}

impl Layout {
    /// The layout of a file with this first line.
    fn of(line: &str) -> Option<Self> {
        let names: [&[&str]; 4] = [&["word1"], &["word2"], &["word3"], &["target", "word4"]];
        if let Some(columns) = Columns::find(line, names) {
            return Some(Self::Table(columns, Columns::find(line, [&["type", "category", "class"]])));
        }
        match (line.starts_with(':'), pair(line)) {
            (true, _) => Some(Self::Fours),
            (_, Some(_)) => Some(Self::Pairs),
            _ => (line.split_whitespace().count() == 4).then_some(Self::Fours),
        }
    }
}

impl AnalogyQuestions {
    /// Reads a file in one of three layouts, which its first line tells:
    ///
    /// * that of word2vec's `questions-words.txt`, which CA8 has too: lines of four words, and lines `: name` that
    ///   begin a section;
    /// * a table with a heading that names the columns `word1`, `word2`, `word3` and `target`, and perhaps `type`, the
    ///   section: MSR, SemEval and others as word-benchmarks has them;
    /// * that of BATS: lines of a word, a tab or spaces, and the words that stand in the relation to it, separated by
    ///   `/`. Every word is asked after with the first answer of every other word as the example. The section is
    ///   named after the file.
    ///
    /// # Errors
    /// If the file cannot be read, is in no such layout, or a line is not in that of the first.
    pub fn read(path: &Path) -> Result<Self, VectorsError> {
        let mut reader = Reader::default();
        for_each_line(path, |line, _| reader.push(line))?;
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        Ok(reader.finish(name.split('.').next().unwrap_or_default()))
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

/// Whether a file with these first lines holds questions. Prose does not, though some of its lines are as long.
pub(crate) fn holds_questions(first: &str, second: Option<&str>) -> bool {
    let is_prose = |line: &str| line.ends_with(['.', '!', '?', ',', ';']);
    let goes_on =
        |layout| second.is_none_or(|line| line.starts_with(':') || Layout::of(line) == Some(layout));
    match Layout::of(first) {
        Some(layout @ (Layout::Fours | Layout::Pairs)) => {
            first.starts_with(':') || (!is_prose(first) && goes_on(layout))
        }
        layout => layout.is_some(),
    }
}

/// Whether this first line can be nothing but that of a file of questions.
pub(crate) fn names_questions(line: &str) -> bool {
    line.starts_with(':') || matches!(Layout::of(line), Some(Layout::Table(..)))
}

/// A word and those that stand in a relation to it.
fn pair(line: &str) -> Option<(String, Vec<String>)> {
    let fields: Vec<&str> = match line.contains('\t') {
        true => line.split('\t').map(str::trim).collect(),
        false => line.split_whitespace().collect(),
    };
    let [word, answers] = fields[..] else { return None };
    let answers: Vec<String> = answers.split('/').map(|answer| answer.trim().to_owned()).collect();
    let whole = !word.is_empty() && answers.iter().all(|answer| !answer.is_empty());
    whole.then(|| (word.to_owned(), answers))
}

/// Takes a file line by line.
#[derive(Default)]
struct Reader {
    layout: Option<Layout>,
    questions: AnalogyQuestions,
    /// Places of the sections of a table, whose lines need not be in order.
    places: HashMap<String, usize>,
    pairs: Vec<(String, Vec<String>)>,
}

impl Reader {
    fn push(&mut self, line: &str) -> Result<(), Problem> {
        let problem = |want| Problem::Fields { want, found: excerpt(line.as_bytes()) };
        let Some(layout) = &self.layout else {
            let want = "four words, `: section`, a word and those in relation to it, or the names of columns";
            let layout = self.layout.insert(Layout::of(line).ok_or_else(|| problem(want))?);
            return if matches!(layout, Layout::Table(..)) { Ok(()) } else { self.push(line) };
        };
        match layout {
            Layout::Fours => self.push_four(line).ok_or_else(|| problem("four words or `: section`")),
            Layout::Table(columns, kind) => {
                let words = columns.of(line).ok_or_else(|| problem("four words in their columns"))?;
                let [kind] = kind.as_ref().and_then(|kind| kind.of(line)).unwrap_or_default();
                self.section(kind).questions.push(AnalogyQuestion::new(words));
                Ok(())
            }
            Layout::Pairs => {
                let pair = pair(line).ok_or_else(|| problem("a word and those in relation to it"))?;
                self.pairs.push(pair);
                Ok(())
            }
        }
    }

    fn push_four(&mut self, line: &str) -> Option<()> {
        let sections = &mut self.questions.sections;
        if let Some(name) = line.strip_prefix(':') {
            sections.push(QuestionSection { name: name.trim().to_owned(), questions: Vec::new() });
            return Some(());
        }
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let question = AnalogyQuestion::new(words.try_into().ok()?);
        if sections.is_empty() {
            sections.push(QuestionSection::default());
        }
        sections.last_mut()?.questions.push(question);
        Some(())
    }

    fn section(&mut self, name: String) -> &mut QuestionSection {
        let sections = &mut self.questions.sections;
        let place = *self.places.entry(name).or_insert_with_key(|name| {
            sections.push(QuestionSection { name: name.clone(), questions: Vec::new() });
            sections.len() - 1
        });
        &mut sections[place]
    }

    fn finish(mut self, name: &str) -> AnalogyQuestions {
        if !self.pairs.is_empty() {
            let questions = all_pairs(&self.pairs);
            self.questions.sections.push(QuestionSection { name: name.to_owned(), questions });
        }
        self.questions
    }
}

/// Every word asked after by the example of every other.
fn all_pairs(pairs: &[(String, Vec<String>)]) -> Vec<AnalogyQuestion> {
    let ask = |example: &(String, Vec<String>), asked: &(String, Vec<String>)| AnalogyQuestion {
        given: [example.0.clone(), example.1[0].clone(), asked.0.clone()],
        answers: asked.1.clone(),
    };
    let others = |i: usize| (0..pairs.len()).filter(move |&j| j != i);
    (0..pairs.len()).flat_map(|i| others(i).map(move |j| ask(&pairs[j], &pairs[i]))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<AnalogyQuestions, Problem> {
        let mut reader = Reader::default();
        text.lines().try_for_each(|line| reader.push(line))?;
        Ok(reader.finish("file"))
    }

    #[track_caller]
    fn check(text: &str, want: &[(&str, &[[&str; 4]])]) {
        let found = read(text).unwrap();
        let questions = |section: &QuestionSection| -> Vec<[String; 4]> {
            let question = |question: &AnalogyQuestion| {
                let [a, b, c] = question.given.clone();
                [a, b, c, question.answers.join("|")]
            };
            section.questions.iter().map(question).collect()
        };
        let found: Vec<_> = found.sections.iter().map(|s| (s.name.clone(), questions(s))).collect();
        assert_eq!(found.len(), want.len(), "{found:?}");
        for ((name, questions), (want, all)) in found.iter().zip(want) {
            assert_eq!(name, want);
            assert_eq!(questions, &all.map_words());
        }
    }

    /// The same with owned words.
    trait MapWords {
        fn map_words(&self) -> Vec<[String; 4]>;
    }

    impl MapWords for [[&str; 4]] {
        fn map_words(&self) -> Vec<[String; 4]> {
            self.iter().map(|words| words.map(str::to_owned)).collect()
        }
    }

    #[test]
    fn sections_have_names_and_questions() {
        let (first, second) = (["a", "b", "c", "d"], ["e", "f", "g", "h"]);
        check(": x y\na b c d\n: z\na b\tc d\ne f g h", &[("x y", &[first]), ("z", &[first, second])]);
        check("a b c d", &[("", &[first])]);
        check(": 省\n广东 粤剧 浙江 越剧", &[("省", &[["广东", "粤剧", "浙江", "越剧"]])]);
    }

    #[test]
    fn tables_have_a_section_for_each_type() {
        let text = ",type,word1,word2,word3,target\n0,JJ,good,better,rough,rougher\n1,NN,year,years,law,laws\n\
                    2,JJ,solar system , atom ,sun , nucleus \n";
        let adjectives = [["good", "better", "rough", "rougher"], ["solar system", "atom", "sun", "nucleus"]];
        check(text, &[("JJ", &adjectives), ("NN", &[["year", "years", "law", "laws"]])]);
        check("word1,word2,word3,target\na,b,c,d", &[("", &[["a", "b", "c", "d"]])]);
    }

    #[test]
    fn pairs_ask_after_each_other() {
        let text = "album\talbums\nfoot\tfeet/foots\nox\toxen";
        let want = [
            ["foot", "feet", "album", "albums"],
            ["ox", "oxen", "album", "albums"],
            ["album", "albums", "foot", "feet|foots"],
            ["ox", "oxen", "foot", "feet|foots"],
            ["album", "albums", "ox", "oxen"],
            ["foot", "feet", "ox", "oxen"],
        ];
        check(text, &[("file", &want)]);
        check("", &[]);
    }

    #[test]
    fn other_lines_are_refused() {
        let message = |text| read(text).unwrap_err().to_string();
        assert_eq!(message(": x\na b c"), "expected four words or `: section`, found `a b c`");
        assert_eq!(message("a b\na b c"), "expected a word and those in relation to it, found `a b c`");
        assert_eq!(
            message("word1,word2,word3,target\na,b,c"),
            "expected four words in their columns, found `a,b,c`"
        );
        assert!(message("a b c").starts_with("expected four words, `: section`, a word and those"));
        assert!(read("a\tb/").is_err());
    }
}
