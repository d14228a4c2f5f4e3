//! `random` and `uuid4`: CPython's generator (`Modules/_randommodule.c`, `Lib/random.py`), so that `random.seed(42)` gives
//! what it gives there. Without a seed the numbers are those of one seed, the same each time.

use uuid::Builder;

use crate::python::{Obj, Value, Version};

const N: usize = 624;
const M: usize = 397;

/// The seed of a script that sets none.
const UNSEEDED: i64 = 1;

/// A Mersenne Twister, MT19937.
#[derive(Clone)]
pub(super) struct Random {
    state: Box<[u32; N]>,
    next: usize,
    /// The script set a seed: then each number is the one that CPython draws.
    pub(super) seeded: bool,
}

impl std::fmt::Debug for Random {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Random").field("next", &self.next).field("seeded", &self.seeded).finish_non_exhaustive()
    }
}

impl Random {
    pub(super) fn new() -> Random {
        let mut random = Random { state: Box::new([0; N]), next: N, seeded: false };
        random.seed(UNSEEDED);
        random.seeded = false;
        random
    }

    pub(super) fn reseed(&mut self) {
        *self = Random::new();
    }

    /// `random.seed(n)`: the absolute value in 32-bit words (`random_seed`).
    pub(super) fn seed(&mut self, n: i64) {
        let n = n.unsigned_abs();
        let words = [n as u32, (n >> 32) as u32];
        self.init_by_array(if words[1] == 0 { &words[..1] } else { &words });
        self.seeded = true;
    }

    fn init_genrand(&mut self, seed: u32) {
        self.state[0] = seed;
        for i in 1..N {
            let last = self.state[i - 1];
            self.state[i] = 1_812_433_253u32.wrapping_mul(last ^ (last >> 30)).wrapping_add(i as u32);
        }
        self.next = N;
    }

    fn init_by_array(&mut self, key: &[u32]) {
        self.init_genrand(19_650_218);
        let (mut i, mut j) = (1, 0);
        for _ in 0..N.max(key.len()) {
            let last = self.state[i - 1];
            let mixed = self.state[i] ^ (last ^ (last >> 30)).wrapping_mul(1_664_525);
            self.state[i] = mixed.wrapping_add(key[j]).wrapping_add(j as u32);
            i += 1;
            j = (j + 1) % key.len();
            if i >= N {
                self.state[0] = self.state[N - 1];
                i = 1;
            }
        }
        for _ in 0..N - 1 {
            let last = self.state[i - 1];
            let mixed = self.state[i] ^ (last ^ (last >> 30)).wrapping_mul(1_566_083_941);
            self.state[i] = mixed.wrapping_sub(i as u32);
            i += 1;
            if i >= N {
                self.state[0] = self.state[N - 1];
                i = 1;
            }
        }
        self.state[0] = 0x8000_0000;
    }

    fn word(&mut self) -> u32 {
        if self.next >= N {
            for k in 0..N {
                let y = (self.state[k] & 0x8000_0000) | (self.state[(k + 1) % N] & 0x7fff_ffff);
                let twist = if y & 1 == 1 { 0x9908_b0df } else { 0 };
                self.state[k] = self.state[(k + M) % N] ^ (y >> 1) ^ twist;
            }
            self.next = 0;
        }
        let mut y = self.state[self.next];
        self.next += 1;
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c_5680;
        y ^= (y << 15) & 0xefc6_0000;
        y ^ (y >> 18)
    }

    /// `random.random()`
    pub(super) fn random(&mut self) -> f64 {
        let (a, b) = (self.word() >> 5, self.word() >> 6);
        (f64::from(a) * 67_108_864.0 + f64::from(b)) * (1.0 / 9_007_199_254_740_992.0)
    }

    /// `random.getrandbits(k)`
    pub(super) fn bits(&mut self, mut bits: u32) -> num_bigint::BigInt {
        let mut words = Vec::new();
        while bits > 0 {
            let mut word = self.word();
            if bits < 32 {
                word >>= 32 - bits;
            }
            words.push(word);
            bits = bits.saturating_sub(32);
        }
        num_bigint::BigUint::new(words).into()
    }

    fn bits_64(&mut self, bits: u32) -> u64 {
        if bits <= 32 {
            return if bits == 0 { 0 } else { u64::from(self.word() >> (32 - bits)) };
        }
        let low = self.word();
        let high = self.word() >> (64 - bits);
        u64::from(high) << 32 | u64::from(low)
    }

    /// A number below `n`, as `randrange` draws it: 2.7 by a float, 3.x by bits (`_randbelow`).
    pub(super) fn below(&mut self, n: u64, version: Version) -> u64 {
        if version.is_py2() && n < 1 << 53 {
            return (self.random() * n as f64) as u64;
        }
        let bits = 64 - n.leading_zeros();
        loop {
            let drawn = self.bits_64(bits);
            if drawn < n {
                return drawn;
            }
        }
    }

    /// A place among `n`, as `choice` and `shuffle` draw it.
    pub(super) fn choice(&mut self, n: u64, version: Version) -> u64 {
        self.below(n, version)
    }

    /// `random.sample(items, count)` (`Lib/random.py`): a pool for large shares, else a set of the places taken.
    pub(super) fn sample(&mut self, mut items: Vec<Obj>, count: usize, version: Version) -> Vec<Obj> {
        let n = items.len();
        let mut set_size = 21;
        if count > 5 {
            // 4 ** ceil(log(k * 3, 4))
            let mut power = 1;
            while power < count * 3 {
                power *= 4;
            }
            set_size += power;
        }
        let mut sampled = Vec::with_capacity(count);
        if n <= set_size || (version.is_py2() && n < 6 * count) {
            for i in 0..count {
                let j = self.below((n - i) as u64, version) as usize;
                sampled.push(items[j]);
                items[j] = items[n - i - 1];
            }
        } else {
            let mut taken = std::collections::HashSet::new();
            for _ in 0..count {
                let mut j = self.below(n as u64, version) as usize;
                while !taken.insert(j) {
                    j = self.below(n as u64, version) as usize;
                }
                sampled.push(items[j]);
            }
        }
        sampled
    }

    /// `uuid.uuid4()`: in Python its bytes come from the system; here from this generator.
    pub(super) fn uuid4(&mut self) -> Value {
        let mut bytes = [0; 16];
        for word in bytes.chunks_mut(4) {
            word.copy_from_slice(&self.word().to_le_bytes());
        }
        Value::Uuid(Builder::from_random_bytes(bytes).into_uuid().into_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What CPython 3.13 and 2.7 print for `random.seed(42)` and these calls.
    #[test]
    fn a_seed_gives_the_numbers_of_cpython() {
        let mut random = Random::new();
        random.seed(42);
        assert_eq!(random.random(), 0.639_426_798_457_883_8);
        assert_eq!(random.random(), 0.025_010_755_222_666_936);
        let drawn = |version| {
            let mut random = Random::new();
            random.seed(42);
            (0..5).map(|_| random.below(100, version)).collect::<Vec<_>>()
        };
        assert_eq!(drawn(Version::V3_13), [81, 14, 3, 94, 35]);
        assert_eq!(drawn(Version::V2_7), [63, 2, 27, 22, 73]);
    }
}
