//! Skip-gram and CBOW (Mikolov et al. 2013).

mod learner;
mod scribe;
mod worker;

use crate::checkpoint::{Checkpoints, Identity};
use crate::course::Course;
use crate::huffman::Huffman;
use crate::negatives::Negatives;
use crate::objective::Objective;
use crate::pace::Pace;
use crate::plan::{Plan, Rows};
use crate::settings::{Architecture, Loss, NegativeSharing};
use crate::start::{Start, first_vectors, words_of};
use crate::subsample::Subsampler;
use crate::{EmbedError, Trainer, Word2VecSettings};
use sememe_kernels::{Kernels, Meter, Observer, SharedMatrix, SharedRow};
use sememe_vectors::Embeddings;
use sememe_vocab::{Corpus, Vocab};
use std::path::PathBuf;

/// The word2vec trainer.
///
/// The threads share the vectors without locks (see [`SharedMatrix`]) and take the shards of the corpus one
/// by one. All random choices belong to a shard and an epoch: with one thread the same seed gives the same
/// bits, also when training was cut off and resumed.
#[derive(Clone, Debug)]
pub struct Word2Vec {
    settings: Word2VecSettings,
    start: Option<Start>,
    resume: Option<PathBuf>,
}

impl Word2Vec {
    /// A trainer with these settings.
    ///
    /// # Errors
    /// If a setting is outside its range.
    pub fn new(settings: Word2VecSettings) -> Result<Self, EmbedError> {
        settings.check()?;
        Ok(Self { settings, start: None, resume: None })
    }

    /// Starts the words that `vectors` has from there, the others at random as always. If they are `frozen` they
    /// stay as they are, and only the others are trained. Words that only `vectors` has are kept as they are, behind
    /// the others.
    ///
    /// # Errors
    /// If the vectors are of another dimension.
    pub fn start_from(self, vectors: Embeddings, frozen: bool) -> Result<Self, EmbedError> {
        let start = Start::new(vectors, frozen, self.settings.dim)?;
        Ok(Self { start: Some(start), ..self })
    }

    /// Goes on from the state of a run that was cut off, which an [`Observer`] kept in the file at `path`. The run
    /// must have been of the same settings but for the threads, vocabulary and corpus; otherwise, or if the file is
    /// damaged, training is an error.
    pub fn resume_from(self, path: PathBuf) -> Self {
        Self { resume: Some(path), ..self }
    }

    /// What a run is told apart by. Vectors to start from are part of the state.
    fn identity(&self, corpus: &dyn Corpus, vocab: &Vocab) -> Result<Identity, EmbedError> {
        let frozen = self.start.as_ref().is_some_and(|start| start.frozen);
        let settings = Word2VecSettings { threads: 1, ..self.settings.clone() };
        Identity::new(&(settings, frozen), corpus, vocab)
    }
}

impl Trainer for Word2Vec {
    fn train(
        &self,
        corpus: &dyn Corpus,
        vocab: &Vocab,
        observer: &mut dyn Observer,
    ) -> Result<Embeddings, EmbedError> {
        let (settings, identity) = (&self.settings, self.identity(corpus, vocab)?);
        let mut model = Model::new(settings, vocab, self.start.as_ref())?;
        let checkpoints = Checkpoints::begin(identity, self.resume.as_deref(), &mut model.matrices_mut())?;
        let total = corpus.n_tokens() * settings.epochs as u64;
        let meter = Meter::new("words", Some(total), observer).resumed_at(checkpoints.units);
        let scratch = SharedMatrix::zeros(settings.threads * Run::scratch_rows(settings), settings.dim);
        let pace = Pace { meter: &meter, first_rate: settings.first_learning_rate(), start: 0, total };
        let run = Run { settings, model: &model, scratch: &scratch, corpus, pace };
        let Word2VecSettings { epochs, threads, seed, .. } = *settings;
        Course { corpus, pace, epochs, threads, seed }.run(&run, settings.deterministic, &checkpoints)?;
        match &self.start {
            Some(start) => start.with_others(model.vocab, |i, into| model.input.read_row(i, into)),
            None => {
                let Model { vocab, mut input, output, .. } = model;
                // Its room is that of the copy of the other matrix.
                drop(output);
                Ok(Embeddings::new(vocab, input.to_matrix())?)
            }
        }
    }
}

/// All that is learned, and the tables that it is sampled with.
struct Model {
    /// The words that get a vector, without the special ones.
    vocab: Vocab,
    /// How many ids of the corpus stand before the first row.
    n_special: u32,
    /// Vectors of words as contexts, the result: `f32[n_words, dim]`.
    input: SharedMatrix,
    /// Vectors of words as predictions, or of the branches of the tree: `f32[n_words, dim]`.
    output: SharedMatrix,
    subsampler: Subsampler,
    objective: Objective,
    /// How often a window changes the row that is changed most, on average.
    busiest: f64,
    /// Whether each word keeps the vector that it started from; none if nothing is frozen.
    frozen: Option<Vec<bool>>,
    kernels: Kernels,
}

