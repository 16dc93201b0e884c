//! Counts of pairs, exact and in bounded memory.

use rustc_hash::FxHashMap;
use sememe_text::phrases::Joint;
use std::sync::atomic::{AtomicU64, Ordering};

/// Two words and the connectors between them, as numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Pair {
    pub(super) words: [u32; 2],
    pub(super) joint: Joint,
}

/// One more than any [`place`].
pub(super) const END: u64 = 1 << 63;

/// Where a pair lies among all pairs: numbers that are spread evenly below [`END`].
#[inline]
fn place(pair: Pair) -> u64 {
    let [a, b] = pair.words.map(u64::from);
    let x = (a << 32 | b) ^ u64::from(pair.joint.number()).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let product = u128::from(x ^ 0xa076_1d64_78bd_642f) * 0xe703_7ed1_a0b4_28db;
    ((product >> 64) as u64 ^ product as u64) >> 1
}

/// Which pairs are counted while the text is read once: those whose place is from `start` up to an end that all
/// threads lower when one of them holds too many pairs. The others are left to the next reading.
pub(super) struct Section {
    start: u64,
    end: AtomicU64,
    /// Pairs that each thread may hold.
    capacity: usize,
}

/// What a pair may cost: its slot in a table that was just doubled, and the slot that it had before.
const BYTES_PER_PAIR: u64 = 64;
/// Fewer are no use.
const LEAST_CAPACITY: u64 = 1 << 10;

impl Section {
    /// Of `width`, as far as there are places.
    pub(super) fn new(start: u64, width: u64, memory: Option<u64>, threads: usize) -> Self {
        let capacity =
            memory.map_or(u64::MAX, |bytes| (bytes / (BYTES_PER_PAIR * threads as u64)).max(LEAST_CAPACITY));
        Self {
            start,
            end: AtomicU64::new(start.saturating_add(width).min(END)),
            capacity: usize::try_from(capacity).unwrap_or(usize::MAX),
        }
    }

    /// The first place that is not counted.
    pub(super) fn end(&self) -> u64 {
        self.end.load(Ordering::Relaxed)
    }
}

/// The pairs that one thread counted.
pub(super) struct PairCounts<'a> {
    section: &'a Section,
    /// The end of the section when it was last looked at; it may be lower by now.
    end: u64,
    counts: FxHashMap<Pair, u64>,
}

impl<'a> PairCounts<'a> {
    pub(super) fn new(section: &'a Section) -> Self {
        Self { section, end: section.end(), counts: FxHashMap::default() }
    }

    /// Counts `pair`, if it is in the section.
    #[inline]
    pub(super) fn add(&mut self, pair: Pair) {
        if !(self.section.start..self.end).contains(&place(pair)) {
            return;
        }
        *self.counts.entry(pair).or_default() += 1;
        if self.counts.len() > self.section.capacity {
            self.halve();
        }
    }

    /// Lowers the end of the section for all threads, and forgets the pairs beyond it. Those that stay were never
    /// forgotten by anybody: the end only falls.
    #[cold]
    fn halve(&mut self) {
        let start = self.section.start;
        while self.counts.len() > self.section.capacity && self.end > start + 1 {
            self.section.end.fetch_min(start + (self.end - start) / 2, Ordering::Relaxed);
            self.forget();
        }
    }

    fn forget(&mut self) {
        self.end = self.section.end();
        self.counts.retain(|&pair, _| place(pair) < self.end);
    }

    /// The counts of all threads together, once none of them is at work.
    pub(super) fn sum(all: Vec<Self>) -> FxHashMap<Pair, u64> {
        all.into_iter().fold(FxHashMap::default(), |sum, mut part| {
            part.forget();
            let (mut more, fewer) =
                if sum.len() < part.counts.len() { (part.counts, sum) } else { (sum, part.counts) };
            fewer.into_iter().for_each(|(pair, count)| *more.entry(pair).or_default() += count);
            more
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn one(connector: u8) -> Joint {
        Joint::default().with(connector).unwrap()
    }

    /// Counts in sections, as [`super::super::learn_phrases`] does, the pairs dealt out to some threads.
    fn count(pairs: &[Pair], capacity: usize, threads: usize) -> (BTreeMap<Pair, u64>, usize) {
        let (mut found, mut n_sections) = (BTreeMap::new(), 0);
        let (mut start, mut width) = (0, END);
        while start < END {
            let section = Section { start, end: AtomicU64::new((start + width).min(END)), capacity };
            let count = |thread: usize| {
                let mut counts = PairCounts::new(&section);
                pairs.iter().skip(thread).step_by(threads).for_each(|&pair| counts.add(pair));
                counts
            };
            let sum = PairCounts::sum((0..threads).map(count).collect());
            for (pair, count) in sum {
                assert_eq!(found.insert(pair, count), None, "a pair is in one section only");
            }
            n_sections += 1;
            width = section.end() - start;
            start = section.end();
        }
        (found, n_sections)
    }

    proptest! {
        #[test]
        fn counts_are_exact_whatever_the_memory(
            pairs in prop::collection::vec((0u32..40, 0u8..3, 0u32..40), 0..200),
            capacity in 5usize..100,
            threads in 1usize..4,
        ) {
            let pairs: Vec<Pair> =
                pairs.into_iter().map(|(a, joint, b)| Pair { words: [a, b], joint: one(joint) }).collect();
            let mut want = BTreeMap::<Pair, u64>::new();
            pairs.iter().for_each(|&pair| *want.entry(pair).or_default() += 1);
            let (found, n_sections) = count(&pairs, capacity, threads);
            prop_assert!(n_sections > 1 || want.len() <= capacity * threads);
            prop_assert_eq!(found, want);
        }
    }

    #[test]
    fn without_a_bound_the_text_is_read_once() {
        let section = Section::new(0, END, None, 4);
        assert_eq!((section.capacity, section.end()), (usize::MAX, END));
        assert_eq!(Section::new(0, END, Some(1 << 20), 4).capacity, 1 << 12);
    }

    #[test]
    fn places_are_spread_evenly() {
        let mut quarters = [0; 4];
        for (a, b) in (0..100).flat_map(|a| (0..100).map(move |b| (a, b))) {
            quarters[(place(Pair { words: [a, b], joint: Joint::default() }) >> 61) as usize] += 1;
        }
        assert!(quarters.iter().all(|n: &u32| n.abs_diff(2500) < 250), "{quarters:?}");
    }
}
