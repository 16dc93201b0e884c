//! The n-gram model.

use super::count::{Intake, NgramCounter};
use super::estimate::{Estimate, Source, estimate};
use super::settings::NgramSettings;
use super::trie::{FIRST, ROOT, Trie};
use super::{BEGIN, END, SPECIAL_WORDS, UNKNOWN};
use crate::{LanguageModel, LmError};
use rustc_hash::FxHashSet;
use sememe_kernels::Observer;
use sememe_vocab::{Corpus, Vocab, WordId};
use std::ops::ControlFlow;

/// An n-gram model with back-off: interpolated modified Kneser-Ney when it was estimated here.
///
/// The first three words of its vocabulary are `<unk>`, `<s>` and `</s>`.
#[derive(Clone)]
pub struct NgramModel {
    vocab: Vocab,
    trie: Trie,
    discounts: Vec<[f64; 3]>,
}

/// The words so far, as far as an n-gram model minds them.
///
/// Equal states predict alike, so a search can join them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NgramState(u32);

/// How an n-gram model scored a word.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scored {
    /// ln p of the word.
    pub ln_p: f32,
    /// Length of the n-gram that was found, the word itself among it: 1 to the order of the model.
    pub matched: usize,
}

impl NgramModel {
    /// Estimates a model of `vocab`, of which the first three words are `<unk>`, `<s>` and `</s>`, from
    /// sentences of its ids.
    ///
    /// Every word of the vocabulary is in the model: one that the corpus lacks, or whose n-grams are pruned,
    /// gets its share of the mass that discounting frees.
    ///
    /// # Errors
    /// If a setting is out of range, the corpus is empty, damaged, or does not fit the vocabulary, an order
    /// gives no discounts and the settings allow no fallback, or `observer` asks to stop.
    pub fn train(
        corpus: &dyn Corpus,
        vocab: &Vocab,
        settings: &NgramSettings,
        observer: &mut dyn Observer,
    ) -> Result<Self, LmError> {
        settings.validate()?;
        let mut intake = Intake::new(settings.special_words, Some(corpus.n_tokens()), observer);
        intake.counter.reserve(corpus.n_sentences(), corpus.n_tokens());
        for shard in 0..corpus.n_shards() {
            let mut result = Ok(());
            corpus.for_each_sentence(shard, &mut |sentence| {
                result = intake.add(sentence, true);
                if result.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            })?;
            result?;
        }
        let counter = intake.counter;
        Self::from_counter(counter, vocab.clone(), settings, observer)
    }

    /// Estimates a model of `vocab` from the sentences that `counter` took, as [`NgramModel::train`] does.
    ///
    /// # Errors
    /// As for [`NgramModel::train`].
    pub fn from_counter(
        counter: NgramCounter,
        vocab: Vocab,
        settings: &NgramSettings,
        observer: &mut dyn Observer,
    ) -> Result<Self, LmError> {
        Self::estimate(counter, vocab, settings, true, observer)
    }

    pub(crate) fn estimate(
        counter: NgramCounter,
        vocab: Vocab,
        settings: &NgramSettings,
        keep_words: bool,
        observer: &mut dyn Observer,
    ) -> Result<Self, LmError> {
        settings.validate()?;
        check_special_words(&vocab)?;
        let (text, max_id) = counter.into_text();
        if max_id as usize >= vocab.len() {
            return Err(LmError::UnknownId { id: max_id, n_words: vocab.len() });
        }
        if text.iter().all(|&word| word == BEGIN) {
            return Err(LmError::Empty);
        }
        let limited = limited(&vocab, settings);
        let source = Source { text, n_words: vocab.len(), limited: &limited, keep_words };
        let Estimate { trie, discounts, dropped_words } = estimate(source, settings, observer)?;
        let vocab = without(vocab, &dropped_words)?;
        Ok(Self { vocab, trie, discounts })
    }

    /// A model that was read; the first words of `vocab` are the special ones, and `trie` is sound.
    pub(crate) fn from_parts(vocab: Vocab, trie: Trie) -> Self {
        Self { vocab, trie, discounts: Vec::new() }
    }

    pub(crate) fn trie(&self) -> &Trie {
        &self.trie
    }

    /// Length of the longest n-grams.
    pub fn order(&self) -> usize {
        self.trie.order()
    }

    /// The number of n-grams of each order, lowest first.
    pub fn n_ngrams(&self) -> Vec<usize> {
        self.trie.bounds[1..].windows(2).map(|run| (run[1] - run[0]) as usize).collect()
    }

    /// What was subtracted from the adjusted counts 1, 2, and 3 or more in each order, lowest first. Empty
    /// for a model that was read from a file.
    pub fn discounts(&self) -> &[[f64; 3]] {
        &self.discounts
    }

    /// [`LanguageModel::score`], with the length of the n-gram found.
    pub fn score_matched(&self, state: &mut NgramState, word: WordId) -> Scored {
        let found = self.trie.find(state.0, word.0);
        state.0 = self.trie.as_context(found.node);
        Scored { ln_p: found.ln_p, matched: self.trie.order_of(found.node) }
    }

    /// The id of `word`, or that of `<unk>`.
    pub fn id(&self, word: &str) -> WordId {
        self.vocab.id(word).unwrap_or(WordId(UNKNOWN))
    }
}

impl LanguageModel for NgramModel {
    type State = NgramState;

    fn vocab(&self) -> &Vocab {
        &self.vocab
    }

    fn start(&self) -> NgramState {
        NgramState(self.trie.as_context(FIRST + BEGIN))
    }

    fn empty(&self) -> NgramState {
        NgramState(ROOT)
    }

    #[inline]
    fn score(&self, state: &mut NgramState, word: WordId) -> f32 {
        let found = self.trie.find(state.0, word.0);
        state.0 = self.trie.as_context(found.node);
        found.ln_p
    }

