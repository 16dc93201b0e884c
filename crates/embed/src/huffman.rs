//! Huffman codes of words, for hierarchical softmax.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// The way from the root to every word in a binary tree with the shortest mean way (Huffman 1952): frequent words
/// have short ones.
#[derive(Debug)]
pub(crate) struct Huffman {
    /// Inner nodes on the ways of all words, from the root on.
    nodes: Vec<u32>,
    /// 1 where the way of a word goes left at a node, 0 where it goes right.
    labels: Vec<f32>,
    /// Where the way of each word ends.
    ends: Vec<usize>,
}

impl Huffman {
    /// The tree of words with these counts. Equal counts are taken in the order of the words, inner nodes last, so
    /// the tree is always the same.
    pub(crate) fn new(counts: &[u64]) -> Self {
        let (parents, is_right) = tree(counts);
        let (mut nodes, mut labels, mut ends) = (Vec::new(), Vec::new(), Vec::with_capacity(counts.len()));
        for word in 0..counts.len() {
            let start = nodes.len();
            let mut node = word;
            while let Some(parent) = parents[node] {
                nodes.push(parent - counts.len() as u32);
                labels.push(f32::from(u8::from(!is_right[node])));
                node = parent as usize;
            }
            nodes[start..].reverse();
            labels[start..].reverse();
            ends.push(nodes.len());
        }
        Self { nodes, labels, ends }
    }

    /// Inner nodes from the root to `word`, and 1 where its way goes left.
    #[inline]
    pub(crate) fn path(&self, word: u32) -> (&[u32], &[f32]) {
        let word = word as usize;
        let range = if word == 0 { 0 } else { self.ends[word - 1] }..self.ends[word];
        (&self.nodes[range.clone()], &self.labels[range])
    }
}

/// The parent of each node, and whether it is its right child: words first, then inner nodes in the order in which
/// they are made, the root last.
fn tree(counts: &[u64]) -> (Vec<Option<u32>>, Vec<bool>) {
    let n_nodes = (2 * counts.len()).saturating_sub(1);
    let (mut parents, mut is_right) = (vec![None; n_nodes], vec![false; n_nodes]);
    let leaves = counts.iter().enumerate().map(|(node, &count)| Reverse((count, node)));
    let mut open: BinaryHeap<_> = leaves.collect();
    for parent in counts.len()..n_nodes {
        let mut pop = || open.pop().map_or((0, 0), |Reverse(least)| least);
        let ((left_count, left), (right_count, right)) = (pop(), pop());
        parents[left] = Some(parent as u32);
        parents[right] = Some(parent as u32);
        is_right[right] = true;
        open.push(Reverse((left_count.saturating_add(right_count), parent)));
    }
    (parents, is_right)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn lengths(counts: &[u64]) -> Vec<usize> {
        let tree = Huffman::new(counts);
        (0..counts.len()).map(|word| tree.path(word as u32).0.len()).collect()
    }

    #[test]
    fn frequent_words_have_short_codes() {
        assert_eq!(lengths(&[8, 4, 2, 1]), [1, 2, 3, 3]);
        assert_eq!(lengths(&[1, 1, 1, 1]), [2; 4]);
        assert_eq!(lengths(&[5]), [0]);
        assert_eq!(lengths(&[]), [0; 0]);
    }

    #[test]
    fn all_ways_start_at_the_root() {
        let tree = Huffman::new(&[3, 1, 1]);
        assert_eq!(tree.path(0).0[0], 1);
        assert_eq!(tree.path(1).0, [1, 0]);
        assert_eq!(tree.path(2).0, [1, 0]);
        assert_ne!(tree.path(1).1[1], tree.path(2).1[1]);
    }

    proptest! {
        #[test]
        fn codes_are_complete(counts in prop::collection::vec(0u64..50, 2..60)) {
            // Kraft's sum is 1 for a full binary tree.
            let sum: f64 = lengths(&counts).iter().map(|&length| 0.5f64.powi(length as i32)).sum();
            prop_assert!((sum - 1.0).abs() < 1e-9);
        }

        #[test]
        fn no_code_begins_another(counts in prop::collection::vec(1u64..50, 2..30)) {
            let tree = Huffman::new(&counts);
            let codes: Vec<Vec<bool>> =
                (0..counts.len()).map(|w| tree.path(w as u32).1.iter().map(|&l| l > 0.5).collect()).collect();
            for (i, a) in codes.iter().enumerate() {
                prop_assert!(codes.iter().enumerate().all(|(j, b)| i == j || !b.starts_with(a)));
            }
        }
    }
}
