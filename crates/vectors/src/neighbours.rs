//! The words nearest to a word, to a vector, or to the answer of an analogy.

use crate::batch::{Batch, merge};
use crate::scan::{Block, Scan, in_parts, inverse_norm, scale};
use crate::{Embeddings, VectorsError};
use sememe_kernels::{Kernels, Matrix, Meter, Observer, TopK};
use sememe_vocab::WordId;
use std::borrow::Cow;
use std::ops::{ControlFlow, Range};

/// Queries that are answered in one pass over all words.
const BATCH: usize = 1 << 14;

/// Answers that are kept in one pass over all words, by each thread.
const MAX_KEPT: usize = 1 << 24;

/// What keeps 3CosMul from dividing by zero (Levy and Goldberg 2014, below eq. 4).
const EPSILON: f32 = 0.001;

/// How the question "a is to b as c is to what?" is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Analogy {
    /// 3CosAdd: the word with the highest cos(x, b) − cos(x, a) + cos(x, c), that is, the word nearest to
    /// b − a + c taken as unit vectors (Levy and Goldberg 2014, eq. 3). Its score is the cosine with that sum.
    #[default]
    Add,
    /// 3CosMul: the word with the highest cos(x, b)·cos(x, c) / (cos(x, a) + 0.001), with cosines moved to
    /// \[0, 1\] (Levy and Goldberg 2014, eq. 4). Its score is that quotient.
    Mul,
}

/// A word that was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Neighbour<'a> {
    /// Its id.
    pub id: WordId,
    /// The word.
    pub word: &'a str,
    /// The cosine, or the score that [`Analogy`] names.
    pub score: f32,
}

/// Finds the nearest words by cosine, exactly.
///
/// Besides the vectors it holds one number a word, so it also works on mapped files. Answers do not depend on
/// the number of threads; ties go to the lower id. The cosine with a zero vector is 0.
#[derive(Clone, Debug)]
pub struct Neighbours {
    embeddings: Embeddings,
    kernels: Kernels,
    /// Of the words that may be answers.
    inverse_norms: Vec<f32>,
    threads: usize,
}

impl Neighbours {
    /// Takes the norms of all vectors. One thread; every word may be an answer.
    pub fn new(embeddings: &Embeddings, kernels: Kernels) -> Self {
        Self::among(embeddings, embeddings.len(), kernels)
    }

    /// As [`Neighbours::new`], with only the first `n_words` words as answers: the most frequent ones. Other
    /// words may still be asked about.
    pub fn among(embeddings: &Embeddings, n_words: usize, kernels: Kernels) -> Self {
        let (mut room, n_words) = (Vec::new(), n_words.min(embeddings.len()));
        let norm = |i| inverse_norm(embeddings.lend_row(WordId(i), &mut room), kernels);
        let inverse_norms = (0..n_words as u32).map(norm).collect();
        Self { embeddings: embeddings.clone(), kernels, inverse_norms, threads: 1 }
    }

    /// Searches with `threads` threads (at least one).
    pub fn with_threads(self, threads: usize) -> Self {
        Self { threads: threads.max(1), ..self }
    }

    /// The vectors that are searched.
    pub fn embeddings(&self) -> &Embeddings {
        &self.embeddings
    }

    /// How many words, from the first on, may be answers.
    pub fn n_words(&self) -> usize {
        self.inverse_norms.len()
    }

