//! Bytes to models.

use super::VERSION;
use crate::LmError;
use crate::ngram::model::check_special_words;
use crate::ngram::trie::{Context, Node, Trie};
use crate::ngram::{MAX_ORDER, NgramModel, SPECIAL_WORDS};
use flate2::Crc;
use sememe_vocab::Vocab;
use std::io::{self, Read};

/// Bytes that are read at a time.
const BLOCK: usize = 1 << 14;

/// Reads a model from a stream of `length` bytes.
pub(super) fn read(input: impl Read, length: u64) -> Result<NgramModel, LmError> {
    let mut input = Summed { input, crc: Crc::new() };
    let header = Header::read(&mut input, length)?;
    let words = input.words(&header)?;
    let trie = Trie {
        words: input.numbers(header.n_nodes(), |[word]: [u32; 1]| word)?,
        nodes: input.numbers(header.n_nodes(), |[p, suffix]| Node { ln_p: f32::from_bits(p), suffix })?,
        contexts: input.numbers(header.n_contexts(), |[backoff, first_child]| Context {
            ln_backoff: f32::from_bits(backoff),
            first_child,
        })?,
        bounds: header.bounds,
    };
    let sum = input.crc.sum();
    if input.number()? != sum {
        return Err(damaged("the checksum is wrong"));
    }
    trie.check().map_err(damaged)?;
    let vocab = Vocab::from_words(words, header.n_special)?;
    check_special_words(&vocab)?;
    Ok(NgramModel::from_parts(vocab, trie))
}

fn damaged(reason: impl Into<String>) -> LmError {
    LmError::Binary(reason.into())
}

/// What tells the sizes of all other parts.
struct Header {
    /// As in [`Trie::bounds`].
    bounds: Vec<u32>,
    n_special: usize,
    /// Bytes of all words.
    n_bytes: usize,
}

impl Header {
    fn read(input: &mut Summed<impl Read>, length: u64) -> Result<Self, LmError> {
        let mut magic = [0; 8];
        if input.input.read_exact(&mut magic).is_err() || magic != NgramModel::MAGIC {
            return Err(damaged("the file does not begin as one"));
        }
        input.crc.update(&magic);
        let (version, order) = (input.number()?, input.number()? as usize);
        if version != VERSION {
            return Err(damaged(format!("it has version {version}, this program reads version {VERSION}")));
        }
        if !(1..=MAX_ORDER).contains(&order) {
            return Err(damaged(format!("its order is {order}, expected 1 to {MAX_ORDER}")));
        }
        let mut bounds = vec![0];
        bounds.extend(input.numbers(order + 1, |[bound]| bound)?);
        let n_special = input.number()? as usize;
        let [low, high] = [input.number()?, input.number()?].map(u64::from);
        let n_bytes = low | high << 32;
        let sound = bounds[1] == 1 && bounds.is_sorted() && bounds[2] > SPECIAL_WORDS.len() as u32;
        let header = Self { bounds, n_special, n_bytes: n_bytes as usize };
        if !sound {
            return Err(damaged("the numbers of n-grams make no sense"));
        }
        match header.length().and_then(|fixed| fixed.checked_add(n_bytes)) {
            Some(want) if want == length => Ok(header),
            want => Err(damaged(format!("it has {length} bytes, expected {}", want.unwrap_or(u64::MAX)))),
        }
    }

    fn n_words(&self) -> usize {
        (self.bounds[2] - self.bounds[1]) as usize
    }

    fn n_nodes(&self) -> usize {
        self.bounds[self.bounds.len() - 1] as usize
    }

    /// One for each node below the highest order, and one more.
    fn n_contexts(&self) -> usize {
        self.bounds[self.bounds.len() - 2] as usize + 1
    }

    /// The length of the file, but for the bytes of the words.
    fn length(&self) -> Option<u64> {
        let header = 8 + 4 + 4 + 4 * (self.bounds.len() as u64 - 1) + 4 + 8;
        let words = (4 + 8) * self.n_words() as u64;
        let trie = 12 * self.n_nodes() as u64 + 8 * self.n_contexts() as u64;
        header.checked_add(words)?.checked_add(trie)?.checked_add(4)
    }
}

/// A reader that keeps the checksum of what it read.
struct Summed<R> {
    input: R,
    crc: Crc,
}

impl<R: Read> Summed<R> {
    fn bytes(&mut self, bytes: &mut [u8]) -> io::Result<()> {
        self.input.read_exact(bytes)?;
        self.crc.update(bytes);
        Ok(())
    }