impl Model {
    fn new(settings: &Word2VecSettings, vocab: &Vocab, start: Option<&Start>) -> Result<Self, EmbedError> {
        let (words, counts) = words_of(vocab)?;
        let mut input = first_vectors(counts.len(), settings.dim, settings.seed);
        let mut frozen = None;
        if let Some(start) = start {
            let mut is_known = vec![false; words.len()];
            for (i, id) in start.rows_of(&words) {
                start.vectors.read_row(id, input.row_mut(i));
                is_known[i] = true;
            }
            frozen = Some(is_known).filter(|_| start.frozen);
        }
        let subsampler = Subsampler::new(&counts, settings.sample);
        let objective = objective(settings, &counts)?;
        let busiest = busiest(settings, &subsampler.shares(&counts), &objective);
        Ok(Self {
            vocab: words,
            n_special: vocab.n_special() as u32,
            input,
            output: SharedMatrix::zeros(counts.len(), settings.dim),
            subsampler,
            objective,
            busiest,
            frozen,
            kernels: Kernels::detect(),
        })
    }

    fn rows(&self) -> Rows {
        Rows { n_special: self.n_special, n_words: self.vocab.len() }
    }

    fn is_frozen(&self, row: u32) -> bool {
        self.frozen.as_ref().is_some_and(|frozen| frozen[row as usize])
    }

    fn matrices_mut(&mut self) -> [(&'static str, &mut SharedMatrix); 2] {
        [("input", &mut self.input), ("output", &mut self.output)]
    }
}

fn objective(settings: &Word2VecSettings, counts: &[u64]) -> Result<Objective, EmbedError> {
    if settings.loss == Loss::Tree {
        return Ok(Objective::Tree(Huffman::new(counts)));
    }
    let negatives = Negatives::new(counts, settings.exponent, settings.negatives)?;
    let by_pair =
        settings.sharing == NegativeSharing::Pair && settings.architecture == Architecture::SkipGram;
    Ok(Objective::Negative { negatives, kept: if by_pair { 0 } else { settings.keep_negatives } })
}

/// How often a window changes the row that is changed most, on average, where words have these shares of the text.
fn busiest(settings: &Word2VecSettings, shares: &[f64], objective: &Objective) -> f64 {
    let most = shares.iter().copied().fold(0.0, f64::max);
    let n_contexts = (settings.window + 1) as f64;
    let outputs = match objective {
        // The root of the tree is on the way to every word.
        Objective::Tree(_) => 1.0,
        Objective::Negative { negatives, kept: 0 } => n_contexts * (most + negatives.most_frequent()),
        Objective::Negative { negatives, .. } => most + negatives.most_frequent(),
    };
    (n_contexts * most).max(outputs)
}

/// One training run, as its threads see it.
#[derive(Clone, Copy)]
struct Run<'a> {
    settings: &'a Word2VecSettings,
    model: &'a Model,
    /// Room for each thread: the mean of a window, and copies of its frozen rows.
    scratch: &'a SharedMatrix,
    corpus: &'a dyn Corpus,
    pace: Pace<'a>,
}

impl<'a> Run<'a> {
    /// Rows of scratch space that a thread needs.
    fn scratch_rows(settings: &Word2VecSettings) -> usize {
        1 + 2 * settings.window
    }

    /// Room of `thread` for the mean of a window.
    fn mean(self, thread: usize) -> SharedRow<'a> {
        self.scratch.row(thread * Self::scratch_rows(self.settings))
    }

    /// Appends the input rows of `words`, which a kernel may change: of a frozen word, a copy.
    #[inline]
    fn inputs(self, thread: usize, words: &[u32], rows: &mut Vec<SharedRow<'a>>) {
        if self.model.frozen.is_none() {
            return self.model.input.rows(words, rows);
        }
        for &word in words {
            let row = self.model.input.row(word as usize);
            if self.model.is_frozen(word) {
                let copy = self.scratch.row(thread * Self::scratch_rows(self.settings) + 1 + rows.len());
                self.model.kernels.gather(1.0, &[row], copy);
                rows.push(copy);
            } else {
                rows.push(row);
            }
        }
    }

    /// Asks for the rows of the windows to come while the one at `centre` is computed.
    #[inline]
    fn prefetch(&self, plan: &Plan, centre: usize) {
        /// In windows: further ahead, rows would be pushed out again before they are used.
        const AHEAD: usize = 3;
        let Model { input, output, .. } = self.model;
        if let Some(&row) = plan.words.get(centre + AHEAD + self.settings.window) {
            input.row(row as usize).prefetch();
        }
        plan.outputs(centre + AHEAD).iter().for_each(|&row| output.row(row as usize).prefetch());
    }
}

#[cfg(test)]
mod tests;
