//! Whole texts as vectors.

use crate::pca::leading_directions;
use crate::{Embeddings, VectorsError};
use sememe_kernels::{Kernels, Matrix, ShapeError};
use sememe_text::Pipeline;
use sememe_vocab::WordId;

/// Turns texts into vectors, a row each.
///
/// Object-safe, so that a classifier or an index need not know where its vectors come from.
pub trait Encoder: Send + Sync {
    /// Numbers in the vector of a text.
    fn dim(&self) -> usize;

    /// Writes the vector of each text into the row of its number: `out` is `f32[texts.len(), dim]`.
    ///
    /// # Errors
    /// If `out` has another shape, or the texts cannot be encoded.
    fn encode(&self, texts: &[&str], out: &mut Matrix) -> Result<(), VectorsError>;
}

/// The mean of the vectors of a text's words: plain, weighted, by inverse document frequency, or as smooth inverse
/// frequency (SIF, Arora, Liang and Ma 2017, algorithm 1). Words without a vector do not count; a text without any word is a zero vector. Where n-grams
/// give vectors to words out of the vocabulary, those words count as never seen.
///
/// ```
/// use sememe_kernels::{Kernels, Matrix};
/// use sememe_text::{Pipeline, PipelineSettings};
/// use sememe_vectors::{Embeddings, Encoder, MeanEncoder};
/// use sememe_vocab::Vocab;
///
/// let vocab = Vocab::from_words([("sweet", 2), ("rose", 1)], 0)?;
/// let embeddings = Embeddings::new(vocab, Matrix::from_vec(2, 2, vec![1., 0., 0., 1.])?)?;
/// let pipeline = Pipeline::new(&PipelineSettings::default())?;
/// let encoder = MeanEncoder::new(&embeddings, pipeline, Kernels::detect());
/// let mut out = Matrix::zeros(1, encoder.dim());
/// encoder.encode(&["a sweet rose"], &mut out)?;
/// assert_eq!(out.row(0), [0.5, 0.5]);
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct MeanEncoder {
    embeddings: Embeddings,
    pipeline: Pipeline,
    kernels: Kernels,
    threads: usize,
    /// 1 for every word if there are none.
    weights: Option<Weights>,
    /// A unit vector that is taken out of every text.
    component: Option<Vec<f32>>,
}

/// What words count for.
#[derive(Clone, Debug)]
struct Weights {
    /// By id.
    of_words: Vec<f32>,
    /// Of every word out of the vocabulary.
    of_others: f32,
    /// Whether sums are divided by the weights of the words, and not by their number.
    divide: bool,
}

impl MeanEncoder {
    /// The weight parameter a of the paper.
    pub const SIF_WEIGHT: f64 = 1e-3;

    /// The plain mean, on one thread. Texts become words by `pipeline`, which should be the one that the vectors
    /// were trained with.
    pub fn new(embeddings: &Embeddings, pipeline: Pipeline, kernels: Kernels) -> Self {
        let embeddings = embeddings.clone();
        Self { embeddings, pipeline, kernels, threads: 1, weights: None, component: None }
    }

    /// Encodes with `threads` threads (at least one); the result does not depend on it.
    pub fn with_threads(self, threads: usize) -> Self {
        Self { threads: threads.max(1), ..self }
    }

    /// Weights each word w by a / (a + p(w)), where p(w) is its share of all counts, so that frequent words count
    /// little.
    ///
    /// # Errors
    /// If `a` is not a positive number, or the vocabulary holds no counts, as that of a word2vec file.
    pub fn with_sif(self, a: f64) -> Result<Self, VectorsError> {
        if !(a.is_finite() && a > 0.0) {
            return Err(VectorsError::SifWeight { found: a });
        }
        let counts = self.embeddings.vocab().counts();
        let total: f64 = counts.iter().map(|&count| count as f64).sum();
        if total == 0.0 {
            return Err(VectorsError::NoCounts);
        }
        let weight = |&count: &u64| (a / (a + count as f64 / total)) as f32;
        let of_words = counts.iter().map(weight).collect();
        Ok(Self { weights: Some(Weights { of_words, of_others: 1.0, divide: false }), ..self })
    }

    /// Weights each word by its inverse document frequency in `texts`, ln((1 + n) / (1 + nᵥ)) + 1 where nᵥ of the n
    /// texts hold the word w, and divides sums by the weights of their words.
    pub fn with_idf(self, texts: &[&str]) -> Self {
        let vocab = self.embeddings.vocab();
        let (mut frequencies, mut last) = (vec![0u32; vocab.len()], vec![usize::MAX; vocab.len()]);
        for (number, text) in texts.iter().enumerate() {
            self.pipeline.tokens(text, &mut |word| {
                if let Some(id) = vocab.id(word).filter(|id| last[id.index()] != number) {
                    last[id.index()] = number;
                    frequencies[id.index()] += 1;
                }
            });
        }
        let n = texts.len() as f64;
        let idf = |frequency: u32| (((1.0 + n) / (1.0 + f64::from(frequency))).ln() + 1.0) as f32;
        let of_words = frequencies.into_iter().map(idf).collect();
        Self { weights: Some(Weights { of_words, of_others: idf(0), divide: true }), ..self }
    }

