//! Whether words find their translations.

use super::Dictionary;
use crate::{Neighbours, VectorsError};
use sememe_kernels::{Matrix, Meter, Observer};
use sememe_vocab::WordId;
use std::ops::Range;

/// Neighbours whose mean cosine says how crowded a place is (Conneau et al. 2018, section 2.3).
const CROWD: usize = 10;

/// Words that are looked at in one pass.
const BATCH: usize = 1024;

/// How a translation is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Choice {
    /// The highest cosine.
    Cosine,
    /// Cross-domain similarity local scaling: the highest 2·cos(x, y) − r(y), where r(y) is the mean cosine of y with
    /// the ten words of the other space that are nearest to it. What is near to everything is near to nothing. The
    /// term r(x) of the paper is the same for all y.
    Csls,
}

/// Words whose translation was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Hits {
    /// A translation was the first answer.
    pub at_1: u64,
    /// A translation was among the first five answers.
    pub at_5: u64,
}

/// The answers for one word.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Translation {
    /// The word.
    pub word: String,
    /// The rank from 1 of its first right answer among five by cosine.
    pub by_cosine: Option<u32>,
    /// The same by [CSLS](https://arxiv.org/abs/1710.04087).
    pub by_csls: Option<u32>,
}

/// How many words found a translation.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct TranslationReport {
    /// Words of the dictionary.
    pub asked: u64,
    /// Words that have a vector, as has at least one of their translations.
    pub covered: u64,
    /// By cosine.
    pub cosine: Hits,
    /// By cross-domain similarity local scaling.
    pub csls: Hits,
    /// Every covered word, in the order of the dictionary.
    pub words: Vec<Translation>,
}

impl TranslationReport {
    /// Looks for the translations of the words of `dictionary`: words of `from`, already rotated, among those of `to`.
    /// Tells `observer` the words of both spaces whose neighbours were found.
    ///
    /// # Errors
    /// If the spaces are of different dimensions, or the observer asks to stop.
    pub fn new(
        from: &Neighbours,
        to: &Neighbours,
        dictionary: &Dictionary,
        observer: &mut dyn Observer,
    ) -> Result<Self, VectorsError> {
        let questions = Question::covered(dictionary, from, to);
        let meter = Meter::new("words", Some((to.n_words() + questions.len()) as u64), observer);
        let crowds = crowds(from, to, &meter)?;
        let mut report = Self { asked: dictionary.by_word().len() as u64, ..Self::default() };
        for part in questions.chunks(BATCH) {
            let vectors = part.iter().filter_map(|question| from.embeddings().vector(question.word));
            let units = to.unit_queries(vectors.collect::<Vec<_>>().iter())?;
            let [by_cosine, by_csls] = [Choice::Cosine, Choice::Csls].map(|choice| {
                to.top(&units, (part.len(), 5), |block, query, scores| {
                    scores.copy_from_slice(block.row(query));
                    if choice == Choice::Csls {
                        let crowds = &crowds[block.first..];
                        scores
                            .iter_mut()
                            .zip(crowds)
                            .for_each(|(score, crowd)| *score = 2.0 * *score - crowd);
                    }
                })
            });
            for (question, (by_cosine, by_csls)) in part.iter().zip(by_cosine.iter().zip(&by_csls)) {
                report.add(question, by_cosine, by_csls);
            }
            advance(&meter, part.len())?;
        }
        Ok(report)
    }

    fn add(&mut self, question: &Question<'_>, by_cosine: &[(u32, f32)], by_csls: &[(u32, f32)]) {
        let rank = |top: &[(u32, f32)]| {
            (1..).zip(top).find(|(_, (id, _))| question.answers.contains(id)).map(|(rank, _)| rank)
        };
        let (by_cosine, by_csls) = (rank(by_cosine), rank(by_csls));
        self.covered += 1;
        for (hits, rank) in [(&mut self.cosine, by_cosine), (&mut self.csls, by_csls)] {
            hits.at_1 += u64::from(rank == Some(1));
            hits.at_5 += u64::from(rank.is_some());
        }
        self.words.push(Translation { word: question.word.to_owned(), by_cosine, by_csls });
    }
}

/// A word and the ids of its translations.
struct Question<'a> {
    word: &'a str,
    answers: Vec<u32>,
}

impl<'a> Question<'a> {
    /// Those of which both sides have vectors.
    fn covered(dictionary: &'a Dictionary, from: &Neighbours, to: &Neighbours) -> Vec<Self> {
        let id = |word: &&str| to.embeddings().vocab().id(word).filter(|id| id.index() < to.n_words());
        let question = |(word, targets): (&'a str, Vec<&'a str>)| {
            let answers: Vec<u32> = targets.iter().filter_map(id).map(|WordId(id)| id).collect();
            let covered = !answers.is_empty() && from.embeddings().vector(word).is_some();
            covered.then_some(Self { word, answers })
        };
        dictionary.by_word().into_iter().filter_map(question).collect()
    }
}

