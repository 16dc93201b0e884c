//! How well a model predicts a text.

use crate::ngram::MAX_THREADS;
use crate::{Boundaries, LanguageModel, LmError};
use sememe_kernels::{Meter, Observer};
use sememe_vocab::{Corpus, WordId};
use serde::{Deserialize, Serialize};
use std::ops::{AddAssign, ControlFlow};
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Sentences that are scored side by side, until they hold so many words.
const BATCH_WORDS: usize = 4096;

/// What a model says of a text, in sums from which the perplexities follow.
///
/// The end of each sentence is predicted and counts as a token; its beginning does not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PerplexityReport {
    /// Number of sentences.
    pub n_sentences: u64,
    /// Number of words and sentence ends.
    pub n_tokens: u64,
    /// How many of them are `<unk>`: words out of the vocabulary.
    pub n_unknown: u64,
    /// Σ ln p of all tokens.
    pub ln_p: f64,
    /// The part of it that is due to `<unk>`.
    pub ln_p_unknown: f64,
}

impl PerplexityReport {
    /// exp(−Σ ln p / n) over all tokens; `<unk>` counts with its own probability.
    ///
    /// This is the figure for a text in which `<unk>` is a word among words, as in Penn Treebank.
    pub fn perplexity(&self) -> f64 {
        (-self.ln_p / self.n_tokens as f64).exp()
    }

    /// The perplexity without what the model says of `<unk>`; such words still stand in contexts.
    pub fn perplexity_of_known(&self) -> f64 {
        (-(self.ln_p - self.ln_p_unknown) / (self.n_tokens - self.n_unknown) as f64).exp()
    }

    /// Mean −Σ ln p / n over all tokens, in bits.
    pub fn bits_per_token(&self) -> f64 {
        -self.ln_p / self.n_tokens as f64 / std::f64::consts::LN_2
    }
}

impl AddAssign for PerplexityReport {
    fn add_assign(&mut self, other: Self) {
        self.n_sentences += other.n_sentences;
        self.n_tokens += other.n_tokens;
        self.n_unknown += other.n_unknown;
        self.ln_p += other.ln_p;
        self.ln_p_unknown += other.ln_p_unknown;
    }
}

/// Scores every sentence of `corpus`, whose ids are those of the model's vocabulary.
///
/// At most one thread a shard is used, and 1024. The result does not depend on `threads`.
///
/// # Errors
/// If the corpus is damaged, or `observer` asks to stop.
pub fn perplexity<M: LanguageModel>(
    model: &M,
    corpus: &dyn Corpus,
    threads: usize,
    observer: &mut dyn Observer,
) -> Result<PerplexityReport, LmError> {
    let meter = Meter::new("words", Some(corpus.n_tokens()), observer);
    let next_shard = AtomicUsize::new(0);
    let work = || -> Result<Vec<(usize, PerplexityReport)>, LmError> {
        let mut reports = Vec::new();
        loop {
            let shard = next_shard.fetch_add(1, Ordering::Relaxed);
            if shard >= corpus.n_shards() {
                return Ok(reports);
            }
            reports.push((shard, score_shard(model, corpus, shard, &meter)?));
        }
    };
    let mut reports = thread::scope(|scope| {
        let workers: Vec<_> =
            (0..threads.min(corpus.n_shards()).clamp(1, MAX_THREADS)).map(|_| scope.spawn(work)).collect();
        let join =
            |worker: thread::ScopedJoinHandle<'_, _>| worker.join().unwrap_or_else(|p| resume_unwind(p));
        workers.into_iter().map(join).collect::<Result<Vec<_>, LmError>>()
    })?
    .concat();
    // Floats are added in the order of the shards, whoever scored them.
    reports.sort_unstable_by_key(|(shard, _)| *shard);
    let mut total = PerplexityReport::default();
    reports.into_iter().for_each(|(_, report)| total += report);
    Ok(total)
}