    /// The `k` words nearest to `word`, best first, without the word itself.
    ///
    /// # Errors
    /// If the word has no vector.
    pub fn nearest(&self, word: &str, k: usize) -> Result<Vec<Neighbour<'_>>, VectorsError> {
        let [id] = self.ids([word]);
        self.nearest_to(&self.vector(word)?, k, id.as_slice())
    }

    /// The `k` words nearest to `vector`, best first, without the words in `exclude`.
    ///
    /// # Errors
    /// If the vector has another dimension.
    pub fn nearest_to(
        &self,
        vector: &[f32],
        k: usize,
        exclude: &[WordId],
    ) -> Result<Vec<Neighbour<'_>>, VectorsError> {
        let queries = self.unit_queries(std::iter::once(vector))?;
        let top = self.search(&queries, k.saturating_add(exclude.len()));
        Ok(top.into_iter().flat_map(|top| self.answers(top, k, exclude)).collect())
    }

    /// The `k` words nearest to each row of `vectors`, best first: the answers of [`Neighbours::nearest_to`], to
    /// the last bit, but much faster than one by one.
    ///
    /// # Errors
    /// If the rows have another dimension.
    pub fn nearest_to_each(
        &self,
        vectors: &Matrix,
        k: usize,
    ) -> Result<Vec<Vec<Neighbour<'_>>>, VectorsError> {
        let mut answers = Vec::with_capacity(vectors.n_rows());
        for batch in batches(vectors.n_rows(), k) {
            let queries = self.unit_queries(batch.map(|i| vectors.row(i)))?;
            let top = self.search(&queries, k);
            answers.extend(top.into_iter().map(|top| self.answers(top, k, &[])));
        }
        Ok(answers)
    }

    /// The `k` words nearest to each of `words`, best first, without the word itself. Tells `observer` the words
    /// answered.
    ///
    /// # Errors
    /// If a word has no vector, or the observer asks to stop.
    pub fn nearest_each(
        &self,
        words: &[&str],
        k: usize,
        observer: &mut dyn Observer,
    ) -> Result<Vec<Vec<Neighbour<'_>>>, VectorsError> {
        let mut answers = Vec::with_capacity(words.len());
        let meter = Meter::new("words", Some(words.len() as u64), observer);
        for batch in batches(words.len(), k) {
            let words = &words[batch];
            let vectors: Vec<_> = words.iter().map(|word| self.vector(word)).collect::<Result<_, _>>()?;
            let top = self.search(&self.unit_queries(vectors.iter())?, k.saturating_add(1));
            let ids = words.iter().map(|&word| self.ids([word]));
            answers.extend(top.into_iter().zip(ids).map(|(top, [id])| self.answers(top, k, id.as_slice())));
            if meter.advance(words.len() as u64, None).is_break() {
                return Err(VectorsError::Interrupted);
            }
        }
        Ok(answers)
    }

    /// The `k` best answers to "`a` is to `b` as `c` is to what?", best first, without the three words.
    ///
    /// # Errors
    /// If one of the words has no vector.
    pub fn analogy(
        &self,
        [a, b, c]: [&str; 3],
        k: usize,
        analogy: Analogy,
    ) -> Result<Vec<Neighbour<'_>>, VectorsError> {
        let ids: Vec<WordId> = self.ids([a, b, c]).into_iter().flatten().collect();
        let units = self.unit_queries([self.vector(a)?, self.vector(b)?, self.vector(c)?].iter())?;
        if analogy == Analogy::Add {
            let sum = self.offset(&units);
            return self.nearest_to(&sum, k, &ids);
        }
        let top = self.top(&units, (1, k.saturating_add(ids.len())), |block, _, scores| {
            analogy.scores([block.row(0), block.row(1), block.row(2)], scores);
        });
        Ok(top.into_iter().flat_map(|top| self.answers(top, k, &ids)).collect())
    }

    /// How well each of `words` goes with the others: its cosine with the mean of all of them as unit vectors. The
    /// odd one out is the word with the least.
    ///
    /// # Errors
    /// If a word has no vector.
    pub fn agreement(&self, words: &[&str]) -> Result<Vec<f32>, VectorsError> {
        let vectors: Vec<_> = words.iter().map(|word| self.vector(word)).collect::<Result<_, _>>()?;
        let units = self.unit_queries(vectors.iter())?;
        let mut mean = vec![0.0; self.embeddings.dim()];
        units.rows().for_each(|unit| self.kernels.axpy(1.0, unit, &mut mean));
        let factor = inverse_norm(&mean, self.kernels);
        Ok(units.rows().map(|unit| factor * self.kernels.dot(unit, &mean)).collect())
    }

    /// The cosine of two words; `None` if one of them has no vector.
    pub fn similarity(&self, first: &str, second: &str) -> Option<f32> {
        Some(self.cosine_of(&self.embeddings.vector(first)?, &self.embeddings.vector(second)?))
    }

    pub(crate) fn cosine_of(&self, x: &[f32], y: &[f32]) -> f32 {
        self.kernels.dot(x, y) * inverse_norm(x, self.kernels) * inverse_norm(y, self.kernels)
    }

    /// What searches the words that may be answers.
    pub(crate) fn scan(&self) -> Scan<'_> {
        Scan { embeddings: &self.embeddings, inverse_norms: &self.inverse_norms, kernels: self.kernels }
    }

    pub(crate) fn kernels(&self) -> Kernels {
        self.kernels
    }

    pub(crate) fn threads(&self) -> usize {
        self.threads
    }

    fn vector(&self, word: &str) -> Result<Cow<'_, [f32]>, VectorsError> {
        let unknown = || VectorsError::UnknownWord { word: word.to_owned() };
        self.embeddings.vector(word).ok_or_else(unknown)
    }

    /// The ids of those words that are in the vocabulary.
    fn ids<const N: usize>(&self, words: [&str; N]) -> [Option<WordId>; N] {
        words.map(|word| self.embeddings.vocab().id(word))
    }

    /// Vectors as unit vectors.
    pub(crate) fn unit_queries(
        &self,
        vectors: impl ExactSizeIterator<Item = impl AsRef<[f32]>>,
    ) -> Result<Matrix, VectorsError> {
        let want = self.embeddings.dim();
        let mut units = Matrix::zeros(vectors.len(), want);
        for (i, vector) in vectors.enumerate() {
            let vector = vector.as_ref();
            if vector.len() != want {
                return Err(VectorsError::Columns { want, found: vector.len() });
            }
            scale(inverse_norm(vector, self.kernels), vector, units.row_mut(i));
        }
        Ok(units)
    }

    /// b − a + c of the unit vectors a, b and c.
    fn offset(&self, units: &Matrix) -> Vec<f32> {
        let mut sum = units.row(1).to_vec();
        self.kernels.axpy(-1.0, units.row(0), &mut sum);
        self.kernels.axpy(1.0, units.row(2), &mut sum);
        sum
    }

    /// Ids and cosines of the best `k` words for each query, best first.
    fn search(&self, queries: &Matrix, k: usize) -> Vec<Vec<(u32, f32)>> {
        Batch { scan: self.scan(), queries, k }.search(self.threads)
    }

    /// The best `k` words for each of `n_answers` answers, best first. `fill` makes the scores of one answer from the
    /// cosines of all queries with a block of words.
    pub(crate) fn top(
        &self,
        queries: &Matrix,
        (n_answers, k): (usize, usize),
        fill: impl Fn(&Block<'_>, usize, &mut [f32]) + Sync,
    ) -> Vec<Vec<(u32, f32)>> {
        let parts = in_parts(self.n_words(), self.threads, |part| {
            let (mut tops, mut scores) = (vec![TopK::new(k.min(part.len())); n_answers], Vec::new());
            let _ = self.scan().for_each_block(queries, part, &mut |block| {
                scores.resize(block.n_words, 0.0);
                for (answer, top) in tops.iter_mut().enumerate() {
                    fill(&block, answer, &mut scores);
                    (block.first as u32..).zip(&scores).for_each(|(id, &score)| top.push(id, score));
                }
                ControlFlow::Continue(())
            });
            tops
        });
        merge(parts, k.min(self.n_words()))
    }

    /// Names the best words, without those in `exclude`.
    fn answers(&self, top: Vec<(u32, f32)>, k: usize, exclude: &[WordId]) -> Vec<Neighbour<'_>> {
        let vocab = self.embeddings.vocab();
        let named = top.into_iter().map(|(id, score)| (WordId(id), score));
        named
            .filter(|(id, _)| !exclude.contains(id))
            .take(k)
            .map(|(id, score)| Neighbour { id, word: vocab.word(id), score })
            .collect()
    }
}

