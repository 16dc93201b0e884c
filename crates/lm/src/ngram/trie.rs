//! N-grams and their probabilities, made for asking.
//!
//! A trie over the words of contexts, first word first, in breadth-first order: the children of a node lie
//! side by side, sorted by word, so that they can be searched, and listed as well. Each node also points to
//! its longest proper suffix in the trie, as in the automaton of Aho and Corasick: one node is all that a
//! reader has to remember of the words so far, and backing off is one step along that link.

use super::{BEGIN, UNKNOWN};

/// The node of the empty context.
pub(crate) const ROOT: u32 = 0;

/// The node of the first single word.
pub(crate) const FIRST: u32 = 1;

/// An n-gram.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Node {
    /// ln p of the last word after the others.
    pub(crate) ln_p: f32,
    /// The longest n-gram in the trie that this one ends in; lower than this one.
    pub(crate) suffix: u32,
}

/// The part that only n-grams below the highest order have: they can be contexts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Context {
    /// ln of the weight of the shorter context, for words that do not follow this one.
    pub(crate) ln_backoff: f32,
    /// The first child; the last one lies before the first child of the next context.
    pub(crate) first_child: u32,
}

/// All n-grams of a model. Node 0 is the root, node 1 + i the single word i.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Trie {
    /// The last word of each node.
    pub(crate) words: Vec<u32>,
    pub(crate) nodes: Vec<Node>,
    /// One for each node below the highest order, and one more to end the last one's children.
    pub(crate) contexts: Vec<Context>,
    /// The nodes of order k are `bounds[k]..bounds[k + 1]`.
    pub(crate) bounds: Vec<u32>,
}

/// The matched n-gram and its ln p.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Match {
    pub(crate) ln_p: f32,
    pub(crate) node: u32,
}

impl Trie {
    /// The root, and room for `n_nodes` nodes, of which the first `n_contexts` can be contexts.
    pub(crate) fn with_capacity(n_nodes: usize, n_contexts: usize) -> Self {
        let mut trie = Self {
            words: Vec::with_capacity(n_nodes),
            nodes: Vec::with_capacity(n_nodes),
            contexts: Vec::with_capacity(n_contexts + 1),
            bounds: vec![0, 1],
        };
        trie.words.push(0);
        trie.nodes.push(Node { ln_p: 0.0, suffix: ROOT });
        trie.contexts.push(Context { ln_backoff: 0.0, first_child: 1 });
        trie
    }

    pub(crate) fn order(&self) -> usize {
        self.bounds.len() - 2
    }

    pub(crate) fn n_words(&self) -> usize {
        (self.bounds[2] - self.bounds[1]) as usize
    }

    /// The order of a node.
    pub(crate) fn order_of(&self, node: u32) -> usize {
        self.bounds.partition_point(|&bound| bound <= node) - 1
    }

    /// The children of a context.
    #[inline]
    pub(crate) fn children(&self, context: u32) -> std::ops::Range<usize> {
        let i = context as usize;
        self.contexts[i].first_child as usize..self.contexts[i + 1].first_child as usize
    }

    /// The child of `context` that ends in `word`.
    #[inline]
    pub(crate) fn child(&self, context: u32, word: u32) -> Option<u32> {
        if context == ROOT {
            return Some(FIRST + word);
        }
        let range = self.children(context);
        let start = range.start as u32;
        self.words[range].binary_search(&word).ok().map(|i| start + i as u32)
    }

    /// The context to continue with after `node`: itself, or its suffix in the highest order.
    #[inline]
    pub(crate) fn as_context(&self, node: u32) -> u32 {
        if (node as usize) < self.contexts.len() - 1 { node } else { self.nodes[node as usize].suffix }
    }

    /// Finds the longest n-gram that ends in `word` after `context`, backing off where there is none.
    ///
    /// p(w | context) = p of the n-gram, times the back-off of every longer context. Words out of range count
    /// as unknown.
    #[inline]
    pub(crate) fn find(&self, mut context: u32, word: u32) -> Match {
        let word = if (word as usize) < self.n_words() { word } else { UNKNOWN };
        let mut ln_backoff = 0.0;
        loop {
            if let Some(node) = self.child(context, word) {
                return Match { ln_p: ln_backoff + self.nodes[node as usize].ln_p, node };
            }
            ln_backoff += self.contexts[context as usize].ln_backoff;
            context = self.nodes[context as usize].suffix;
        }
    }

    /// ln p of every word after `context`: longer contexts overwrite what shorter ones say.
    pub(crate) fn fill(&self, context: u32, ln_p: &mut [f32]) {
        self.fill_scaled(context, 0.0, ln_p);
        ln_p[BEGIN as usize] = f32::NEG_INFINITY;
    }

    /// Recurses to the root first; as deep as the order of the model.
    fn fill_scaled(&self, context: u32, ln_backoff: f32, ln_p: &mut [f32]) {
        if context != ROOT {
            let shorter = self.nodes[context as usize].suffix;
            self.fill_scaled(shorter, ln_backoff + self.contexts[context as usize].ln_backoff, ln_p);
        }
        for i in self.children(context) {
            ln_p[self.words[i] as usize] = ln_backoff + self.nodes[i].ln_p;
        }
    }

    /// Checks all that the other methods rely on; `bounds` must already be sorted and start with 0 and 1, and
    /// the other lists be as long as they say.
    pub(crate) fn check(&self) -> Result<(), &'static str> {
        let n_nodes = self.nodes.len() as u32;
        let in_order = self.contexts.is_sorted_by_key(|context| context.first_child);
        if !in_order
            || self.contexts[0].first_child != FIRST
            || self.children(ROOT).end != self.bounds[2] as usize
        {
            return Err("the children of its contexts are out of order");
        }
        if self.contexts[self.contexts.len() - 1].first_child != n_nodes {
            return Err("its last n-grams belong to no context");
        }
        if self
            .contexts
            .iter()
            .any(|context| context.ln_backoff.is_nan() || context.ln_backoff == f32::INFINITY)
        {
            return Err("a back-off is no finite number");
        }
        (1..=self.order()).try_for_each(|order| self.check_order(order))
    }

    fn check_order(&self, order: usize) -> Result<(), &'static str> {
        let (first, end) = (self.bounds[order], self.bounds[order + 1]);
        if order < self.order() && self.contexts[first as usize].first_child != end {
            return Err("the contexts of one order have children of another");
        }
        for node in &self.nodes[first as usize..end as usize] {
            if node.suffix >= first || (order == 1) != (node.suffix == ROOT) {
                return Err("a suffix is not a shorter n-gram");
            }
            if node.ln_p.is_nan() || node.ln_p > 0.0 {
                return Err("a probability is not one");
            }
        }
        let n_words = self.n_words() as u32;
        for context in self.bounds[order - 1]..first {
            let words = &self.words[self.children(context)];
            if !words.is_sorted_by(|a, b| a < b) || words.last().is_some_and(|&word| word >= n_words) {
                return Err("the words of an order are out of order");
            }
        }
        Ok(())
    }
}
