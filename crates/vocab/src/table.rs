//! Words stored one after the other and found by hash.

mod key;

use crate::WordId;
use key::{Head, Key};
use sememe_kernels::{large_vec, prefetch};
use sememe_text::Token;

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
/// text; its hash lets the table grow without one. Aligned, it never lies in two lines of the cache.
#[derive(Clone, Copy)]
#[repr(align(32))]
struct Slot {
    head: Head,
    hash: u32,
    id: u32,
}

/// No word has this id.
const NONE: u32 = u32::MAX;

/// So many words are looked up together: their slots are on the way from memory while the first ones are compared.
const TOGETHER: usize = 16;

impl Slot {
    fn empty() -> Self {
        Self { head: Head::default(), hash: 0, id: NONE }
    }
}

impl WordTable {
    /// No words yet, with room for `n_words`.
    pub(crate) fn with_capacity(n_words: usize) -> Self {
        let n_slots = (n_words / 3 * 4 + 8).next_power_of_two();
        Self {
            text: String::new(),
            ends: Vec::with_capacity(n_words),
            slots: large_vec(Slot::empty(), n_slots),
        }
    }

    /// The id of `word`.
    #[inline]
    pub(crate) fn find(&self, word: &str) -> Option<u32> {
        self.find_key(Key::new(word))
    }

    /// Calls `sink` with the id of each token, in order.
    #[inline]
    pub(crate) fn find_all(&self, tokens: &[Token<'_>], mut sink: impl FnMut(Option<u32>)) {
        let (groups, rest) = tokens.as_chunks();
        for group in groups {
            self.keys(group).iter().for_each(|&key| sink(self.find_key(key)));
        }
        rest.iter().for_each(|token| sink(self.find(token.text)));
    }

    /// Appends the id of each token, in order, given out now if it is new; `None` if all ids are given out.
    #[inline]
    pub(crate) fn intern_all(&mut self, tokens: &[Token<'_>], ids: &mut Vec<WordId>) -> Option<()> {
        let (groups, rest) = tokens.as_chunks();
        for group in groups {
            for key in self.keys(group) {
                ids.push(WordId(self.intern_key(key)?));
            }
        }
        for token in rest {
            ids.push(WordId(self.intern(token.text)?));
        }
        Some(())
    }

    /// The keys of some tokens, whose slots are asked for.
    #[inline]
    fn keys<'a>(&self, tokens: &[Token<'a>; TOGETHER]) -> [Key<'a>; TOGETHER] {
        // A loop becomes part of its caller; what `map` calls for each token did not.
        let mut keys = [Key::EMPTY; TOGETHER];
        for (key, token) in keys.iter_mut().zip(tokens) {
            *key = Key::new(token.text);
            prefetch(&self.slots, self.home(*key));
        }
        keys
    }

    /// The id of `word`, given out now if it is new; `None` if all ids are given out.
    #[inline]
    pub(crate) fn intern(&mut self, word: &str) -> Option<u32> {
        self.intern_key(Key::new(word))
    }

    #[inline(always)]
    fn find_key(&self, key: Key<'_>) -> Option<u32> {
        if self.slots.is_empty() {
            return None;
        }
        let slot = self.slots[self.probe(key)];
        (slot.id != NONE).then_some(slot.id)
    }

    #[inline(always)]
    fn intern_key(&mut self, key: Key<'_>) -> Option<u32> {
        if self.ends.len() >= self.slots.len() / 4 * 3 {
            self.grow();
        }
        let at = self.probe(key);
        let slot = self.slots[at];
        if slot.id != NONE { Some(slot.id) } else { self.insert(key, at) }
    }

    #[cold]
    fn insert(&mut self, key: Key<'_>, at: usize) -> Option<u32> {
        let id = u32::try_from(self.ends.len()).ok().filter(|&id| id != NONE)?;
        self.slots[at] = Slot { head: key.head, hash: key.hash, id };
        self.text.push_str(key.word);
        self.ends.push(self.text.len());
        Some(id)
    }

    /// The slot of `key` unless that is taken. There must be slots to look at what is there.
    #[inline]
    fn home(&self, key: Key<'_>) -> usize {
        key.hash as usize & self.slots.len().wrapping_sub(1)
    }

    /// Where `key` is, or else the empty slot where it would be; there is one, since not all are taken.
    #[inline(always)]
    fn probe(&self, key: Key<'_>) -> usize {
        let mut at = self.home(key);
        loop {
            let slot = &self.slots[at];
            let is_same = slot.head == key.head && (key.is_short() || self.is_long(slot, key));
            if is_same || slot.id == NONE {
                return at;
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }

    #[cold]
    #[inline(never)]
    fn is_long(&self, slot: &Slot, key: Key<'_>) -> bool {
        slot.hash == key.hash && self.word(slot.id as usize) == key.word
    }

    /// Doubles the slots. Words go to their new ones in the order in which they came: frequent words come early, and
    /// so stay where they are looked for first.
    #[cold]
    fn grow(&mut self) {
        let n_slots = (self.slots.len() * 2).max(64);
        let mut old = std::mem::replace(&mut self.slots, large_vec(Slot::empty(), n_slots));
        old.retain(|slot| slot.id != NONE);
        old.sort_unstable_by_key(|slot| slot.id);
        for slot in old {
            let mut free = (slot.hash as usize..).map(|at| at & (n_slots - 1));
            if let Some(at) = free.find(|&at| self.slots[at].id == NONE) {
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
        self.slots.fill(Slot::empty());
    }
}

/// The first eight bytes as a number that compares as they do: it decides most comparisons of a sort.
fn prefix(word: &str) -> u64 {
    let mut bytes = [0; 8];
    let n = word.len().min(8);
    bytes[..n].copy_from_slice(&word.as_bytes()[..n]);
    u64::from_be_bytes(bytes)
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
        fn every_word_has_one_id(words in prop::collection::vec("[ab\0]{0,10}|a{12,18}b", 0..200)) {
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
            let tokens: Vec<_> = words.iter().map(|text| Token { text, start: 0 }).collect();
            let (mut again, mut ids, mut found) = (WordTable::default(), Vec::new(), Vec::new());
            again.find_all(&tokens, |id| assert_eq!(id, None));
            prop_assert!(again.intern_all(&tokens, &mut ids).is_some());
            again.find_all(&tokens, |id| found.extend(id));
            let ids: Vec<u32> = ids.iter().map(|id| id.0).collect();
            let want: Vec<u32> = words.iter().filter_map(|word| table.find(word)).collect();
            prop_assert_eq!((&ids, &found), (&want, &want));
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