impl Analogy {
    /// The scores of some words as answers, up to a factor, from their cosines with a, b and c.
    pub(crate) fn scores(self, [a, b, c]: [&[f32]; 3], scores: &mut [f32]) {
        let cosines = a.iter().zip(b).zip(c);
        let to_score = scores.iter_mut().zip(cosines);
        match self {
            Self::Add => to_score.for_each(|(score, ((a, b), c))| *score = b - a + c),
            Self::Mul => to_score.for_each(|(score, ((a, b), c))| {
                *score = shifted(*b) * shifted(*c) / (shifted(*a) + EPSILON);
            }),
        }
    }
}

/// A cosine moved from \[−1, 1\] to \[0, 1\].
fn shifted(cosine: f32) -> f32 {
    0.5 * (cosine + 1.0)
}

/// The numbers below `n_queries` in batches for which `k` answers each can be kept.
fn batches(n_queries: usize, k: usize) -> impl Iterator<Item = Range<usize>> {
    let size = (MAX_KEPT / k.max(1)).clamp(1, BATCH);
    (0..n_queries).step_by(size).map(move |first| first..n_queries.min(first + size))
}

#[cfg(test)]
mod tests {
    use super::*;
    use sememe_kernels::Silent;
    use sememe_vocab::Vocab;

    const WORDS: [(&str, [f32; 2]); 5] = [
        ("east", [3., 0.]),
        ("north", [0., 1.]),
        ("north-east", [2., 2.]),
        ("west", [-1., 0.]),
        ("nowhere", [0., 0.]),
    ];

