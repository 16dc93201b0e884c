//! Counting by one thread.

use super::cells::Cells;
use super::corner::Corner;
use super::runs::{Packed, Packer};
use super::weights::Weights;
use super::{Plan, check_flow};
use crate::EmbedError;
use crate::subsample::Subsampler;
use sememe_kernels::{Meter, Rng};
use sememe_vocab::{Corpus, WordId};
use std::ops::ControlFlow;

/// Words between two reports.
const REPORT: u64 = 50_000;

/// What one thread has counted.
pub(super) struct Counter<'a> {
    plan: &'a Plan,
    subsampler: &'a Subsampler,
    seed: u64,
    corner: Corner,
    /// Meetings of other words; those from `n_notes` on are free.
    notes: Vec<u64>,
    n_notes: usize,
    /// Rows of the words of a sentence.
    words: Vec<u32>,
    n_meetings: u64,
}

impl<'a> Counter<'a> {
    pub(super) fn new(plan: &'a Plan, subsampler: &'a Subsampler, seed: u64) -> Self {
        Self {
            plan,
            subsampler,
            seed,
            corner: Corner::new(&plan.hyperbola),
            notes: vec![0; plan.notes],
            n_notes: 0,
            words: Vec::new(),
            n_meetings: 0,
        }
    }

    /// Counts a shard. Which words are thinned out depends on the shard alone.
    pub(super) fn count_shard(
        &mut self,
        corpus: &dyn Corpus,
        shard: usize,
        meter: &Meter<'_>,
    ) -> Result<(), EmbedError> {
        let (mut rng, mut unreported) = (Rng::new(self.seed, shard as u64), 0);
        let mut result = Ok(());
        corpus.for_each_sentence(shard, &mut |ids| {
            unreported += ids.len() as u64;
            result = self.count_sentence(ids, &mut rng).and_then(|()| {
                if unreported < REPORT {
                    return Ok(());
                }
                check_flow(meter.advance(std::mem::take(&mut unreported), None), meter)
            });
            if result.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        result?;
        check_flow(meter.advance(unreported, None), meter)
    }

    /// Special words, the unknown word among them, are skipped: their neighbours move together.
    fn count_sentence(&mut self, ids: &[WordId], rng: &mut Rng) -> Result<(), EmbedError> {
        self.words.clear();
        for &id in ids {
            if let Some(row) = self.plan.rows.row(id)?
                && self.subsampler.keeps(row, rng)
            {
                self.words.push(row);
            }
        }
        for i in 1..self.words.len() {
            let reach = self.plan.weights.window().min(i);
            if self.n_notes + reach > self.notes.len() {
                self.pack_notes()?;
            }
            self.meet(i, reach);
        }
        Ok(())
    }

    /// Counts the word at position `i` with the `reach` words before it.
    ///
    /// Whether a pair is dense is hard to foresee, so both ways are taken: a pair that is not adds nothing to cell 0
    /// and its note stays; the note of one that is will be written over.
    #[inline]
    fn meet(&mut self, i: usize, reach: usize) {
        let Plan { cells, hyperbola, weights, .. } = self.plan;
        let word = self.words[i];
        let notes = &mut self.notes[self.n_notes..][..reach];
        let mut n = 0;
        for (distance, &before) in (1..).zip(self.words[i - reach..i].iter().rev()) {
            let cell = cells.cell(word, before);
            let place = hyperbola.place(cell);
            let is_dense = place != 0;
            self.corner.add(place, if is_dense { weights.units(distance) } else { 0 });
            notes[n] = cells.note(cell, distance);
            n += usize::from(!is_dense);
        }
        self.n_notes += n;
        self.n_meetings += reach as u64;
    }

    fn pack_notes(&mut self) -> Result<(), EmbedError> {
        let notes = &mut self.notes[..self.n_notes];
        notes.sort_unstable();
        let run = pack(notes, &self.plan.weights);
        self.n_notes = 0;
        self.plan.runs.push(run)
    }

    /// Packs what is left; the corner, and how often words met.
    pub(super) fn finish(mut self) -> Result<(Corner, u64), EmbedError> {
        self.pack_notes()?;
        Ok((self.corner, self.n_meetings))
    }
}

/// Sums up sorted notes.
fn pack(notes: &[u64], weights: &Weights) -> Packed {
    let (mut packer, mut last, mut sum) = (Packer::default(), 0, 0u64);
    for &note in notes {
        let (key, distance) = Cells::key_and_distance(note);
        if key != last && sum > 0 {
            packer.push(last, sum);
            sum = 0;
        }
        last = key;
        sum += u64::from(weights.units(distance));
    }
    if sum > 0 {
        packer.push(last, sum);
    }
    packer.finish()
}
