//! A model as ARPA text.

use super::LOG10_ZERO;
use crate::ngram::trie::{FIRST, Trie};
use crate::ngram::{BEGIN, NgramModel};
use crate::output::save;
use crate::{LanguageModel, LmError};
use sememe_vocab::WordId;
use std::f64::consts::LOG10_E;
use std::io::{self, BufWriter, Write};
use std::path::Path;

impl NgramModel {
    /// Writes the model as ARPA text, in the order of contexts. The numbers have the fewest digits that give
    /// back the same 32-bit floats; `<s>`, which is never predicted, gets a 0 as from `lmplz`.
    ///
    /// # Errors
    /// If `out` cannot be written.
    pub fn write_arpa(&self, out: impl Write) -> Result<(), LmError> {
        let mut out = BufWriter::with_capacity(1 << 16, out);
        self.write_all_orders(&mut out)?;
        Ok(out.flush()?)
    }

    /// Writes the model as ARPA text to a file, which appears when it is whole; compressed if the name ends
    /// in `.gz`.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn save_arpa(&self, path: &Path) -> Result<(), LmError> {
        save(path, |out| self.write_all_orders(out))
    }

    fn write_all_orders(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(out, "\\data\\")?;
        for (order, n_ngrams) in (1..).zip(self.n_ngrams()) {
            writeln!(out, "ngram {order}={n_ngrams}")?;
        }
        for order in 1..=self.order() {
            writeln!(out, "\n\\{order}-grams:")?;
            self.write_order(order, out)?;
        }
        writeln!(out, "\n\\end\\")
    }

    fn write_order(&self, order: usize, out: &mut impl Write) -> io::Result<()> {
        let trie = self.trie();
        let (mut branch, mut line) = (Branch::new(trie, order), Vec::new());
        for node in trie.bounds[order]..trie.bounds[order + 1] {
            branch.move_to(node);
            let ln_p = if node == FIRST + BEGIN { 0.0 } else { trie.nodes[node as usize].ln_p };
            line.clear();
            write!(line, "{}", log10(ln_p))?;
            for (i, &node) in branch.nodes.iter().enumerate() {
                line.push(if i == 0 { b'\t' } else { b' ' });
                line.extend_from_slice(self.vocab().word(WordId(trie.words[node as usize])).as_bytes());
            }
            match trie.contexts.get(node as usize).filter(|_| order < self.order()) {
                Some(context) => writeln!(line, "\t{}", log10(context.ln_backoff))?,
                None => line.push(b'\n'),
            }
            out.write_all(&line)?;
        }
        Ok(())
    }
}

fn log10(ln: f32) -> f32 {
    if ln == f32::NEG_INFINITY { LOG10_ZERO } else { (f64::from(ln) * LOG10_E) as f32 }
}

/// The way from a single word to a node. Nodes are visited in ascending order, so parents only move forward.
struct Branch<'t> {
    trie: &'t Trie,
    /// The node of each order, up to that of the node visited.
    nodes: Vec<u32>,
}

impl<'t> Branch<'t> {
    /// At the first node of each order up to `order`, whether or not they are on one way.
    fn new(trie: &'t Trie, order: usize) -> Self {
        Self { trie, nodes: trie.bounds[1..=order].to_vec() }
    }

    fn move_to(&mut self, node: u32) {
        let last = self.nodes.len() - 1;
        self.nodes[last] = node;
        for i in (0..last).rev() {
            while self.trie.children(self.nodes[i]).end <= self.nodes[i + 1] as usize {
                self.nodes[i] += 1;
            }
        }
    }
}
