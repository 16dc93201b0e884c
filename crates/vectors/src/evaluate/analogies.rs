//! Answering many analogy questions at once.

use super::argmax::{Best, Question};
use super::lookup::{Case, Lookup};
use super::questions::AnalogyQuestions;
use crate::scan::in_parts;
use crate::{Analogy, Neighbours, VectorsError};
use sememe_kernels::{Meter, Observer};
use sememe_vocab::WordId;
use std::collections::HashMap;
use std::ops::ControlFlow;

/// Hits in each section of a file of questions.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct AnalogyReport {
    /// In the order of the file.
    pub sections: Vec<SectionScore>,
}

/// Hits among the questions of one kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct SectionScore {
    /// The kind.
    pub name: String,
    /// Questions whose best answer was the right one.
    pub correct: u64,
    /// Questions whose words, and at least one answer, are all among the words that may be answers.
    pub covered: u64,
    /// All questions.
    pub asked: u64,
}

impl SectionScore {
    /// correct / covered; `None` if no question is covered.
    pub fn accuracy(&self) -> Option<f64> {
        (self.covered > 0).then(|| self.correct as f64 / self.covered as f64)
    }

    fn add(&mut self, other: &Self) {
        self.correct += other.correct;
        self.covered += other.covered;
        self.asked += other.asked;
    }
}

impl AnalogyReport {
    /// All sections together.
    pub fn total(&self) -> SectionScore {
        self.sum("total", |_| true)
    }

    /// The sections about the forms of words: those whose names begin with `gram`, as in `questions-words.txt`, the
    /// parts of speech of MSR as `JJ_JJR`, the morphological ones of CA8, and the inflections and derivations of BATS.
    pub fn syntactic(&self) -> SectionScore {
        self.sum("syntactic", is_syntactic)
    }

    /// All other sections.
    pub fn semantic(&self) -> SectionScore {
        self.sum("semantic", |name| !is_syntactic(name))
    }

    fn sum(&self, name: &str, wanted: impl Fn(&str) -> bool) -> SectionScore {
        let mut sum = SectionScore { name: name.to_owned(), ..SectionScore::default() };
        self.sections.iter().filter(|section| wanted(&section.name)).for_each(|section| sum.add(section));
        sum
    }
}

/// Whether a section of this name is about the forms of words.
fn is_syntactic(name: &str) -> bool {
    /// Reduplication and affixes (Li et al. 2018, table 1).
    const MORPHOLOGICAL: [&str; 4] = ["A", "AB", "prefix", "suffix"];
    let is_tag = |tag: &str| tag.len() > 1 && tag.bytes().all(|byte| byte.is_ascii_uppercase());
    let tags = name.split_once('_').is_some_and(|(a, b)| is_tag(a) && is_tag(b));
    let of_bats = name
        .strip_prefix(['I', 'D'])
        .is_some_and(|rest| rest.len() >= 2 && rest.bytes().take(2).all(|byte| byte.is_ascii_digit()));
    name.starts_with("gram") || MORPHOLOGICAL.contains(&name) || tags || of_bats
}

impl Neighbours {
    /// Answers all `questions` and counts the hits. A question that lacks a word is not covered.
    ///
    /// With the settings of word2vec's compute-accuracy this is [`Neighbours::among`] 30,000 words,
    /// [`Analogy::Add`] and [`Case::Ignore`]. Tells `observer` the words compared.
    ///
    /// The cosines of each distinct word of the questions are taken once, and a score is put together from three
    /// of them: with unit vectors, cos(x, b − a + c) is cos(x, b) − cos(x, a) + cos(x, c) up to a factor that is
    /// the same for all x.
    ///
    /// # Errors
    /// If the observer asked to stop.
    pub fn evaluate_analogies(
        &self,
        questions: &AnalogyQuestions,
        analogy: Analogy,
        case: Case,
        observer: &mut dyn Observer,
    ) -> Result<AnalogyReport, VectorsError> {
        let lookup = Lookup::new(self.embeddings().vocab(), self.n_words(), case);
        let covered = Covered::new(questions, &lookup);
        let best = self.best_answers(&covered, analogy, observer)?;
        Ok(covered.report(questions, &lookup, &best))
    }

