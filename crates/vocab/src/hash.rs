//! Hashes whose values are part of our file formats, and so never change.

/// The 64-bit FNV-1a hash, fed piece by piece: the checksum of our files and the digest of a vocabulary.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fnv(u64);

impl Fnv {
    pub(crate) fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    pub(crate) fn finish(self) -> u64 {
        self.0
    }
}

/// The hash FNV-1a of `bytes`.
pub(crate) fn fnv(bytes: &[u8]) -> u64 {
    let mut hash = Fnv::new();
    hash.update(bytes);
    hash.finish()
}

/// MurmurHash3_x86_32 (Appleby 2011), the hash of scikit-learn's `HashingVectorizer`.
pub(crate) fn murmur3(bytes: &[u8], seed: u32) -> u32 {
    let mut hash = seed;
    let (blocks, tail) = bytes.as_chunks::<4>();
    for &block in blocks {
        hash = (hash ^ scramble(u32::from_le_bytes(block))).rotate_left(13);
        hash = hash.wrapping_mul(5).wrapping_add(0xe654_6b64);
    }
    let last = tail.iter().rev().fold(0, |word, &byte| word << 8 | u32::from(byte));
    avalanche(hash ^ scramble(last) ^ bytes.len() as u32)
}

fn scramble(block: u32) -> u32 {
    block.wrapping_mul(0xcc9e_2d51).rotate_left(15).wrapping_mul(0x1b87_3593)
}

fn avalanche(mut hash: u32) -> u32 {
    hash = (hash ^ hash >> 16).wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ hash >> 13).wrapping_mul(0xc2b2_ae35);
    hash ^ hash >> 16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fnv_has_the_published_values() {
        assert_eq!(fnv(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fnv(b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn murmur_has_the_published_values() {
        let check = |text: &str, seed, want| assert_eq!(murmur3(text.as_bytes(), seed), want, "{text}");
        check("", 0, 0);
        check("", 1, 0x514e_28b7);
        check("test", 0, 0xba6b_d213);
        check("Hello, world!", 0, 0xc036_3e43);
        check("The quick brown fox jumps over the lazy dog", 0x9747_b28c, 0x2fa8_26cd);
    }
}
