//! Stage 1: all n-grams of a text, order by order, with their counts.
//!
//! The n-grams of order k + 1 that begin alike are the occurrences of one k-gram, sorted by the word that
//! follows. So the starts of all occurrences are sorted by their first word, then each group by its second
//! word, and so on: a suffix array of the text that stops at the order of the model. What falls out is
//! a trie in breadth-first order, with the children of each node side by side. Every n-gram also learns its
//! suffix (the n-gram without its first word), from a map of starts to nodes of the order below.
//!
//! The suffix links take the place of the other sort orders of Heafield et al. 2013 ("Scalable Modified
//! Kneser-Ney Language Model Estimation"): distinct left contexts are counted by the n-grams that name one
//! as their suffix, and interpolation reads the lower order through them.

use super::BEGIN;
use super::parallel::{cut, cut_slice};
use crate::LmError;
use sememe_kernels::Meter;
use std::thread;

/// The n-grams of one order, sorted by the words of their contexts, first word first, then their last word.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Level {
    /// The last word of each n-gram.
    pub(crate) words: Vec<u32>,
    /// How often each n-gram occurs; later its adjusted count.
    pub(crate) counts: Vec<u32>,
    /// The place of each n-gram, less its first word, in the order below. Empty for single words.
    pub(crate) suffixes: Vec<u32>,
    /// The n-grams that extend n-gram `i` are `first_child[i]..first_child[i + 1]` of the order above. Empty
    /// in the highest order.
    pub(crate) first_child: Vec<u32>,
    /// Which n-grams are dropped in the end. Empty if none is.
    pub(crate) pruned: Vec<bool>,
}

impl Level {
    pub(crate) fn len(&self) -> usize {
        self.words.len()
    }

    /// The places, in the order above, of the n-grams that extend n-gram `i`.
    pub(crate) fn children(&self, i: usize) -> std::ops::Range<usize> {
        self.first_child[i] as usize..self.first_child[i + 1] as usize
    }

    #[inline]
    pub(crate) fn is_pruned(&self, i: usize) -> bool {
        !self.pruned.is_empty() && self.pruned[i]
    }
}

/// Finds the n-grams of `text` up to `order`; there are `n_words` words, all of them nodes of the first
/// level.
pub(crate) fn find_levels(
    text: &[u32],
    n_words: usize,
    (order, threads): (usize, usize),
    meter: &Meter<'_>,
) -> Result<Vec<Level>, LmError> {
    let (mut occurrences, first) = Occurrences::of_words(text, n_words);
    let mut levels = vec![first];
    for depth in 1..order {
        let (first_child, mut level) = occurrences.refine(depth, threads);
        level.suffixes = occurrences.suffixes(&level, threads);
        if depth + 1 < order {
            occurrences.name(&level.counts);
        }
        levels[depth - 1].first_child = first_child;
        levels.push(level);
        if meter.advance(text.len() as u64, None).is_break() {
            return Err(LmError::Interrupted);
        }
    }
    Ok(levels)
}

/// Where the n-grams of one order occur.
struct Occurrences<'t> {
    text: &'t [u32],
    /// Starts of all occurrences, grouped by n-gram.
    starts: Vec<u32>,
    /// The starts of n-gram `i` are `starts[groups[i]..groups[i + 1]]`.
    groups: Vec<u32>,
    /// The n-gram that starts at each place of the text.
    node_at: Vec<u32>,
}

/// What a thread found in its run of groups.
struct Refined {
    words: Vec<u32>,
    counts: Vec<u32>,
    /// For each group, how many n-grams the groups before it gave.
    first_child: Vec<u32>,
    /// How many starts are left, at the front of the thread's slice.
    n_starts: usize,
}

