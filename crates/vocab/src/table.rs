//! Words stored one after the other and found by hash.

use rustc_hash::FxHasher;
use std::hash::Hasher;

/// Different words, numbered in the order in which they came.
///
/// The words stand in one string, so that a known word costs no allocation and a new one seldom does. The
/// hash table has open addresses and probes them in a row: what a running word costs is the memory that it
/// touches, here one line of the cache for most words. (A table with tags, as that of the standard library,
/// took a third longer on running text.)
#[derive(Clone, Default)]
pub(crate) struct WordTable {
    /// All words, one after the other.
    text: String,
    /// Word `i` is `text[ends[i - 1]..ends[i]]`.
    ends: Vec<usize>,
    /// None, or a power of two; at most three in four are taken.
    slots: Vec<Slot>,
}

/// A word in the hash table. Its head settles whether a short word is the one sought, without a look at the
/// text; its hash lets the table grow without one.
#[derive(Clone, Copy)]
struct Slot {
    head: u64,
    hash: u32,
    id: u32,
}

/// No word has its id.
const EMPTY: Slot = Slot { head: 0, hash: 0, id: u32::MAX };

/// A word sought: [`head`] and [`hash`] of it.
#[derive(Clone, Copy)]
struct Key<'a> {
    word: &'a str,
    head: u64,
    hash: u32,
}

impl WordTable {
    /// No words yet, with room for `n_words`.
    pub(crate) fn with_capacity(n_words: usize) -> Self {
        let n_slots = (n_words / 3 * 4 + 8).next_power_of_two();
        Self { text: String::new(), ends: Vec::with_capacity(n_words), slots: vec![EMPTY; n_slots] }
    }

    /// The id of `word`.
    #[inline]
    pub(crate) fn find(&self, word: &str) -> Option<u32> {
        if self.slots.is_empty() {
            return None;
        }
        let slot = self.slots[self.probe(Key::new(word))];
        (slot.id != EMPTY.id).then_some(slot.id)
    }

    /// The id of `word`, given out now if it is new; `None` if all ids are given out.
    #[inline]
    pub(crate) fn intern(&mut self, word: &str) -> Option<u32> {
        if self.ends.len() >= self.slots.len() / 4 * 3 {
            self.grow();
        }
        let key = Key::new(word);
        let at = self.probe(key);
        if self.slots[at].id != EMPTY.id {
            return Some(self.slots[at].id);
        }
        let id = u32::try_from(self.ends.len()).ok().filter(|&id| id != EMPTY.id)?;
        self.slots[at] = Slot { head: key.head, hash: key.hash, id };
        self.text.push_str(word);
        self.ends.push(self.text.len());
        Some(id)
    }

    /// Where `key` is, or else the empty slot where it would be; there is one, since not all are taken.
    #[inline]
    fn probe(&self, key: Key<'_>) -> usize {
        let mut at = key.hash as usize;
        loop {
            at &= self.slots.len() - 1;
            let slot = &self.slots[at];
            if slot.id == EMPTY.id || key.is(slot, self) {
                return at;
            }
            at += 1;
        }
    }

    /// Doubles the slots.
    #[cold]
    fn grow(&mut self) {
        let n_slots = (self.slots.len() * 2).max(64);
        let old = std::mem::replace(&mut self.slots, vec![EMPTY; n_slots]);
        for slot in old.into_iter().filter(|slot| slot.id != EMPTY.id) {
            let free = (slot.hash as usize..).map(|at| at & (n_slots - 1));
            if let Some(at) = free.into_iter().find(|&at| self.slots[at].id == EMPTY.id) {
                self.slots[at] = slot;
            }
        }
    }

    /// Word number `i`. Panics if there is no such word.
    #[inline]
    pub(crate) fn word(&self, i: usize) -> &str {
        let start = if i == 0 { 0 } else { self.ends[i - 1] };
        &self.text[start..self.ends[i]]
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
        self.slots.fill(EMPTY);
    }
}

/// The first eight bytes as a number that compares as they do: it decides most comparisons of a sort.
fn prefix(word: &str) -> u64 {
    let mut bytes = [0; 8];
    let n = word.len().min(8);
    bytes[..n].copy_from_slice(&word.as_bytes()[..n]);
    u64::from_be_bytes(bytes)
}

impl<'a> Key<'a> {
    #[inline]
    fn new(word: &'a str) -> Self {
        let head = head(word.as_bytes());
        Self { word, head, hash: hash(word.as_bytes(), head) }
    }

    /// Whether `slot` of `table` is that of the word.
    #[inline]
    fn is(self, slot: &Slot, table: &WordTable) -> bool {
        let is_long = || slot.hash == self.hash && table.word(slot.id as usize) == self.word;
        slot.head == self.head && (self.word.len() <= HEAD || is_long())
    }
}

/// So many bytes fit into a head.
const HEAD: usize = 7;

/// The first seven bytes of `word`, and its length (or 255) in the topmost byte: for a word of up to seven
/// bytes that is the whole word. Read as two numbers that may overlap, since a copy of a few bytes is slow.
#[inline]
fn head(word: &[u8]) -> u64 {
    let n = word.len();
    let bytes = match (word.first_chunk::<8>(), word.first_chunk::<4>(), word.last_chunk::<4>()) {
        (Some(&first), _, _) => u64::from_le_bytes(first) & (u64::MAX >> 8),
        (_, Some(&first), Some(&last)) => {
            u64::from(u32::from_le_bytes(first)) | u64::from(u32::from_le_bytes(last)) << (8 * (n - 4))
        }
        _ => word.iter().rev().fold(0, |bytes, &byte| bytes << 8 | u64::from(byte)),
    };
    bytes | (n.min(255) as u64) << 56
}

#[inline]
fn hash(word: &[u8], head: u64) -> u32 {
    let mut hasher = FxHasher::default();
    if word.len() > HEAD {
        hasher.write(&word[HEAD..]);
    }
    // Every bit of the head reaches the middle of the product.
    let product = u128::from(hasher.finish() ^ head) * 0xf39c_c060_5ced_c835;
    ((product >> 48) ^ (product >> 80)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn heads_hold_short_words() {
        let check =
            |word: &str, want: &[u8; 8]| assert_eq!(head(word.as_bytes()).to_le_bytes(), *want, "{word}");
        check("", b"\0\0\0\0\0\0\0\0");
        check("ab", b"ab\0\0\0\0\0\x02");
        check("abcd", b"abcd\0\0\0\x04");
        check("abcdefg", b"abcdefg\x07");
        check("abcdefgh", b"abcdefg\x08");
        check(&"a".repeat(300), b"aaaaaaa\xff");
    }

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
        fn every_word_has_one_id(words in prop::collection::vec("[ab\0]{0,10}", 0..200)) {
            let (mut table, mut want) = (WordTable::default(), Vec::<&str>::new());
            for word in &words {
                let id = want.iter().position(|known| known == word).unwrap_or(want.len());
                if id == want.len() {
                    want.push(word);
                }
                prop_assert_eq!(table.intern(word), Some(id as u32));
                prop_assert_eq!(table.find(word), Some(id as u32));
            }
            prop_assert!(table.words().eq(want));
        }

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
