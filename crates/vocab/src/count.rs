//! Counting the words of documents, by several threads, in bounded memory.

use crate::draft::Draft;
use crate::holdout::{Part, for_each_sentence};
use crate::parallel::MAX_THREADS;
use crate::pass::Pass;
use crate::select::Selection;
use crate::sentences::Sides;
use crate::spill::Runs;
use crate::{Vocab, VocabBuilder, VocabError, VocabSettings, WordId};
use sememe_kernels::{Meter, Observer};
use sememe_text::{Documents, Pipeline, Token};
use serde::{Deserialize, Serialize};
use std::ops::AddAssign;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
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
    let counters = Counters::new(settings, threads, false);
    let pass = Pass::new(documents, threads, &meter);
    let count = |texts: &[&str]| counters.count(texts, pipeline, &meter).map(drop);
    pass.for_each_shard(|shard| pass.read_shard(shard, count, Ok))?;
    let counted = counters.finish(&meter)?;
    Ok((counted.vocab, counted.stats))
}

/// The least share of a thread: below it the files would be many and short.
const LEAST_SHARE: usize = 1 << 16;

/// What a thread may hold, given that its memory can be twice of what is in use, since it grows by doubling.
fn share(bytes: u64, threads: usize) -> usize {
    usize::try_from(bytes).map_or(usize::MAX, |bytes| (bytes / (2 * threads)).max(LEAST_SHARE))
}

/// Counters that are not at work.
pub(crate) struct Counters<'a> {
    settings: &'a VocabSettings,
    /// Bytes of words to be held at most by each.
    budget: usize,
    idle: Mutex<Vec<Counter<'a>>>,
    n_counters: AtomicUsize,
    /// Whether documents are drafted; not any more once a counter had to forget its words.
    drafts: AtomicBool,
}

/// What all counters together came to.
pub(crate) struct Counted {
    pub(crate) vocab: Vocab,
    pub(crate) stats: CountStats,
    /// For each counter the ids of its words by their numbers, none for words that the vocabulary lacks; nothing for
    /// counters that spilled.
    pub(crate) ids: Vec<Vec<Option<WordId>>>,
}

impl<'a> Counters<'a> {
    /// Counters for `threads`, which draft what they count if that is asked for.
    pub(crate) fn new(settings: &'a VocabSettings, threads: usize, drafts: bool) -> Self {
        let threads = threads.clamp(1, MAX_THREADS);
        let budget = settings.memory.map_or(usize::MAX, |bytes| share(bytes, threads));
        let (idle, n_counters) = (Mutex::new(Vec::new()), AtomicUsize::new(0));
        Self { settings, budget, idle, n_counters, drafts: AtomicBool::new(drafts) }
    }

    /// Lets an idle counter, or a new one if all are at work, count the words of `texts`, and draft them if that is
    /// still done.
    pub(crate) fn count(
        &self,
        texts: &[&str],
        pipeline: &Pipeline,
        meter: &Meter<'_>,
    ) -> Result<Option<Draft>, VocabError> {
        let idle = self.lock().pop();
        let mut counter = idle.unwrap_or_else(|| self.counter());
        let before = counter.stats.n_tokens;
        counter.draft = self.drafts().then(Sides::default);
        texts.iter().try_for_each(|text| counter.document(text, pipeline))?;
        // Whoever reads the documents looks whether to stop.
        let _ = meter.advance(counter.stats.n_tokens - before, None);
        let draft = counter.draft.take().map(|sides| Draft { counter: counter.number, sides });
        if draft.is_none() {
            self.drafts.store(false, Ordering::Relaxed);
        }
        self.lock().push(counter);
        Ok(draft)
    }

    /// Whether all documents so far were drafted.
    pub(crate) fn drafts(&self) -> bool {
        self.drafts.load(Ordering::Relaxed)
    }

    fn counter(&self) -> Counter<'a> {
        Counter::new(self.n_counters.fetch_add(1, Ordering::Relaxed), self.settings, self.budget)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Counter<'a>>> {
        // A counter is taken out and put back whole, so a panic elsewhere leaves the others sound.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The vocabulary of all that was counted.
    pub(crate) fn finish(self, meter: &Meter<'_>) -> Result<Counted, VocabError> {
        let settings = self.settings;
        let mut counters = self.idle.into_inner().unwrap_or_else(PoisonError::into_inner);
        counters.sort_unstable_by_key(|counter| counter.number);
        finish(counters, settings, meter)
    }
}

