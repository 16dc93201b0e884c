//! Interpolated modified Kneser-Ney estimation in memory, stage by stage.
//!
//! The stages are those of Heafield et al. 2013: count, adjust, discount, normalise and interpolate, and what
//! passes between them is one [`Level`] an order. An engine that works on disk replaces the first stage and
//! the store behind a level; the arithmetic is the same.

use super::adjust::{adjust, mark_pruned};
use super::assemble::Assembly;
use super::discount::Discounts;
use super::levels::{Level, find_levels};
use super::settings::NgramSettings;
use super::smooth::{Base, Smoothed, smooth, smooth_words};
use super::trie::Trie;
use crate::LmError;
use sememe_kernels::{Meter, Observer};

/// What a model is estimated from.
pub(crate) struct Source<'a> {
    /// Sentences, each led by `<s>`.
    pub(crate) text: Vec<u32>,
    /// Size of the vocabulary.
    pub(crate) n_words: usize,
    /// Words whose n-grams are dropped; empty if there are none.
    pub(crate) limited: &'a [bool],
    /// Whether words that are pruned, or missing in the text, stay in the model, with their share of the free
    /// mass; else the model has no such words.
    pub(crate) keep_words: bool,
}

/// A model without its words.
pub(crate) struct Estimate {
    pub(crate) trie: Trie,
    pub(crate) discounts: Vec<[f64; 3]>,
    /// Which words are not in the trie; empty if all are.
    pub(crate) dropped_words: Vec<bool>,
}

/// Estimates a model; the settings are valid.
pub(crate) fn estimate(
    source: Source<'_>,
    settings: &NgramSettings,
    observer: &mut dyn Observer,
) -> Result<Estimate, LmError> {
    // Every order above the first goes over the text once, and over its n-grams once.
    let n_words = source.text.len() as u64;
    let meter = Meter::new("words", Some(n_words * (settings.order as u64 - 1) * 2), observer);
    let (limited, keep_words) = (source.limited, source.keep_words);
    let mut levels = find_levels(&source.text, source.n_words, (settings.order, settings.threads), &meter)?;
    drop(source);
    mark_pruned(&mut levels, limited, settings);
    adjust(&mut levels);
    let discounts = discounts(&levels, settings)?;
    let p = smooth_words(&levels[0], &discounts[0], base(&levels[0], keep_words, settings));
    if keep_words {
        levels[0].pruned.clear();
    }
    let dropped_words = levels[0].pruned.clone();
    let step = || if meter.advance(n_words, None).is_break() { Err(LmError::Interrupted) } else { Ok(()) };
    let trie = interpolate(levels, p, &discounts, settings.threads, &step)?;
    Ok(Estimate { trie, discounts: discounts.iter().map(Discounts::values).collect(), dropped_words })
}

/// The discounts of every order. `<s>` is none of the words that are counted.
fn discounts(levels: &[Level], settings: &NgramSettings) -> Result<Vec<Discounts>, LmError> {
    let estimate =
        |(i, level): (usize, &Level)| Discounts::estimate(&level.counts, i + 1, settings.discount_fallback);
    levels.iter().enumerate().map(estimate).collect()
}

/// What single words are interpolated with: all that are in the model, but `<s>`.
fn base(words: &Level, keep_words: bool, settings: &NgramSettings) -> Base {
    let n_pruned = words.pruned.iter().filter(|&&pruned| pruned && !keep_words).count();
    let n_words = (words.len() - n_pruned - 1) as f64;
    Base { n_words: n_words.max(settings.vocab_pad as f64), shared: settings.interpolate_unigrams }
}

/// Smooths the orders above the first, and frees each once the next one no longer needs it.
fn interpolate(
    mut levels: Vec<Level>,
    mut p: Vec<f64>,
    discounts: &[Discounts],
    threads: usize,
    step: &dyn Fn() -> Result<(), LmError>,
) -> Result<Trie, LmError> {
    let mut assembly = Assembly::new(&levels)?;
    for order in 2..=levels.len() {
        let (contexts, ngrams) = (&levels[order - 2], &levels[order - 1]);
        let Smoothed { p: longer_p, ln_backoff } =
            smooth(contexts, ngrams, &discounts[order - 1], &p, threads);
        assembly.push(order - 1, contexts, &p, &ln_backoff);
        levels[order - 2] = Level::default();
        p = longer_p;
        step()?;
    }
    assembly.push(levels.len(), &levels[levels.len() - 1], &p, &[]);
    Ok(assembly.finish())
}
