//! Stage 5: the levels become a trie, without what was pruned.

use super::levels::Level;
use super::trie::{Context, Node, ROOT, Trie};
use crate::LmError;

/// The new places of a level's n-grams: n-gram `i` gets the number of kept ones before it.
pub(crate) struct Ranks {
    /// Nothing if all are kept.
    ranks: Option<Vec<u32>>,
    n_kept: u32,
}

impl Ranks {
    pub(crate) fn new(level: &Level) -> Self {
        if level.pruned.is_empty() {
            return Self { ranks: None, n_kept: level.len() as u32 };
        }
        let mut n_kept = 0;
        let mut ranks = Vec::with_capacity(level.len() + 1);
        for &pruned in &level.pruned {
            ranks.push(n_kept);
            n_kept += u32::from(!pruned);
        }
        ranks.push(n_kept);
        Self { ranks: Some(ranks), n_kept }
    }

    #[inline]
    fn of(&self, place: u32) -> u32 {
        self.ranks.as_ref().map_or(place, |ranks| ranks[place as usize])
    }
}

/// Takes the levels one by one, lowest first, so that each can be freed once it is in the trie.
pub(crate) struct Assembly {
    trie: Trie,
    /// Those of all levels.
    ranks: Vec<Ranks>,
}

impl Assembly {
    /// Makes room for what is kept of `levels`.
    pub(crate) fn new(levels: &[Level]) -> Result<Self, LmError> {
        let ranks: Vec<Ranks> = levels.iter().map(Ranks::new).collect();
        let total = 1 + ranks.iter().map(|ranks| u64::from(ranks.n_kept)).sum::<u64>();
        if total > u64::from(u32::MAX) {
            return Err(LmError::TooLarge { what: "n-grams", limit: u64::from(u32::MAX) });
        }
        let n_highest = ranks[ranks.len() - 1].n_kept;
        let mut trie = Trie::with_capacity(total as usize, total as usize - n_highest as usize);
        trie.bounds.extend(ranks.iter().scan(1, |bound, ranks| {
            *bound += ranks.n_kept;
            Some(*bound)
        }));
        Ok(Self { trie, ranks })
    }

    /// Adds the n-grams of `order`.
    pub(crate) fn push(&mut self, order: usize, level: &Level, p: &[f64], ln_backoff: &[f32]) {
        for i in (0..level.len()).filter(|&i| !level.is_pruned(i)) {
            let suffix = match order {
                1 => ROOT,
                _ => self.trie.bounds[order - 1] + self.ranks[order - 2].of(level.suffixes[i]),
            };
            self.trie.words.push(self.ranks[0].of(level.words[i]));
            self.trie.nodes.push(Node { ln_p: p[i].ln().min(0.0) as f32, suffix });
            if let Some(&ln_backoff) = ln_backoff.get(i) {
                let first_child = self.trie.bounds[order + 1] + self.ranks[order].of(level.first_child[i]);
                self.trie.contexts.push(Context { ln_backoff, first_child });
            }
        }
    }

    /// The trie of all levels.
    pub(crate) fn finish(mut self) -> Trie {
        let first_child = self.trie.nodes.len() as u32;
        self.trie.contexts.push(Context { ln_backoff: 0.0, first_child });
        self.trie
    }
}