fn score_shard<M: LanguageModel>(
    model: &M,
    corpus: &dyn Corpus,
    shard: usize,
    meter: &Meter<'_>,
) -> Result<PerplexityReport, LmError> {
    let mut batch = Batch::new(model);
    let mut stopped = false;
    corpus.for_each_sentence(shard, &mut |sentence| {
        batch.add(sentence);
        if batch.words.len() < BATCH_WORDS {
            return ControlFlow::Continue(());
        }
        let n_words = batch.words.len() as u64;
        batch.score();
        stopped = meter.advance(n_words, None).is_break();
        if stopped { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    batch.score();
    if stopped { Err(LmError::Interrupted) } else { Ok(batch.report) }
}

/// Sentences that wait to be scored together.
struct Batch<'m, M> {
    model: &'m M,
    unknown: Option<WordId>,
    has_end: bool,
    words: Vec<WordId>,
    /// Sentence `i` is `words[ends[i - 1]..ends[i]]`.
    ends: Vec<usize>,
    ln_p: Vec<f32>,
    report: PerplexityReport,
}

impl<'m, M: LanguageModel> Batch<'m, M> {
    fn new(model: &'m M) -> Self {
        Self {
            model,
            unknown: model.unknown(),
            has_end: model.end().is_some(),
            words: Vec::new(),
            ends: Vec::new(),
            ln_p: Vec::new(),
            report: PerplexityReport::default(),
        }
    }

    fn add(&mut self, sentence: &[WordId]) {
        self.words.extend_from_slice(sentence);
        self.ends.push(self.words.len());
    }

    /// Scores what waits, and adds it to the report.
    fn score(&mut self) {
        let starts = [0].into_iter().chain(self.ends.iter().copied());
        let sentences: Vec<&[WordId]> =
            starts.zip(&self.ends).map(|(start, &end)| &self.words[start..end]).collect();
        self.ln_p.clear();
        self.model.score_batch(&sentences, Boundaries::BOTH, &mut self.ln_p);
        let mut ln_p = self.ln_p.iter().map(|&ln_p| f64::from(ln_p));
        for sentence in sentences {
            self.report.n_sentences += 1;
            self.report.n_tokens += sentence.len() as u64 + u64::from(self.has_end);
            for (&word, ln_p) in sentence.iter().zip(ln_p.by_ref()) {
                let unknown = Some(word) == self.unknown;
                self.report.ln_p += ln_p;
                self.report.ln_p_unknown += if unknown { ln_p } else { 0.0 };
                self.report.n_unknown += u64::from(unknown);
            }
            self.report.ln_p += ln_p.by_ref().take(usize::from(self.has_end)).sum::<f64>();
        }
        self.words.clear();
        self.ends.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DiscountPolicy, NgramModel, NgramSettings, train_text};
    use sememe_kernels::{Progress, Silent};
    use sememe_vocab::MemoryCorpus;

    fn model() -> NgramModel {
        let settings = NgramSettings {
            order: 2,
            discount_fallback: DiscountPolicy::FALLBACK,
            ..NgramSettings::default()
        };
        train_text("a b a c\nb a\n".as_bytes(), &settings, &mut Silent).unwrap()
    }

    fn corpus(model: &NgramModel, text: &str, n_shards: usize) -> MemoryCorpus {
        let sentence = |line: &str| line.split_whitespace().map(|word| model.id(word)).collect();
        MemoryCorpus::new(text.lines().map(sentence).collect(), n_shards)
    }

    #[track_caller]
    fn check(text: &str, n_sentences: u64, n_tokens: u64, n_unknown: u64) {
        let model = model();
        let mut reports = [(1, 1), (3, 2), (3, 8)].map(|(n_shards, threads)| {
            perplexity(&model, &corpus(&model, text, n_shards), threads, &mut Silent).unwrap()
        });
        let first = reports[0];
        assert_eq!((first.n_sentences, first.n_tokens, first.n_unknown), (n_sentences, n_tokens, n_unknown));
        assert!(first.perplexity() >= first.perplexity_of_known());
        assert_eq!(reports[1], reports[2], "the number of threads matters");
        reports[1].ln_p = first.ln_p;
        reports[1].ln_p_unknown = first.ln_p_unknown;
        assert_eq!(reports[1], first);
    }

    #[test]
    fn ends_count_and_beginnings_do_not() {
        check("a b\n\nc\n", 3, 6, 0);
    }

    #[test]
    fn unknown_words_are_told_apart() {
        check("a x b\ny\n", 2, 6, 2);
    }

    #[test]
    fn an_observer_stops_the_scoring() {
        struct Stop;
        impl Observer for Stop {
            fn progress(&mut self, _: &Progress) -> ControlFlow<()> {
                ControlFlow::Break(())
            }
        }
        let model = model();
        let corpus = corpus(&model, &"a b c\n".repeat(5000), 1);
        assert!(matches!(perplexity(&model, &corpus, 1, &mut Stop), Err(LmError::Interrupted)));
    }
}
