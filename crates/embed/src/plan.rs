//! The random choices of a sentence.

use crate::EmbedError;
use crate::negatives::Negatives;
use crate::objective::Objective;
use crate::subsample::Subsampler;
use sememe_kernels::Rng;
use sememe_vocab::WordId;
use std::ops::Range;

/// A sentence, thinned out, and all random choices of its training.
///
/// They are made before the sentence is trained: the lookups overlap in the processor, and the rows of the
/// windows ahead can be fetched in time.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// Rows of the words that are left.
    pub(crate) words: Vec<u32>,
    /// How far the window of each word reaches.
    reaches: Vec<u32>,
    /// Output rows of all predictions, one after the other.
    outputs: Vec<u32>,
    /// Where the outputs of each word end.
    ends: Vec<usize>,
}

/// Which ids have rows: those of the words behind the special ones.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rows {
    pub(crate) n_special: u32,
    pub(crate) n_words: usize,
}

impl Rows {
    /// The row of `id`; none for a special word.
    ///
    /// # Errors
    /// If the vocabulary has no such id.
    #[inline]
    pub(crate) fn row(self, id: WordId) -> Result<Option<u32>, EmbedError> {
        let Some(row) = id.0.checked_sub(self.n_special) else { return Ok(None) };
        if (row as usize) < self.n_words {
            return Ok(Some(row));
        }
        Err(EmbedError::ForeignCorpus { found: id.0, n_words: self.n_words + self.n_special as usize })
    }
}

impl Plan {
    /// Takes the words of a sentence. Special words, the unknown word among them, are skipped as word2vec skips
    /// words outside its vocabulary: their neighbours move together.
    ///
    /// # Errors
    /// If an id is foreign to the vocabulary.
    pub(crate) fn subsample(
        &mut self,
        ids: &[WordId],
        rows: Rows,
        subsampler: &Subsampler,
        rng: &mut Rng,
    ) -> Result<(), EmbedError> {
        self.words.clear();
        for &id in ids {
            if let Some(row) = rows.row(id)? {
                // A push that may be taken back costs no mispredicted branch.
                self.words.push(row);
                let kept = subsampler.keeps(row, rng);
                self.words.truncate(self.words.len() - usize::from(!kept));
            }
        }
        Ok(())
    }

    /// Takes those of `rows` that are left when frequent words are thinned out.
    pub(crate) fn subsample_rows(&mut self, rows: &[u32], subsampler: &Subsampler, rng: &mut Rng) {
        self.words.clear();
        self.words.extend(rows.iter().filter(|&&row| subsampler.keeps(row, rng)));
    }

    /// Draws the windows: each word its own reach from 1 to `window`, which gives near words more weight.
    pub(crate) fn draw_windows(&mut self, window: usize, rng: &mut Rng) {
        self.reaches.clear();
        self.reaches.extend(self.words.iter().map(|_| 1 + rng.below(window as u64) as u32));
    }

    /// Draws the outputs for the predictions of every word.
    pub(crate) fn draw_outputs(&mut self, objective: &Objective, rng: &mut Rng) {
        self.outputs.clear();
        self.ends.clear();
        let mut draw = objective.draw();
        for i in 0..self.words.len() {
            draw.outputs(self.words[i], self.window(i).len() - 1, &mut self.outputs, rng);
            self.ends.push(self.outputs.len());
        }
    }

    /// Draws negatives once for every window; the word itself stands before its negatives.
    pub(crate) fn draw_negatives(&mut self, negatives: &Negatives, rng: &mut Rng) {
        self.outputs.clear();
        self.ends.clear();
        for &word in &self.words {
            negatives.draw(word, &mut self.outputs, rng);
            self.ends.push(self.outputs.len());
        }
    }

    /// The positions within reach of position `centre`, itself among them.
    #[inline]
    pub(crate) fn window(&self, centre: usize) -> Range<usize> {
        let reach = self.reaches[centre] as usize;
        centre.saturating_sub(reach)..(centre + reach + 1).min(self.words.len())
    }

    /// The words before and behind position `centre` that are within reach.
    #[inline]
    pub(crate) fn contexts(&self, centre: usize) -> [&[u32]; 2] {
        let window = self.window(centre);
        [&self.words[window.start..centre], &self.words[centre + 1..window.end]]
    }

    /// Output rows of the predictions at position `centre`; none behind the end.
    #[inline]
    pub(crate) fn outputs(&self, centre: usize) -> &[u32] {
        let Some(&end) = self.ends.get(centre) else { return &[] };
        let start = if centre == 0 { 0 } else { self.ends[centre - 1] };
        &self.outputs[start..end]
    }
}
