//! A trie, grown order by order from n-grams that were read.
//!
//! Between the orders the trie is whole: it can be searched as far as it goes.

use crate::ngram::BEGIN;
use crate::ngram::trie::{Context, FIRST, Node, ROOT, Trie};

/// An n-gram that was read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record {
    /// The node of all words but the last.
    pub(super) context: u32,
    /// The last word.
    pub(super) word: u32,
    pub(super) ln_p: f32,
    pub(super) ln_backoff: f32,
    /// Where it was read.
    pub(super) line: u64,
}

impl Record {
    pub(super) fn key(&self) -> (u32, u32) {
        (self.context, self.word)
    }
}

/// Adds the single words, given as (ln p, ln back-off), in the order of their ids.
pub(super) fn push_words(trie: &mut Trie, words: impl Iterator<Item = (f32, f32)>, is_highest: bool) {
    for (word, (ln_p, ln_backoff)) in (0..).zip(words) {
        let ln_p = if word == BEGIN { f32::NEG_INFINITY } else { ln_p };
        trie.words.push(word);
        trie.nodes.push(Node { ln_p, suffix: ROOT });
        if !is_highest {
            trie.contexts.push(Context { ln_backoff, first_child: 0 });
        }
    }
    close_level(trie, FIRST as usize);
}

/// Adds the n-grams of the next order, sorted by context and word.
pub(super) fn push_level(trie: &mut Trie, records: &[Record], is_highest: bool) {
    trie.contexts.pop();
    let first = trie.nodes.len();
    let mut records_left = records;
    for context in trie.bounds[trie.bounds.len() - 2]..first as u32 {
        trie.contexts[context as usize].first_child = trie.nodes.len() as u32;
        let n_children = records_left.iter().take_while(|record| record.context == context).count();
        let (children, rest) = records_left.split_at(n_children);
        children.iter().for_each(|child| push_child(trie, child));
        records_left = rest;
    }
    if !is_highest {
        let context = |record: &Record| Context { ln_backoff: record.ln_backoff, first_child: 0 };
        trie.contexts.extend(records.iter().map(context));
    }
    close_level(trie, first);
}

fn push_child(trie: &mut Trie, record: &Record) {
    let shorter = trie.nodes[record.context as usize].suffix;
    let suffix = trie.find(shorter, record.word).node;
    trie.words.push(record.word);
    trie.nodes.push(Node { ln_p: record.ln_p, suffix });
}

/// Ends the level whose first node is `first`: its nodes have no children yet.
fn close_level(trie: &mut Trie, first: usize) {
    let end = trie.nodes.len() as u32;
    trie.contexts.push(Context { ln_backoff: 0.0, first_child: end });
    let contexts = first.min(trie.contexts.len())..trie.contexts.len();
    trie.contexts[contexts].iter_mut().for_each(|context| context.first_child = end);
    trie.bounds.push(end);
}