/// r(y) for each word of `to`.
fn crowds(from: &Neighbours, to: &Neighbours, meter: &Meter<'_>) -> Result<Vec<f32>, VectorsError> {
    /// Enough for the search to be fast, few enough to be stopped soon.
    const AT_ONCE: usize = 1 << 13;
    let mut crowds = Vec::with_capacity(to.n_words());
    for first in (0..to.n_words()).step_by(AT_ONCE) {
        let words = first..to.n_words().min(first + AT_ONCE);
        let found = from.nearest_to_each(&rows(to, words.clone()), CROWD)?;
        crowds.extend(
            found
                .iter()
                .map(|near| near.iter().map(|near| near.score).sum::<f32>() / near.len().max(1) as f32),
        );
        advance(meter, words.len())?;
    }
    Ok(crowds)
}

fn rows(space: &Neighbours, words: Range<usize>) -> Matrix {
    let mut rows = Matrix::zeros(words.len(), space.embeddings().dim());
    words.enumerate().for_each(|(i, word)| space.embeddings().read_row(WordId(word as u32), rows.row_mut(i)));
    rows
}

fn advance(meter: &Meter<'_>, n: usize) -> Result<(), VectorsError> {
    match meter.advance(n as u64, None).is_break() {
        true => Err(VectorsError::Interrupted),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Embeddings;
    use crate::align::{Rotation, align};
    use sememe_kernels::{Kernels, Rng, Silent};
    use sememe_vocab::Vocab;

    fn space(rows: &Matrix, prefix: &str) -> Embeddings {
        let words = (0..rows.n_rows()).map(|i| (format!("{prefix}{i}"), 1));
        Embeddings::new(Vocab::from_words(words, 0).unwrap(), rows.clone()).unwrap()
    }

    fn random(n: usize, dim: usize, seed: u64) -> Matrix {
        let mut rng = Rng::new(seed, 0);
        Matrix::from_vec(n, dim, (0..n * dim).map(|_| rng.unit_f32() - 0.5).collect()).unwrap()
    }

    fn dictionary(ids: Range<usize>) -> Dictionary {
        Dictionary { pairs: ids.map(|i| (format!("s{i}"), format!("t{i}"))).collect() }
    }

    #[test]
    fn words_find_their_translations_in_a_turned_space() {
        let rows = random(90, 6, 1);
        let turn = Rotation::between(&random(20, 6, 2), &random(20, 6, 3)).unwrap();
        let from = space(&rows, "s");
        let to = space(&turn.apply_to(&from).unwrap().to_matrix(90), "t");
        let kernels = Kernels::detect();
        let (rotation, used) = align(&from, &to, &dictionary(0..40), kernels).unwrap();
        assert!(used == 40 && (rotation.agreement() - 40.0).abs() < 1e-4);
        let turned = Neighbours::new(&rotation.apply_to(&from).unwrap(), kernels).with_threads(2);
        let mut asked = dictionary(40..90);
        asked.pairs.extend([("s41".to_owned(), "t0".to_owned()), ("s1".to_owned(), "unheard".to_owned())]);
        let report =
            TranslationReport::new(&turned, &Neighbours::new(&to, kernels), &asked, &mut Silent).unwrap();
        let all = Hits { at_1: 50, at_5: 50 };
        assert_eq!((report.asked, report.covered, report.cosine, report.csls), (51, 50, all, all));
    }

    #[test]
    fn crowded_places_are_avoided() {
        // All sources lie near the first target; only their second cosines tell the right ones.
        let angle = |degrees: f32| [degrees.to_radians().cos(), degrees.to_radians().sin()];
        let from: Vec<f32> =
            (0..12).flat_map(|i| angle(if i == 0 { 14.0 } else { i as f32 - 5.0 })).collect();
        let from = space(&Matrix::from_vec(12, 2, from).unwrap(), "s");
        let to = Matrix::from_vec(2, 2, [angle(5.0), angle(26.0)].concat()).unwrap();
        let to = space(&to, "t");
        let asked = Dictionary { pairs: vec![("s0".to_owned(), "t1".to_owned())] };
        let [from, to] = [from, to].map(|space| Neighbours::new(&space, Kernels::detect()));
        let report = TranslationReport::new(&from, &to, &asked, &mut Silent).unwrap();
        assert_eq!(
            report.words[0],
            Translation { word: "s0".to_owned(), by_cosine: Some(2), by_csls: Some(1) }
        );
        assert_eq!((report.cosine, report.csls), (Hits { at_1: 0, at_5: 1 }, Hits { at_1: 1, at_5: 1 }));
    }

    #[test]
    fn dictionaries_without_a_pair_are_refused() {
        let (from, to) = (space(&random(3, 2, 1), "s"), space(&random(3, 2, 2), "t"));
        let error = align(&from, &to, &dictionary(5..9), Kernels::scalar()).unwrap_err().to_string();
        assert_eq!(error, "no pair of the dictionary has vectors in both spaces");
        let other = space(&random(3, 4, 2), "t");
        assert!(align(&from, &other, &dictionary(0..3), Kernels::scalar()).is_err());
    }
}