    fn next(&self, state: &NgramState, ln_p: &mut [f32]) {
        self.trie.fill(state.0, ln_p);
    }

    fn end(&self) -> Option<WordId> {
        Some(WordId(END))
    }

    fn unknown(&self) -> Option<WordId> {
        Some(WordId(UNKNOWN))
    }
}

pub(crate) fn check_special_words(vocab: &Vocab) -> Result<(), LmError> {
    for (id, want) in SPECIAL_WORDS.into_iter().enumerate() {
        let found = vocab.words().nth(id);
        if found != Some(want) {
            let found = found.map_or("missing".to_owned(), |word| format!("`{word}`"));
            return Err(LmError::SpecialIds { id, want, found });
        }
    }
    Ok(())
}

/// The words that the settings leave no n-grams; empty if they leave all.
fn limited(vocab: &Vocab, settings: &NgramSettings) -> Vec<bool> {
    let Some(words) = &settings.limit_vocab else { return Vec::new() };
    let listed: FxHashSet<&str> = words.iter().map(String::as_str).chain(SPECIAL_WORDS).collect();
    vocab.words().map(|word| !listed.contains(word)).collect()
}

/// The vocabulary without the words that were dropped.
fn without(vocab: Vocab, dropped: &[bool]) -> Result<Vocab, LmError> {
    if !dropped.contains(&true) {
        return Ok(vocab);
    }
    let n_special = vocab.n_special();
    let ids = (0..vocab.len() as u32).map(WordId).filter(|id| !dropped[id.index()]);
    Ok(Vocab::from_words(ids.map(|id| (vocab.word(id), vocab.count(id))), n_special)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Boundaries, DiscountPolicy};
    use sememe_kernels::{Progress, Silent};
    use sememe_vocab::MemoryCorpus;

    fn settings(order: usize) -> NgramSettings {
        NgramSettings { order, discount_fallback: DiscountPolicy::FALLBACK, ..NgramSettings::default() }
    }

    fn vocab(words: &[&str]) -> Vocab {
        Vocab::from_words(words.iter().map(|word| (word, 1)), 0).unwrap()
    }

    fn train(vocab: &Vocab, sentences: &[&[u32]], settings: &NgramSettings) -> Result<NgramModel, LmError> {
        let ids = |sentence: &&[u32]| sentence.iter().copied().map(WordId).collect();
        let corpus = MemoryCorpus::new(sentences.iter().map(ids).collect(), 2);
        NgramModel::train(&corpus, vocab, settings, &mut Silent)
    }

    #[track_caller]
    fn check_refused(words: &[&str], sentences: &[&[u32]], want: &str) {
        let error = train(&vocab(words), sentences, &settings(2)).err().expect("no model can come of this");
        assert!(error.to_string().starts_with(want), "{error}");
    }

    const WORDS: [&str; 5] = ["<unk>", "<s>", "</s>", "a", "b"];

    #[test]
    fn corpora_that_do_not_fit_are_refused() {
        check_refused(&["a", "b"], &[&[0]], "the vocabulary's word 0 is `a`, expected `<unk>`");
        check_refused(&["<unk>", "<s>"], &[&[0]], "the vocabulary's word 2 is missing, expected `</s>`");
        check_refused(&WORDS, &[&[3], &[5]], "the corpus holds word id 5, but the vocabulary has 5 words");
        check_refused(&WORDS, &[], "the text is empty");
        check_refused(&WORDS, &[&[3], &[4, 1]], "sentence 2: the special word `<s>` is in the text");
    }

    #[test]
    fn empty_sentences_count() {
        let model = train(&vocab(&WORDS), &[&[], &[], &[3]], &settings(2)).unwrap();
        let mut ln_p = Vec::new();
        model.score_sentence(&[], Boundaries::BOTH, &mut ln_p);
        assert!(ln_p[0].exp() > 0.5, "{ln_p:?}");
    }

    #[test]
    fn unknown_words_of_the_corpus_are_words() {
        let probability = |sentences: &[&[u32]]| {
            let model = train(&vocab(&WORDS), sentences, &settings(1)).unwrap();
            model.score(&mut model.empty(), WordId(0)).exp()
        };
        assert!(probability(&[&[0, 3, 0, 0], &[0, 4, 0]]) > 0.4);
        assert!(probability(&[&[3, 3], &[4]]) < 0.2);
    }

    #[test]
    fn sentences_shorter_than_the_order_do() {
        let model = train(&vocab(&WORDS), &[&[3], &[4]], &settings(9)).unwrap();
        assert_eq!((model.order(), model.n_ngrams()[3..].to_vec()), (9, vec![0; 6]));
    }

    #[test]
    fn ids_out_of_range_are_unknown() {
        let model = train(&vocab(&WORDS), &[&[3, 4], &[4]], &settings(2)).unwrap();
        let score = |id| model.score_matched(&mut model.start(), WordId(id));
        assert_eq!(score(99), score(0));
        assert_eq!((score(4).matched, score(0).matched, score(1).ln_p), (2, 1, f32::NEG_INFINITY));
    }

    #[test]
    fn observers_stop_the_estimation() {
        struct StopAt(usize);
        impl Observer for StopAt {
            fn progress(&mut self, _: &Progress) -> ControlFlow<()> {
                self.0 -= 1;
                if self.0 == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            }
        }
        let corpus = MemoryCorpus::new(vec![vec![WordId(3)]; 3], 1);
        for calls in 1..=4 {
            let result = NgramModel::train(&corpus, &vocab(&WORDS), &settings(3), &mut StopAt(calls));
            assert!(matches!(result, Err(LmError::Interrupted)), "call {calls} does not stop it");
        }
    }
}
