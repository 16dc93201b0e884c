//! Stage 2: which n-grams are dropped, and the adjusted counts of all.

use super::levels::Level;
use super::settings::NgramSettings;
use super::{BEGIN, END};
use std::ops::Range;

/// Marks the n-grams that occur too rarely, or hold a word for which `limited` is true.
///
/// As thresholds do not fall with the order and no n-gram is more frequent than its parts, whatever extends
/// a marked n-gram on either side is marked too: what is left is closed under contexts and suffixes. Special
/// words are never marked. Counts must be those of the text.
pub(crate) fn mark_pruned(levels: &mut [Level], limited: &[bool], settings: &NgramSettings) {
    let is_limited = |word: u32| limited.get(word as usize).is_some_and(|&limited| limited);
    let words = &mut levels[0];
    let rare = |count: u32, order| u64::from(count) <= settings.threshold(order);
    words.pruned = (0..words.len())
        .map(|i| i > END as usize && (rare(words.counts[i], 1) || is_limited(i as u32)))
        .collect();
    for order in (2..=levels.len()).filter(|&order| !limited.is_empty() || settings.threshold(order) > 0) {
        let (below, above) = levels.split_at_mut(order - 1);
        let (contexts, ngrams) = (&below[order - 2], &mut above[0]);
        let mut pruned = Vec::with_capacity(ngrams.len());
        for context in 0..contexts.len() {
            let marked = contexts.is_pruned(context);
            let mark = |i: usize| marked || rare(ngrams.counts[i], order) || is_limited(ngrams.words[i]);
            pruned.extend(contexts.children(context).map(mark));
        }
        ngrams.pruned = pruned;
    }
}

/// Replaces counts by adjusted counts (Heafield et al. 2013, section 3.2).
///
/// In the highest order and after the beginning of a sentence that is the count itself; elsewhere the number
/// of distinct words to the left. `<s>` itself counts nothing, nor does `<unk>` unless the text holds it.
pub(crate) fn adjust(levels: &mut [Level]) {
    let begins = ranges_after_begin(levels);
    for order in 1..levels.len() {
        let (below, above) = levels.split_at_mut(order);
        let (ngrams, longer) = (&mut below[order - 1], &above[0]);
        let begin = begins[order - 1].clone();
        ngrams.counts[..begin.start].fill(0);
        ngrams.counts[begin.end..].fill(0);
        for &suffix in &longer.suffixes {
            ngrams.counts[suffix as usize] += 1;
        }
    }
    levels[0].counts[BEGIN as usize] = 0;
}

/// For each order, where the n-grams that begin with `<s>` lie.
fn ranges_after_begin(levels: &[Level]) -> Vec<Range<usize>> {
    let mut range = BEGIN as usize..BEGIN as usize + 1;
    let mut ranges = vec![range.clone()];
    for level in &levels[..levels.len() - 1] {
        range = level.first_child[range.start] as usize..level.first_child[range.end] as usize;
        ranges.push(range.clone());
    }
    ranges
}