    /// Weights each word by the number at its id in `of_words`, words out of the vocabulary by `of_others`, and divides
    /// sums by the weights of their words.
    ///
    /// # Errors
    /// If there is not a weight for each word, or a weight is negative or not finite.
    pub fn with_weights(self, of_words: Vec<f32>, of_others: f32) -> Result<Self, VectorsError> {
        let (want, found) = (self.embeddings.len(), of_words.len());
        if want != found {
            return Err(VectorsError::Weights { want, found });
        }
        let wrong = |weight: &f32| !(0.0..f32::INFINITY).contains(weight);
        if let Some(&found) = of_words.iter().chain([&of_others]).find(|weight| wrong(weight)) {
            let want = "a number of at least 0 for every word";
            return Err(VectorsError::Setting { setting: "weights", want, found: f64::from(found) });
        }
        Ok(Self { weights: Some(Weights { of_words, of_others, divide: true }), ..self })
    }

    /// Takes what is common to `texts` out of every text encoded from now on: v − u·uᵀ·v, where u is the first
    /// principal direction (not centred) of the vectors of `texts`. All of these are held in memory.
    ///
    /// # Errors
    /// As [`Encoder::encode`].
    pub fn without_common_component(self, texts: &[&str]) -> Result<Self, VectorsError> {
        let plain = Self { component: None, ..self };
        let mut rows = Matrix::zeros(texts.len(), plain.dim());
        plain.encode(texts, &mut rows)?;
        let [direction] = leading_directions(&rows, &vec![0.0; plain.dim()]);
        let component = Some(direction.into_iter().map(|x| x as f32).collect());
        Ok(Self { component, ..plain })
    }

    /// Takes out the direction that [`MeanEncoder::component`] once returned.
    ///
    /// # Errors
    /// If it has another dimension.
    pub fn with_component(self, component: Vec<f32>) -> Result<Self, VectorsError> {
        let (want, found) = (self.dim(), component.len());
        if want != found {
            return Err(VectorsError::Columns { want, found });
        }
        Ok(Self { component: Some(component), ..self })
    }

    /// The direction that is taken out of every text, if any: a unit vector.
    pub fn component(&self) -> Option<&[f32]> {
        self.component.as_deref()
    }

    /// Encodes each text into its row of `rows`: `f32[texts.len(), dim]`.
    fn encode_part(&self, texts: &[&str], rows: &mut [f32]) {
        for (text, row) in texts.iter().zip(rows.chunks_mut(self.dim())) {
            self.encode_one(text, row);
        }
    }

    fn encode_one(&self, text: &str, out: &mut [f32]) {
        out.fill(0.0);
        let (mut sum, mut room) = (0f32, Vec::new());
        let mut add = |weight: f32, vector: &[f32]| {
            sum += if self.divides() { weight } else { 1.0 };
            self.kernels.axpy(weight, vector, out);
        };
        self.pipeline.tokens(text, &mut |word| match self.embeddings.vocab().id(word) {
            Some(id) => add(self.weight(Some(id)), self.embeddings.lend_row(id, &mut room)),
            None => {
                if let Some(vector) = self.embeddings.vector(word) {
                    add(self.weight(None), &vector);
                }
            }
        });
        let factor = if sum > 0.0 { sum.recip() } else { 0.0 };
        out.iter_mut().for_each(|x| *x *= factor);
        if let Some(component) = &self.component {
            self.kernels.axpy(-self.kernels.dot(component, out), component, out);
        }
    }

    /// The weight of a word of the vocabulary, or of another.
    fn weight(&self, id: Option<WordId>) -> f32 {
        let of = |weights: &Weights| id.map_or(weights.of_others, |id| weights.of_words[id.index()]);
        self.weights.as_ref().map_or(1.0, of)
    }

    fn divides(&self) -> bool {
        self.weights.as_ref().is_some_and(|weights| weights.divide)
    }
}

impl Encoder for MeanEncoder {
    fn dim(&self) -> usize {
        self.embeddings.dim()
    }