    fn neighbours() -> Neighbours {
        let vocab = Vocab::from_words(WORDS.map(|(word, _)| (word, 1)), 0).unwrap();
        let rows = Matrix::from_vec(5, 2, WORDS.iter().flat_map(|(_, row)| *row).collect()).unwrap();
        Neighbours::new(&Embeddings::new(vocab, rows).unwrap(), Kernels::detect())
    }

    fn words<'a>(found: &[Neighbour<'a>]) -> Vec<&'a str> {
        found.iter().map(|neighbour| neighbour.word).collect()
    }

    #[test]
    fn the_nearest_come_first_whatever_their_length() {
        let space = neighbours();
        let found = space.nearest("east", 9).unwrap();
        assert_eq!(words(&found), ["north-east", "north", "nowhere", "west"]);
        assert!((found[0].score - 0.5f32.sqrt()).abs() < 1e-6 && found[3].score == -1.0);
    }

    #[test]
    fn vectors_may_be_asked_about_too() {
        let space = neighbours();
        assert_eq!(words(&space.nearest_to(&[0., -1.], 1, &[]).unwrap()), ["east"]);
        assert_eq!(words(&space.nearest_to(&[9., 1.], 1, &[WordId(0)]).unwrap()), ["north-east"]);
        let error = space.nearest_to(&[1.], 1, &[]).unwrap_err().to_string();
        assert_eq!(error, "expected 2 numbers a vector, found 1");
    }

    #[test]
    fn many_at_once_get_the_same_answers() {
        let space = neighbours().with_threads(3);
        let asked: Vec<&str> = WORDS.iter().map(|(word, _)| *word).cycle().take(40).collect();
        let rows = asked.iter().flat_map(|word| space.embeddings().vector(word).unwrap().into_owned());
        let to_each = space.nearest_to_each(&Matrix::from_vec(40, 2, rows.collect()).unwrap(), 2).unwrap();
        let each = space.nearest_each(&asked, 2, &mut Silent).unwrap();
        for (i, word) in asked.iter().enumerate() {
            let row = space.embeddings().vector(word).unwrap();
            assert_eq!(to_each[i], space.nearest_to(&row, 2, &[]).unwrap());
            assert_eq!(each[i], space.nearest(word, 2).unwrap());
        }
    }

    #[test]
    fn batches_keep_what_fits() {
        let sizes = |n, k| batches(n, k).map(|batch| batch.len()).collect::<Vec<_>>();
        assert_eq!(sizes(BATCH + 1, 10), [BATCH, 1]);
        assert_eq!(sizes(3, MAX_KEPT / 2), [2, 1]);
        assert_eq!((sizes(2, usize::MAX), sizes(0, 1)), (vec![1, 1], vec![]));
    }

    #[test]
    fn only_frequent_words_are_answers() {
        let space = Neighbours::among(neighbours().embeddings(), 2, Kernels::scalar());
        assert_eq!(words(&space.nearest("north-east", 9).unwrap()), ["east", "north"]);
    }

    #[test]
    fn words_that_are_missing_are_named() {
        let space = neighbours();
        assert_eq!(space.nearest("south", 1).unwrap_err().to_string(), "no vector for the word `south`");
        assert!(space.analogy(["east", "up", "west"], 1, Analogy::Add).is_err());
        assert!(space.nearest_each(&["east", "up"], 1, &mut Silent).is_err());
        assert_eq!(space.similarity("east", "south"), None);
        assert_eq!(space.similarity("east", "west"), Some(-1.0));
    }

    #[test]
    fn the_odd_one_agrees_least() {
        let agreement = neighbours().agreement(&["east", "north", "north-east", "west"]).unwrap();
        let least = agreement.iter().copied().fold(f32::INFINITY, f32::min);
        assert_eq!(agreement[3], least);
        // The mean points north by north-east: (1 + √½ − 1, 1 + √½) has a length of 1.848.
        assert!((agreement[1] - 0.923_879_5).abs() < 1e-6, "{agreement:?}");
        assert!(neighbours().agreement(&["east", "up"]).is_err());
        assert!(neighbours().agreement(&[]).unwrap().is_empty());
    }

    #[test]
    fn no_words_give_no_answers() {
        let space = Neighbours::among(neighbours().embeddings(), 0, Kernels::detect());
        assert_eq!(space.nearest("east", 3).unwrap(), []);
        assert_eq!(neighbours().nearest("east", 0).unwrap(), []);
    }
}
