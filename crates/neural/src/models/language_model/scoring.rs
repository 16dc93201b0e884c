//! Sentences side by side.

use super::NeuralLm;
use super::memory::NextWord;
use crate::Result;
use candle_core::Tensor;
use sememe_lm::LanguageModel;
use sememe_vocab::WordId;

/// Words, with padding, that are read at once.
const WORDS: usize = 2048;
/// Probabilities that are in memory at once.
const PROBABILITIES: usize = 1 << 22;

impl<M: NextWord> NeuralLm<M> {
    /// Appends ln p of each word of each sentence, and of its end; `false`, and nothing of use, if they cannot be scored
    /// together: one is too long or holds what is no word.
    pub(super) fn score_together(
        &self,
        sentences: &[&[WordId]],
        end: Option<u32>,
        ln_p: &mut Vec<f32>,
    ) -> Result<bool> {
        let n_words = self.vocab().len();
        let lasts = usize::from(end.is_some());
        let length = |i: &usize| sentences[*i].len() + lasts;
        let max = self.model().max_time().unwrap_or(usize::MAX);
        let known = |word: &WordId| word.index() < n_words;
        if (0..sentences.len()).any(|i| length(&i) > max || !sentences[i].iter().all(known)) {
            return Ok(false);
        }
        // Sentence i has its place in the result, whenever it is scored.
        let mut starts = Vec::with_capacity(sentences.len());
        let mut end_of_all = ln_p.len();
        for i in 0..sentences.len() {
            starts.push(end_of_all);
            end_of_all += length(&i);
        }
        ln_p.resize(end_of_all, 0.0);
        let mut order: Vec<usize> = (0..sentences.len()).filter(|i| length(i) > 0).collect();
        order.sort_by_key(length);
        let mut rest = order.as_slice();
        while let Some(first) = rest.first() {
            let mut n_rows = 1;
            let mut time = length(first);
            while let Some(next) = rest.get(n_rows).filter(|next| length(next) * (n_rows + 1) <= WORDS) {
                time = length(next);
                n_rows += 1;
            }
            let (group, later) = rest.split_at(n_rows);
            let targets = |i: usize| sentences[i].iter().map(|word| word.0).chain(end);
            let rows: Vec<Vec<u32>> = group.iter().map(|&i| targets(i).collect()).collect();
            let scores = self.score_rows(&rows, time)?;
            for (&i, scores) in group.iter().zip(scores) {
                ln_p[starts[i]..starts[i] + scores.len()].copy_from_slice(&scores);
            }
            rest = later;
        }
        Ok(true)
    }

    /// ln p of each target of each row, none of them longer than `time`.
    fn score_rows(&self, rows: &[Vec<u32>], time: usize) -> Result<Vec<Vec<f32>>> {
        let mut inputs = Vec::with_capacity(rows.len() * time);
        let mut places = Vec::new();
        for (r, targets) in rows.iter().enumerate() {
            inputs.push(self.first.0);
            inputs.extend_from_slice(&targets[..targets.len() - 1]);
            places.extend((0..targets.len()).map(|t| (r * time + t) as u32));
            inputs.resize((r + 1) * time, self.first.0);
        }
        let known = self.model().know(&inputs, rows.len())?; // [rows·time, dim]
        let targets: Vec<u32> = rows.concat();
        let (n_words, mut scores) = (self.vocab().len(), Vec::with_capacity(targets.len()));
        let per_piece = (PROBABILITIES / n_words.max(1)).max(1);
        for (places, targets) in places.chunks(per_piece).zip(targets.chunks(per_piece)) {
            let places = Tensor::from_slice(places, places.len(), known.device())?;
            let ln_p = self.ln_p_of_all(&known.index_select(&places, 0)?)?;
            let rows = ln_p.chunks_exact(n_words);
            scores.extend(rows.zip(targets).map(|(row, &target)| row[target as usize]));
        }
        let mut scores = scores.into_iter();
        Ok(rows.iter().map(|targets| scores.by_ref().take(targets.len()).collect()).collect())
    }
}
