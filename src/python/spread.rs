//! Maps from objects to something else, for those who look at tables.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use super::Obj;

/// Spreads objects, which are as good as random already: one multiplication (Fibonacci hashing, Knuth, The Art of Computer
/// Programming, volume 3, 6.4).
#[derive(Clone, Copy, Debug, Default)]
pub struct Spread(u64);

impl Hasher for Spread {
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|&byte| self.write_u32(byte.into()));
    }

    fn write_u32(&mut self, n: u32) {
        let spread = (self.0 ^ u64::from(n)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.0 = spread ^ spread >> 32;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// A map whose keys are objects themselves: two that are equal in Python are two keys.
pub type ObjMap<V> = HashMap<Obj, V, BuildHasherDefault<Spread>>;