    fn encode(&self, texts: &[&str], out: &mut Matrix) -> Result<(), VectorsError> {
        let (n_rows, n_cols) = (texts.len(), self.dim());
        if (out.n_rows(), out.n_cols()) != (n_rows, n_cols) {
            return Err(ShapeError { n_rows, n_cols, found: out.as_slice().len() }.into());
        }
        let per_thread = n_rows.div_ceil(self.threads).max(1);
        if per_thread >= n_rows {
            self.encode_part(texts, out.as_mut_slice());
            return Ok(());
        }
        std::thread::scope(|scope| {
            let parts = out.as_mut_slice().chunks_mut(per_thread * n_cols);
            for (texts, rows) in texts.chunks(per_thread).zip(parts) {
                scope.spawn(move || self.encode_part(texts, rows));
            }
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sememe_text::PipelineSettings;
    use sememe_vocab::Vocab;

    const WORDS: [(&str, u64, [f32; 2]); 3] =
        [("the", 998, [1., 1.]), ("rose", 1, [2., 0.]), ("lily", 1, [0., 4.])];

    fn encoder() -> MeanEncoder {
        let vocab = Vocab::from_words(WORDS.map(|(word, count, _)| (word, count)), 0).unwrap();
        let rows = Matrix::from_vec(3, 2, WORDS.iter().flat_map(|(.., row)| *row).collect()).unwrap();
        let pipeline = Pipeline::new(&PipelineSettings::default()).unwrap();
        MeanEncoder::new(&Embeddings::new(vocab, rows).unwrap(), pipeline, Kernels::detect())
    }

    #[track_caller]
    fn check(encoder: &MeanEncoder, text: &str, want: [f32; 2]) {
        let mut out = Matrix::from_vec(1, 2, vec![7., 7.]).unwrap();
        encoder.encode(&[text], &mut out).unwrap();
        let close = out.row(0).iter().zip(want).all(|(got, want)| (got - want).abs() < 1e-5);
        assert!(close, "{text}: {:?}, not {want:?}", out.row(0));
    }

    #[test]
    fn the_mean_is_over_known_words() {
        check(&encoder(), "the rose", [1.5, 0.5]);
        check(&encoder(), "rose rose unheard lily", [4. / 3., 4. / 3.]);
        check(&encoder(), "", [0., 0.]);
    }

    #[test]
    fn frequent_words_weigh_little() {
        let sif = encoder().with_sif(MeanEncoder::SIF_WEIGHT).unwrap();
        let (the, rose) = (0.001 / 0.999, 0.5);
        check(&sif, "the rose", [(the + 2. * rose) / 2., the / 2.]);
    }

    #[test]
    fn weights_are_those_given() {
        let weighted = encoder().with_weights(vec![0.0, 3.0, 1.0], 1.0).unwrap();
        check(&weighted, "the rose", [2.0, 0.0]);
        check(&weighted, "rose unheard lily", [1.5, 1.0]);
        check(&weighted, "the", [0.0, 0.0]);
        let message = |weights, others| encoder().with_weights(weights, others).unwrap_err().to_string();
        assert_eq!(message(vec![1.0], 1.0), "expected a weight for each of 3 words, found 1");
        let want = "`weights`: expected a number of at least 0 for every word, found -1";
        assert_eq!(message(vec![1.0; 3], -1.0), want);
    }

    #[test]
    fn words_of_many_documents_weigh_little() {
        let idf = encoder().with_idf(&["the rose", "the the lily", "the"]);
        let rare = 2f32.ln() + 1.0;
        check(&idf, "the rose", [(1.0 + 2.0 * rare) / (1.0 + rare), 1.0 / (1.0 + rare)]);
        check(&encoder().with_idf(&[]), "rose lily", [1.0, 2.0]);
    }

    #[test]
    fn the_common_direction_is_taken_out() {
        let encoder = encoder().without_common_component(&["rose", "rose", "", "the unheard rose"]).unwrap();
        let component = encoder.component().unwrap().to_vec();
        assert!(component[0] > component[1] && component[1] > 0.0, "{component:?}");
        let mut out = Matrix::zeros(1, 2);
        encoder.encode(&["lily"], &mut out).unwrap();
        let along = component[0] * out.row(0)[0] + component[1] * out.row(0)[1];
        assert!(along.abs() < 1e-5 && out.row(0)[1] > 3.0);
        let restored = self::encoder().with_component(component).unwrap();
        check(&restored, "lily", [out.row(0)[0], out.row(0)[1]]);
    }

    #[test]
    fn threads_change_nothing() {
        let texts: Vec<String> = (0..7).map(|i| "rose the lily ".repeat(i)).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let encode = |threads| {
            let mut out = Matrix::zeros(texts.len(), 2);
            encoder().with_threads(threads).encode(&texts, &mut out).unwrap();
            out
        };
        assert_eq!(encode(1), encode(3));
        assert_eq!(encode(1), encode(50));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let message = |result: Result<MeanEncoder, VectorsError>| result.unwrap_err().to_string();
        let error = encoder().encode(&["a"], &mut Matrix::zeros(2, 2)).unwrap_err();
        assert_eq!(error.to_string(), "expected 1 x 2 values, found 4");
        assert_eq!(message(encoder().with_component(vec![1.0])), "expected 2 numbers a vector, found 1");
        assert_eq!(message(encoder().with_sif(0.0)), "expected a positive weight parameter for SIF, found 0");
        let vocab = Vocab::from_words([("a", 0)], 0).unwrap();
        let embeddings = Embeddings::new(vocab, Matrix::zeros(1, 1)).unwrap();
        let pipeline = Pipeline::new(&PipelineSettings::default()).unwrap();
        let encoder = MeanEncoder::new(&embeddings, pipeline, Kernels::scalar());
        assert!(matches!(encoder.with_sif(1e-3), Err(VectorsError::NoCounts)));
    }
}