impl<'t> Occurrences<'t> {
    /// Sorts all places of the text by the word that stands there.
    fn of_words(text: &'t [u32], n_words: usize) -> (Self, Level) {
        let mut counts = vec![0; n_words];
        for &word in text {
            counts[word as usize] += 1;
        }
        let groups = running_sum(&counts);
        let (mut free, mut starts) = (groups.clone(), vec![0; text.len()]);
        for (place, &word) in text.iter().enumerate() {
            let slot = &mut free[word as usize];
            starts[*slot as usize] = place as u32;
            *slot += 1;
        }
        let words = (0..n_words as u32).collect();
        let level = Level { words, counts, ..Level::default() };
        (Self { text, starts, groups, node_at: text.to_vec() }, level)
    }

    /// Splits every group by the word `depth` places after its starts.
    ///
    /// Returns the first child of each old group, and the new level, still without suffixes.
    fn refine(&mut self, depth: usize, threads: usize) -> (Vec<u32>, Level) {
        let cuts = cut(&self.groups, threads);
        let starts_cuts: Vec<usize> = cuts.iter().map(|&group| self.groups[group] as usize).collect();
        let (text, groups) = (self.text, &self.groups);
        let parts: Vec<Refined> = thread::scope(|scope| {
            let slices = cut_slice(&mut self.starts, &starts_cuts);
            let workers: Vec<_> = slices
                .into_iter()
                .zip(cuts.windows(2))
                .map(|(slice, run)| {
                    let groups = &groups[run[0]..=run[1]];
                    scope.spawn(move || refine_run(text, depth, groups, slice))
                })
                .collect();
            workers.into_iter().map(super::parallel::joined).collect()
        });
        self.close_gaps(&starts_cuts, &parts);
        let (first_child, level) = concatenate(parts);
        self.groups = running_sum(&level.counts);
        (first_child, level)
    }

    /// Moves the starts that are left of each part next to each other.
    fn close_gaps(&mut self, starts_cuts: &[usize], parts: &[Refined]) {
        let mut end = 0;
        for (&start, part) in starts_cuts.iter().zip(parts) {
            self.starts.copy_within(start..start + part.n_starts, end);
            end += part.n_starts;
        }
        self.starts.truncate(end);
    }

    /// The suffix of each n-gram of `level`: what starts one place after its first occurrence.
    fn suffixes(&self, level: &Level, threads: usize) -> Vec<u32> {
        let mut suffixes = vec![0; level.len()];
        let cuts = cut(&self.groups, threads);
        thread::scope(|scope| {
            for (slice, run) in cut_slice(&mut suffixes, &cuts).into_iter().zip(cuts.windows(2)) {
                let groups = &self.groups[run[0]..run[1]];
                scope.spawn(move || {
                    for (suffix, &group) in slice.iter_mut().zip(groups) {
                        *suffix = self.node_at[self.starts[group as usize] as usize + 1];
                    }
                });
            }
        });
        suffixes
    }

    /// Notes which n-gram now starts where.
    fn name(&mut self, counts: &[u32]) {
        let mut starts = self.starts.iter();
        for (node, &count) in counts.iter().enumerate() {
            for &start in starts.by_ref().take(count as usize) {
                self.node_at[start as usize] = node as u32;
            }
        }
    }
}

/// Splits the groups of one run; `groups` delimit them, and the first of them begins at `starts[0]`.
fn refine_run(text: &[u32], depth: usize, groups: &[u32], starts: &mut [u32]) -> Refined {
    let (mut found, mut keys) =
        (Refined { words: vec![], counts: vec![], first_child: vec![], n_starts: 0 }, vec![]);
    for run in groups.windows(2) {
        found.first_child.push(found.words.len() as u32);
        let group = (run[0] - groups[0]) as usize..(run[1] - groups[0]) as usize;
        keys.clear();
        keys.extend(starts[group].iter().filter_map(|&start| key(text, start, depth)));
        keys.sort_unstable();
        let mut last = None;
        for &key in &keys {
            starts[found.n_starts] = key as u32;
            found.n_starts += 1;
            found.count((key >> 32) as u32, &mut last);
        }
    }
    found
}