    fn number(&mut self) -> io::Result<u32> {
        let mut bytes = [0; 4];
        self.bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    /// `n` items of `K` numbers each.
    fn numbers<T, const K: usize>(&mut self, n: usize, item: impl Fn([u32; K]) -> T) -> io::Result<Vec<T>> {
        let (mut items, mut block) = (Vec::with_capacity(n), [0; BLOCK]);
        let per_block = BLOCK / (4 * K);
        while items.len() < n {
            let block = &mut block[..4 * K * per_block.min(n - items.len())];
            self.bytes(block)?;
            items.extend(block.chunks_exact(4 * K).map(|bytes| {
                item(std::array::from_fn(|i| u32::from_le_bytes(std::array::from_fn(|j| bytes[4 * i + j]))))
            }));
        }
        Ok(items)
    }

    /// The words, with their counts.
    fn words(&mut self, header: &Header) -> Result<Vec<(String, u64)>, LmError> {
        let mut text = vec![0; header.n_bytes];
        self.bytes(&mut text)?;
        let text = String::from_utf8(text).map_err(|_| damaged("its words are not UTF-8"))?;
        let lengths = self.numbers(header.n_words(), |[length]| length as usize)?;
        let counts = self.numbers(header.n_words(), |[low, high]| u64::from(low) | u64::from(high) << 32)?;
        let mut start = 0usize;
        let words: Option<Vec<_>> = lengths
            .into_iter()
            .zip(counts)
            .map(|(length, count)| {
                let word = text.get(start..start.checked_add(length)?)?;
                start += length;
                Some((word.to_owned(), count))
            })
            .collect();
        words
            .filter(|_| start == text.len())
            .ok_or_else(|| damaged("the lengths of its words do not fit them"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ngram::binary::write::write;
    use crate::{DiscountPolicy, NgramSettings, train_text};
    use sememe_kernels::Silent;

    fn model(order: usize) -> NgramModel {
        let settings =
            NgramSettings { order, discount_fallback: DiscountPolicy::FALLBACK, ..NgramSettings::default() };
        train_text("a b a c\nb ä 中\nc a b\n".as_bytes(), &settings, &mut Silent).unwrap()
    }

    fn bytes(model: &NgramModel) -> Vec<u8> {
        let mut bytes = Vec::new();
        write(model, &mut bytes).unwrap();
        bytes
    }

    /// Gives `bytes` the checksum that they should have.
    fn sealed(mut bytes: Vec<u8>) -> Vec<u8> {
        bytes.truncate(bytes.len() - 4);
        let mut crc = Crc::new();
        crc.update(&bytes);
        bytes.extend(crc.sum().to_le_bytes());
        bytes
    }

    #[track_caller]
    fn check(bytes: &[u8], want: &str) {
        let error = read(bytes, bytes.len() as u64).err().expect("the bytes are no model").to_string();
        assert!(error.contains(want), "{error}");
    }

    #[test]
    fn models_come_back_as_they_were() {
        for order in [1, 2, 4] {
            let (model, bytes) = (model(order), bytes(&model(order)));
            let back = read(&bytes[..], bytes.len() as u64).unwrap();
            assert_eq!(model.trie(), back.trie());
            assert!(
                crate::LanguageModel::vocab(&back).words().eq(crate::LanguageModel::vocab(&model).words())
            );
        }
    }

    #[test]
    fn files_of_another_kind_are_refused() {
        check(b"", "does not begin as one");
        check(b"\\data\\\nngram 1=3\n", "does not begin as one");
        let mut bytes = bytes(&model(2));
        bytes[8] = 9;
        check(&bytes, "it has version 9, this program reads version 1");
    }

    #[test]
    fn cut_files_are_refused() {
        let bytes = bytes(&model(3));
        for length in 0..bytes.len() {
            assert!(read(&bytes[..length], length as u64).is_err(), "{length} bytes are enough");
        }
        check(&[&bytes[..], b"x"].concat(), "bytes, expected");
    }

    #[test]
    fn every_wrong_bit_is_noticed() {
        let good = bytes(&model(2));
        for bit in 0..8 * good.len() {
            let mut bytes = good.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(read(&bytes[..], bytes.len() as u64).is_err(), "bit {bit} does not matter");
        }
    }

    #[test]
    fn wrong_bytes_with_a_right_checksum_do_no_harm() {
        let good = bytes(&model(3));
        for i in 0..good.len() - 4 {
            for value in [0, 1, 2, 0x7f, 0xff] {
                let mut bytes = good.clone();
                bytes[i] = value;
                let bytes = sealed(bytes);
                if let Ok(model) = read(&bytes[..], bytes.len() as u64) {
                    use_all(&model);
                }
            }
        }
    }

    /// Follows every link of a model.
    fn use_all(model: &NgramModel) {
        let trie = model.trie();
        let mut ln_p = vec![0.0; trie.n_words()];
        for context in 0..trie.contexts.len() as u32 - 1 {
            (0..trie.n_words() as u32).for_each(|word| assert!(!trie.find(context, word).ln_p.is_nan()));
            trie.fill(context, &mut ln_p);
        }
        model.write_arpa(io::sink()).unwrap();
    }
}
