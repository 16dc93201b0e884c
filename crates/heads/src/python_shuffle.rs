//! The order that Python's `random.shuffle` gives, so that a set is split here as scripts split it.

/// Words of the state of the Mersenne Twister.
const N: usize = 624;
/// Distance of the word that is mixed in.
const M: usize = 397;

/// Where `random.Random(seed).shuffle(list(range(n)))` of Python 3 puts each number: the list after the shuffle.
///
/// ```
/// assert_eq!(sememe_heads::python_shuffle(5, 1), [2, 3, 4, 0, 1]);
/// ```
///
/// Python walks the list from its end and swaps each item with one at or before it; the place is drawn from the
/// Mersenne Twister MT19937 (Matsumoto and Nishimura 1998), as many bits as the bound has, until it is below it.
pub fn python_shuffle(n: usize, seed: u64) -> Vec<usize> {
    let mut twister = Twister::new(seed);
    let mut items: Vec<usize> = (0..n).collect();
    for i in (1..n).rev() {
        items.swap(i, twister.below(i as u64 + 1) as usize);
    }
    items
}

/// MT19937.
struct Twister {
    state: [u32; N],
    next: usize,
}

impl Twister {
    /// Seeded as Python seeds from an integer: by its 32-bit digits, lowest first.
    fn new(seed: u64) -> Self {
        let digits = [seed as u32, (seed >> 32) as u32];
        let n_digits = if digits[1] == 0 { 1 } else { 2 };
        Self { state: seeded(&digits[..n_digits]), next: N }
    }

    fn below(&mut self, n: u64) -> u64 {
        let n_bits = u64::BITS - n.leading_zeros();
        loop {
            let drawn = self.bits(n_bits);
            if drawn < n {
                return drawn;
            }
        }
    }

    /// The highest bits of one draw; of a second one above it, if 32 are not enough.
    fn bits(&mut self, n_bits: u32) -> u64 {
        if n_bits <= 32 {
            return u64::from(self.draw() >> (32 - n_bits));
        }
        u64::from(self.draw()) | u64::from(self.draw() >> (64 - n_bits)) << 32
    }

    fn draw(&mut self) -> u32 {
        if self.next == N {
            self.twist();
        }
        let mut y = self.state[self.next];
        self.next += 1;
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c_5680;
        y ^= (y << 15) & 0xefc6_0000;
        y ^ (y >> 18)
    }

    fn twist(&mut self) {
        for i in 0..N {
            let y = (self.state[i] & 0x8000_0000) | (self.state[(i + 1) % N] & 0x7fff_ffff);
            let odd = if y & 1 == 1 { 0x9908_b0df } else { 0 };
            self.state[i] = self.state[(i + M) % N] ^ (y >> 1) ^ odd;
        }
        self.next = 0;
    }
}

/// The state for a key of several words (`init_by_array` of the authors' code of 2002).
fn seeded(key: &[u32]) -> [u32; N] {
    let mut state = [0u32; N];
    state[0] = 19_650_218;
    for i in 1..N {
        state[i] = mixed(state[i - 1], 1_812_433_253).wrapping_add(i as u32);
    }
    let mut i = 1;
    for step in 0..N.max(key.len()) {
        let j = step % key.len();
        let mix = state[i] ^ mixed(state[i - 1], 1_664_525);
        state[i] = mix.wrapping_add(key[j]).wrapping_add(j as u32);
        i = advance(i, &mut state);
    }
    for _ in 1..N {
        let mix = state[i] ^ mixed(state[i - 1], 1_566_083_941);
        state[i] = mix.wrapping_sub(i as u32);
        i = advance(i, &mut state);
    }
    state[0] = 0x8000_0000;
    state
}

fn mixed(word: u32, factor: u32) -> u32 {
    (word ^ (word >> 30)).wrapping_mul(factor)
}

/// The word after `i`, where word 0 takes over the last one and is passed.
fn advance(i: usize, state: &mut [u32; N]) -> usize {
    if i + 1 < N {
        return i + 1;
    }
    state[0] = state[N - 1];
    1
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Σ (place + 1)·(number + 1) mod 2³², from Python, tells orders of many numbers apart.
    #[track_caller]
    fn check(n: usize, seed: u64, first: &[usize], sum: u32) {
        let order = python_shuffle(n, seed);
        assert_eq!(order[..first.len()], *first);
        let weigh = |(place, &number): (usize, &usize)| (place as u32 + 1).wrapping_mul(number as u32 + 1);
        assert_eq!(order.iter().enumerate().map(weigh).fold(0, u32::wrapping_add), sum);
    }

    #[test]
    fn orders_are_those_of_python() {
        check(0, 1, &[], 0);
        check(1, 1, &[0], 1);
        check(5, 1, &[2, 3, 4, 0], 40);
        check(10, 0, &[7, 8, 1, 5], 295);
        check(1000, 42, &[776, 507, 895, 922], 251_181_598);
        check(7766, 1, &[1826, 2969, 5896, 3074], 1_750_886_781);
    }

    #[test]
    fn seeds_of_two_words_are_those_of_python() {
        check(100_000, 4_294_967_295, &[38985, 81375, 82469, 58493], 389_266_676);
        check(2000, 1_099_511_627_779, &[207, 871, 1576, 1950], 2_015_504_539);
    }
}
