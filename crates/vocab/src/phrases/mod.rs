//! Phrases learned from a corpus of word ids.

mod pairs;
mod settings;
mod words;

pub use settings::{PhraseScoring, PhraseSettings};

use crate::parallel::{MAX_THREADS, for_each};
use crate::{Corpus, Vocab, VocabError};
use pairs::{END, Pair, PairCounts, Section};
use sememe_kernels::{Meter, Observer};
use sememe_text::{Phrase, Phrases};
use std::ops::ControlFlow;
use words::{Seen, WordCounts, Words};

/// Learns which words of `corpus`, whose ids are those of `vocab`, belong together.
///
/// Words that are no words of the vocabulary should be in the corpus as unknown words, since words that stand on
/// both sides of one that was left out would pass for neighbours. Words rarer than
/// [`PhraseSettings::min_count`] are in no phrase, so the vocabulary can do without them; they count as running
/// words all the same.
///
/// The result is the same for any number of threads and any memory bound.
///
/// # Errors
/// If the settings contradict each other, the corpus cannot be read, a word of a phrase holds a tab or a line end,
/// or the observer stops the work.
pub fn learn_phrases(
    corpus: &dyn Corpus,
    vocab: &Vocab,
    settings: &PhraseSettings,
    threads: usize,
    observer: &mut dyn Observer,
) -> Result<Phrases, VocabError> {
    settings.check()?;
    let total = settings.memory.is_none().then(|| corpus.n_tokens() * settings.passes as u64);
    let meter = Meter::new("words", total, observer);
    let learner = Learner { corpus, settings, threads: threads.clamp(1, MAX_THREADS), meter: &meter };
    let mut passes = Vec::new();
    for pass in 0..settings.passes {
        let phrases = Phrases::new(&settings.delimiter, &settings.connectors, passes)?;
        let found = learner.learn(&Words::new(vocab, &phrases), pass)?;
        let is_last = found.is_empty();
        passes = phrases.passes().to_vec();
        passes.push(found);
        if is_last {
            break;
        }
    }
    Ok(Phrases::new(&settings.delimiter, &settings.connectors, passes)?)
}

/// One run of learning.
struct Learner<'a> {
    corpus: &'a dyn Corpus,
    settings: &'a PhraseSettings,
    threads: usize,
    meter: &'a Meter<'a>,
}

/// Between two looks at the observer.
const REPORT: u64 = 100_000;

impl Learner<'_> {
    /// The phrases of pass number `pass`, in any order.
    fn learn(&self, words: &Words<'_>, pass: usize) -> Result<Vec<Phrase>, VocabError> {
        let (mut found, threshold) = (Vec::new(), self.settings.threshold(pass));
        let (mut start, mut width) = (0, END);
        while start < END {
            let section = Section::new(start, width, self.settings.memory, self.threads);
            let (counts, seen) = self.read(words, &section)?;
            let pairs = PairCounts::sum(seen);
            let frequent = pairs.into_iter().filter(|&(_, count)| count >= self.settings.min_count);
            let scored = frequent.map(|(pair, count)| (pair, count, self.score(pair, count, &counts)));
            let phrases = scored.filter(|&(.., score)| score > threshold && score.is_finite());
            found.extend(phrases.map(|(pair, count, score)| Phrase { words: words.of(pair), score, count }));
            width = section.end() - start;
            start = section.end();
        }
        Ok(found)
    }

    fn score(&self, pair: Pair, count: u64, counts: &WordCounts) -> f64 {
        let discount = self.settings.discount.unwrap_or(self.settings.min_count);
        let words = pair.words.map(|word| counts.words[word as usize]);
        self.settings.scoring.score(count, words, counts.n_tokens, discount)
    }

    /// Reads the text once: the counts of all words, and of the pairs of `section` by threads.
    fn read<'s>(
        &self,
        words: &Words<'_>,
        section: &'s Section,
    ) -> Result<(WordCounts, Vec<PairCounts<'s>>), VocabError> {
        let init = || Seen::new(words.len(), section);
        let work = |seen: &mut Seen<'s>, shard| self.read_shard(seen, words, shard);
        let seen = for_each(self.corpus.n_shards(), self.threads, init, work)?;
        let (mut sum, mut pairs) = (WordCounts { words: vec![0; words.len()], n_tokens: 0 }, Vec::new());
        for part in seen {
            sum.n_tokens += part.counts.n_tokens;
            sum.words.iter_mut().zip(&part.counts.words).for_each(|(sum, count)| *sum += count);
            pairs.push(part.pairs);
        }
        Ok((sum, pairs))
    }

    fn read_shard(&self, seen: &mut Seen<'_>, words: &Words<'_>, shard: usize) -> Result<(), VocabError> {
        let (mut result, mut n_unreported) = (Ok(()), 0);
        self.corpus.for_each_sentence(shard, &mut |ids| {
            n_unreported += ids.len() as u64;
            result = seen.sentence(ids, words);
            if result.is_ok() && n_unreported >= REPORT {
                result = self.report(std::mem::take(&mut n_unreported));
            }
            if result.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        result.and_then(|()| self.report(n_unreported)).inspect_err(|_| self.meter.stop())
    }

    fn report(&self, n_words: u64) -> Result<(), VocabError> {
        if self.meter.advance(n_words, None).is_break() { Err(VocabError::Interrupted) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests;