/// What one thread counts.
struct Counter<'a> {
    number: usize,
    settings: &'a VocabSettings,
    budget: usize,
    words: VocabBuilder,
    runs: Runs,
    stats: CountStats,
    /// What is counted, in the numbers of the words, until words are forgotten.
    draft: Option<Sides>,
    /// Room for the numbers of a sentence.
    numbers: Vec<WordId>,
}

impl<'a> Counter<'a> {
    fn new(number: usize, settings: &'a VocabSettings, budget: usize) -> Self {
        let runs = Runs::new(settings.temp_dir.as_deref());
        let (words, stats) = (VocabBuilder::default(), CountStats::default());
        Self { number, settings, budget, words, runs, stats, draft: None, numbers: Vec::new() }
    }

    fn document(&mut self, text: &str, pipeline: &Pipeline) -> Result<(), VocabError> {
        let holdout = self.settings.holdout;
        let held_out = holdout.is_some_and(|holdout| holdout.takes_document(text));
        if held_out && self.draft.is_none() {
            return Ok(());
        }
        self.stats.n_documents += u64::from(!held_out);
        let mut result = Ok(());
        for_each_sentence(text, pipeline, holdout, &mut |part, tokens| {
            if result.is_ok() {
                result = self.sentence(part, tokens);
            }
        });
        self.draft.iter_mut().for_each(Sides::end_document);
        result
    }

    fn sentence(&mut self, part: Part, tokens: &[Token<'_>]) -> Result<(), VocabError> {
        let counts = u64::from(part == Part::Train);
        if counts == 0 && self.draft.is_none() {
            return Ok(());
        }
        self.stats.n_sentences += counts;
        self.stats.n_tokens += counts * tokens.len() as u64;
        match &mut self.draft {
            Some(draft) => {
                self.words.add_all(tokens, counts, &mut draft.of(part).ids)?;
                draft.of(part).end_sentence();
            }
            None => {
                self.numbers.clear();
                self.words.add_all(tokens, counts, &mut self.numbers)?;
            }
        }
        if self.words.size() > self.budget { self.spill() } else { Ok(()) }
    }

    fn spill(&mut self) -> Result<(), VocabError> {
        self.stats.spilled = true;
        self.draft = None;
        // What was only held out was drafted, not counted.
        self.runs.push(self.words.by_bytes().filter(|&(_, count)| count > 0))?;
        self.words.clear();
        Ok(())
    }
}

fn finish(
    mut counters: Vec<Counter<'_>>,
    settings: &VocabSettings,
    meter: &Meter<'_>,
) -> Result<Counted, VocabError> {
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
        return Ok(Counted { vocab: selection.finish()?, stats, ids: Vec::new() });
    }
    let (words, numbers) = together(counters.into_iter().map(|counter| counter.words).collect())?;
    let mut counted = words.iter().filter(|&(_, count)| count > 0);
    counted.try_for_each(|(word, count)| offer(word, count))?;
    let vocab = selection.finish()?;
    let known: Vec<Option<WordId>> = words.iter().map(|(word, _)| vocab.id(word)).collect();
    let ids = numbers.into_iter().map(|numbers| numbers.iter().map(|number| known[number.index()]).collect());
    Ok(Counted { vocab, stats, ids: ids.collect() })
}

/// All counts in one, and for each of `builders` the numbers that its words have there.
fn together(mut builders: Vec<VocabBuilder>) -> Result<(VocabBuilder, Vec<Vec<WordId>>), VocabError> {
    let Some(most) = (0..builders.len()).max_by_key(|&i| builders[i].len()) else {
        return Ok(Default::default());
    };
    let mut all = std::mem::take(&mut builders[most]);
    let own = (0..all.len()).map(|number| WordId(number as u32)).collect();
    let numbers = builders.iter().map(|builder| all.merged_numbers(builder));
    let mut numbers = numbers.collect::<Result<Vec<_>, _>>()?;
    numbers[most] = own;
    Ok((all, numbers))
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