    /// The best answer to each covered question.
    fn best_answers(
        &self,
        covered: &Covered,
        analogy: Analogy,
        observer: &mut dyn Observer,
    ) -> Result<Vec<Best>, VectorsError> {
        let rows = covered.words.iter().map(|&id| self.embeddings().row(WordId(id)));
        let queries = self.unit_queries(rows)?;
        let meter = Meter::new("words", Some(self.n_words() as u64), observer);
        let parts = in_parts(self.n_words(), self.threads(), |part| {
            let (mut best, mut scores) = (vec![Best::NONE; covered.questions.len()], Vec::new());
            let flow = self.scan().for_each_block(&queries, part, &mut |block| {
                for (best, question) in best.iter_mut().zip(&covered.questions) {
                    *best = best.or(question.best(&block, analogy, &mut scores));
                }
                meter.advance(block.n_words as u64, None)
            });
            (flow, best)
        });
        merge(parts, covered.questions.len())
    }
}

/// The best of all parts, which come with rising ids.
fn merge(parts: Vec<(ControlFlow<()>, Vec<Best>)>, n: usize) -> Result<Vec<Best>, VectorsError> {
    let mut merged = vec![Best::NONE; n];
    for (flow, best) in parts {
        if flow.is_break() {
            return Err(VectorsError::Interrupted);
        }
        merged.iter_mut().zip(best).for_each(|(merged, best)| *merged = merged.or(best));
    }
    Ok(merged)
}

/// The questions whose words all have vectors.
struct Covered {
    /// Distinct words of the questions.
    words: Vec<u32>,
    questions: Vec<Question>,
    /// The section and the right answers of each question.
    answers: Vec<(usize, Vec<u32>)>,
}

impl Covered {
    fn new(questions: &AnalogyQuestions, lookup: &Lookup<'_>) -> Self {
        let mut covered = Self { words: Vec::new(), questions: Vec::new(), answers: Vec::new() };
        let mut places = HashMap::new();
        for (number, section) in questions.sections.iter().enumerate() {
            for question in &section.questions {
                let [Some(a), Some(b), Some(c)] = question.given.each_ref().map(|word| lookup.id(word))
                else {
                    continue;
                };
                let answers: Vec<u32> = question.answers.iter().filter_map(|word| lookup.id(word)).collect();
                if !answers.is_empty() {
                    covered.push([a, b, c], lookup, &mut places);
                    covered.answers.push((number, answers));
                }
            }
        }
        covered
    }

    fn push(&mut self, ids: [u32; 3], lookup: &Lookup<'_>, places: &mut HashMap<u32, usize>) {
        let mut place = |id: u32| {
            *places.entry(id).or_insert_with(|| {
                self.words.push(id);
                self.words.len() - 1
            })
        };
        let queries = ids.map(&mut place);
        let excluded = ids.iter().flat_map(|&id| lookup.all(id)).collect();
        self.questions.push(Question { queries, excluded });
    }

    fn report(&self, questions: &AnalogyQuestions, lookup: &Lookup<'_>, best: &[Best]) -> AnalogyReport {
        let section = |section: &super::QuestionSection| SectionScore {
            name: section.name.clone(),
            asked: section.questions.len() as u64,
            ..SectionScore::default()
        };
        let mut sections: Vec<SectionScore> = questions.sections.iter().map(section).collect();
        for ((number, answers), best) in self.answers.iter().zip(best) {
            let right = best.id.is_some_and(|id| answers.contains(&lookup.stands_for(id)));
            sections[*number].covered += 1;
            sections[*number].correct += u64::from(right);
        }
        AnalogyReport { sections }
    }
}

#[cfg(test)]
mod tests {
    use super::is_syntactic;

    #[test]
    fn forms_of_words_are_told_from_meanings() {
        let forms = [
            "gram3-comparative",
            "JJ_JJR",
            "NNPOS_NN",
            "A",
            "AB",
            "suffix",
            "I01 [noun - plural_reg]",
            "D03 [x]",
        ];
        assert!(forms.iter().all(|name| is_syntactic(name)));
        let meanings =
            ["capital-world", "geography", "4f", "E01 [country - capital]", "L02 [x]", "", "ice_hockey", "I"];
        assert!(!meanings.iter().any(|name| is_syntactic(name)));
    }
}
