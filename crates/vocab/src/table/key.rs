//! Words as numbers of fixed length.

/// A word, with what a hash table needs of it.
#[derive(Clone, Copy)]
pub(super) struct Key<'a> {
    pub(super) word: &'a str,
    pub(super) head: Head,
    pub(super) hash: u32,
}

/// The first fifteen bytes of a word, and its length (or 255) in the topmost byte: of a word of up to fifteen bytes
/// that is all.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Head([u64; 2]);

/// So many bytes fit into a head.
const HEAD: usize = 15;

impl<'a> Key<'a> {
    /// That of no word.
    pub(super) const EMPTY: Self = Self { word: "", head: Head([0; 2]), hash: 0 };

    #[inline]
    pub(super) fn new(word: &'a str) -> Self {
        let head = Head::of(word.as_bytes());
        Self { word, head, hash: head.hash(tail_hash(word.as_bytes())) }
    }

    /// Whether the head says all of the word.
    #[inline]
    pub(super) fn is_short(self) -> bool {
        self.word.len() <= HEAD
    }
}

impl Head {
    /// Read as numbers that may overlap: a copy of a few bytes is slow.
    #[inline]
    fn of(word: &[u8]) -> Self {
        let n = word.len();
        let (low, high) = match (word.first_chunk(), word.last_chunk()) {
            (Some(&first), Some(&last)) => {
                let high = match word[8..].first_chunk() {
                    Some(&second) => u64::from_le_bytes(second) & (u64::MAX >> 8),
                    None => u64::from_le_bytes(last) >> 8 >> (8 * (HEAD - n)),
                };
                (u64::from_le_bytes(first), high)
            }
            _ => (up_to_seven(word), 0),
        };
        Self([low, high | (n.min(255) as u64) << 56])
    }

    #[inline]
    fn hash(self, tail: u64) -> u32 {
        let [low, high] = self.0;
        // Every bit of both reaches the middle of the product.
        let product =
            u128::from(low ^ 0x9e37_79b9_7f4a_7c15) * u128::from(high ^ tail ^ 0xf39c_c060_5ced_c835);
        let folded = product as u64 ^ (product >> 64) as u64;
        (folded ^ folded >> 32) as u32
    }
}

#[inline]
fn up_to_seven(word: &[u8]) -> u64 {
    let n = word.len();
    match (word.first_chunk(), word.last_chunk()) {
        (Some(&first), Some(&last)) => {
            u64::from(u32::from_le_bytes(first)) | u64::from(u32::from_le_bytes(last)) << (8 * (n - 4))
        }
        _ if n == 0 => 0,
        _ => [0, n / 2, n - 1].iter().fold(0, |bytes, &i| bytes | u64::from(word[i]) << (8 * i)),
    }
}

/// A hash of what the head does not hold.
#[inline]
fn tail_hash(word: &[u8]) -> u64 {
    if word.len() <= HEAD {
        return 0;
    }
    // One number for what is left, then eight bytes at a time, as FxHash.
    let (numbers, rest) = word[HEAD..].as_chunks();
    let rest = rest.iter().fold(0, |number, &byte| number << 8 | u64::from(byte));
    numbers.iter().fold(mixed(0, rest), |hash, &number| mixed(hash, u64::from_le_bytes(number)))
}

fn mixed(hash: u64, number: u64) -> u64 {
    (hash.rotate_left(5) ^ number).wrapping_mul(0x517c_c1b7_2722_0a95)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn heads_hold_short_words() {
        for n in 0..=300 {
            let word: Vec<u8> = (1..=n).map(|i| i as u8).collect();
            let mut want = [0; 16];
            let head = n.min(HEAD);
            want[..head].copy_from_slice(&word[..head]);
            want[15] = n.min(255) as u8;
            let [low, high] = Head::of(&word).0;
            assert_eq!([low.to_le_bytes(), high.to_le_bytes()].concat(), want, "{n} bytes");
        }
    }

    #[test]
    fn hashes_spread() {
        let words = (0..10_000).flat_map(|i| [format!("{i}"), format!("a word that is long, number {i}")]);
        let mut slots: Vec<u32> = words.map(|word| Key::new(&word).hash % (1 << 16)).collect();
        slots.sort_unstable();
        slots.dedup();
        // As many as chance would have it: n (1 - (1 - 1 / n) ^ k), about 17,240.
        assert!((17_000..17_500).contains(&slots.len()), "{}", slots.len());
    }

    proptest! {
        #[test]
        fn every_byte_counts(word in "[a-z]{1,40}", at in any::<prop::sample::Index>()) {
            let mut other = word.clone().into_bytes();
            other[at.index(word.len())] ^= 1;
            let other = String::from_utf8(other).unwrap();
            prop_assert_ne!(Key::new(&word).hash, Key::new(&other).hash);
        }
    }
}
