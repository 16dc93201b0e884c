//! Pairs of words whose similarity people judged.

use super::lines::for_each_line;
use super::lookup::{Case, Lookup};
use crate::error::{Place, Problem, excerpt};
use crate::{Neighbours, VectorsError};
use std::path::Path;

/// Pairs of words with a judgement each.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WordPairs {
    /// Both words and the judgement: the higher, the more alike.
    pub pairs: Vec<(String, String, f64)>,
    /// The line of the heading that was skipped, if there was one.
    pub heading: Option<u64>,
}

/// A judged pair that has vectors.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct JudgedPair {
    /// The first word, as in the file.
    pub first: String,
    /// The second word, as in the file.
    pub second: String,
    /// The judgement.
    pub gold: f64,
    /// The cosine of the vectors.
    pub cosine: f64,
}

/// Judgements and cosines, to be correlated.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
pub struct SimilarityReport {
    /// The pairs whose words both have vectors, in the order of the file.
    pub pairs: Vec<JudgedPair>,
    /// All pairs.
    pub asked: usize,
    /// Pairs of which a vector was made of n-grams because the word has none of its own.
    pub composed: usize,
    /// The judgements of the pairs that are not covered.
    pub missing: Vec<f64>,
}

impl SimilarityReport {
    /// The judgements of the covered pairs.
    pub fn gold(&self) -> Vec<f64> {
        self.pairs.iter().map(|pair| pair.gold).collect()
    }

    /// The cosines of the covered pairs.
    pub fn cosines(&self) -> Vec<f64> {
        self.pairs.iter().map(|pair| pair.cosine).collect()
    }
}

impl WordPairs {
    /// Reads a file of lines `word word judgement`, separated by tabs if the line has one, else by commas if it
    /// has one, else by spaces. The judgement is the first number after the words; what follows it does not
    /// matter. Lines that begin with `#` are comments, and the first line may be a heading.
    ///
    /// # Errors
    /// If the file cannot be read, or a line has no two words or no finite number. Of a file without pairs this is
    /// the heading.
    pub fn read(path: &Path) -> Result<Self, VectorsError> {
        let (mut pairs, mut heading) = (Self::default(), None);
        for_each_line(path, |line, number| {
            pairs.push(line, number)?;
            if pairs.heading == Some(number) {
                heading = Some((Place::Line(number), not_judged(line)));
            }
            Ok(())
        })?;
        match heading {
            Some((place, problem)) if pairs.pairs.is_empty() => {
                Err(VectorsError::Entry { path: path.to_owned(), place, problem })
            }
            _ => Ok(pairs),
        }
    }

    fn push(&mut self, line: &str, number: u64) -> Result<(), Problem> {
        match parse(line) {
            _ if line.starts_with('#') => {}
            Some(pair) => self.pairs.push(pair),
            None if self.pairs.is_empty() && self.heading.is_none() => self.heading = Some(number),
            None => return Err(not_judged(line)),
        }
        Ok(())
    }
}

fn not_judged(line: &str) -> Problem {
    Problem::Fields { want: "two words and a number", found: excerpt(line.as_bytes()) }
}

/// Both words and the judgement of a line.
pub(crate) fn parse(line: &str) -> Option<(String, String, f64)> {
    let separator = ['\t', ','].into_iter().find(|&separator| line.contains(separator));
    let fields: Vec<&str> = match separator {
        Some(separator) => line.split(separator).map(str::trim).collect(),
        None => line.split_whitespace().collect(),
    };
    let [first, second, rest @ ..] = &fields[..] else { return None };
    let gold = rest.iter().find_map(|field| field.parse().ok().filter(|gold: &f64| gold.is_finite()))?;
    let words = !first.is_empty() && !second.is_empty();
    words.then(|| ((*first).to_owned(), (*second).to_owned(), gold))
}

impl Neighbours {
    /// Puts the cosine beside each judgement. A pair is covered if both words are among those that may be answers, or
    /// get a vector from [`Buckets`](crate::Buckets).
    pub fn evaluate_similarity(&self, pairs: &WordPairs, case: Case) -> SimilarityReport {
        let lookup = Lookup::new(self.embeddings().vocab(), self.n_words(), case);
        let vector = |word: &str| lookup.vector(self.embeddings(), word);
        let mut report = SimilarityReport { asked: pairs.pairs.len(), ..SimilarityReport::default() };
        for (first, second, gold) in &pairs.pairs {
            let (Some((x, x_made)), Some((y, y_made))) = (vector(first), vector(second)) else {
                report.missing.push(*gold);
                continue;
            };
            let cosine = f64::from(self.cosine_of(&x, &y));
            report.composed += usize::from(x_made || y_made);
            report.pairs.push(JudgedPair {
                first: first.clone(),
                second: second.clone(),
                gold: *gold,
                cosine,
            });
        }
        report
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<WordPairs, Problem> {
        let mut pairs = WordPairs::default();
        (1..).zip(text.lines()).try_for_each(|(number, line)| pairs.push(line, number)).map(|()| pairs)
    }

    #[track_caller]
    fn check(text: &str, want: &[(&str, &str, f64)], heading: Option<u64>) {
        let pairs = want.iter().map(|(x, y, gold)| ((*x).to_owned(), (*y).to_owned(), *gold)).collect();
        assert_eq!(read(text), Ok(WordPairs { pairs, heading }));
    }

    #[test]
    fn tabs_commas_and_spaces_separate() {
        check("sun\tlight\t7.5\nnew york\tcity\t8", &[("sun", "light", 7.5), ("new york", "city", 8.)], None);
        check("Word 1,Word 2,Human (mean)\nsun, light, 7", &[("sun", "light", 7.)], Some(1));
        check("sun  light 7e-1", &[("sun", "light", 0.7)], None);
    }

    #[test]
    fn other_columns_and_comments_are_skipped() {
        check("# set\nw1\tw2\tPOS\tS\nold\tnew\tA\t1.58\t2.72", &[("old", "new", 1.58)], Some(2));
    }

    #[test]
    fn lines_without_words_or_number_are_refused() {
        for text in ["a b 1\na b", "a b 1\na b c", "a b 1\na b nan", "a b 1\na\t\t2", "h\na"] {
            assert!(matches!(read(text), Err(Problem::Fields { .. })), "{text}");
        }
    }
}
