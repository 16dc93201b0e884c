//! Counting the words of documents, by several threads, in bounded memory.

use crate::holdout::{Part, for_each_sentence};
use crate::parallel::MAX_THREADS;
use crate::pass::Pass;
use crate::select::Selection;
use crate::spill::Runs;
use crate::{Vocab, VocabBuilder, VocabError, VocabSettings};
use sememe_kernels::{Meter, Observer};
use sememe_text::{Documents, Pipeline, Token};
use serde::{Deserialize, Serialize};
use std::ops::AddAssign;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What [`count`] saw. All numbers are exact, whether or not it had to spill.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountStats {
    /// Documents, those held out not among them.
    pub n_documents: u64,
    /// Sentences with at least one token.
    pub n_sentences: u64,
    /// Running words.
    pub n_tokens: u64,
    /// Different words, the rare ones among them.
    pub n_types: u64,
    /// Whether the memory bound made it spill to temporary files.
    pub spilled: bool,
}

/// Counts the words of `documents`, as `pipeline` splits them, and makes a vocabulary of them.
///
/// The vocabulary and the numbers are the same for any number of threads and any memory bound.
///
/// With a bound ([`VocabSettings::memory`]) each thread holds its share of words; when that is full, it
/// writes them, sorted, to a temporary file. At the end the files are merged as streams, and only words
/// that may still get into the vocabulary are held: at most about twice [`VocabSettings::max_size`] where
/// that is given, and otherwise all that reach [`VocabSettings::min_count`]. That last part, which is the
/// result itself, can exceed the bound; counts never become inexact. The temporary files have no names, so
/// they vanish however the process ends.
///
/// # Errors
/// If the settings contradict each other, the documents cannot be read, the temporary files cannot be
/// written, or the observer stops the work.
pub fn count(
    documents: &dyn Documents,
    pipeline: &Pipeline,
    settings: &VocabSettings,
    threads: usize,
    observer: &mut dyn Observer,
) -> Result<(Vocab, CountStats), VocabError> {
    settings.check()?;
    let meter = Meter::new("words", None, observer);
    let counters = Counters::new(settings, threads.clamp(1, MAX_THREADS));
    let pass = Pass::new(documents, threads, &meter);
    let count = |texts: &[&str]| counters.count(texts, pipeline, &meter);
    pass.for_each_shard(|shard| pass.read_shard(shard, count, Ok))?;
    finish(counters.finish(), settings, &meter)
}

/// The least share of a thread: below it the files would be many and short.
const LEAST_SHARE: usize = 1 << 16;

/// What a thread may hold, given that its memory can be twice of what is in use, since it grows by doubling.
fn share(bytes: u64, threads: usize) -> usize {
    usize::try_from(bytes).map_or(usize::MAX, |bytes| (bytes / (2 * threads)).max(LEAST_SHARE))
}

/// Counters that are not at work.
struct Counters<'a> {
    settings: &'a VocabSettings,
    /// Bytes of words to be held at most by each.
    budget: usize,
    idle: Mutex<Vec<Counter<'a>>>,
}

impl<'a> Counters<'a> {
    fn new(settings: &'a VocabSettings, threads: usize) -> Self {
        let budget = settings.memory.map_or(usize::MAX, |bytes| share(bytes, threads));
        Self { settings, budget, idle: Mutex::new(Vec::new()) }
    }

    /// Lets an idle counter, or a new one if all are at work, count the words of `texts`.
    fn count(&self, texts: &[&str], pipeline: &Pipeline, meter: &Meter<'_>) -> Result<(), VocabError> {
        let idle = self.lock().pop();
        let mut counter = idle.unwrap_or_else(|| Counter::new(self.settings, self.budget));
        let before = counter.stats.n_tokens;
        texts.iter().try_for_each(|text| counter.document(text, pipeline))?;
        // Whoever reads the documents looks whether to stop.
        let _ = meter.advance(counter.stats.n_tokens - before, None);
        self.lock().push(counter);
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Counter<'a>>> {
        // A counter is taken out and put back whole, so a panic elsewhere leaves the others sound.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn finish(self) -> Vec<Counter<'a>> {
        self.idle.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What one thread counts.
struct Counter<'a> {
    settings: &'a VocabSettings,
    budget: usize,
    words: VocabBuilder,
    runs: Runs,
    stats: CountStats,
}

impl<'a> Counter<'a> {
    fn new(settings: &'a VocabSettings, budget: usize) -> Self {
        let (words, stats) = (VocabBuilder::default(), CountStats::default());
        Self { settings, budget, words, runs: Runs::new(settings.temp_dir.as_deref()), stats }
    }

    fn document(&mut self, text: &str, pipeline: &Pipeline) -> Result<(), VocabError> {
        let holdout = self.settings.holdout;
        if holdout.is_some_and(|holdout| holdout.takes_document(text)) {
            return Ok(());
        }
        self.stats.n_documents += 1;
        let mut result = Ok(());
        for_each_sentence(text, pipeline, holdout, &mut |part, tokens| {
            if part == Part::Train && result.is_ok() {
                result = self.sentence(tokens);
            }
        });
        result
    }

    fn sentence(&mut self, tokens: &[Token<'_>]) -> Result<(), VocabError> {
        self.stats.n_sentences += 1;
        self.stats.n_tokens += tokens.len() as u64;
        for token in tokens {
            self.words.add(token.text, 1)?;
        }
        if self.words.size() > self.budget { self.spill() } else { Ok(()) }
    }

    fn spill(&mut self) -> Result<(), VocabError> {
        self.stats.spilled = true;
        self.runs.push(self.words.by_bytes())?;
        self.words.clear();
        Ok(())
    }
}

fn finish(
    mut counters: Vec<Counter<'_>>,
    settings: &VocabSettings,
    meter: &Meter<'_>,
) -> Result<(Vocab, CountStats), VocabError> {
    let mut stats = CountStats::default();
    counters.iter().for_each(|counter| stats += counter.stats);
    let mut selection = Selection::new(settings);
    let mut offer = |word: &str, count| {
        stats.n_types += 1;
        selection.offer(word, count);
        let due = stats.n_types.is_multiple_of(1 << 16);
        if due && meter.advance(0, None).is_break() { Err(VocabError::Interrupted) } else { Ok(()) }
    };
    if stats.spilled {
        counters.iter_mut().try_for_each(Counter::spill)?;
        Runs::merge(counters.into_iter().map(|counter| counter.runs).collect(), &mut offer)?;
    } else {
        let words = together(counters)?;
        words.iter().try_for_each(|(word, count)| offer(word, count))?;
    }
    Ok((selection.finish()?, stats))
}

fn together(counters: Vec<Counter<'_>>) -> Result<VocabBuilder, VocabError> {
    let mut all = VocabBuilder::default();
    for counter in counters {
        let (mut more, mut fewer) = (all, counter.words);
        if more.len() < fewer.len() {
            std::mem::swap(&mut more, &mut fewer);
        }
        more.merge(&fewer)?;
        all = more;
    }
    Ok(all)
}

impl AddAssign for CountStats {
    fn add_assign(&mut self, other: Self) {
        self.n_documents += other.n_documents;
        self.n_sentences += other.n_sentences;
        self.n_tokens += other.n_tokens;
        self.n_types += other.n_types;
        self.spilled |= other.spilled;
    }
}

#[cfg(test)]
mod tests;
