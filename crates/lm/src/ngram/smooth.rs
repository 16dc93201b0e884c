//! Stage 4: probabilities and back-offs, from the lowest order up.
//!
//! With c the adjusted count of an n-gram and D its discount,
//! p(w | context) = (c − D) / Σ c + γ(context) p(w | context less its first word), where γ(context) is what
//! the discounts and the pruned n-grams free, over Σ c (Heafield et al. 2013, eq. 2 to 4; Chen and Goodman
//! 1998).

use super::discount::Discounts;
use super::levels::Level;
use super::parallel::{cut, cut_slice};
use super::{BEGIN, UNKNOWN};
use std::thread;

/// What single words are interpolated with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Base {
    /// Number of words among which the free mass is shared.
    pub(crate) n_words: f64,
    /// Whether it is shared; else `<unk>` gets all of it.
    pub(crate) shared: bool,
}

/// Probabilities of the n-grams of one order.
#[derive(Debug, Default)]
pub(crate) struct Smoothed {
    /// p of each n-gram's last word after the others.
    pub(crate) p: Vec<f64>,
    /// ln γ of each context, which is an n-gram of the order below.
    pub(crate) ln_backoff: Vec<f32>,
}

/// Probabilities of single words. `<s>` gets 0: it is never predicted.
pub(crate) fn smooth_words(words: &Level, discounts: &Discounts, base: Base) -> Vec<f64> {
    let places = || 0..words.len();
    let (total, free) = mass(words, places(), discounts);
    let share = free / total / if base.shared { base.n_words } else { 1.0 };
    let mut p: Vec<f64> = places()
        .map(|i| {
            let gets_share = base.shared || i == UNKNOWN as usize;
            discounted(words, i, discounts) / total + if gets_share { share } else { 0.0 }
        })
        .collect();
    p[BEGIN as usize] = 0.0;
    p
}

/// Probabilities of n-grams, given their contexts (the order below) and the probabilities of those.
pub(crate) fn smooth(
    contexts: &Level,
    ngrams: &Level,
    discounts: &Discounts,
    lower_p: &[f64],
    threads: usize,
) -> Smoothed {
    let mut smoothed = Smoothed { p: vec![0.0; ngrams.len()], ln_backoff: vec![0.0; contexts.len()] };
    let cuts = cut(&contexts.first_child, threads);
    let p_cuts: Vec<usize> = cuts.iter().map(|&i| contexts.first_child[i] as usize).collect();
    let run = |range: &[usize], p: &mut [f64], ln_backoff: &mut [f32]| {
        for (context, ln_backoff) in (range[0]..range[1]).zip(ln_backoff) {
            let children = contexts.children(context);
            if children.is_empty() {
                continue;
            }
            let offset = contexts.first_child[range[0]] as usize;
            let (total, free) = mass(ngrams, children.clone(), discounts);
            let gamma = free / total;
            *ln_backoff = gamma.ln() as f32;
            for i in children {
                let lower = lower_p[ngrams.suffixes[i] as usize];
                p[i - offset] = discounted(ngrams, i, discounts) / total + gamma * lower;
            }
        }
    };
    thread::scope(|scope| {
        let p = cut_slice(&mut smoothed.p, &p_cuts);
        let ln_backoff = cut_slice(&mut smoothed.ln_backoff, &cuts);
        for ((range, p), ln_backoff) in cuts.windows(2).zip(p).zip(ln_backoff) {
            scope.spawn(move || run(range, p, ln_backoff));
        }
    });
    smoothed
}

/// What is left of the count of n-gram `i`; nothing of a pruned one.
#[inline]
fn discounted(ngrams: &Level, i: usize, discounts: &Discounts) -> f64 {
    if ngrams.is_pruned(i) {
        return 0.0;
    }
    let count = ngrams.counts[i];
    f64::from(count) - discounts.of(count)
}

/// Σ c, and the part of it that discounts and pruning free.
#[inline]
fn mass(ngrams: &Level, range: std::ops::Range<usize>, discounts: &Discounts) -> (f64, f64) {
    range.fold((0.0, 0.0), |(total, free), i| {
        let count = ngrams.counts[i];
        let freed = if ngrams.is_pruned(i) { f64::from(count) } else { discounts.of(count) };
        (total + f64::from(count), free + freed)
    })
}
