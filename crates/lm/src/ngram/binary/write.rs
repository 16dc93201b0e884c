//! Models to bytes.

use super::VERSION;
use crate::LanguageModel;
use crate::ngram::NgramModel;
use flate2::Crc;
use std::io::{self, Write};

/// Writes all of `model`.
pub(super) fn write(model: &NgramModel, out: impl Write) -> io::Result<()> {
    let (mut out, trie, vocab) = (Summed { out, crc: Crc::new() }, model.trie(), model.vocab());
    out.write_all(&NgramModel::MAGIC)?;
    out.numbers([VERSION, trie.order() as u32])?;
    out.numbers(trie.bounds[1..].iter().copied())?;
    out.numbers([vocab.n_special() as u32])?;
    let n_bytes: usize = vocab.words().map(str::len).sum();
    out.write_all(&(n_bytes as u64).to_le_bytes())?;
    vocab.words().try_for_each(|word| out.write_all(word.as_bytes()))?;
    out.numbers(vocab.words().map(|word| word.len() as u32))?;
    let counts = (0..vocab.len() as u32).map(|id| vocab.count(sememe_vocab::WordId(id)));
    counts.into_iter().try_for_each(|count| out.write_all(&count.to_le_bytes()))?;
    out.numbers(trie.words.iter().copied())?;
    out.numbers(trie.nodes.iter().flat_map(|node| [node.ln_p.to_bits(), node.suffix]))?;
    out.numbers(
        trie.contexts.iter().flat_map(|context| [context.ln_backoff.to_bits(), context.first_child]),
    )?;
    let sum = out.crc.sum();
    out.numbers([sum])
}

/// A writer that keeps the checksum of what it wrote.
struct Summed<W> {
    out: W,
    crc: Crc,
}

impl<W: Write> Summed<W> {
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.crc.update(bytes);
        self.out.write_all(bytes)
    }

    /// Writes numbers, many at a time.
    fn numbers(&mut self, numbers: impl IntoIterator<Item = u32>) -> io::Result<()> {
        let (mut numbers, mut block) = (numbers.into_iter().peekable(), Vec::new());
        while numbers.peek().is_some() {
            block.clear();
            block.extend(numbers.by_ref().take(1 << 12).flat_map(u32::to_le_bytes));
            self.write_all(&block)?;
        }
        Ok(())
    }
}