impl Refined {
    /// Counts one more occurrence of the n-gram that ends in `word`; `last` is the word before in this group.
    #[inline]
    fn count(&mut self, word: u32, last: &mut Option<u32>) {
        match self.counts.last_mut() {
            Some(count) if *last == Some(word) => *count += 1,
            _ => {
                self.words.push(word);
                self.counts.push(1);
                *last = Some(word);
            }
        }
    }
}

/// The word `depth` places after `start`, above the start itself; nothing if the sentence ends before.
#[inline]
fn key(text: &[u32], start: u32, depth: usize) -> Option<u64> {
    match text.get(start as usize + depth) {
        Some(&word) if word != BEGIN => Some(u64::from(word) << 32 | u64::from(start)),
        _ => None,
    }
}

/// One level out of the parts of all threads, with the first child of each group of the order below.
fn concatenate(parts: Vec<Refined>) -> (Vec<u32>, Level) {
    let (mut first_child, mut level) = (Vec::new(), Level::default());
    for part in parts {
        let base = level.words.len() as u32;
        first_child.extend(part.first_child.iter().map(|child| base + child));
        if level.words.is_empty() {
            (level.words, level.counts) = (part.words, part.counts);
        } else {
            level.words.extend(part.words);
            level.counts.extend(part.counts);
        }
    }
    first_child.push(level.words.len() as u32);
    (first_child, level)
}

/// The sums of all values before each place, and of all.
fn running_sum(values: &[u32]) -> Vec<u32> {
    let mut sum = 0;
    let mut sums = Vec::with_capacity(values.len() + 1);
    sums.push(0);
    sums.extend(values.iter().map(|value| {
        sum += value;
        sum
    }));
    sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use sememe_kernels::Silent;
    use std::collections::BTreeMap;

    fn levels(sentences: &[Vec<u32>], order: usize, threads: usize) -> Vec<Level> {
        let text: Vec<u32> = sentences.iter().flat_map(|s| [&[1], &s[..], &[2]].concat()).collect();
        let mut silent = Silent;
        let meter = Meter::new("words", None, &mut silent);
        find_levels(&text, 8, (order, threads), &meter).unwrap()
    }

    /// Every n-gram of the last order, spelt out by its way through the trie.
    fn spelt(levels: &[Level]) -> Vec<(Vec<u32>, u32)> {
        let mut spelt: Vec<Vec<u32>> = levels[0].words.iter().map(|&word| vec![word]).collect();
        for (below, level) in levels.iter().zip(&levels[1..]) {
            let longer = |i: usize| below.children(i).map(move |child| (i, child));
            spelt = (0..below.len())
                .flat_map(longer)
                .map(|(i, child)| [&spelt[i][..], &[level.words[child]]].concat())
                .collect();
        }
        let counts = levels[levels.len() - 1].counts.iter().copied();
        spelt.into_iter().zip(counts).collect()
    }

    fn counted(sentences: &[Vec<u32>], order: usize) -> BTreeMap<Vec<u32>, u32> {
        let mut counts = BTreeMap::new();
        for sentence in sentences {
            for ngram in [&[1], &sentence[..], &[2]].concat().windows(order) {
                *counts.entry(ngram.to_vec()).or_default() += 1;
            }
        }
        counts
    }

    fn sentences() -> impl Strategy<Value = Vec<Vec<u32>>> {
        prop::collection::vec(prop::collection::vec(3u32..8, 0..9), 1..30)
    }

    proptest! {
        #[test]
        fn ngrams_agree_with_counting(sentences in sentences(), order in 2usize..6, threads in 1usize..4) {
            let want: Vec<_> = counted(&sentences, order).into_iter().collect();
            prop_assert_eq!(spelt(&levels(&sentences, order, threads)), want);
        }

        #[test]
        fn suffixes_lack_the_first_word(sentences in sentences(), order in 2usize..6) {
            let levels = levels(&sentences, order, 2);
            let (below, level) = (spelt(&levels[..order - 1]), spelt(&levels));
            for ((ngram, _), &suffix) in level.iter().zip(&levels[order - 1].suffixes) {
                prop_assert_eq!(&ngram[1..], &below[suffix as usize].0);
            }
        }
    }
}
