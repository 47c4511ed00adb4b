//! Tables of what an application has registered.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// By names that this side has chosen. Peers only look them up, so that they cannot choose names that collide;
/// the hash can be a cheap one.
pub(crate) type Names<T> = HashMap<String, T, BuildHasherDefault<NameHasher>>;

/// FNV-1a, which takes little for the few bytes of a name.
pub(crate) struct NameHasher(u64);

impl Default for NameHasher {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for NameHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}
