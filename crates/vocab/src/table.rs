//! Words stored one after the other and found by hash.

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use rustc_hash::FxHasher;
use std::hash::Hasher;

/// Different words, numbered in the order in which they came.
///
/// The words stand in one string, so that a known word costs no allocation and a new one seldom does.
#[derive(Clone, Default)]
pub(crate) struct WordTable {
    /// All words, one after the other.
    text: String,
    /// Word `i` is `text[ends[i - 1]..ends[i]]`.
    ends: Vec<usize>,
    index: HashTable<Slot>,
}

/// A word in the hash table. With its hash at hand, most other words are told apart without a look at the
/// text, and the table grows without hashing the words again.
#[derive(Clone, Copy)]
struct Slot {
    hash: u32,
    id: u32,
}

impl WordTable {
    /// No words yet, with room for `n_words`.
    pub(crate) fn with_capacity(n_words: usize) -> Self {
        let (ends, index) = (Vec::with_capacity(n_words), HashTable::with_capacity(n_words));
        Self { text: String::new(), ends, index }
    }

    /// The id of `word`.
    #[inline]
    pub(crate) fn find(&self, word: &str) -> Option<u32> {
        let hash = hash(word);
        let same = |slot: &Slot| slot.hash == hash && self.word(slot.id as usize) == word;
        self.index.find(spread(hash), same).map(|slot| slot.id)
    }

    /// The id of `word`, given out now if it is new; `None` if all ids are given out.
    #[inline]
    pub(crate) fn intern(&mut self, word: &str) -> Option<u32> {
        let hash = hash(word);
        let (text, ends) = (&self.text, &self.ends);
        let same = |slot: &Slot| slot.hash == hash && word_at(text, ends, slot.id as usize) == word;
        match self.index.entry(spread(hash), same, |slot| spread(slot.hash)) {
            Entry::Occupied(entry) => Some(entry.get().id),
            Entry::Vacant(entry) => {
                let id = u32::try_from(self.ends.len()).ok()?;
                entry.insert(Slot { hash, id });
                self.text.push_str(word);
                self.ends.push(self.text.len());
                Some(id)
            }
        }
    }

    /// Word number `i`. Panics if there is no such word.
    #[inline]
    pub(crate) fn word(&self, i: usize) -> &str {
        word_at(&self.text, &self.ends, i)
    }

    /// All words, in the order of their ids.
    pub(crate) fn words(&self) -> impl ExactSizeIterator<Item = &str> + Clone {
        (0..self.len()).map(|i| self.word(i))
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The words one after the other.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Sorts numbers of words by the bytes of the words.
    pub(crate) fn sort_by_bytes(&self, ids: impl Iterator<Item = u32>) -> Vec<u32> {
        let mut keys: Vec<(u64, u32)> = ids.map(|id| (prefix(self.word(id as usize)), id)).collect();
        keys.sort_unstable_by(|a, b| {
            a.0.cmp(&b.0).then_with(|| self.word(a.1 as usize).cmp(self.word(b.1 as usize)))
        });
        keys.into_iter().map(|(_, id)| id).collect()
    }

    /// Forgets all words, but keeps the memory for others.
    pub(crate) fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
        self.index.clear();
    }
}

#[inline]
fn word_at<'a>(text: &'a str, ends: &[usize], i: usize) -> &'a str {
    let start = if i == 0 { 0 } else { ends[i - 1] };
    &text[start..ends[i]]
}

/// The first eight bytes as a number that compares as they do: it decides most comparisons of a sort.
fn prefix(word: &str) -> u64 {
    let mut bytes = [0; 8];
    let n = word.len().min(8);
    bytes[..n].copy_from_slice(&word.as_bytes()[..n]);
    u64::from_be_bytes(bytes)
}

#[inline]
fn hash(word: &str) -> u32 {
    let mut hasher = FxHasher::default();
    hasher.write(word.as_bytes());
    (hasher.finish() >> 32) as u32
}

/// Fills the 64 bits that the hash table wants: it takes its tags from the top and its places from below.
#[inline]
fn spread(hash: u32) -> u64 {
    let product = u64::from(hash).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    product ^ product >> 32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_keep_their_ids() {
        let mut table = WordTable::default();
        let ids: Vec<u32> =
            ["b", "a", "b", "", "爱", "a"].iter().filter_map(|word| table.intern(word)).collect();
        assert_eq!(ids, [0, 1, 0, 2, 3, 1]);
        assert_eq!(table.words().collect::<Vec<_>>(), ["b", "a", "", "爱"]);
        assert_eq!((table.find("爱"), table.find("c")), (Some(3), None));
    }

    proptest! {
        #[test]
        fn sorted_as_bytes(words in prop::collection::vec("[a-c爱\0]{0,12}", 0..50)) {
            let mut table = WordTable::default();
            words.iter().for_each(|word| { table.intern(word); });
            let ids = table.sort_by_bytes(0..table.len() as u32);
            let sorted: Vec<&str> = ids.iter().map(|&id| table.word(id as usize)).collect();
            let mut want: Vec<&str> = words.iter().map(String::as_str).collect();
            want.sort_unstable();
            want.dedup();
            prop_assert_eq!(sorted, want);
        }
    }
}
